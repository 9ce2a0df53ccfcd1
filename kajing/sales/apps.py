"""Registrations of the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SalesConfig(AppConfig):
    """The room `sales`."""

    name = "kajing.sales"
    label = "sales"

    def ready(self) -> None:
        from kajing.sales import on_customers, panels
        from kajing.ui import registry as ui
        from kajing.workflow import rules, sources

        rules.register_acts(
            {
                "sales.accepted": _("a suggested action was accepted"),
                "sales.later": _("a suggested action was put off"),
                "sales.rejected": _("a suggested action was marked as not a fit"),
            }
        )
        sources.register("suggestion", on_customers.page_of)
        ui.navigation.register(
            ui.NavItem(
                key="actions", section="contact", label=_("Next best actions"), url_name="sales:actions", icon="bulb",
                permission="sales.view_actions", order=40,
            )
        )  # fmt: skip
        ui.panels.register(
            ui.Panel(
                key="actions", slot="customer", title=_("Next best actions"), template="sales/panel.html", icon="bulb",
                data=panels.of_customer, permission="sales.act", order=10, lazy=True, lines=6,
            )
        )  # fmt: skip
        on_customers.register()
