"""What people import about customers by spreadsheet: consents, and ways to reach a customer beside the feed's."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kajing.customers.models import Consent, ContactPoint, TimelineMark
from kajing.customers.personal import blind, blind_tail, seal
from kajing.customers.selectors import customers
from kajing.customers.selectors.forwards import survivors
from kajing.customers.services.consents import CHANNELS, GIVEN, PURPOSES, WITHDRAWN
from kajing.customers.services.marks import mark_many
from kajing.imports.sheets.own import Checker, merged, own_values, tag_names, write_own
from kajing.imports.sheets.registry import (
    Entry,
    Mode,
    SheetContext,
    SheetField,
    SheetTarget,
    Trouble,
    Values,
    register,
)
from kajing.records.selectors import values_of
from kajing.records.selectors.tags import key_of

Found = dict[int, Entry | list[Trouble]]
Rows = Sequence[tuple[int, Values]]
NOT_HERE = gettext_noop("there is no such customer in your area")
NO_VERSION = gettext_noop("is missing; consent without the text it was given to proves nothing")
NO_PHONE = gettext_noop("“%(value)s” is not a phone number")
NO_EMAIL = gettext_noop("“%(value)s” is not an e-mail address")
NOTHING = gettext_noop("gives neither a phone nor an e-mail address")

CUSTOMER = SheetField(
    name="customer_id", label=_("Customer number"), required=True, longest=64,
    aliases=("customer", "customer id", "客户号", "客户编号", "客户"),
)  # fmt: skip


def words(labels: Mapping[str, Any], more: dict[str, str]) -> dict[str, str]:
    """Every word people may write for a choice: the codes themselves, English, and Chinese."""
    return {code.lower(): code for code in labels} | {str(word).lower(): code for code, word in labels.items()} | more


PURPOSE_WORDS = words(PURPOSES, {"营销": "MARKETING", "服务": "SERVICE", "调查": "SURVEY", "画像": "PROFILING",
                                 "交叉销售": "CROSS_SELL", "征信": "BUREAU", "征信查询": "BUREAU"})  # fmt: skip
CHANNEL_WORDS = words(CHANNELS, {"任意": "ANY", "所有渠道": "ANY", "电话": "PHONE", "短信": "SMS", "邮件": "EMAIL",
                                 "电子邮件": "EMAIL", "企业微信": "WECOM", "企微": "WECOM", "手机银行": "APP",
                                 "上门": "VISIT"})  # fmt: skip


def register_sheets() -> None:
    """Offer both kinds of sheet."""
    register(
        SheetTarget(
            key="consents",
            label=_("Consents"),
            permission="customers.record_consent",
            modes=(Mode.SKIP, Mode.CLONE),
            prepare=prepare_consents,
            write=write_consents,
            fields=(
                CUSTOMER,
                SheetField(
                    name="purpose",
                    label=_("Purpose"),
                    required=True,
                    kind="choice",
                    choices=PURPOSE_WORDS,
                    aliases=("用途", "目的"),
                ),
                SheetField(
                    name="channel",
                    label=_("Channel"),
                    required=True,
                    kind="choice",
                    choices=CHANNEL_WORDS,
                    aliases=("渠道",),
                ),
                SheetField(name="given", label=_("Given"), required=True, kind="flag", aliases=("是否同意", "同意")),
                SheetField(
                    name="text_version", label=_("Version of the text"), longest=40, aliases=("文本版本", "版本")
                ),
                SheetField(name="reason", label=_("Note"), aliases=("备注", "说明")),
            ),
        )
    )
    register(
        SheetTarget(
            key="reach",
            label=_("Phone numbers and e-mail addresses"),
            permission="customers.record_consent",
            prepare=prepare_reach,
            write=write_reach,
            fields=(
                CUSTOMER,
                SheetField(
                    name="phone",
                    label=_("Phone number"),
                    longest=30,
                    aliases=("phone", "mobile", "电话", "手机", "手机号", "联系电话"),
                ),
                SheetField(
                    name="email",
                    label=_("E-mail address"),
                    longest=100,
                    aliases=("email", "e-mail", "邮箱", "电子邮箱"),
                ),
                SheetField(name="preferred", label=_("Preferred"), kind="flag", aliases=("首选", "是否首选")),
            ),
        )
    )


NOTHING_OWN = gettext_noop("fills in no field and names no tag")


def register_own() -> None:
    """Offer the customers' own fields and tags as a kind of sheet."""
    register(
        SheetTarget(
            key="customer_data", label=_("Own fields and tags of customers"), permission="records.fill_fields",
            prepare=prepare_own, write=write_customers, fields=(CUSTOMER,), kind="customer",
        )
    )  # fmt: skip


