"""Registrations of the room."""

from django.apps import AppConfig


class ContactConfig(AppConfig):
    """The room `contact`."""

    name = "kajing.contact"
    label = "contact"

    def ready(self) -> None:
        """Say what the room adds to the product."""
        from kajing.contact import extensions
        from kajing.contact.selectors.facts import interaction_touches

        extensions.touch_sources["interactions"] = interaction_touches
