"""Delinquency (§1.8): past month-ends go by the statement in force and the oldest minimum not made good by then."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import ibis
from ibis.expr.types import Table

from kajing.analytics.features.debt import BUCKET_DAYS, bucket
from kajing.analytics.marts import month_of
from kajing.analytics.metrics.base import (
    COHORT_MONTHS,
    KEYS,
    METRICS,
    Day,
    Metric,
    MetricTables,
    added,
    calendar,
    cohort_metric,
    metric,
    month_ends,
    observation_days,
    ripe_months,
    totals,
)
from kajing.lib.periods import add_months

ALL_BUCKETS = 181  # days from which every bucket can be told
ENTRY_DAYS = 30
FPD_DAYS = 30
FIRST_DUE = 31 + 25  # from opening to the latest first due date: a cycle and at most 25 days (§1.6)


def _owing(t: MetricTables, since: date) -> Table:
    """Accounts that owe at as_of and at the month-ends before: balance, dpd, month, day, owners."""
    now = t.accounts.filter(t.accounts.balance > 0).cross_join(calendar([t.as_of]))
    columns = [*KEYS, "month", "day", "balance", "dpd"]
    past = t.positions.filter((t.positions.day >= since) & (t.positions.day < t.as_of) & (t.positions.balance > 0))
    past = past.join(t.accounts.select("account_id", *KEYS), "account_id")
    past = past.mutate(month=past.day.truncate("M").cast("date"))
    kinds = {"balance": "int64", "dpd": "int64"}
    return now.select(columns).cast(kinds).union(past.select(columns).cast(kinds))


@metric(
    "delinquency_balance_by_bucket",
    "fen",
    "balance of accounts by days past due, the whole balance of an account; past month-ends by the statement in force",
    "domain §1.8",
    since=lambda t: t.since("due", ALL_BUCKETS),
)
def delinquency_balance_by_bucket(t: MetricTables) -> Table:
    """`detail` is the bucket."""
    owed = _owing(t, t.since("due", ALL_BUCKETS))
    return totals(owed, owed.balance, None, detail=bucket(owed.dpd))


@metric(
    "overdue_30_rate",
    "share",
    "balance of accounts over 30 days past due ÷ all balance; past month-ends by the statement in force",
    "domain §1.8 逾期率 30+",
    since=lambda t: t.since("due", 31),
)
def overdue_30_rate(t: MetricTables) -> Table:
    """30+ by balance."""
    owed = _owing(t, t.since("due", 31))
    return totals(owed, (owed.dpd > 30).ifelse(owed.balance, 0), owed.balance)


def _roll_since(t: MetricTables) -> date:
    return t.since("due", ALL_BUCKETS + 31)


def _roll_days(t: MetricTables) -> list[Day]:
    """Closed months only; between month-ends the last closed month is the newest."""
    known = observation_days(t, _roll_since(t))
    if t.as_of in month_ends(t.as_of):
        return known
    return [(month_of(t.as_of, 0), None), (None, t.as_of), *known[1:]]


def roll_rate(t: MetricTables) -> Table:
    """Month-end to month-end: place n of the positions against place n + 1, the month-end before."""
    newest = month_ends(t.as_of)[0]
    owners = t.accounts.select("account_id", *KEYS)
    found = t.positions.filter(t.positions.balance > 0).join(owners, "account_id")
    step = ibis.least(((found.dpd - 1) / BUCKET_DAYS).floor().cast("int64") + 1, 7)
    found = found.mutate(step=(found.dpd > 0).ifelse(step, 0))
    label = lambda step: "M" + step.cast("string") + "→M" + (step + 1).cast("string")
    up, start = found.filter(found.step > 0), found.filter(found.step < 7)
    ends = calendar(month_ends(t.as_of)).filter(
        lambda r: (r.day == ibis.literal(newest).cast("date")) | (r.day >= _roll_since(t))
    )
    up = up.drop("day").join(ends, "place")
    start = start.drop("day").mutate(place=start.place - 1).join(ends, "place")
    nothing = ibis.literal(0)
    rows = added(
        totals(up, up.balance, nothing, detail=label(up.step - 1)),
        totals(start, nothing, start.balance, detail=label(start.step)),
    )
    if newest == t.as_of:
        return rows
    now = rows.filter(rows.day == newest).mutate(month=ibis.null("date"), day=ibis.literal(t.as_of).cast("date"))
    return rows.union(now)


METRICS["roll_rate"] = Metric(
    "roll_rate",
    "share",
    "balance in bucket i+1 at the last month-end ÷ that in bucket i a month before, by statements; detail M0→M1 …",
    "domain §1.8 迁徙率",
    roll_rate,
    _roll_days,
)


@metric(
    "entry_rate",
    "share",
    "accounts that missed their minimum ÷ accounts with an amount due, where grace ended in the last 30 days",
    "domain §1.8 入催率",
    since=lambda t: t.since("deadline", ENTRY_DAYS),
)
def entry_rate(t: MetricTables) -> Table:
    """Accounts entering collection."""
    days = t.observed(t.since("deadline", ENTRY_DAYS))
    c = t.cycles.select("account_id", "owing", "deadline", "missed")
    c = c.filter(c.owing).cross_join(calendar(days, start=lambda day: day - timedelta(ENTRY_DAYS)))
    c = c.filter((c.deadline < c.day) & (c.deadline >= c.start))
    rows = c.join(t.accounts.select("account_id", *KEYS), "account_id")
    return totals(rows, rows.missed, rows.account_id.notnull())


def _fpd_since(t: MetricTables) -> date:
    """Accounts opened after statements began have their first one among ours."""
    first = t.first["statement"]
    return add_months(first, COHORT_MONTHS) if first else t.since("statement")


@cohort_metric(
    "fpd30",
    "share",
    "new accounts whose first minimum was unpaid 30 days after it was due ÷ new accounts of 12 months matured for it;"
    " by month of opening",
    "domain §1.8 首期逾期",
    since=_fpd_since,
    born=lambda t: t.since("statement"),
    matured=FIRST_DUE + FPD_DAYS,
)
def fpd30(t: MetricTables) -> Table:
    """First payment default, 30 days."""
    first = _first_minimums(t)
    unpaid = lambda r: r.missed & (r.met_on.isnull() | (r.met_on > r.ripe_on))
    ends = {"after": lambda day: add_months(day, -COHORT_MONTHS)}
    told = first.cross_join(calendar(t.observed(_fpd_since(t)), **ends).drop("month"))
    told = told.filter((told.opened_on > told.after) & (told.opened_on <= told.day) & (told.ripe_on <= told.day))
    parts = [totals(told, unpaid(told), told.account_id.notnull())]
    if found := ripe_months(t, METRICS["fpd30"].days(t)):
        begin, last = found
        born = first.filter((first.opened_on >= begin) & (first.opened_on < month_of(last, 1)))
        born = born.filter(born.ripe_on <= t.as_of).mutate(month=born.opened_on.truncate("M").cast("date"))
        parts.append(totals(born, unpaid(born), born.account_id.notnull()))
    return added(*parts)


def _first_minimums(t: MetricTables) -> Table:
    """The first amount due of each account opened in the months that are told, with the day it is matured on."""
    earliest = add_months(t.as_of, -COHORT_MONTHS)
    since = min(earliest, t.first["statement"] or earliest)
    opened = t.accounts.filter(t.accounts.opened_on >= since).select("account_id", "opened_on", *KEYS)
    c = t.cycles.filter(t.cycles.owing).semi_join(opened, "account_id")
    place = ibis.row_number().over(group_by="account_id", order_by="statement_on")
    first: Any = c.select("account_id", "missed", "met_on", "due_on", place=place).filter(lambda r: r.place == 0)
    ripe_on = (first.due_on + ibis.interval(days=FPD_DAYS)).cast("date")
    return first.mutate(ripe_on=ripe_on).drop("place").join(opened, "account_id")
