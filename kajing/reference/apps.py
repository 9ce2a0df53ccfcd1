"""Registrations of the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ReferenceConfig(AppConfig):
    """The room `reference`."""

    name = "kajing.reference"
    label = "reference"

    def ready(self) -> None:
        """A place in the navigation."""
        from kajing.reference import audit_words
        from kajing.ui import registry as ui

        audit_words.register()

        ui.navigation.register(
            ui.NavItem(
                key="reference",
                section="system",
                label=_("Parameters"),
                url_name="reference:list",
                icon="scale",
                permission="reference.view",
                order=40,
            )
        )
