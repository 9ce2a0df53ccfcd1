"""What a purchase of a customer usually is: median and spread that a few odd amounts do not move (risk design 4.2)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
from ibis.expr.types import Table

from kajing.analytics.parameters import Parameters

DAYS = 365
LIKE_SIGMA = 1.4826  # MAD × 1.4826 estimates the standard deviation of a normal distribution


def renewed_on(day: date) -> date:
    """The Sunday before a day: medians are taken once a week, so a day's figures are the same whenever it is built."""
    return day - timedelta(day.weekday() + 1)


def renewals(first: date, as_of: date) -> list[date]:
    """The days whose baselines the days from `first` to `as_of` use, oldest first."""
    days = range((as_of - first).days + 1)
    return sorted({renewed_on(first + timedelta(n)) for n in days})


def purchases(t: Table, first: date, until: date, *, key: str = "customer_id") -> Table:
    """customer_id, day, x (fen), ln of each purchase not reversed after `first` up to `until`: what baselines are of.

    customer_id is `key`, which may be a number.
    """
    rows = t.filter(t.purchase & (t.day > first) & (t.day <= until) & (t.amount > 0))
    amount = rows.amount.cast("float64")
    return rows.select("day", customer_id=rows[key], x=amount, ln=amount.ln())


def baselines(t: Table, until: date, of: Table | None = None) -> Table:
    """customer_id → figures of the purchases not reversed in the 365 days that end with `until`.

    purchases, median, mad (median absolute deviation), largest, in fen; median_ln and mad_ln of ln(amount);
    baseline_on = until, so that the age of each figure is seen. Medians do not add up: `of` (with customer_id) limits
    the work to some customers, for a night that renews only those that changed.
    """
    rows = purchases(t, until - timedelta(DAYS), until)
    if of is not None:
        rows = rows.semi_join(of.select("customer_id").distinct(), "customer_id")
    return figures(rows, until)


def figures(rows: Table, until: date) -> Table:
    """`baselines` of `purchases` that are all of the year before `until`."""
    centre = rows.group_by("customer_id").agg(
        purchases=rows.count(), median=rows.x.median(), median_ln=rows.ln.median(), largest=rows.x.max()
    )
    off = rows.join(centre.select("customer_id", middle="median", middle_ln="median_ln"), "customer_id")
    off = off.select("customer_id", x=(off.x - off.middle).abs(), ln=(off.ln - off.middle_ln).abs())
    spread = off.group_by("customer_id").agg(mad=off.x.median(), mad_ln=off.ln.median())
    found = centre.join(spread, "customer_id")
    return found.mutate(largest=found.largest.cast("int64"), baseline_on=ibis.literal(until).cast("date"))


def robust_z(amount: Any, median: Any, mad: Any, p: Parameters) -> Any:
    """(amount − median) / (1.4826 · MAD), the MAD at least `least_spread` of the median."""
    return (amount.cast("float64") - median) / (LIKE_SIGMA * ibis.greatest(mad, median * p.least_spread))


def robust_log_z(amount: Any, median_ln: Any, mad_ln: Any, p: Parameters) -> Any:
    """The same on ln(amount), the MAD at least `least_log_spread`: amounts are skewed to the right."""
    return (amount.cast("float64").ln() - median_ln) / (LIKE_SIGMA * ibis.greatest(mad_ln, p.least_log_spread))
