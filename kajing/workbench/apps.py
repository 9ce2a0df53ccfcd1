"""Registrations of the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkbenchConfig(AppConfig):
    """The room `workbench`."""

    name = "kajing.workbench"
    label = "workbench"

    def ready(self) -> None:
        from kajing.ui import registry as ui
        from kajing.workflow.selectors import present_of

        ui.navigation.register(
            ui.NavItem(
                key="home", section="home", label=_("Workbench"), url_name="workbench:today", icon="home", order=10,
                phone=1, go="h",
            )
        )  # fmt: skip
        ui.navigation.register(
            ui.NavItem(
                key="team", section="team", label=_("Team board"), url_name="workbench:team", icon="users-group",
                permission="workbench.team_board", order=10, go="b",
            )
        )  # fmt: skip
        ui.commands.register(
            ui.Command(
                key="close-day", label=_("Close the day"), icon="calendar-due", url_name="workbench:close_day",
                permission="workflow.work_own_tasks", words="xiaban rijie",
            )
        )  # fmt: skip
        ui.hooks.as_of = lambda user: present_of(user).night
