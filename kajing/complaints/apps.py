"""Registrations of the room."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class ComplaintsConfig(AppConfig):
    """The room `complaints`."""

    name = "kajing.complaints"
    label = "complaints"

    def ready(self) -> None:
        """Say what the room adds to the product."""
        from kajing.complaints import audit_words, on_calendar, on_customers, on_records, on_states, on_workflow
        from kajing.complaints.services.extending import register_act
        from kajing.complaints.services.sheets import register_sheets
        from kajing.notifications import kinds
        from kajing.records.undo import TABLE_WORDS

        audit_words.register()

        TABLE_WORDS["complaints.complaint"] = _("complaints")
        TABLE_WORDS["complaints.complaintevent"] = _("activity of complaints")
        TABLE_WORDS["complaints.extension"] = _("extensions of complaints")
        register_act()
        for part in (on_records, on_states, on_workflow, on_customers, on_calendar):
            part.register()
        _pages()
        _list()
        register_sheets()
        kinds.register(
            kinds.Kind("complaint.new", _("New complaints"), can_be_off=False, icon="message-report"),
            kinds.Kind("complaint.assigned", _("Complaints for you"), can_be_off=False, icon="message-report"),
            kinds.Kind("complaint.late", _("Deadlines of complaints"), can_be_off=False, icon="clock-exclamation"),
        )


def _pages() -> None:
    """Side bar, "New" menu, palette, and the box on the customer's page."""
    from kajing.complaints import panels
    from kajing.ui import registry as ui

    ui.navigation.register(
        ui.NavItem(
            key="complaints", section="service", label=pgettext_lazy("list", "Complaints"),
            url_name="complaints:list", icon="message-report", permission="complaints.view", order=10, go="s",
        )
    )  # fmt: skip
    ui.new_items.register(
        ui.NewItem(
            key="complaint", label=_("Complaint"), url_name="complaints:new", icon="message-report",
            permission="complaints.register", order=30, shortcut="s", dialog=False,
        )
    )  # fmt: skip
    ui.search_providers.register(
        ui.SearchProvider(
            key="complaints", title=pgettext_lazy("list", "Complaints"), search=panels.hits,
            permission="complaints.view", order=40,
        )
    )  # fmt: skip
    ui.panels.register(
        ui.Panel(
            key="complaints", slot="customer", title=pgettext_lazy("list", "Complaints"),
            template="complaints/panel.html", icon="message-report", data=panels.of_customer,
            permission="complaints.view", order=25, lazy=True,
        )
    )  # fmt: skip
    ui.panels.register(
        ui.Panel(
            key="complaint-others", slot="complaint", title=_("Other complaints of the customer"),
            template="complaints/others.html", icon="message-report", data=panels.others,
            permission="complaints.view", order=5, lazy=True, lines=0,
        )
    )  # fmt: skip


# Acts on many complaints, in the order of the bar: address, words, icon, right.
MANY = (
    ("many_assign", _("Assign"), "user-share", "complaints.assign"),
    ("many_task", _("Add tasks"), "checkbox", "workflow.open_task"),
    ("many_tag", _("Tag"), "tag", "records.tag"),
    ("export", _("Export"), "download", "complaints.export"),
)


def _list() -> None:
    """The list: acts on many of them, and the list as a file."""
    from kajing.complaints import complaint_list  # noqa: F401  registers itself
    from kajing.complaints.services.many import register_many
    from kajing.customers.services import exports
    from kajing.ui import registry as ui

    register_many()
    exports.register(
        exports.Exportable(
            list="complaints", right="complaints.export", file="complaints", action="complaints.export"
        )
    )  # fmt: skip
    for place, (key, label, icon, right) in enumerate(MANY):
        ui.bulk_actions.register(
            ui.BulkAction(
                key=f"complaints-{key}", list="complaints", label=label, icon=icon, url_name=f"complaints:{key}",
                permission=right, order=place,
            )
        )  # fmt: skip
