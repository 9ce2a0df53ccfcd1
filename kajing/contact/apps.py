"""Registrations of the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ContactConfig(AppConfig):
    """The room `contact`."""

    name = "kajing.contact"
    label = "contact"

    def ready(self) -> None:
        """Say what the room adds to the product."""
        from kajing.contact import extensions, on_customers
        from kajing.contact.selectors.facts import interaction_touches
        from kajing.contact.services.telling import AGAINST, ASKED
        from kajing.notifications import kinds

        extensions.touch_sources["interactions"] = interaction_touches
        on_customers.register()
        kinds.register(
            kinds.Kind(AGAINST, _("A contact against the rules"), can_be_off=False, icon="alert-triangle"),
            kinds.Kind(ASKED, _("Leave to contact a customer"), icon="key"),
        )
