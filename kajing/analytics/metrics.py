"""Every figure shown anywhere: name, unit, formula, source, numerator and denominator (domain §1.3, §1.8).

A group's ratio is Σ numerator ÷ Σ denominator of its members, never a mean of ratios; denominator 0 gives null.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
from ibis.expr.types import Table

from kajing.analytics import portfolio
from kajing.analytics.marts import month_of
from kajing.analytics.parameters import Parameters
from kajing.analytics.warehouse import scope_sql
from kajing.lib.periods import add_months
from kajing.lib.scope import DataScope

KEYS = ("unit_id", "manager_id", "segment", "product_id")
BY = {"unit": "unit_id", "manager": "manager_id", "month": "month", "segment": "segment", "product": "product_id"}


@dataclass(frozen=True, slots=True)
class MetricTables:
    """What a metric may look at; accounts and cards carry owner, segment and product."""

    accounts: Table
    cards: Table
    customers: Table
    transactions: Table
    cycles: Table
    as_of: date
    parameters: Parameters


@dataclass(frozen=True, slots=True)
class Metric:
    """One entry of the dictionary. `rows` gives KEYS, optional month and detail, numerator, denominator."""

    name: str
    unit: str  # count | share | fen
    formula: str
    source: str
    rows: Callable[[MetricTables], Table]


METRICS: dict[str, Metric] = {}


def _metric(name: str, unit: str, formula: str, source: str) -> Callable[[Callable[[MetricTables], Table]], Any]:
    def add(rows: Callable[[MetricTables], Table]) -> Callable[[MetricTables], Table]:
        METRICS[name] = Metric(name, unit, formula, source, rows)
        return rows

    return add


def _totals(table: Table, numerator: Any, denominator: Any, *, detail: Any = "") -> Table:
    rows = table.select(
        *KEYS,
        detail=ibis.literal(detail) if isinstance(detail, str) else detail,
        n=numerator.cast("int64"),
        d=denominator.cast("int64") if denominator is not None else ibis.null("int64"),
    )
    return rows.group_by(*KEYS, "detail").agg(numerator=rows.n.sum(), denominator=rows.d.sum())


@_metric("cards_issued", "count", "cards ever issued, replacements not recounted", "domain §1.3 累计发卡量")
def cards_issued(t: MetricTables) -> Table:
    """Cumulative cards."""
    first = t.cards.filter(t.cards.replaces_card_id.isnull())
    return _totals(first, first.card_id.notnull(), None)


@_metric("cards_valid", "count", "activated, status ACTIVE or TEMP_HOLD, not expired at as_of", "domain §1.3 有效卡")
def cards_valid(t: MetricTables) -> Table:
    """Valid cards."""
    return _totals(t.cards, t.cards.valid, None)


def _activation(t: MetricTables, days: int) -> Table:
    """Cohort: new cards approved in the 12 months that end N days before as_of, so that all of them are matured."""
    c = t.cards
    end = t.as_of - timedelta(days)
    cohort = c.filter((c.approved_on <= end) & (c.approved_on > add_months(end, -12)) & c.replaces_card_id.isnull())
    in_time = (cohort.activated_on.delta(cohort.approved_on, unit="day") <= days).fill_null(False)
    return _totals(cohort, in_time, cohort.card_id.notnull())


@_metric(
    "activation_rate_30d",
    "share",
    "activated within 30 days ÷ cards approved, matured cohorts of 12 months",
    "domain §1.3 激活率",
)
def activation_rate_30d(t: MetricTables) -> Table:
    """30-day activation."""
    return _activation(t, 30)


@_metric(
    "activation_rate_90d",
    "share",
    "activated within 90 days ÷ cards approved, matured cohorts of 12 months",
    "domain §1.3 激活率",
)
def activation_rate_90d(t: MetricTables) -> Table:
    """90-day activation."""
    return _activation(t, 90)


@_metric(
    "first_use_rate_30d",
    "share",
    "customers with a purchase not refunded in full within 30 days of approval ÷ new customers of 12 months, matured",
    "domain §1.3 首刷率",
)
def first_use_rate_30d(t: MetricTables) -> Table:
    """30-day first use, by customer."""
    c = t.cards.filter(t.cards.approved_on.notnull())
    first = c.group_by("customer_id").agg(
        approved_on=c.first_approved_on.min(),
        first_use_on=c.first_use_on.min(),
        **{key: c[key].argmin(c.card_id) for key in KEYS},
    )
    end = t.as_of - timedelta(30)
    cohort = first.filter((first.approved_on <= end) & (first.approved_on > add_months(end, -12)))
    in_time = (cohort.first_use_on.delta(cohort.approved_on, unit="day") <= 30).fill_null(False)
    return _totals(cohort, in_time, cohort.customer_id.notnull())


@_metric(
    "active_card_rate_90d",
    "share",
    "valid cards with a customer-initiated use in 90 days ÷ valid cards",
    "domain §1.3 活卡率",
)
def active_card_rate_90d(t: MetricTables) -> Table:
    """Active cards, W = 90."""
    valid = t.cards.filter(t.cards.valid)
    active = (valid.last_use_on > t.as_of - timedelta(t.parameters.active_window_days)).fill_null(False)
    return _totals(valid, active, valid.card_id.notnull())


@_metric(
    "active_account_rate_month",
    "share",
    "accounts with a customer-initiated use in the month ÷ valid accounts",
    "domain §1.3 动户率",
)
def active_account_rate_month(t: MetricTables) -> Table:
    """Active accounts in the month of as_of."""
    x = t.transactions
    used = x.filter(x.use & (x.day >= month_of(t.as_of, 0))).select("account_id").distinct().mutate(used=True)
    a = t.accounts.filter(t.accounts.is_open).left_join(used, "account_id").drop("account_id_right")
    return _totals(a, a.used.fill_null(False), a.account_id.notnull())


@_metric(
    "spend_per_card_month",
    "fen",
    "purchases net of refunds in the month ÷ mean of valid cards at its opening and closing",
    "domain §1.3 卡均消费",
)
def spend_per_card_month(t: MetricTables) -> Table:
    """Twice the spend over opening + closing cards, so that both sides stay whole numbers."""
    start = month_of(t.as_of, 0)
    x = t.transactions
    per_card = x.filter(x.day >= start).group_by("card_id").agg(spent=lambda g: g.spend.sum())
    c = t.cards.left_join(per_card, "card_id").drop("card_id_right")
    opening = (
        (c.activated_on < start).fill_null(False)
        & (c.closed_on.isnull() | (c.closed_on >= start))
        & (c.expires_on.isnull() | (c.expires_on >= start))
        & ~c.replaced
    )
    return _totals(c, c.spent.fill_null(0) * 2, opening.cast("int64") + c.valid.cast("int64"))


@_metric(
    "sleeping_ratio",
    "share",
    "long-sleeping cards ÷ cards in the register, exempt cards not counted as asleep",
    "domain §1.4, RG035",
)
def sleeping_ratio(t: MetricTables) -> Table:
    """The 20 % rule's ratio."""
    held = t.cards.filter(t.cards.in_register)
    return _totals(held, held.asleep, held.card_id.notnull())


