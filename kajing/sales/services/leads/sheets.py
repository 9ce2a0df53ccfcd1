"""Leads from a spreadsheet: one line, one lead, by the same checks as the form; who is on file already is shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy

from kajing.audit.services import record
from kajing.customers.services.sheets import Found, Rows, words
from kajing.imports.sheets.own import SAID, Checker, merged, write_own
from kajing.imports.sheets.registry import Entry, Mode, SheetContext, SheetField, SheetTarget, Trouble, Values, register
from kajing.lib.money import NotMoney, fen
from kajing.org.models import Person
from kajing.sales.models import Lead
from kajing.sales.selectors.leads import Asked, Match, can_work, clean_phone, find_many, leads
from kajing.sales.selectors.leads.reading import WORK
from kajing.sales.services.leads.common import CannotKeepLead, said_of, save, tell
from kajing.sales.services.leads.facts import Facts, checked, differences, facts_of, fill
from kajing.sales.services.leads.registering import CHECK, create, heir_of
from kajing.sales.stages import OPEN

NO_AMOUNT = gettext_noop("“%(value)s” is not an amount in yuan")
NOBODY = gettext_noop("there is no such person at work here")
SOURCES = words(
    dict(Lead.Source.choices),
    {"网点": "BRANCH", "branch": "BRANCH", "转介": "REFERRAL", "客户转介": "REFERRAL", "老带新": "REFERRAL",
     "referral": "REFERRAL", "企微": "WECOM", "企业微信": "WECOM", "活动": "ACTIVITY", "activity": "ACTIVITY",
     "个人码": "STAFF_CODE", "员工码": "STAFF_CODE", "存量客户": "CROSS_SELL", "交叉销售": "CROSS_SELL",
     "其他": "OTHER", "other": "OTHER"},
)  # fmt: skip


def _field(name: str, label: Any, *aliases: str, **more: Any) -> SheetField:
    return SheetField(name=name, label=label, aliases=aliases, **more)


FIELDS = (
    _field("name", pgettext_lazy("lead", "Name"), "name", "姓名", "客户姓名", required=True, longest=100),
    _field("phone", _("Phone"), "phone", "mobile", "手机", "手机号", "电话", required=True, longest=30),
    _field("source", _("Comes from"), "source", "来源", "渠道来源", required=True, kind="choice", choices=SOURCES),
    _field("consent_version", _("Version of the consent text"), "consent", "同意书版本", "授权版本", required=True,
           longest=40),
    _field("consent_at", _("Consent given at"), "consent at", "同意时间", "授权时间", required=True, kind="moment"),
    _field("id_number", _("ID number"), "id number", "身份证", "证件号", "身份证号", longest=30),
    _field("source_detail", _("Code or activity"), "code", "活动", "渠道码", "活动名称", longest=100),
    _field("code_owner_no", _("Staff number of the code"), "staff code", "员工码", "推荐员工", longest=64),
    _field("referrer_id", _("Referring customer"), "referrer", "转介客户", "转介客户号", longest=64),
    _field("customer_id", _("Customer number"), "customer", "客户号", longest=64),
    _field("product_id", _("Product"), "product", "产品", "卡产品", longest=64),
    _field("expected_limit", _("Expected limit (yuan)"), "limit", "期望额度", "意向额度", longest=30),
    _field("employer", _("Employer"), "employer", "单位", "工作单位", longest=100),
    _field("owner", pgettext_lazy("lead", "Owner"), "owner", "持有人", "客户经理", "工号", longest=64),
)  # fmt: skip


def register_sheets() -> None:
    """Offer the kind of sheet."""
    register(
        SheetTarget(
            key="leads", label=pgettext_lazy("list", "Leads"), permission=WORK, prepare=prepare_leads,
            write=write_leads, kind="lead", fields=FIELDS, modes=(Mode.SKIP, Mode.OVERWRITE),
        )
    )  # fmt: skip


def prepare_leads(context: SheetContext, rows: Rows) -> Found:
    """A lead is there already when an open one that the actor works has the phone or ID number."""
    read = {line: _facts(values) for line, values in rows}
    good = {line: facts for line, facts in read.items() if isinstance(facts, Facts)}
    asked = [
        Asked(phone=clean_phone(one.phone), id_number=one.id_number.upper(), customer_id=one.customer_id)
        for one in good.values()
    ]
    with translation.override(context.actor.language or "zh-hans"):
        found_by = dict(zip(good, find_many(context.actor, asked, context.today), strict=True))
        return _entries(context, rows, read, found_by)


def _entries(
    context: SheetContext, rows: Rows, read: Mapping[int, Facts | Trouble], found_by: Mapping[int, list[Match]]
) -> Found:
    own = leads(context.actor).filter(
        pk__in=[one.lead_id for matches in found_by.values() for one in matches if one.lead_id]
    )
    held = {one.pk: one for one in own.select_related("owner", "unit")}
    people = _people(rows)
    checker = Checker(context, "lead", [str(pk) for pk in held])
    found: Found = {}
    out = 0
    for line, values in rows:
        facts = read[line]
        if isinstance(facts, Trouble):
            found[line] = [facts]
            continue
        there, others = _mine(context, found_by[line], held)
        out += sum(not (one.lead_id or one.customer_id) for one in others)
        troubles = [Trouble(name, SAID, {"said": said}) for name, said in _faults(context, facts, there).items()]
        troubles += [Trouble("phone", SAID, {"said": said_of(one)}) for one in others]
        owner = _owner(context, facts, str(values.get("owner", "")), people)
        if isinstance(owner, Trouble):
            troubles.append(owner)
        troubles += checker.troubles(values, str(there.pk) if there else "", complete=there is None)
        found[line] = troubles or Entry(line, clean_phone(facts.phone), (facts, owner, values), there)
    _tell_finds(context, found_by, out)
    return found


def _tell_finds(context: SheetContext, found_by: Mapping[int, list[Match]], out: int) -> None:
    """That numbers of a sheet were looked up, and how many are somebody's, is told as at the form."""
    if count := sum(map(bool, found_by.values())):
        record(
            actor=context.actor.person_no, action=CHECK, object_kind="sheet", object_id=context.source, at=context.at,
            changes={"found": count, "out_of_reach": out},
        )  # fmt: skip


