"""The customers list: what may be shown, filtered and sorted. Rooms above add theirs (`extensions`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop, pgettext_lazy

from kajing.customers import words
from kajing.customers.completeness import PARTS
from kajing.customers.models import CardAccount, Customer, RecycleNotice
from kajing.customers.selectors import COPIES, assignable, lacking, load_rows, matching, seen_figures, segments
from kajing.customers.selectors import customers as visible_customers
from kajing.customers.selectors.audiences import Bought, InAudience
from kajing.org.scoping import subtree
from kajing.products.selectors import product_names, products
from kajing.records.lists import (
    LISTS,
    Cell,
    Choice,
    Column,
    Context,
    Filter,
    Flag,
    ListSpec,
    Order,
    Period,
    Range,
    SystemView,
    Text,
    Twin,
    register,
)

TIERS = ("V1", "V2", "V3", "V4", "V5")
PERCENT = Decimal("0.01")
FEN = Decimal(100)
Pairs = Iterable[tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class InUnit(Choice):
    """A unit stands for everything below it."""

    def q(self, values: Sequence[str], context: Context) -> Q:
        found = Q(pk__in=[])
        for value in values:
            found |= Q(**{f"{self.path}__in": subtree(value)})
        return found


@dataclass(frozen=True, kw_only=True)
class Lacks(Choice):
    """Customers whose record lacks one of these facts."""

    def q(self, values: Sequence[str], context: Context) -> Q:
        self._check(values, context)
        return lacking(list(values))


@dataclass(frozen=True, kw_only=True)
class HasProduct(Choice):
    """Customers with an account of one of these products that is not closed."""

    def q(self, values: Sequence[str], context: Context) -> Q:
        """Any of the wanted, none of the refused. Raises NotUnderstood."""
        wanted = [value for value in values if not value.startswith("!")]
        refused = [value[1:] for value in values if value.startswith("!")]
        self._check([*wanted, *refused], context)
        found = holding(wanted) if wanted else Q()
        return found & ~holding(refused) if refused else found


def holding(product_ids: list[str]) -> Q:
    """Customers with an account of these products that is not closed."""
    open_ones = CardAccount.objects.filter(product_id__in=product_ids, closed_on=None)
    return Q(pk__in=open_ones.order_by().values("customer"))


def _products() -> Pairs:
    return sorted(product_names(one.pk for one in products()).items())


def _labels(table: Mapping[str, object]) -> Pairs:
    return [(code, str(label)) for code, label in table.items()]


def leaving(context: Context) -> Q:
    """Customers whom the night will recycle unless somebody contacts them."""
    return Q(pk__in=RecycleNotice.objects.values("customer"))


FILTERS = [
    Text(name="search", label=_("Search"), match=lambda text, context: matching(text), choosable=False),
    Choice(
        name="segment",
        label=_("Segment"),
        path="figures__segment",
        options=lambda context: segments(context.user),
        open_ended=True,
    ),
    Choice(name="state", label=_("Card use"), path="figures__state", options=lambda context: _labels(words.STATES)),
    Choice(
        name="bucket",
        label=_("Bucket by days"),
        path="figures__bucket",
        options=lambda context: [(code, words.bucket_words(code)) for code in words.BUCKETS],
    ),
    Choice(
        name="cycle_bucket",
        label=_("Bucket by missed cycles"),
        path="figures__cycle_bucket",
        options=lambda context: [(code, code) for code in words.BUCKETS],
    ),
    Choice(name="risk_band", label=_("Risk"), path="figures__risk_band", options=lambda context: _labels(words.BANDS)),
    Range(
        name="utilisation", label=_("Use of limit"), path="figures__utilisation", scale=PERCENT, unit="%", whole=False
    ),
    Range(name="credit_limit", label=_("Limit"), path="figures__credit_limit", scale=FEN, unit=_(" yuan")),
    Range(
        name="spend",
        label=_("Spend, 30 days"),
        path="figures__spend_30d",
        scale=FEN,
        unit=_(" yuan"),
        also="spend_30d",
    ),
    Range(name="dpd", label=_("Days past due"), path="figures__dpd", unit=_(" days")),
    Range(
        name="silence",
        label=_("Chance of such a silence"),
        path="figures__silence_p",
        scale=PERCENT,
        unit="%",
        whole=False,
    ),
    Range(
        name="streak",
        label=_("Minimum payments in a row"),
        path="figures__min_pay_streak",
        also="min_pay_streak",
    ),
    Period(
        name="last_purchase",
        label=_("Last purchase"),
        path="figures__last_purchase_on",
        also="last_purchase_on",
    ),
    Period(name="due", label=_("Next due day"), path="figures__next_due_on", also="next_due_on"),
    Period(name="sleeping", label=_("Falls asleep"), path="figures__sleeping_on", also="sleeping_on"),
    Period(name="opened", label=_("Customer since"), path="opened_on", also="opened_on"),
    Choice(
        name="status",
        label=_("Status"),
        path="status__common",
        options=lambda context: [(code, str(label)) for code, label in Customer.Status.choices],
    ),
    InUnit(
        name="unit",
        label=_("Unit"),
        path="unit_id",
        options=lambda context: assignable(context.user).units,
        open_ended=True,
    ),
    Choice(
        name="manager",
        label=_("Manager"),
        path="manager_id",
        options=lambda context: assignable(context.user).managers,
        open_ended=True,
    ),
    Lacks(
        name="missing",
        label=_("Lacks"),
        options=lambda context: [(name, str(part.label)) for name, part in PARTS.items()],
    ),
    Flag(name="unassigned", label=_("In the public pool"), condition=lambda context: Q(manager=None)),
    Flag(name="leaving", label=_("Goes to the pool soon"), condition=leaving),
]

_FIGURES = {
    "balance": (_("Balance"), FEN, _(" yuan")),
    "minimum_due": (_("Minimum due"), FEN, _(" yuan")),
    "overdue_amount": (_("Amount overdue"), FEN, _(" yuan")),
    "spend_prev_30d": (_("Spend, 30 days before"), FEN, _(" yuan")),
    "spend_90d": (_("Spend, 90 days"), FEN, _(" yuan")),
    "spend_365d": (_("Spend, 365 days"), FEN, _(" yuan")),
    "txn_count_30d": (_("Purchases, 30 days"), Decimal(1), ""),
    "txn_count_90d": (_("Purchases, 90 days"), Decimal(1), ""),
    "txn_count_365d": (_("Purchases, 365 days"), Decimal(1), ""),
    "active_days_90d": (_("Active days, 90 days"), Decimal(1), _(" days")),
    "recency_days": (_("Days since the last purchase"), Decimal(1), _(" days")),
    "payment_ratio_3m": (_("Share paid, 3 months"), PERCENT, "%"),
    "cross_border_share_90d": (_("Share spent abroad"), PERCENT, "%"),
    "night_share_90d": (_("Share spent at night"), PERCENT, "%"),
    "cash_share_90d": (_("Share of cash"), PERCENT, "%"),
    "risk_score": (_("Risk score"), Decimal(1), ""),
}


def _figure(name: str, label: Any, scale: Decimal, unit: Any) -> Range:
    whole = name != "risk_score" and scale != PERCENT
    return Range(name=name, label=label, path=f"figures__{name}", scale=scale, unit=unit, whole=whole)


# What conditions may speak of beside the filters of the dialog.
FIELDS: list[Filter] = [
    *(_figure(name, *about) for name, about in _FIGURES.items()),
    Choice(
        name="five_class",
        label=_("Five-class result"),
        path="figures__five_class_asset2023",
        options=lambda context: _labels(words.FIVE_CLASSES),
        also="five_class_asset2023",
    ),
    Choice(
        name="gender",
        label=_("Gender"),
        path="gender",
        options=lambda context: [(code, str(label)) for code, label in Customer.Gender.choices],
    ),
    Period(name="born", label=_("Day of birth"), path="birth_date", also="birth_date"),
]

FIELDS += [
    Choice(
        name="value_tier",
        label=pgettext_lazy("customer", "Value"),
        path="figures__value_tier",
        options=lambda context: [(code, words.class_words(code)) for code in TIERS],
    ),
    HasProduct(name="product", label=_("Product held"), options=lambda context: _products()),
    Bought(name="bought", label=_("Bought, 365 days"), feature="mcc_group"),
    Bought(name="bought_at", label=_("Bought at the merchant, 365 days"), feature="merchant"),
]

COLUMNS = [
    Column(name="name", label=_("Customer"), value=lambda row: row.name, cell=Cell.LINK, priority=1, phone=2),
    Column(name="customer_id", label=_("Customer number"), value=lambda row: row.pk, default=False),
    Column(name="cards", label=_("Cards"), value=lambda row: row.card_tags, cell=Cell.TAGS, priority=2),
    Column(
        name="segment",
        label=_("Segment"),
        value=lambda row: row.segment_words,
        cell=Cell.BADGE,
        priority=3,
        default=False,
    ),
    Column(name="state", label=_("Card use"), value=lambda row: row.state_badge, cell=Cell.BADGE, priority=1, phone=3),
    Column(
        name="risk_band",
        label=_("Risk"),
        value=lambda row: row.figure("risk_band"),
        cell=Cell.RISK,
        priority=1,
        phone=2,
    ),
    Column(
        name="limit",
        label=_("Limit"),
        value=lambda row: row.figure("credit_limit"),
        cell=Cell.WAN,
        order="limit",
        priority=2,
    ),
    Column(
        name="utilisation",
        label=_("Use of limit"),
        value=lambda row: row.figure("utilisation"),
        cell=Cell.BAR,
        order="utilisation",
        priority=1,
    ),
    Column(
        name="spend",
        label=_("Spend, 30 days"),
        value=lambda row: row.figure("spend_30d"),
        cell=Cell.WAN,
        order="spend",
        priority=1,
        phone=3,
    ),
    Column(
        name="change",
        label=pgettext_lazy("figure", "Change"),
        value=lambda row: row.change,
        cell=Cell.CHANGE,
        priority=2,
    ),
    Column(name="trend", label=_("8 weeks"), value=lambda row: row.figure("spend_weeks"), cell=Cell.SPARK, priority=3),
    Column(
        name="last_purchase",
        label=_("Last purchase"),
        value=lambda row: row.figure("last_purchase_on"),
        cell=Cell.DAY,
        order="last_purchase",
        priority=2,
        phone=2,
    ),
    Column(
        name="bucket", label=_("Overdue"), value=lambda row: row.overdue_badge, cell=Cell.BADGE, order="dpd", priority=1
    ),
    Column(
        name="manager",
        label=_("Manager"),
        value=lambda row: row.manager_name,
        priority=2,
        permission="customers.assign",
    ),
    Column(name="unit", label=_("Unit"), value=lambda row: row.customer.unit.name, default=False),
    Column(name="balance", label=_("Balance"), value=lambda row: row.figure("balance"), cell=Cell.WAN, default=False),
    Column(
        name="overdue_amount",
        label=_("Amount overdue"),
        value=lambda row: row.figure("overdue_amount"),
        cell=Cell.YUAN,
        default=False,
    ),
    Column(
        name="next_due",
        label=_("Next due day"),
        value=lambda row: row.figure("next_due_on"),
        cell=Cell.DAY,
        default=False,
    ),
    Column(
        name="sleeping",
        label=_("Falls asleep"),
        value=lambda row: row.figure("sleeping_on"),
        cell=Cell.DAY,
        default=False,
    ),
    Column(
        name="opened", label=_("Customer since"), value=lambda row: row.customer.opened_on, cell=Cell.DAY, default=False
    ),
    Column(
        name="streak",
        label=_("Minimum payments in a row"),
        value=lambda row: row.figure("min_pay_streak"),
        cell=Cell.COUNT,
        default=False,
    ),
]

ORDERS = [
    Order("spend", "figures__spend_30d", _("Spend, 30 days")),
    Order("utilisation", "figures__utilisation", _("Use of limit")),
    Order("limit", "figures__credit_limit", _("Limit")),
    Order("last_purchase", "figures__last_purchase_on", _("Last purchase")),
    Order("dpd", "figures__dpd", _("Days past due")),
    Order("customer_id", "pk", _("Customer number")),
]

VIEWS = [
    SystemView("all", gettext_noop("All customers"), {"status": ["ACTIVE"]}, "-spend"),
    SystemView("must_call", gettext_noop("To visit today"), {"has_alert": ["1"]}, "-dpd"),
    SystemView("high_use", gettext_noop("High use of limit"), {"utilisation": ["80.."]}, "-utilisation"),
    SystemView("silent", gettext_noop("Gone silent"), {"silence": ["..5"], "state": ["ACTIVE"]}, "last_purchase"),
    SystemView("overdue_m1", gettext_noop("Overdue M1"), {"bucket": ["M1"]}, "-dpd"),
    SystemView("sleeping_soon", gettext_noop("Sleeping soon"), {"sleeping": ["0d..92d"]}, "last_purchase"),
]

FILTERS.append(
    InAudience(
        name="audience", label=_("Audience"), path="pk", options=lambda context: [], spec=lambda: LISTS["customers"]
    )
)

CUSTOMERS = register(
    ListSpec(
        name="customers",
        label=_("Customers"),
        base=visible_customers,
        load=load_rows,
        columns=COLUMNS,
        filters=FILTERS,
        orders=ORDERS,
        default_order="-spend",
        url_name="customers:list",
        views=VIEWS,
        kind="customer",
        fields=FIELDS,
        twin=Twin(rows=seen_figures, name="figures", back="customer", shared=COPIES),
    )
)
