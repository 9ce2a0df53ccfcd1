"""The complaint list, fewest days left first. The bank's own fields and tags of complaints join by themselves."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy

from kajing.complaints.filters import FIELDS, FILTERS
from kajing.complaints.rows import ComplaintRow, load_rows
from kajing.complaints.selectors import complaints
from kajing.lib.periods import SHANGHAI
from kajing.records.lists import Cell, Column, ListSpec, Order, SystemView, register


def _when(moment: Any) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if moment else ""


def _day(moment: Any) -> Any:
    return moment.astimezone(SHANGHAI).date() if moment else None


def _yes(answer: bool) -> tuple[str, str]:  # noqa: FBT001  a cell's own value
    return (str(_("yes")), "") if answer else ("", "")


def _kind(row: ComplaintRow) -> tuple[str, str]:
    return str(row.complaint.get_kind_display()), ""


def _person(person: Any) -> str:
    return f"{person.name} {person.person_no}" if person else ""


COLUMNS = [
    Column(name="number", label=_("Complaint number"), value=lambda row: row.complaint.number, cell=Cell.LINK,
           priority=1, phone=2),
    Column(name="customer", label=_("Customer"), value=lambda row: (row.name, row.customer_url), cell=Cell.REF,
           priority=1, phone=2),
    Column(name="left", label=_("Days left"), value=lambda row: row.left_badge, cell=Cell.BADGE, order="left",
           priority=1, phone=3, export=lambda row: row.left if row.complaint.is_running else ""),
    Column(name="state", label=_("State"), value=lambda row: row.state_badge, cell=Cell.BADGE, priority=1, phone=3),
    Column(name="business", label=pgettext_lazy("complaint", "Business"), value=lambda row: row.business_words,
           priority=2),
    Column(name="kind", label=_("Kind"), value=_kind, cell=Cell.BADGE, priority=3),
    Column(name="priority", label=_("Priority"), value=lambda row: row.priority_badge, cell=Cell.BADGE, priority=2),
    Column(name="handler", label=_("Handler"), value=lambda row: row.handler_words, priority=2),
    Column(name="service_left", label=_("Own clock"), value=lambda row: row.service_badge, cell=Cell.BADGE,
           order="service_left", priority=3, export=lambda row: row.complaint.service_due_on),
    Column(name="source", label=pgettext_lazy("complaint", "Came in by"),
           value=lambda row: str(row.complaint.get_source_display()), priority=3),
    Column(name="received", label=pgettext_lazy("complaint", "Received"),
           value=lambda row: _day(row.complaint.received_at), cell=Cell.DAY, order="received", priority=3),
    Column(name="due_on", label=_("Last day by law"), value=lambda row: row.complaint.due_on, cell=Cell.DAY,
           default=False),
    Column(name="stage", label=pgettext_lazy("complaint", "Period"),
           value=lambda row: str(row.complaint.get_stage_display()), default=False),
    Column(name="unit", label=_("Unit"), value=lambda row: row.complaint.unit.name, default=False),
    Column(name="channel", label=pgettext_lazy("complaint", "Channel"), value=lambda row: row.channel_words,
           default=False),
    Column(name="cause", label=pgettext_lazy("complaint", "Cause"), value=lambda row: row.cause_words, default=False),
    Column(name="who", label=_("Who complains"), value=lambda row: str(row.complaint.get_who_display()),
           default=False),
    Column(name="complainant", label=_("Complainant"), value=lambda row: row.complainant, default=False),
    Column(name="description", label=_("What it is about"), value=lambda row: row.complaint.description[:200],
           default=False, export=lambda row: row.complaint.description),
    Column(name="demand", label=_("What is wanted"), value=lambda row: row.complaint.demand[:200], default=False),
    Column(name="incident", label=_("Day of the incident"), value=lambda row: row.complaint.incident_on,
           cell=Cell.DAY, default=False),
    Column(name="against", label=_("Person complained of"), value=lambda row: _person(row.complaint.against),
           default=False),
    Column(name="regulator_ref", label=_("Regulator's number"), value=lambda row: row.complaint.regulator_ref,
           default=False),
    Column(name="escalated", label=_("Escalated"), value=lambda row: _yes(row.complaint.escalated), cell=Cell.BADGE,
           default=False),
    Column(name="regulatory", label=_("In the regulator's report"), value=lambda row: _yes(row.complaint.regulatory),
           cell=Cell.BADGE, default=False),
    Column(name="answered", label=pgettext_lazy("complaint", "Answered"),
           value=lambda row: _when(row.complaint.answered_at), order="answered", default=False),
    Column(name="ended", label=pgettext_lazy("complaint", "Ended"), value=lambda row: _when(row.complaint.ended_at),
           order="ended", default=False),
    Column(name="fault", label=_("Fault"), value=lambda row: str(row.complaint.get_fault_display()), default=False),
    Column(name="redress", label=_("Redress"), value=lambda row: row.complaint.redress[:200], default=False),
    Column(name="compensation", label=_("Compensation"), value=lambda row: row.complaint.compensation or None,
           cell=Cell.YUAN, order="compensation", default=False),
    Column(name="customer_id", label=_("Customer number"), value=lambda row: row.complaint.customer_id,
           default=False),
]  # fmt: skip

ORDERS = [
    Order("left", "due_on", _("Days left")),
    Order("service_left", "service_due_on", _("Own clock")),
    Order("received", "received_at", pgettext_lazy("complaint", "Received")),
    Order("answered", "answered_at", pgettext_lazy("complaint", "Answered")),
    Order("ended", "ended_at", pgettext_lazy("complaint", "Ended")),
    Order("compensation", "compensation", _("Compensation")),
    Order("id", "pk", _("Number")),
]

VIEWS = [
    SystemView("running", gettext_noop("To be answered"), {"show": ["running"]}, "left"),
    SystemView("mine", gettext_noop("I handle them"), {"whose": ["mine"], "show": ["open"]}, "left"),
    SystemView("near", gettext_noop("Near the deadline"), {"show": ["near"]}, "left"),
    SystemView("overdue", gettext_noop("Past the deadline"), {"show": ["overdue"]}, "left"),
    SystemView("nobody", gettext_noop("Nobody handles them"), {"whose": ["nobody"], "show": ["running"]}, "left"),
    SystemView("answered", gettext_noop("Answered, not closed"), {"show": ["answered"]}, "-answered"),
    SystemView(
        "ended", gettext_noop("Ended complaints"), {"show": ["ended"]}, "-ended",
        ("number", "customer", "state", "business", "cause", "fault", "compensation", "handler", "ended", "left"),
    ),
]  # fmt: skip

COMPLAINTS = register(
    ListSpec(
        name="complaints",
        label=pgettext_lazy("list", "Complaints"),
        base=complaints,
        load=load_rows,
        columns=COLUMNS,
        filters=FILTERS,
        orders=ORDERS,
        default_order="left",
        url_name="complaints:list",
        views=VIEWS,
        kind="complaint",
        fields=FIELDS,
        key_label=_("Row number"),
    )
)
