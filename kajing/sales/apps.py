"""Registrations of the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class SalesConfig(AppConfig):
    """The room `sales`."""

    name = "kajing.sales"
    label = "sales"

    def ready(self) -> None:
        from kajing.sales import audit_words, on_customers, on_leads, on_rules, panels
        from kajing.ui import registry as ui
        from kajing.workflow import rules, sources

        audit_words.register()

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
        on_leads.register()
        on_rules.register()
        _leads()


# Acts on many leads, in the order of the bar: address, words, icon, right.
MANY = (
    ("many_assign", _("Assign"), "user-share", "sales.assign_leads"),
    ("many_lose", _("Lost"), "ban", "sales.work_leads"),
    ("many_tag", _("Tag"), "tag", "records.tag"),
    ("export", _("Export"), "download", "sales.export_leads"),
)


def _leads() -> None:
    """Leads in the side bar, the list as a file, acts on many, sheets, search and news."""
    from kajing.customers.services import exports
    from kajing.notifications import kinds
    from kajing.records.undo import TABLE_WORDS
    from kajing.sales import lead_list, lead_search, panels  # noqa: F401  the list registers itself
    from kajing.sales.services.leads.many import register_many
    from kajing.sales.services.leads.sheets import register_sheets
    from kajing.ui import registry as ui

    register_many()
    register_sheets()
    TABLE_WORDS["sales.lead"] = _("leads")
    exports.register(exports.Exportable(list="leads", right="sales.export_leads", file="leads", action="sales.export"))
    kinds.register(
        kinds.Kind("lead.assigned", _("A lead for you"), icon="target-arrow"),
        kinds.Kind("lead.owned", _("Leads whose time is over"), icon="hourglass"),
    )
    ui.navigation.register(
        ui.NavItem(
            key="leads", section="customers", label=_("Leads"), url_name="leads:list", icon="target-arrow",
            permission="sales.view_leads", order=30, go="x",
        )
    )  # fmt: skip
    ui.new_items.register(
        ui.NewItem(
            key="lead", label=pgettext_lazy("record", "Lead"), url_name="leads:new", icon="target-arrow",
            permission="sales.work_leads", order=15, shortcut="x",
        )
    )  # fmt: skip
    ui.search_providers.register(
        ui.SearchProvider(
            key="leads", title=_("Leads"), search=lead_search.hits, permission="sales.view_leads", order=30
        )
    )
    ui.panels.register(
        ui.Panel(
            key="leads", slot="customer", title=_("Leads"), template="sales/lead_panel.html", icon="target-arrow",
            data=panels.leads_of_customer, permission="sales.view_leads", order=50, lazy=True, lines=2,
        )
    )  # fmt: skip
    for place, (key, title, icon, data) in enumerate(
        (
            ("light", _("Whether to call now"), "clock-pause", panels.light_of_lead),
            ("moves", _("Next states"), "arrows-exchange", panels.moves_of_lead),
            ("changes", _("What changed"), "pencil", panels.changes_of_lead),
        ),
        start=1,
    ):
        ui.panels.register(
            ui.Panel(
                key=f"lead-{key}", slot="lead", title=title, template=f"sales/lead_{key}_panel.html", icon=icon,
                data=data, permission="sales.view_leads", order=place * 10, lazy=True,
            )
        )  # fmt: skip
    for place, (key, label, icon, right) in enumerate(MANY):
        ui.bulk_actions.register(
            ui.BulkAction(
                key=f"leads-{key}", list="leads", label=label, icon=icon, url_name=f"leads:{key}", permission=right,
                order=place,
            )
        )  # fmt: skip
