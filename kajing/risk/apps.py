"""Registrations of the room."""

from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class RiskConfig(AppConfig):
    """The room `risk`."""

    name = "kajing.risk"
    label = "risk"

    def ready(self) -> None:
        from kajing.contact.extensions import register_facts
        from kajing.notifications import kinds
        from kajing.records.undo import TABLE_WORDS
        from kajing.risk import audit_words, facts, on_customers, on_states, on_workflow, panels
        from kajing.ui import registry as ui
        from kajing.workflow import sources

        audit_words.register()

        TABLE_WORDS["risk.alert"] = _("risk alerts")

        sources.register("alert", lambda number: reverse("risk:detail", args=[number]))
        ui.navigation.register(
            ui.NavItem(
                key="alerts", section="service", label=_("Risk alerts"), url_name="risk:list", icon="shield-half",
                permission="risk.view_alert", order=20, phone=4, go="r",
            )
        )  # fmt: skip
        ui.panels.register(
            ui.Panel(
                key="alerts", slot="customer", title=_("Risk alerts"), template="risk/panel.html", icon="shield-half",
                data=panels.of_customer, permission="risk.view_alert", order=20,
            )
        )  # fmt: skip
        kinds.register(
            kinds.Kind("alert.raised", _("New alerts"), icon="shield-half"),
            kinds.Kind(
                "alert.escalated", _("Severe alerts"), kinds.Channel.APP_EMAIL, can_be_off=False, icon="shield-x"
            ),
        )
        on_customers.register()
        on_workflow.register()
        on_states.register()
        register_facts("alerts", facts.of_customer, permission="risk.view_alert")
