"""What a customer spends (§1.3, §1.11 RFM): sums over windows of the customer's days, and the figures made of them.

Every window sum is additive over days: a night may add the days that enter a window and take away those that leave it.
Nothing here counts distinct things or takes medians over a window.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
from ibis.expr.types import Table

from kajing.analytics.marts import ratio

WEEKS = 8
LONGEST_WINDOW = 365


@dataclass(frozen=True, slots=True)
class WindowSum:
    """The sum of a column of `marts.customer_day` over `days` days that end `before` days before as_of."""

    name: str
    column: str
    days: int
    before: int = 0

    def bounds(self, as_of: date) -> tuple[date, date]:
        """The first and the last day of the window."""
        last = as_of - timedelta(self.before)
        return last - timedelta(self.days - 1), last

    def edges(self, as_of: date) -> tuple[date, date]:
        """The day that left the window with as_of, and the day that entered it."""
        first, last = self.bounds(as_of)
        return first - timedelta(1), last


SUMS: tuple[WindowSum, ...] = (
    WindowSum("spend_30d", "spend", 30),
    WindowSum("spend_prev_30d", "spend", 30, before=30),
    WindowSum("spend_90d", "spend", 90),
    WindowSum("spend_365d", "spend", 365),
    WindowSum("spend_before_90d", "spend", 90, before=60),
    WindowSum("txn_count_30d", "purchases", 30),
    WindowSum("txn_count_90d", "purchases", 90),
    WindowSum("txn_count_365d", "purchases", 365),
    WindowSum("active_days_90d", "active", 90),
    WindowSum("bought_30d", "bought", 30),
    WindowSum("bought_90d", "bought", 90),
    WindowSum("abroad_90d", "abroad", 90),
    WindowSum("night_90d", "at_night", 90),
    WindowSum("cash_90d", "cash", 90),
    WindowSum("instalment_90d", "instalment", 90),
    WindowSum("used_30d", "used", 30),
    WindowSum("used_prev_180d", "used", 180, before=30),
    WindowSum("cash_like_30d", "cash_like", 30),
    WindowSum("cash_like_prev_180d", "cash_like", 180, before=30),
    WindowSum("risky_30d", "risky", 30),
    WindowSum("round_30d", "round_amount", 30),
    WindowSum("round_count_30d", "round_sums", 30),
    WindowSum("refund_count_7d", "refunds", 7),
    WindowSum("decline_count_30d", "declines", 30),
    WindowSum("days_known", "days", 100 * 365),  # whoever has none any more is nobody's customer-day
    *(WindowSum(f"week_{n}", "spend", 7, before=7 * (WEEKS - 1 - n)) for n in range(WEEKS)),
)
# Sums that are published as they are; the others only enter shares.
PUBLISHED = (
    "spend_30d spend_prev_30d spend_90d spend_365d spend_before_90d txn_count_30d txn_count_90d txn_count_365d "
    "active_days_90d risky_30d round_count_30d refund_count_7d decline_count_30d"
).split()


def sums(days: Table, as_of: date, *, before: date | None = None) -> Table:
    """customer_id → SUMS over `marts.customer_day`; with `before`, what they are more than they were on that night."""
    rows = days.mutate(active=(days.uses > 0).cast("int64"), days=ibis.literal(1, "int64"))

    def total(one: WindowSum) -> Any:
        inside = _inside(rows, one.bounds(as_of))
        if before is None:
            return inside.ifelse(rows[one.column], 0).sum()
        more = inside.cast("int64") - _inside(rows, one.bounds(before)).cast("int64")
        return (more * rows[one.column]).sum()

    return rows.group_by("customer_id").agg(**{one.name: total(one) for one in SUMS})


def _inside(rows: Table, bounds: tuple[date, date]) -> Any:
    return (rows.day >= bounds[0]) & (rows.day <= bounds[1])


def edges(as_of: date) -> list[date]:
    """The days that enter or leave a window of `sums` between the day before and as_of."""
    return sorted({edge for one in SUMS for edge in one.edges(as_of)})


def last_purchases(days: Table) -> Table:
    """customer_id → last_purchase_on: the last day with a purchase that was not reversed."""
    bought = days.filter(days.purchases > 0)
    return bought.group_by("customer_id").agg(last_purchase_on=bought.day.max())


def spend(totals: Table, last: Table, as_of: date) -> Table:
    """What is published of `sums` and `last_purchases`.

    spend_Nd: purchases net of refunds and reversals in the last N days, fen; spend_before_90d: of the 90 days before
    the last 60. txn_count_Nd: purchases not reversed. active_days_90d: days with a customer-initiated transaction.
    Shares of the last 90 days are of purchase amounts before refunds; cash_share_90d = cash ÷ (cash + purchases),
    instalment_share_90d = instalment postings ÷ (those + purchases) (§1.7). cash_like_share_30d and
    cash_like_share_prev_180d: cash-like ÷ (purchases + cash + transfers) now and in the 180 days before (risk design
    4.2). risky_30d, risky_share_30d: purchases at MCCs of high cash-out attention (C4). round_count_30d,
    round_share_30d: round sums (C1). refund_count_7d (F7), decline_count_30d. spend_weeks: net spend of the last 8
    weeks of 7 days, oldest first.
    """
    s = totals.left_join(last, "customer_id").drop("customer_id_right")
    return s.select(
        "customer_id",
        *PUBLISHED,
        "last_purchase_on",
        recency_days=ibis.literal(as_of).cast("date").delta(s.last_purchase_on, unit="day"),
        average_ticket_90d=(ratio(s.bought_90d, s.txn_count_90d) + 0.5).floor().cast("int64"),
        cross_border_share_90d=ratio(s.abroad_90d, s.bought_90d),
        night_share_90d=ratio(s.night_90d, s.bought_90d),
        cash_share_90d=ratio(s.cash_90d, s.cash_90d + s.bought_90d),
        instalment_share_90d=ratio(s.instalment_90d, s.instalment_90d + s.bought_90d),
        cash_like_share_30d=ratio(s.cash_like_30d, s.used_30d),
        cash_like_share_prev_180d=ratio(s.cash_like_prev_180d, s.used_prev_180d),
        risky_share_30d=ratio(s.risky_30d, s.bought_30d),
        round_share_30d=ratio(s.round_30d, s.bought_30d),
        spend_weeks=ibis.array([s[f"week_{n}"] for n in range(WEEKS)]),
    )