def _facts(values: Values) -> Facts | Trouble:
    text = str(values.get("expected_limit", "")).replace(",", "").replace("，", "").strip()
    try:
        limit = fen(text) if text else None
    except NotMoney:
        return Trouble("expected_limit", NO_AMOUNT, {"value": text[:20]})
    plain = {
        field.name: str(values.get(field.name, ""))
        for field in FIELDS
        if field.name not in {"expected_limit", "consent_at", "owner"}
    }
    return Facts(expected_limit=limit, consent_at=values["consent_at"], **plain)


def _mine(context: SheetContext, matches: Sequence[Match], held: Mapping[int, Lead]) -> tuple[Lead | None, list[Match]]:
    """The open lead of one's own that the line is about, and everybody else who is on file."""
    there = None
    others = []
    for one in matches:
        row = held.get(one.lead_id or 0)
        if there is None and row is not None and row.stage in OPEN and can_work(context.actor, row):
            there = row
        else:
            others.append(one)
    return there, others


def _faults(context: SheetContext, facts: Facts, there: Lead | None) -> dict[str, str]:
    faults = checked(context.actor, facts, context.at)
    if there is not None and there.customer_id == (facts.customer_id or None):
        faults.pop("customer_id", None)
    return faults


def _people(rows: Rows) -> dict[str, Person]:
    wanted = {str(values["owner"]) for _line, values in rows if values.get("owner")}
    found = Person.objects.filter(person_no__in=wanted, is_active=True).select_related("unit")
    return {one.person_no: one for one in found}


def _owner(context: SheetContext, facts: Facts, number: str, people: Mapping[str, Person]) -> Person | Trouble:
    if number and number not in people:
        return Trouble("owner", NOBODY)
    try:
        return heir_of(context.actor, facts, people.get(number))
    except CannotKeepLead as error:
        return Trouble("owner", SAID, {"said": str(error)})


def write_leads(context: SheetContext, entries: Sequence[Entry]) -> dict[int, list[Trouble]]:
    """Take the leads in; in overwrite mode those that are there get what the sheet says."""
    refused: dict[int, list[Trouble]] = {}
    over = [entry for entry in entries if entry.existing is not None]
    new = list({entry.key: entry for entry in entries if entry.existing is None}.values())
    for entry in over:
        _change(context, entry)
    refused |= _own(context, {str(entry.existing.pk): entry for entry in over})
    made = {str(_create(context, entry).pk): entry for entry in new}
    closed = _own(context, made)
    # A gate may close the first state of a field too: then there is no such lead.
    Lead.objects.filter(pk__in=[pk for pk, entry in made.items() if entry.line in closed]).delete()
    return refused | closed


def _create(context: SheetContext, entry: Entry) -> Lead:
    facts, owner, _values = entry.value
    return create(actor=context.actor, facts=facts, owner=owner, at=context.at, source=context.source)


def _change(context: SheetContext, entry: Entry) -> None:
    facts, _owner, _values = entry.value
    one = Lead.objects.get(pk=entry.existing.pk)
    before = facts_of(one)
    said = {field.name: getattr(facts, field.name) for field in fields(Facts) if getattr(facts, field.name)}
    fill(one, replace(before, **said))  # an empty cell leaves what is there
    if changes := differences(before, facts_of(one)):
        save(one)
        tell(one, context.actor, "lead_changed", context.at, changes=changes, reason=context.source)


def _own(context: SheetContext, entries: Mapping[str, Entry]) -> dict[int, list[Trouble]]:
    """Write the own part of rows by lead; what a gate refuses, by line."""
    values = merged([(pk, entry.value[2]) for pk, entry in entries.items()])
    return {entries[pk].line: troubles for pk, troubles in write_own(context, "lead", values).items()}
