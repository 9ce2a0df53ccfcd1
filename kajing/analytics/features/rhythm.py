"""The customer's own rhythm (G1.3): how surprising is the present silence for this customer."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
from ibis.expr.types import Table

from kajing.analytics.parameters import Parameters

REMEMBERED_DAYS = 365 + 90


def gaps(days: Table, as_of: date) -> Table:
    """How often each gap between days with a purchase came in the last 455 days: customer_id, gap (days), times."""
    bought = days.filter((days.purchases > 0) & (days.day > as_of - timedelta(REMEMBERED_DAYS)))
    bought = bought.select("customer_id", "day").distinct()
    before = bought.day.lag().over(group_by="customer_id", order_by="day")
    found = bought.mutate(gap=bought.day.delta(before, unit="day")).filter(lambda t: t.gap.notnull())
    return found.group_by("customer_id", "gap").agg(times=found.count())


def rhythm(counted: Table, last: Table, as_of: date, p: Parameters) -> Table:
    """silence_p, usual_gap_days, longest_gap_days, silent_days per customer, from `gaps` and the last purchase.

    With n gaps before the last purchase, k of them at least as long as the present silence s:
    k > 0: silence_p = (k + 0.5) / (n + 1); k = 0: silence_p = 0.5 / (n + 1) · exp(−(s − longest) / mean gap), so that
    it goes on falling beyond the longest gap seen. Null below `silence_min_gaps` gaps: no rhythm to speak of.
    """
    recent = last.filter(last.last_purchase_on > as_of - timedelta(REMEMBERED_DAYS))
    rows = counted.join(recent, "customer_id")
    rows = rows.mutate(silent=ibis.literal(as_of).cast("date").delta(rows.last_purchase_on, unit="day"))
    rows = _with_middle(rows)
    rows = rows.group_by("customer_id").agg(
        gap_count=rows.times.sum(),
        as_long=(rows.gap >= rows.silent).ifelse(rows.times, 0).sum(),
        in_days=(rows.gap * rows.times).sum(),
        low=rows.low.min(),
        high=rows.high.min(),
        longest_gap_days=rows.gap.max(),
        silent_days=rows.silent.max(),
    )
    mean = rows.in_days.cast("float64") / rows.gap_count
    beyond = (rows.longest_gap_days - rows.silent_days).cast("float64") / mean
    chance = (rows.as_long > 0).ifelse(
        (rows.as_long + 0.5) / (rows.gap_count + 1), 0.5 / (rows.gap_count + 1) * ibis.least(beyond, 0.0).exp()
    )
    known = rows.gap_count >= p.silence_min_gaps
    return rows.mutate(
        usual_gap_days=(rows.low + rows.high).cast("float64") / 2,
        silence_p=known.ifelse(chance, ibis.null("float64")),
    ).drop("as_long", "in_days", "low", "high")


def _with_middle(rows: Table) -> Table:
    """Add `low` and `high`: the gap where it holds or passes the lower and the upper middle of the ordered gaps.

    The median of n counted values is the mean of the values at places ⌊(n−1)/2⌋ and ⌊n/2⌋ from 0.
    """
    whole: dict[str, Any] = {"group_by": "customer_id"}
    upto = rows.times.sum().over(ibis.cumulative_window(group_by="customer_id", order_by="gap"))
    rows = rows.mutate(upto=upto, of=rows.times.sum().over(**whole))
    twice = rows.upto * 2
    return rows.mutate(
        low=(twice >= rows["of"]).ifelse(rows.gap, ibis.null("int64")),
        high=(twice > rows["of"]).ifelse(rows.gap, ibis.null("int64")),
    )