def prepare_own(context: SheetContext, rows: Rows) -> Found:
    """A row is there already when one of its fields holds a value, or the customer carries all of its tags."""
    places, found = reached(context, rows)
    ids = set(places.values())
    checker = Checker(context, "customer", ids)
    held = values_of("customer", None, ids)
    for line, values in rows:
        if line not in places:
            continue
        pk, own, names = places[line], own_values(values), tag_names(values)
        troubles = checker.troubles(values, pk) if own or names else [Trouble("", NOTHING_OWN)]
        filled = {one.field.definition.name for one in held.get(pk, {}).values()}
        carries = bool(names) and {key_of(name) for name in names} <= checker.carried.get(pk, set())
        there = bool(filled & own.keys()) or (carries and not own)
        found[line] = troubles or Entry(line, pk, (pk, values), existing=pk if there else None)
    return found


def write_customers(context: SheetContext, entries: Sequence[Entry]) -> dict[int, list[Trouble]]:
    """Fill the fields in and put the tags on; what a cell leaves empty stays as it is."""
    refused = write_own(context, "customer", merged([entry.value for entry in entries]))
    return {entry.line: refused[entry.value[0]] for entry in entries if entry.value[0] in refused}


def reached(context: SheetContext, rows: Rows) -> tuple[dict[int, str], Found]:
    """The customer of each line as far as the actor sees them; merged numbers give the survivor."""
    asked = {str(values["customer_id"]) for _line, values in rows}
    now = survivors(asked)
    seen = set(customers(context.actor).filter(pk__in=asked | set(now.values())).values_list("pk", flat=True))
    found: Found = {}
    places: dict[int, str] = {}
    for line, values in rows:
        written = str(values["customer_id"])
        number = now.get(written, written)
        if number in seen:
            places[line] = number
        else:
            found[line] = [Trouble("customer_id", NOT_HERE)]
    return places, found


# -- consents ---------------------------------------------------------------------------------------------------------
def prepare_consents(context: SheetContext, rows: Rows) -> Found:
    """A consent is there already when the customer's newest word on it says the same to the same text."""
    places, found = reached(context, rows)
    latest: dict[tuple[Any, ...], tuple[bool, str]] = {}
    told = Consent.objects.filter(customer__in=set(places.values())).order_by("at", "pk")
    for pk, purpose, channel, given, version in told.values_list(
        "customer_id", "purpose", "channel", "given", "text_version"
    ):
        latest[(pk, purpose, channel)] = (given, version)
    for line, values in rows:
        if line not in places:
            continue
        version = values.get("text_version", "")
        if values["given"] and not version:
            found[line] = [Trouble("text_version", NO_VERSION)]
            continue
        what = (places[line], values["purpose"], values["channel"])
        now = latest.get(what)
        same = now is not None and now[0] == values["given"] and (now[1] == version or not now[0])
        value = (what, {**values, "text_version": version or (now[1] if now else "")})
        found[line] = Entry(line, "|".join(what), value, existing=now if same else None)
    return found


def write_consents(context: SheetContext, entries: Sequence[Entry]) -> None:
    """Add the entries to the ledger, each with its line in the customer's timeline."""
    made = Consent.objects.bulk_create(
        Consent(
            customer_id=what[0], purpose=what[1], channel=what[2], given=values["given"],
            text_version=values["text_version"], at=context.at, source=context.source,
            recorded_by=context.actor.person_no, reason=values.get("reason", ""),
        )
        for what, values in (entry.value for entry in entries)
    )  # fmt: skip
    context.log.added(made)
    marks = [_consent_mark(one, context) for one in made]
    mark_many(marks=marks)
    context.log.added(marks)


