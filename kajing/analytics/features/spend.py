"""What a customer spends (§1.3, §1.11 RFM): sums over windows of the customer's days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
from ibis.expr.types import Table

from kajing.analytics.marts import ratio

WEEKS = 8
LONGEST_WINDOW = 365


def sums(days: Table, as_of: date) -> Table:
    """Window sums over `marts.customer_day`, one row a customer: additive, so that a night may add and subtract days.

    spend_Nd: purchases net of refunds and reversals in the last N days, fen. txn_count_Nd: purchases not reversed.
    active_days_90d: days with a customer-initiated transaction. week_0 … week_7: net spend of the last 8 weeks of 7
    days, oldest first. bought, abroad, night, cash: what the shares of `spend` stand on.
    """

    def within(n: int, column: Any, before: int = 0) -> Any:
        inside = (days.day > as_of - timedelta(n + before)) & (days.day <= as_of - timedelta(before))
        return inside.ifelse(column, 0).sum()

    weeks = {f"week_{n}": within(7, days.spend, before=7 * (WEEKS - 1 - n)) for n in range(WEEKS)}
    return days.group_by("customer_id").agg(
        spend_30d=within(30, days.spend),
        spend_prev_30d=within(30, days.spend, before=30),
        spend_90d=within(90, days.spend),
        spend_365d=within(365, days.spend),
        txn_count_30d=within(30, days.purchases),
        txn_count_90d=within(90, days.purchases),
        txn_count_365d=within(365, days.purchases),
        active_days_90d=within(90, (days.uses > 0).cast("int64")),
        bought_90d=within(90, days.bought),
        abroad_90d=within(90, days.abroad),
        night_90d=within(90, days.at_night),
        cash_90d=within(90, days.cash),
        **weeks,
    )


def edges(as_of: date) -> list[date]:
    """The days that enter or leave a window of `sums` between the day before and as_of."""
    back = [0, 30, 60, 90, 365, *[7 * n for n in range(WEEKS + 1)]]
    return sorted({as_of - timedelta(n) for n in back})


def last_purchases(days: Table) -> Table:
    """customer_id → last_purchase_on."""
    bought = days.filter(days.purchases > 0)
    return bought.group_by("customer_id").agg(last_purchase_on=bought.day.max())


def spend(totals: Table, last: Table, as_of: date) -> Table:
    """The features that stand on `sums` and `last_purchases`.

    Shares are of purchase amounts before refunds; cash_share_90d is cash ÷ (cash + purchases).
    """
    rows = totals.left_join(last, "customer_id").drop("customer_id_right")
    weeks = [f"week_{n}" for n in range(WEEKS)]
    return rows.mutate(
        recency_days=ibis.literal(as_of).cast("date").delta(rows.last_purchase_on, unit="day"),
        average_ticket_90d=ratio(rows.bought_90d, rows.txn_count_90d).round().cast("int64"),
        cross_border_share_90d=ratio(rows.abroad_90d, rows.bought_90d),
        night_share_90d=ratio(rows.night_90d, rows.bought_90d),
        cash_share_90d=ratio(rows.cash_90d, rows.cash_90d + rows.bought_90d),
        spend_weeks=ibis.array([rows[name] for name in weeks]),
    ).drop("bought_90d", "abroad_90d", "night_90d", "cash_90d", *weeks)
