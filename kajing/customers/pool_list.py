"""The public pool as a list: masked names, value, why each customer is there and since when.

No search by name: it would tell a manager who is in the pool.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy

from kajing.customers import words
from kajing.customers.lists import TIERS, InUnit
from kajing.customers.selectors import COPIES, load_pool_rows, pool, pool_figures, pool_places
from kajing.records.lists import Cell, Choice, Column, ListSpec, Order, Period, Range, SystemView, Twin, register

FEN = Decimal(100)


def _tier(row: Any) -> str:
    return words.class_words(row.figure("value_tier") or "")


COLUMNS = [
    Column(name="name", label=_("Customer"), value=lambda row: row.name, priority=1, phone=2),
    Column(name="customer_id", label=_("Customer number"), value=lambda row: row.pk, priority=3),
    Column(name="tier", label=pgettext_lazy("customer", "Value"), value=_tier, cell=Cell.BADGE, priority=1, phone=3),
    Column(name="state", label=_("Card use"), value=lambda row: row.state_badge, cell=Cell.BADGE, priority=2),
    Column(
        name="limit", label=_("Limit"), value=lambda row: row.figure("credit_limit"), cell=Cell.WAN, order="limit",
        priority=2,
    ),
    Column(
        name="spend_365d", label=_("Spend, 365 days"), value=lambda row: row.figure("spend_365d"), cell=Cell.WAN,
        priority=1, phone=3,
    ),
    Column(
        name="last_purchase", label=_("Last purchase"), value=lambda row: row.figure("last_purchase_on"), cell=Cell.DAY,
        order="last_purchase", priority=2,
    ),
    Column(name="bucket", label=_("Overdue"), value=lambda row: row.overdue_badge, cell=Cell.BADGE, priority=2),
    Column(name="unit", label=_("Pool of"), value=lambda row: row.customer.unit.name, priority=3),
    Column(name="why", label=_("Why here"), value=lambda row: row.extra.get("why"), priority=2, phone=2),
    Column(name="since", label=_("Since"), value=lambda row: row.extra.get("since"), cell=Cell.DAY, priority=3),
    Column(
        name="reason", label=_("Reason"), value=lambda row: row.extra.get("reason"), permission="customers.assign",
        default=False,
    ),
]  # fmt: skip
FILTERS = [
    Choice(
        name="tier",
        label=pgettext_lazy("customer", "Value"),
        path="figures__value_tier",
        options=lambda context: [(code, words.class_words(code)) for code in TIERS],
    ),
    Choice(
        name="state",
        label=_("Card use"),
        path="figures__state",
        options=lambda context: [(code, str(label)) for code, label in words.STATES.items()],
    ),
    Choice(
        name="bucket",
        label=_("Bucket by days"),
        path="figures__bucket",
        options=lambda context: [(code, words.bucket_words(code)) for code in words.BUCKETS],
    ),
    Range(name="credit_limit", label=_("Limit"), path="figures__credit_limit", scale=FEN, unit=_(" yuan")),
    Range(name="spend_365d", label=_("Spend, 365 days"), path="figures__spend_365d", scale=FEN, unit=_(" yuan")),
    Period(name="last_purchase", label=_("Last purchase"), path="figures__last_purchase_on"),
    InUnit(
        name="unit",
        label=_("Pool of"),
        path="unit_id",
        options=lambda context: pool_places(context.user),
        open_ended=True,
    ),
]
ORDERS = [
    Order("limit", "figures__credit_limit", _("Limit")),
    Order("last_purchase", "figures__last_purchase_on", _("Last purchase")),
    Order("customer_id", "pk", _("Customer number")),
]
VIEWS = [
    SystemView("pool_all", gettext_noop("Whole pool"), {}, "-limit"),
    SystemView("pool_top", gettext_noop("Top and high value"), {"tier": ["V1", "V2"]}, "-limit"),
    SystemView("pool_unused", gettext_noop("Never used"), {"state": ["NEVER_USED"]}, "-limit"),
]
POOL = register(
    ListSpec(
        name="pool",
        label=_("Public pool"),
        base=pool,
        load=load_pool_rows,
        columns=COLUMNS,
        filters=FILTERS,
        orders=ORDERS,
        default_order="-limit",
        url_name="customers:pool",
        views=VIEWS,
        twin=Twin(rows=pool_figures, name="figures", back="customer", shared=COPIES),
    )
)
