"""The customer's own rhythm (G1.3): how surprising is the present silence for this customer."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
from ibis.expr.types import Table

from kajing.analytics.parameters import Parameters


def rhythm(days: Table, as_of: date, p: Parameters) -> Table:
    """silence_p, usual_gap_days, longest_gap_days, silent_days per customer, from gaps between days with a purchase.

    With n gaps in the year before the last purchase, k of them at least as long as the present silence s:
    k > 0: silence_p = (k + 0.5) / (n + 1); k = 0: silence_p = 0.5 / (n + 1) · exp(−(s − longest) / mean gap), so
    that it
    goes on falling beyond the longest gap seen. Null below `silence_min_gaps` gaps: no rhythm to speak of.
    """
    bought = days.filter((days.purchases > 0) & (days.day > as_of - timedelta(365 + 90))).select("customer_id", "day")
    last = bought.day.max().over(group_by="customer_id")
    before = bought.day.lag().over(group_by="customer_id", order_by="day")
    gaps = bought.mutate(gap=bought.day.delta(before, unit="day"), last=last)
    silent = ibis.literal(as_of).cast("date").delta(gaps["last"], unit="day")
    gaps = gaps.mutate(silent_days=silent).filter(lambda t: t.gap.notnull())
    rows = gaps.group_by("customer_id").agg(
        gap_count=gaps.gap.count(),
        as_long=(gaps.gap >= gaps.silent_days).cast("int64").sum(),
        usual_gap_days=gaps.gap.median(),
        mean_gap=gaps.gap.mean(),
        longest_gap_days=gaps.gap.max(),
        silent_days=gaps.silent_days.max(),
    )
    beyond = (rows.longest_gap_days - rows.silent_days).cast("float64") / rows.mean_gap
    chance = (rows.as_long > 0).ifelse(
        (rows.as_long + 0.5) / (rows.gap_count + 1), 0.5 / (rows.gap_count + 1) * ibis.least(beyond, 0.0).exp()
    )
    known = rows.gap_count >= p.silence_min_gaps
    return rows.mutate(silence_p=known.ifelse(chance, ibis.null("float64"))).drop("mean_gap", "as_long")
