"""The engine's classes of a customer: value tier, life stage, behaviour segment (§1.11). Explained in `WORDS`."""

from __future__ import annotations

from datetime import date
from typing import Any

import ibis
from ibis.expr.types import Table

from kajing.analytics.parameters import Parameters

# name → (zh, en, how it is found); shown beside the class wherever it appears.
WORDS: dict[str, tuple[str, str, str]] = {
    "NEVER_USED": ("未动户", "never used", "no purchase, cash or transfer on any card yet"),
    "SLEEPER": ("睡眠户", "sleeper", "every card long-sleeping (domain §1.4)"),
    "DELINQUENT": ("逾期户", "past due", "a minimum payment missed beyond the grace days"),
    "MINIMUM_PAYER": (
        "最低还款户",
        "minimum payer",
        "at least 3 cycles in a row paid no more than 110 % of the minimum",
    ),
    "REVOLVER": ("循环户", "revolver", "less than the whole of the last 3 statements paid"),
    "TRANSACTOR": ("全额还款户", "pays in full", "the last 3 statements paid in full"),
    "NEW": ("新户", "new", "a customer for at most 90 days"),
    "GROWING": ("上升", "growing", "spending of the last 30 days at least 1.5 times a month's mean of the 60 before"),
    "STEADY": ("平稳", "steady", "spending within half of the mean of the months before"),
    "DECLINING": ("下降", "declining", "spending at most half of the mean of the months before"),
    "LAPSED": ("流失", "lapsed", "no purchase for 90 days"),
    "V1": ("高价值", "top value", "top fifth of customers with purchases, by net spending of 365 days"),
    "V2": ("次高价值", "high value", "second fifth"),
    "V3": ("中等价值", "middle value", "third fifth"),
    "V4": ("次低价值", "low value", "fourth fifth"),
    "V5": ("低价值", "lowest value", "last fifth"),
}
SCORES = {"recency_score": "recency_days", "frequency_score": "txn_count_365d", "money_score": "spend_365d"}


def scores(spend: Table) -> Table:
    """customer_id → recency_score, frequency_score, money_score of customers with purchases in 12 months.

    Quintiles 5 (best) … 1 by rank among them; ties share the better score. `spend` has a row at most for each customer.
    """
    few = spend.filter(_buys(spend)).select("customer_id", *SCORES.values())
    count = few.customer_id.count().over(ibis.window())

    def fifth(column: str) -> Any:
        order = few[column] if column == "recency_days" else ibis.desc(few[column])
        place = ibis.rank().over(ibis.window(order_by=order)).cast("int64")
        return (5 - ((place * 5) / count).floor()).cast("int64")

    return few.select("customer_id", **{name: fifth(column) for name, column in SCORES.items()})


def classify(customers: Table, scored: Table, as_of: date, p: Parameters) -> Table:
    """Add `scores` (null for the others, §1.11: never-used is a class of its own), value_tier, life_stage, segment."""
    rows = customers.left_join(scored, "customer_id").drop("customer_id_right")
    tier = _buys(rows).ifelse("V" + (6 - rows.money_score).cast("string"), "")
    return rows.mutate(value_tier=tier, life_stage=_life_stage(rows, as_of, p), segment=_segment(rows, p))


def _buys(customers: Table) -> Any:
    return ((customers.txn_count_365d > 0) & (customers.spend_365d > 0)).fill_null(False)


def _life_stage(c: Table, as_of: date, p: Parameters) -> Any:
    age = ibis.literal(as_of).cast("date").delta(c.customer_since, unit="day")
    before = (c.spend_90d - c.spend_30d).cast("float64") / 2
    now = c.spend_30d.cast("float64")
    return ibis.cases(
        ((age <= p.new_customer_days).fill_null(False), "NEW"),
        ((c.recency_days.fill_null(9999)) > p.dormant_after_days, "LAPSED"),
        ((before > 0) & (now <= before * p.fading_ratio), "DECLINING"),
        (now >= before * p.growing_ratio, "GROWING"),
        else_="STEADY",
    )


def _segment(c: Table, p: Parameters) -> Any:
    return ibis.cases(
        (c.dpd > 0, "DELINQUENT"),
        (c.state == "SLEEPING", "SLEEPER"),
        (c.state == "NEVER_USED", "NEVER_USED"),
        ((c.min_pay_streak >= p.min_pay_streak_from).fill_null(False), "MINIMUM_PAYER"),
        ((c.payment_ratio_3m < p.full_payment_ratio).fill_null(False), "REVOLVER"),
        else_="TRANSACTOR",
    )