def _consent_mark(one: Consent, context: SheetContext) -> TimelineMark:
    params = {
        "purpose": PURPOSES[one.purpose],
        "channel": CHANNELS[one.channel],
        "_translate": ["purpose", "channel"],
    }
    return TimelineMark(
        customer_id=one.customer_id, at=context.at, kind="consent", title=GIVEN if one.given else WITHDRAWN,
        body=one.reason, params=params, source=f"consent:{one.pk}", actor=context.actor.person_no, icon="writing-sign",
    )  # fmt: skip


# -- phone numbers and e-mail addresses --------------------------------------------------------------------------------
SOURCE = "sheet"
_PHONE = re.compile(r"\+?\d{7,15}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]{2,}")


def prepare_reach(context: SheetContext, rows: Rows) -> Found:
    """A number is there already when a sheet gave one of its kind before; the feed's own are never touched."""
    places, found = reached(context, rows)
    points = ContactPoint.objects.filter(customer__in=set(places.values()), source=SOURCE)
    there = {(str(point.customer_id), point.kind): point for point in points}
    for line, values in rows:
        if line in places:
            phone, email = re.sub(r"[\s()-]", "", values.get("phone", "")), values.get("email", "").lower()
            troubles = _reach_troubles(phone, email)
            told = [(kind, text) for kind, text in (("PHONE", phone), ("EMAIL", email)) if text]
            existing = [one for kind, _text in told if (one := there.get((places[line], kind)))]
            value = (places[line], told, values.get("preferred", False))
            found[line] = troubles or Entry(line, places[line], value, existing or None)
    return found


def _reach_troubles(phone: str, email: str) -> list[Trouble]:
    if not phone and not email:
        return [Trouble("phone", NOTHING)]
    troubles = []
    if phone and not _PHONE.fullmatch(phone):
        troubles.append(Trouble("phone", NO_PHONE, {"value": phone[:4] + "…"}))
    if email and not _EMAIL.fullmatch(email):
        troubles.append(Trouble("email", NO_EMAIL, {"value": email[:3] + "…"}))
    return troubles


def write_reach(context: SheetContext, entries: Sequence[Entry]) -> None:
    """Write the points of source “sheet”; of two lines about one customer the later counts."""
    wanted: dict[tuple[str, str], ContactPoint] = {}
    for entry in entries:
        customer_id, told, preferred = entry.value
        for kind, text in told:
            wanted[(customer_id, kind)] = _point(customer_id, kind, text, preferred=preferred)
    ids = {customer_id for customer_id, _kind in wanted}
    before = ContactPoint.objects.filter(customer__in=ids, source=SOURCE)
    known = {(point.customer_id, point.kind) for point in before}
    context.log.before(before)
    ContactPoint.objects.bulk_create(
        wanted.values(), update_conflicts=True, unique_fields=["customer", "kind", "source"],
        update_fields=["value_enc", "value_idx", "tail_idx", "is_preferred", "valid"],
    )  # fmt: skip
    context.log.added(_new(ContactPoint.objects.filter(customer__in=ids, source=SOURCE), known))


def _new(points: Iterable[ContactPoint], known: set[tuple[str, str]]) -> list[ContactPoint]:
    return [point for point in points if (point.customer_id, point.kind) not in known]


def _point(customer_id: str, kind: str, text: str, *, preferred: bool) -> ContactPoint:
    column = "email" if kind == "EMAIL" else "phone"
    return ContactPoint(
        customer_id=customer_id, kind=kind, value_enc=seal(column, text), value_idx=blind(column, text),
        tail_idx=blind_tail(text) if kind == "PHONE" else "", is_preferred=preferred, source=SOURCE,
    )  # fmt: skip
