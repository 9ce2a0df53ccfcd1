"""Cards: issue, activation, use, sleep, attrition (§1.3, §1.4).

On a past day a card is what its dates say: the feed gives no beginning of a hold, so holds count tonight only.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
from ibis.expr.types import Table

from kajing.analytics.features.cards import GONE
from kajing.analytics.marts import month_of
from kajing.analytics.metrics.base import (
    COHORT_MONTHS,
    KEYS,
    METRICS,
    NEVER,
    MetricTables,
    added,
    calendar,
    cohort_metric,
    metric,
    ripe_months,
    tonight,
    totals,
)
from kajing.lib.periods import add_months

BY_HAND = ("CUSTOMER", "BRANCH")
ATTRITION_DAYS = 30


def with_ends(cards: Table) -> Table:
    """Add replaced_on and gone_on, the day a card was closed or replaced, and dateless: gone on a day nobody gave."""
    heirs = cards.filter(cards.replaces_card_id.notnull())
    heirs = heirs.group_by(old="replaces_card_id").agg(
        replaced_on=ibis.coalesce(heirs.activated_on, heirs.approved_on).min()
    )
    rows = cards.left_join(heirs, [("card_id", "old")]).drop("old")
    gone = ibis.least(ibis.coalesce(rows.closed_on, rows.replaced_on), ibis.coalesce(rows.replaced_on, rows.closed_on))
    lost = rows.status.isin(GONE) & gone.isnull() & ((rows.status != "EXPIRED") | rows.expires_on.isnull())
    return rows.mutate(gone_on=gone, dateless=lost)


def there(c: Table, day: Any) -> Any:
    """Not closed, replaced or expired at the end of a past day."""
    stays = (c.gone_on.isnull() | (c.gone_on > day)) & (c.expires_on.isnull() | (c.expires_on >= day))
    return stays & ~c.dateless


def valid_by_dates(c: Table, day: Any) -> Any:
    """Activated and there."""
    return (c.activated_on <= day).fill_null(False) & there(c, day)


def _valid(t: MetricTables, c: Table) -> Any:
    return tonight(t, c).ifelse(c.valid, valid_by_dates(c, c.day))


def _approved(t: MetricTables) -> date:
    return t.since("approved")


def _used(t: MetricTables) -> date:
    """From when on the window of active cards lies inside what came."""
    return t.since("transaction", t.parameters.active_window_days)


def month_complete(t: MetricTables) -> date:
    """The start of the first month whose postings are all there."""
    first = t.since("transaction")
    return first if first.day == 1 or first == NEVER else month_of(first, 1)


def _slept(t: MetricTables) -> date:
    first = t.first["transaction"]
    return add_months(first, t.parameters.sleeping_months) if first else t.since("transaction")


@metric(
    "cards_issued",
    "count",
    "cards ever issued, replacements not recounted",
    "domain §1.3 累计发卡量",
    since=_approved,
)
def cards_issued(t: MetricTables) -> Table:
    """Cumulative cards."""
    first = t.cards.filter(t.cards.replaces_card_id.isnull()).cross_join(calendar(t.observed(_approved(t))))
    first = first.filter(first.approved_on <= first.day)
    return totals(first, first.card_id.notnull(), None)


@metric(
    "cards_valid",
    "count",
    "activated, status ACTIVE or TEMP_HOLD, not expired; past month-ends by the cards' dates",
    "domain §1.3 有效卡",
    since=_approved,
)
def cards_valid(t: MetricTables) -> Table:
    """Valid cards."""
    c = t.cards.cross_join(calendar(t.observed(_approved(t))))
    c = c.filter(_valid(t, c))
    return totals(c, c.card_id.notnull(), None)


def _activation(t: MetricTables, name: str, days: int) -> Table:
    """Cohorts by month of approval, and those of the 12 months that end N days before a day: all are matured."""
    issued = t.cards.filter(t.cards.replaces_card_id.isnull())
    in_time = lambda c: (c.activated_on.delta(c.approved_on, unit="day") <= days).fill_null(False)
    ends = {
        "until": lambda day: day - timedelta(days),
        "after": lambda day: add_months(day - timedelta(days), -COHORT_MONTHS),
    }
    told = issued.cross_join(calendar(t.observed(_approved(t)), **ends).drop("month"))
    told = told.filter((told.approved_on <= told.until) & (told.approved_on > told.after))
    parts = [totals(told, in_time(told), told.card_id.notnull())]
    if found := ripe_months(t, METRICS[name].days(t)):
        born = _born_within(issued, issued.approved_on, found)
        parts.append(totals(born, in_time(born), born.card_id.notnull()))
    return added(*parts)


def _born_within(rows: Table, born_on: Any, months: tuple[date, date]) -> Table:
    """Rows of cohort months with their month."""
    first, last = months
    return rows.filter((born_on >= first) & (born_on < month_of(last, 1))).mutate(
        month=born_on.truncate("M").cast("date")
    )


@cohort_metric(
    "activation_rate_30d",
    "share",
    "activated within 30 days ÷ cards approved, matured cohorts of 12 months; by month of approval",
    "domain §1.3 激活率",
    since=_approved,
    born=_approved,
    matured=30,
)
def activation_rate_30d(t: MetricTables) -> Table:
    """30-day activation."""
    return _activation(t, "activation_rate_30d", 30)


@cohort_metric(
    "activation_rate_90d",
    "share",
    "activated within 90 days ÷ cards approved, matured cohorts of 12 months; by month of approval",
    "domain §1.3 激活率",
    since=_approved,
    born=_approved,
    matured=90,
)
def activation_rate_90d(t: MetricTables) -> Table:
    """90-day activation."""
    return _activation(t, "activation_rate_90d", 90)


FIRST_USE_DAYS = 30


def _first_cohorts(t: MetricTables) -> date:
    """The earliest day whose twelve cohorts were all approved after postings began."""
    first = t.first["transaction"]
    return add_months(first, COHORT_MONTHS) + timedelta(FIRST_USE_DAYS) if first else t.since("transaction")


@cohort_metric(
    "first_use_rate_30d",
    "share",
    "customers with a purchase not refunded in full within 30 days of approval ÷ new customers of 12 months, matured;"
    " by month of approval",
    "domain §1.3 首刷率",
    since=_first_cohorts,
    born=lambda t: t.since("transaction"),
    matured=FIRST_USE_DAYS,
)
def first_use_rate_30d(t: MetricTables) -> Table:
    """30-day first use, by customer."""
    c = t.cards.filter(t.cards.approved_on.notnull())
    first = c.group_by("customer_id").agg(
        approved_on=c.first_approved_on.min(),
        first_use_on=c.first_use_on.min(),
        **{key: c[key].argmin(c.card_id) for key in KEYS},
    )
    in_time = lambda c: (c.first_use_on.delta(c.approved_on, unit="day") <= FIRST_USE_DAYS).fill_null(False)
    ends = {
        "until": lambda day: day - timedelta(FIRST_USE_DAYS),
        "after": lambda day: add_months(day - timedelta(FIRST_USE_DAYS), -COHORT_MONTHS),
    }
    told = first.cross_join(calendar(t.observed(_first_cohorts(t)), **ends).drop("month"))
    told = told.filter((told.approved_on <= told.until) & (told.approved_on > told.after))
    parts = [totals(told, in_time(told), told.customer_id.notnull())]
    if found := ripe_months(t, METRICS["first_use_rate_30d"].days(t)):
        born = _born_within(first, first.approved_on, found)
        parts.append(totals(born, in_time(born), born.customer_id.notnull()))
    return added(*parts)


def _acts(t: MetricTables) -> Table:
    """root_card_id, on: the last use of each chain in each month, repayments by the customer with it (§1.3).

    A repayment on the account speaks for the cards that had been used before it, as in `features.cards`.
    """
    roots = t.cards.select("card_id", "account_id", "root_card_id")
    used = t.use.filter(t.use.last_use_on.notnull()).join(roots.drop("account_id"), "card_id")
    used = used.select("root_card_id", on="last_use_on")
    if not t.parameters.repayment_counts_as_use:
        return used
    paid = t.repayments.filter(t.repayments.method.isin(BY_HAND))
    paid = paid.group_by("account_id", month=paid.paid_on.truncate("M")).agg(on=paid.paid_on.max())
    begun = used.group_by("root_card_id").agg(begun=used.on.min())
    known = roots.select("root_card_id", "account_id").distinct().join(begun, "root_card_id")
    paid = paid.join(known, "account_id")
    return used.union(paid.filter(paid.on >= paid.begun).select("root_card_id", "on"))


def _with_active(t: MetricTables, c: Table, days: Table) -> Table:
    """Add active: the chain was used after the calendar's `after` and up to its day; tonight the cards know it."""
    now = (c.last_use_on > c.after).fill_null(False)
    if not t.past:
        return c.mutate(active=now)
    acts = _acts(t).cross_join(days.select("day", "after"))
    acts = acts.filter((acts.on > acts.after) & (acts.on <= acts.day))
    then = acts.select("root_card_id", "day").distinct().mutate(then=True)
    c = c.left_join(then, ["root_card_id", "day"]).drop("root_card_id_right", "day_right")
    now = (c.last_use_on > c.after).fill_null(False)
    return c.mutate(active=tonight(t, c).ifelse(now, c.then.fill_null(False))).drop("then")


