"""Registrations of the room."""

from django.apps import AppConfig


class WorkflowConfig(AppConfig):
    """The room `workflow`."""

    name = "kajing.workflow"
    label = "workflow"
