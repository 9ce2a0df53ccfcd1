"""Registrations of the room."""

from django.apps import AppConfig


class WorkbenchConfig(AppConfig):
    """The room `workbench`."""

    name = "kajing.workbench"
    label = "workbench"