@_metric(
    "utilisation", "share", "balance ÷ limit of open accounts, temporary limits in force included", "domain §1.5 用信率"
)
def utilisation(t: MetricTables) -> Table:
    """Use of limits."""
    held = t.accounts.filter(t.accounts.is_open)
    return _totals(held, ibis.greatest(held.balance, 0), held.effective_limit)


@_metric(
    "delinquency_balance_by_bucket",
    "fen",
    "balance of accounts by days past due, the whole balance of an account",
    "domain §1.8",
)
def delinquency_balance_by_bucket(t: MetricTables) -> Table:
    """`detail` is the bucket; the denominator is all balance of the group."""
    owed = t.accounts.filter(t.accounts.balance > 0)
    return _totals(owed, owed.balance, None, detail=owed.bucket)


@_metric(
    "overdue_30_rate", "share", "balance of accounts over 30 days past due ÷ all balance", "domain §1.8 逾期率 30+"
)
def overdue_30_rate(t: MetricTables) -> Table:
    """30+ by balance."""
    owed = t.accounts.filter(t.accounts.balance > 0)
    return _totals(owed, (owed.dpd > 30).ifelse(owed.balance, 0), owed.balance)


@_metric(
    "roll_rate",
    "share",
    "balance in bucket i+1 at the last month-end ÷ that in bucket i a month before, by statements; detail M0→M1 …",
    "domain §1.8 迁徙率",
)
def roll_rate(t: MetricTables) -> Table:
    """Month-end to month-end over the last closed month."""
    end = t.as_of if (t.as_of + timedelta(1)).day == 1 else month_of(t.as_of, 0) - timedelta(1)
    before = end.replace(day=1) - timedelta(1)
    owners = t.accounts.select("account_id", *KEYS)
    found = portfolio.positions(t.cycles, [before, end]).join(owners, "account_id")
    step = ibis.least(((found.dpd - 1) / 30).floor().cast("int64") + 1, 7)
    found = found.mutate(step=(found.dpd > 0).ifelse(step, 0))
    label = lambda step: "M" + step.cast("string") + "→M" + (step + 1).cast("string")
    up = found.filter((found.place == 1) & (found.step > 0))
    risen = up.select(*KEYS, detail=label(up.step - 1), n=up.balance, d=ibis.literal(0, "int64"))
    start = found.filter((found.place == 0) & (found.step < 7))
    base = start.select(*KEYS, detail=label(start.step), n=ibis.literal(0, "int64"), d=start.balance)
    both = risen.union(base)
    return both.group_by(*KEYS, "detail").agg(numerator=both.n.sum(), denominator=both.d.sum())