@metric(
    "active_card_rate_90d",
    "share",
    "valid cards with a customer-initiated use in 90 days ÷ valid cards",
    "domain §1.3 活卡率",
    since=_used,
)
def active_card_rate_90d(t: MetricTables) -> Table:
    """Active cards, W = 90."""
    window = timedelta(t.parameters.active_window_days)
    days = calendar(t.observed(_used(t)), after=lambda day: day - window)
    c = t.cards.cross_join(days)
    c = c.filter(_valid(t, c))
    c = _with_active(t, c, days)
    return totals(c, c.active, c.card_id.notnull())


@metric(
    "spend_per_card_month",
    "fen",
    "purchases net of refunds in the month ÷ mean of valid cards at its opening and closing",
    "domain §1.3 卡均消费",
    since=month_complete,
)
def spend_per_card_month(t: MetricTables) -> Table:
    """Twice the spend over opening + closing cards, so that both sides stay whole numbers."""
    days = t.observed(month_complete(t))
    own = t.cards.select("card_id", *KEYS)
    spent = t.use.join(own, "card_id").join(calendar(days), "month")
    c = t.cards.cross_join(calendar(days, before=lambda day: month_of(day, 0) - timedelta(1)))
    cards = valid_by_dates(c, c.before).cast("int64") + _valid(t, c).cast("int64")
    nothing = ibis.literal(0)
    return added(totals(spent, spent.spend * 2, nothing), totals(c, nothing, cards))


