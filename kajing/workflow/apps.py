"""Registrations of the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkflowConfig(AppConfig):
    """The room `workflow`."""

    name = "kajing.workflow"
    label = "workflow"

    def ready(self) -> None:
        from kajing.notifications import kinds
        from kajing.workflow import receivers  # noqa: F401  connects the signals

        kinds.register(kinds.Kind("task.assigned", _("A task for you"), icon="checkbox"))
