"""What the feeds know of one customer, from the published warehouse; empty before the first night.

The caller has already checked that the person sees the customer: a hand-over at noon reaches the warehouse at night
only, so a page of single customers always starts from `people.customers`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cache
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from kajing.analytics.warehouse import NotPublished, Warehouse
from kajing.customers import words
from kajing.customers.combining import combined
from kajing.customers.models import Customer, MergedCustomer
from kajing.customers.selectors.forwards import numbers_of
from kajing.lib import money
from kajing.lib.periods import SHANGHAI, add_months, month_end, month_start
from kajing.ui import charts, formats

RECENT = 50
TOP_MERCHANTS = 5
TOP_GROUPS = 6
CHUNK = 100  # events asked for at once


@cache
def warehouse() -> Warehouse:
    """One per process: its readers share a connection."""
    return Warehouse(
        settings.KAJING_WAREHOUSE, memory=settings.KAJING_WAREHOUSE_MEMORY, threads=settings.KAJING_WAREHOUSE_THREADS
    )


def _reading() -> Any:
    """The engine's reading functions; imported late, so that commands start without the engine."""
    from kajing.analytics import reading

    return reading


def _read(ask: Callable[[], list[dict[str, Any]]]) -> list[dict[str, Any]]:
    """What the warehouse answers; nothing before the first night."""
    try:
        return ask()
    except NotPublished:
        return []


# -- spending --------------------------------------------------------------------------------------------------------
def spending(customer: Customer, *, months: int) -> dict[str, Any]:
    """Spending by month and category as a chart, categories and merchants of the last 365 days."""
    as_of = getattr(getattr(customer, "figures", None), "as_of", None)
    return {
        "chart": _chart(numbers_of(customer), as_of, months) if as_of else None,
        "groups": [
            {"label": group_words(row["mcc_group"]), "value": row["amount"]}
            for row in _added(customer, _reading().categories, "mcc_group")[:TOP_GROUPS]
        ],
        "merchants": _added(customer, _reading().merchants, "merchant")[:TOP_MERCHANTS],
    }


def _added(customer: Customer, ask: Callable[[Warehouse, str], list[dict[str, Any]]], key: str) -> list[dict[str, Any]]:
    """Sums of every number of the customer, largest first; one number needs no adding."""
    numbers = numbers_of(customer)
    rows = [row for number in numbers for row in _read(lambda number=number: ask(warehouse(), number))]  # type: ignore[misc]
    if len(numbers) == 1:
        return rows
    found: dict[Any, dict[str, Any]] = {}
    for row in rows:
        known = found.setdefault(
            row[key], {name: 0 if isinstance(value, int) else value for name, value in row.items()}
        )
        known.update({name: known[name] + value for name, value in row.items() if isinstance(value, int)})
    return sorted(found.values(), key=lambda row: -row["amount"])


def group_words(code: str | None) -> str:
    """A group of merchant categories in words."""
    return str(words.MCC_GROUPS.get(code or "OTHER", code))


def _chart(numbers: Sequence[str], as_of: date, months: int) -> charts.Chart:
    first = add_months(month_start(as_of), 1 - months)
    sums: dict[date, dict[str, int]] = {add_months(first, step): defaultdict(int) for step in range(months)}
    groups: set[str] = set()
    rows = [row for number in numbers for row in _read(lambda number=number: _reading().months(warehouse(), number))]  # type: ignore[misc]
    for row in rows:
        if row["month"] in sums and row["amount"] > 0:
            sums[row["month"]][row["mcc_group"]] += row["amount"]
            groups.add(row["mcc_group"])
    shown = [
        {"month": formats.month(month, as_of), **{group: charts.in_wan(found[group]) for group in groups}}
        for month, found in sums.items()
    ]
    names = {group: group_words(group) for group in sorted(groups)}
    title = _("Spending of the last %(months)s months") % {"months": months}
    return charts.stacked(
        "spend",
        title,
        shown if groups else [],
        "month",
        names,
        unit=formats.money_unit(),
        unfinished=as_of < month_end(as_of),
    )


def buyers(feature: str, value: str) -> list[tuple[str, int]]:
    """Customers who bought in a group of merchants or at one merchant within 365 days, with the amount in fen."""
    rows = _read(lambda: _reading().buyers(warehouse(), feature, value))
    return [(row["customer_id"], row["amount"]) for row in rows]


# -- transactions ----------------------------------------------------------------------------------------------------
def transactions(customer: Customer) -> list[dict[str, Any]]:
    """The newest postings with their cards' last four and words for codes; amounts in fen."""
    tails = dict(customer.cards.values_list("card_id", "last4"))
    rows = [
        row
        for number in numbers_of(customer)
        for row in _read(lambda number=number: _reading().transactions(warehouse(), number, limit=RECENT))  # type: ignore[misc]
    ]
    rows = sorted(rows, key=lambda row: row["occurred_at"], reverse=True)[:RECENT]
    for row in rows:
        row["occurred_at"] = _local(row["occurred_at"])
        row["kind_words"] = str(words.TRANSACTION_KINDS.get(row["kind"], row["kind"]))
        row["group_words"] = group_words(row["mcc_group"])
        row["last4"] = tails.get(row["card_id"], "")
        row["foreign"] = row["currency"] not in {None, "CNY"}
        row["takes_back"] = row["kind"] in {"REFUND", "REVERSAL"}
        row["original"] = money.yuan(row["amount"])
    return rows


