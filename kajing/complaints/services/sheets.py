"""Complaints from a spreadsheet: one line, one complaint of a customer, by the validators of the form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy

from kajing.complaints import choices
from kajing.complaints.clocks import NoDeadline
from kajing.complaints.models import Complaint
from kajing.complaints.services import registering
from kajing.complaints.services.writing import day_of
from kajing.customers.models import Customer
from kajing.customers.services.sheets import CUSTOMER, Found, Rows, reached, words
from kajing.imports.sheets.own import SAID, Checker, merged, write_own
from kajing.imports.sheets.registry import Entry, Mode, SheetContext, SheetField, SheetTarget, Trouble, Values, register
from kajing.org.models import Person

NOBODY = gettext_noop("there is no such person at work here")
KINDS = words(
    dict(choices.Kind.choices), {"投诉": "COMPLAINT", "咨询": "QUERY", "建议": "SUGGESTION", "complaint": "COMPLAINT"}
)
SOURCES = words(
    dict(choices.Source.choices),
    {"网点": "BRANCH", "电话": "PHONE", "来信": "LETTER", "企业微信": "WECOM", "网络": "WEB", "监管转办": "REGULATOR"},
)
PRIORITIES = words(
    dict(choices.Priority.choices), {"低": "LOW", "中": "MEDIUM", "高": "HIGH", "紧急": "CRITICAL"}
)  # fmt: skip
FIELDS = (
    CUSTOMER,
    SheetField(name="description", label=_("What it is about"), required=True, longest=4000,
               aliases=("description", "投诉内容", "内容", "事由")),
    SheetField(name="business", label=pgettext_lazy("complaint", "Business"), required=True, longest=10,
               aliases=("business", "业务类别", "业务代码")),
    SheetField(name="channel", label=pgettext_lazy("complaint", "Channel"), required=True, longest=10,
               aliases=("channel", "办理渠道", "渠道代码")),
    SheetField(name="source", label=pgettext_lazy("complaint", "Came in by"), required=True, kind="choice",
               choices=SOURCES, aliases=("source", "来源")),
    SheetField(name="received_at", label=pgettext_lazy("complaint", "Received"), kind="moment",
               aliases=("received", "收到", "收到时间", "收到日期")),
    SheetField(name="kind", label=_("Kind"), kind="choice", choices=KINDS, aliases=("类型",)),
    SheetField(name="demand", label=_("What is wanted"), longest=1000, aliases=("demand", "诉求")),
    SheetField(name="incident_on", label=_("Day of the incident"), kind="day", aliases=("incident", "事发日期")),
    SheetField(name="priority", label=_("Priority"), kind="choice", choices=PRIORITIES, aliases=("优先级",)),
    SheetField(name="regulator_ref", label=_("Regulator's number"), longest=60, aliases=("监管编号", "转办编号")),
    SheetField(name="handler", label=_("Handler"), longest=64, aliases=("handler", "处理人", "工号")),
    SheetField(name="against", label=_("Person complained of"), longest=64, aliases=("against", "被投诉人")),
)  # fmt: skip


def register_sheets() -> None:
    """Offer the kind of sheet."""
    register(
        SheetTarget(
            key="complaints", label=pgettext_lazy("list", "Complaints"), permission="complaints.register",
            modes=(Mode.SKIP, Mode.CLONE), prepare=prepare, write=write, kind="complaint", fields=FIELDS,
        )
    )  # fmt: skip


def prepare(context: SheetContext, rows: Rows) -> Found:
    """A complaint is there already when an open one of the customer's has the same business code."""
    places, found = reached(context, rows)
    about = Customer.objects.select_related("unit", "manager").in_bulk(set(places.values()))
    people, there = _people(rows), _there(about)
    checker = Checker(context, "complaint", [])
    with translation.override(context.actor.language or "zh-hans"):
        for line, values in rows:
            if line in places:
                customer = about[places[line]]
                existing = there.get((customer.pk, values["business"]))
                found[line] = _entry(context, line, values, customer, existing, people, checker)
    return found


def _entry(
    context: SheetContext,
    line: int,
    values: Values,
    customer: Customer,
    existing: Complaint | None,
    people: Mapping[str, Person],
    checker: Checker,
) -> Entry | list[Trouble]:
    """What the line would register, or everything that is wrong with it."""
    lost = [name for name in ("handler", "against") if values.get(name) and values[name] not in people]
    if lost:
        return [Trouble(name, NOBODY) for name in lost]
    about = _about(values, people)
    row = registering.draft(actor=context.actor, customer=customer, at=context.at, about=about)
    troubles = [Trouble(name, SAID, {"said": said}) for name, said in registering.wrong(row, day_of(context.at))]
    if not troubles:
        try:
            registering.set_clocks(row)
        except NoDeadline as error:
            troubles = [Trouble("received_at", SAID, {"said": str(error)})]
    troubles += checker.troubles(values, "", complete=True)
    key = f"{customer.pk}|{row.business}|{row.description[:120]}"
    return troubles or Entry(line, key, (row, values), existing)


def _about(values: Values, people: Mapping[str, Person]) -> dict[str, Any]:
    known = {field.name for field in FIELDS} - {"customer_id"}
    about = {name: value for name, value in values.items() if name in known}
    return about | {name: people[about[name]] for name in ("handler", "against") if about.get(name)}


def _people(rows: Rows) -> dict[str, Person]:
    wanted = {values[name] for _line, values in rows for name in ("handler", "against") if values.get(name)}
    found = Person.objects.filter(person_no__in=wanted, is_active=True).select_related("unit")
    return {one.person_no: one for one in found}


def _there(about: Mapping[str, Customer]) -> dict[tuple[str, str], Complaint]:
    found = Complaint.objects.filter(customer__in=about, state__in=choices.OPEN).order_by("-pk")
    return {(one.customer_id, one.business): one for one in found}


def write(context: SheetContext, entries: Sequence[Entry]) -> dict[int, list[Trouble]]:
    """Register them with number, hold and news, as by hand; what a gate refuses of an own field, by line."""
    made: dict[str, Entry] = {}
    for entry in entries:
        row, _values = entry.value
        registering.write_new(row, actor=context.actor, at=context.at)
        made[str(row.pk)] = entry
    values = merged([(pk, entry.value[1]) for pk, entry in made.items()])
    return {made[pk].line: troubles for pk, troubles in write_own(context, "complaint", values).items()}