@_metric(
    "entry_rate",
    "share",
    "accounts that missed their minimum ÷ accounts with an amount due, where grace ended in the last 30 days",
    "domain §1.8 入催率",
)
def entry_rate(t: MetricTables) -> Table:
    """Accounts entering collection."""
    c = t.cycles
    due = c.filter(c.owing & (c.deadline < t.as_of) & (c.deadline >= t.as_of - timedelta(30)))
    rows = due.select("account_id", "missed").join(t.accounts.select("account_id", *KEYS), "account_id")
    return _totals(rows, rows.missed, rows.account_id.notnull())


@_metric(
    "fpd30",
    "share",
    "new accounts whose first minimum was unpaid 30 days after it was due ÷ new accounts of 12 months matured for it",
    "domain §1.8 首期逾期",
)
def fpd30(t: MetricTables) -> Table:
    """First payment default, 30 days."""
    opened = t.accounts.filter(t.accounts.opened_on > add_months(t.as_of, -12))
    c = t.cycles.filter(t.cycles.owing).semi_join(opened, "account_id")
    place = ibis.row_number().over(group_by="account_id", order_by="statement_on")
    first = c.mutate(place=place).filter(lambda r: r.place == 0)
    first = first.filter(first.due_on <= t.as_of - timedelta(30))
    unpaid = first.missed & (
        first.met_on.isnull() | (first.met_on > (first.due_on + ibis.interval(days=30)).cast("date"))
    )
    rows = first.select("account_id", unpaid=unpaid).join(t.accounts.select("account_id", *KEYS), "account_id")
    return _totals(rows, rows.unpaid, rows.account_id.notnull())


@_metric(
    "attrition_rate", "share", "cards closed in the last 30 days ÷ cards valid at their beginning", "domain §1.3 注销率"
)
def attrition_rate(t: MetricTables) -> Table:
    """Closed by customer or bank; expiry without renewal is not among them."""
    start = t.as_of - timedelta(30)
    c = t.cards
    opening = c.filter(
        (c.activated_on <= start).fill_null(False)
        & (c.closed_on.isnull() | (c.closed_on > start))
        & (c.expires_on.isnull() | (c.expires_on > start))
        & ~c.replaced
    )
    closed = ((opening.closed_on > start) & (opening.closed_on <= t.as_of)).fill_null(False)
    return _totals(opening, closed, opening.card_id.notnull())


def all_rows(t: MetricTables) -> Table:
    """Every metric's rows at as_of in one table."""
    parts = [
        metric.rows(t).select(
            metric=ibis.literal(metric.name),
            month=ibis.literal(month_of(t.as_of, 0)).cast("date"),
            unit_id=ibis._.unit_id,
            manager_id=ibis._.manager_id,
            segment=ibis._.segment,
            product_id=ibis._.product_id,
            detail=ibis._.detail.cast("string"),
            numerator=ibis._.numerator.cast("int64"),
            denominator=ibis._.denominator.cast("int64"),
        )
        for metric in METRICS.values()
    ]
    return ibis.union(*parts)


def dictionary() -> list[dict[str, str]]:
    """Name, unit, formula and source of every metric."""
    return [{"name": m.name, "unit": m.unit, "formula": m.formula, "source": m.source} for m in METRICS.values()]


class UnknownMetric(KeyError):
    """No metric of that name."""


class UnknownKey(KeyError):
    """Metrics are not told by that key."""


def values(con: Any, name: str, *, scope: DataScope, by: Iterable[str] = ()) -> list[dict[str, Any]]:
    """A metric's rows within a scope: keys, numerator, denominator, value (None where the denominator is 0).

    `con` is a reader's cursor; `by` is any of unit, manager, month, segment, product. A metric told by bucket or
    step has
    `detail` among its keys. Raises UnknownMetric, UnknownKey.
    """
    if name not in METRICS:
        raise UnknownMetric(name)
    wanted = list(by)
    strangers = [one for one in wanted if one not in BY]
    if strangers:
        raise UnknownKey(", ".join(strangers))
    metric = METRICS[name]
    condition, parameters = scope_sql(scope, customer=None)
    columns = ", ".join([*(BY[one] for one in wanted), "detail"])
    found = con.execute(
        f"SELECT {columns}, sum(numerator)::BIGINT, sum(denominator)::BIGINT FROM metric_rows"
        f" WHERE metric = ? AND {condition} GROUP BY ALL ORDER BY ALL",
        [name, *parameters],
    ).fetchall()
    return [_value(metric, [*wanted, "detail"], row) for row in found]


def _value(metric: Metric, names: list[str], row: tuple[Any, ...]) -> dict[str, Any]:
    *found, numerator, denominator = row
    keys = {name: value for name, value in zip(names, found, strict=True) if name != "detail" or value}
    if metric.unit == "share" or denominator is not None:
        value = numerator / denominator if denominator else None
    else:
        value = float(numerator)
    return {"keys": keys, "numerator": numerator, "denominator": denominator, "value": value}
