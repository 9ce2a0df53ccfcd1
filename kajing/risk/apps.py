"""Registrations of the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RiskConfig(AppConfig):
    """The room `risk`."""

    name = "kajing.risk"
    label = "risk"

    def ready(self) -> None:
        from kajing.notifications import kinds

        kinds.register(
            kinds.Kind("alert.raised", _("New alerts"), icon="shield-half"),
            kinds.Kind(
                "alert.escalated", _("Severe alerts"), kinds.Channel.APP_EMAIL, can_be_off=False, icon="shield-x"
            ),
        )
