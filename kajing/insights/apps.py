"""Registrations of the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InsightsConfig(AppConfig):
    """The room `insights`."""

    name = "kajing.insights"
    label = "insights"

    def ready(self) -> None:
        from kajing.ui import registry as ui

        ui.navigation.register(
            ui.NavItem(
                key="metrics", section="team", label=_("Metrics"), url_name="insights:list", icon="chart-bar",
                permission="insights.view", order=50, go="m",
            )
        )  # fmt: skip
