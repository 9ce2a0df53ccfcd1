"""Registrations of the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ContactConfig(AppConfig):
    """The room `contact`."""

    name = "kajing.contact"
    label = "contact"

    def ready(self) -> None:
        """Say what the room adds to the product."""
        from kajing.contact import (
            audit_words,
            extensions,
            jobs,
            on_calendar,
            on_customers,
            on_handover,
            on_messages,
            on_states,
            panels,
        )
        from kajing.contact.selectors import own_facts
        from kajing.contact.selectors.facts import interaction_touches
        from kajing.contact.services.telling import AGAINST, ASKED, REMINDER
        from kajing.notifications import kinds
        from kajing.queue import registry as queue
        from kajing.records.undo import TABLE_WORDS
        from kajing.ui import registry as ui

        audit_words.register()

        TABLE_WORDS["contact.interaction"] = _("contacts")
        TABLE_WORDS["contact.override"] = _("leaders' decisions about contacts")
        extensions.touch_sources["interactions"] = interaction_touches
        on_customers.register()
        on_handover.register()
        on_messages.register()
        on_calendar.register()
        on_states.register()
        queue.chore("contact.house", 900, jobs.keep_house)
        queue.chore("contact.remind", 60, jobs.remind_of_plans)
        for source in (own_facts.holds, own_facts.money, own_facts.dates, own_facts.contacts, own_facts.background):
            extensions.register_facts(f"contact.{source.__name__}", source)
        kinds.register(
            kinds.Kind(AGAINST, _("A contact against the rules"), can_be_off=False, icon="alert-triangle"),
            kinds.Kind(ASKED, _("Leave to contact a customer"), icon="key"),
            kinds.Kind(REMINDER, _("A visit or call you planned"), icon="calendar-event"),
        )
        ui.navigation.register(
            ui.NavItem(
                key="contacts", section="contact", label=_("Contacts"), url_name="contact:list", icon="phone-call",
                permission="contact.view", order=25, go="l",
            )
        )  # fmt: skip
        ui.panels.register(
            ui.Panel(
                key="contact", slot="customer", title=_("May I call now?"), template="contact/panel.html",
                icon="phone-call", data=panels.of_customer, permission="contact.view", order=10, lazy=True, lines=10,
            )
        )  # fmt: skip