# -- timeline --------------------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class FeedEvent:
    """An event of the warehouse as the timeline tells it; the shape of `timeline.Event`."""

    at: datetime
    kind: str
    title: str
    body: str
    source: str
    icon: str
    tone: str = ""
    actor: str = ""
    extra: dict[str, Any] = field(default_factory=dict)


EVENT_ICONS = {
    "statement": "receipt", "repayment": "cash", "large_purchase": "credit-card", "abroad": "plane",
    "card_approved": "credit-card", "card_activated": "circle-check",
}  # fmt: skip
# Which group of the timeline shows an event.
EVENT_KINDS = {
    "statement": "statement", "repayment": "repayment", "large_purchase": "transaction", "abroad": "transaction",
    "card_approved": "card", "card_activated": "card",
}  # fmt: skip


def events(customer_id: str, *, before: datetime | None, limit: int, kinds: Sequence[str] = ()) -> list[FeedEvent]:
    """The newest events of the feeds before a moment, of some kinds of the timeline or all."""
    numbers = [customer_id, *MergedCustomer.objects.filter(survivor=customer_id).values_list("old_id", flat=True)]
    found = [event for number in numbers for event in _events(number, before=before, limit=limit, kinds=kinds)]
    return sorted(found, key=lambda event: event.at, reverse=True)[:limit] if len(numbers) > 1 else found


def _events(customer_id: str, *, before: datetime | None, limit: int, kinds: Sequence[str]) -> list[FeedEvent]:
    wanted = {name for name, kind in EVENT_KINDS.items() if not kinds or kind in kinds}
    found: list[dict[str, Any]] = []
    edge = before.astimezone(SHANGHAI).replace(tzinfo=None) if before else None
    while wanted and len(found) < limit:
        chunk = _read(lambda edge=edge: _reading().events(warehouse(), customer_id, before=edge, limit=CHUNK))  # type: ignore[misc]
        found += [row for row in chunk if row["kind"] in wanted]
        if len(chunk) < CHUNK:
            break
        edge = chunk[-1]["at"]
    return [_told(row) for row in found[:limit]]


def _told(row: dict[str, Any]) -> FeedEvent:
    title, body = _sentence(row)
    return FeedEvent(
        at=_local(row["at"]),
        kind=EVENT_KINDS[row["kind"]],
        title=title,
        body=body,
        source=f"{row['kind']}:{row['ref']}",
        icon=EVENT_ICONS[row["kind"]],
        tone="ok" if row["kind"] in {"repayment", "card_activated"} else "",
    )


def _sentence(row: dict[str, Any]) -> tuple[str, str]:
    amount, name = money.full(row["amount"] or 0), row["name"] or ""
    match row["kind"]:
        case "statement":
            due = formats.day(row["on"]) if row["on"] else "—"
            return _("Statement %(amount)s") % {"amount": amount}, _("due on %(day)s") % {"day": due}
        case "repayment":
            return _("Repaid %(amount)s") % {"amount": amount}, str(words.REPAYMENT_METHODS.get(name, name))
        case "large_purchase":
            return _("Large purchase %(amount)s") % {"amount": amount}, name
        case "abroad":
            return _("Purchase abroad %(amount)s") % {"amount": amount}, name
        case "card_approved":
            return _("Card approved"), _("card ending %(last4)s") % {"last4": name} if name else ""
        case _:
            return _("Card activated"), _("card ending %(last4)s") % {"last4": name} if name else ""


def _local(value: datetime | date) -> datetime:
    """Feed times carry no zone: they are Shanghai's."""
    moment = value if isinstance(value, datetime) else datetime(value.year, value.month, value.day)  # noqa: DTZ001
    return moment.replace(tzinfo=SHANGHAI) if moment.tzinfo is None else moment


# -- features --------------------------------------------------------------------------------------------------------
FEATURES = (
    "spend_30d", "spend_90d", "spend_365d", "txn_count_30d", "txn_count_90d", "txn_count_365d", "active_days_90d",
    "last_purchase_on", "recency_days", "mcc_group_share_365d", "top_merchants_365d", "cross_border_share_90d",
    "night_share_90d", "cash_share_90d", "utilisation", "dpd", "bucket", "five_class_card2011", "five_class_asset2023",
    "min_pay_streak", "payment_ratio_3m", "state", "sleeping_on", "silence_p",
)  # fmt: skip


def features(customer: Customer, as_of: date | None) -> dict[str, Any] | None:
    """The contract's features of a customer on a night that is kept; None when that night or customer is not there.

    Of a merged customer they are those of all numbers together, by the rules of the figures (`combining`).
    """
    try:
        day = as_of or _reading().as_of(warehouse())
        found = [one for _number, one in known_features(customer, as_of)]
    except NotPublished:
        return None
    if not found:
        return None
    whole = found[0] if len(found) == 1 else {**combined(found), **_maps(found)}
    return {"as_of": day, "values": {name: whole.get(name) for name in FEATURES}}


def known_features(customer: Customer, as_of: date | None = None) -> list[tuple[str, dict[str, Any]]]:
    """Each number of the customer that a night knows, with its features. Raises NotPublished."""
    asked = ((number, _reading().customer_features(warehouse(), number, as_of)) for number in numbers_of(customer))
    return [(number, found) for number, found in asked if found]


def _maps(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Features that are amounts by a key, such as spend by merchant group, added key by key."""
    found: dict[str, dict[str, Any]] = {}
    for row in rows:
        for name, value in row.items():
            if isinstance(value, dict):
                known = found.setdefault(name, {})
                for key, amount in value.items():
                    known[key] = known.get(key, 0) + amount if isinstance(amount, (int, float)) else amount
    return found