@metric(
    "sleeping_ratio",
    "share",
    "long-sleeping cards ÷ cards in the register, exempt cards not counted as asleep",
    "domain §1.4, RG035",
    since=_slept,
)
def sleeping_ratio(t: MetricTables) -> Table:
    """The 20 % rule's ratio. Whether an account owed at a past month-end goes by its statement in force then."""
    line = {"after": lambda day: add_months(day, -t.parameters.sleeping_months)}
    days = calendar(t.observed(_slept(t)), **line)
    c = t.cards.cross_join(days)
    c = c.filter(tonight(t, c).ifelse(c.in_register, (c.approved_on <= c.day) & there(c, c.day)))
    c = _with_active(t, c, days)
    asleep = ~c.active & (c.first_approved_on <= c.after) & ~c.exempt
    if t.past:
        owed = t.positions.filter(t.positions.balance > 0).select("account_id", "day").mutate(owed=True)
        c = c.mutate(asleep_then=asleep).left_join(owed, ["account_id", "day"]).drop("account_id_right", "day_right")
        asleep = c.asleep_then & ~c.owed.fill_null(False)
    return totals(c, tonight(t, c).ifelse(c.asleep, asleep), c.card_id.notnull())


@metric(
    "attrition_rate",
    "share",
    "cards closed in the last 30 days ÷ cards valid at their beginning",
    "domain §1.3 注销率",
    since=lambda t: t.since("approved", ATTRITION_DAYS),
)
def attrition_rate(t: MetricTables) -> Table:
    """Closed by customer or bank; expiry without renewal and replacement are not among them."""
    days = t.observed(t.since("approved", ATTRITION_DAYS))
    c = t.cards.cross_join(calendar(days, start=lambda day: day - timedelta(ATTRITION_DAYS)))
    c = c.filter(valid_by_dates(c, c.start))
    closed = ((c.closed_on > c.start) & (c.closed_on <= c.day)).fill_null(False) & c.replaced_on.isnull()
    return totals(c, closed, c.card_id.notnull())
