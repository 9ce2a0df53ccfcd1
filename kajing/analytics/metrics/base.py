"""What a metric is, the days it is told for, and what it may look at.

A month counts as determined when the feeds reach back far enough for the formula: the first posting, statement or
approval there is decides (`since`). Months before that are told as unknown, never as 0. Owners, segments and products
are tonight's: a customer's past goes with the customer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import ibis
from ibis.expr.types import Table

from kajing.analytics.marts import month_of
from kajing.analytics.parameters import Parameters

KEYS = ("unit_id", "manager_id", "segment", "product_id")
BY = {"unit": "unit_id", "manager": "manager_id", "month": "month", "segment": "segment", "product": "product_id"}
MONTHS = 24
COHORT_MONTHS = 12  # a rate of cohorts at a day is that of twelve months of them
NEVER = date(9999, 12, 31)
Day = tuple[date | None, date | None]  # month it stands for, day it was known on


@dataclass(frozen=True, slots=True)
class MetricTables:
    """What a metric may look at; accounts and cards carry owner, segment and product.

    `use` is `use_by_month`; `positions` are the accounts at `month_ends(as_of)`, newest first; `first` names the first
    day of what came: approved, opened, transaction, statement, due, deadline, limit (a statement with one).
    """

    accounts: Table
    cards: Table
    use: Table
    repayments: Table
    cycles: Table
    positions: Table
    as_of: date
    parameters: Parameters
    first: dict[str, date | None]
    past: bool = True  # False: as_of only, months before it were told by an earlier night

    def since(self, name: str, days: int = 0) -> date:
        """The first day that lies `days` after the first of something; NEVER when nothing came."""
        first = self.first[name]
        return first + timedelta(days) if first else NEVER

    def observed(self, since: date) -> list[date]:
        """As_of and the month-ends before it that are determined, newest first."""
        if not self.past:
            return [self.as_of]
        return [self.as_of, *(end for end in month_ends(self.as_of) if since <= end < self.as_of)]


@dataclass(frozen=True, slots=True)
class Metric:
    """One entry of the dictionary.

    `rows` gives KEYS, month, day, detail, numerator, denominator; `days` the months and days it is told for.
    """

    name: str
    unit: str  # count | share | fen
    formula: str
    source: str
    rows: Callable[[MetricTables], Table]
    days: Callable[[MetricTables], list[Day]]
    cohorts: bool = False  # months are those of approval or opening, not of observation

    @property
    def grain(self) -> str:
        """What one row of it is of; a metric told by bucket or step has a row for each of these too."""
        month = "month of approval or opening" if self.cohorts else "day of observation (tonight, month-ends)"
        return f"{month} × unit × manager × segment × product"


METRICS: dict[str, Metric] = {}
Rows = Callable[[MetricTables], Table]
Since = Callable[[MetricTables], date]


def metric(name: str, unit: str, formula: str, source: str, *, since: Since) -> Callable[[Rows], Rows]:
    """Enter a metric that is observed at as_of and at the month-ends from `since` on."""

    def add(rows: Rows) -> Rows:
        METRICS[name] = Metric(name, unit, formula, source, rows, lambda t: observation_days(t, since(t)))
        return rows

    return add


def cohort_metric(
    name: str, unit: str, formula: str, source: str, *, since: Since, born: Since, matured: int
) -> Callable[[Rows], Rows]:
    """Enter a metric of cohorts by month: those from `born` on, known `matured` days after the month's end."""

    def add(rows: Rows) -> Rows:
        days = lambda t: cohort_days(t, since(t), born(t), matured)
        METRICS[name] = Metric(name, unit, formula, source, rows, days, cohorts=True)
        return rows

    return add


def month_ends(as_of: date, months: int = MONTHS) -> list[date]:
    """The last month-ends up to as_of, newest first."""
    start = month_of(as_of + timedelta(1), 0)  # as_of may be a month-end itself
    return [month_of(start, -n) - timedelta(1) for n in range(months)]


def observation_days(t: MetricTables, since: date) -> list[Day]:
    """Every month with the day it was observed on, None where it is not determined."""
    known = set(t.observed(since))
    ends = [t.as_of, *(end for end in month_ends(t.as_of) if end < t.as_of)][:MONTHS]
    return [(month_of(end, 0), end if end in known else None) for end in ends]


def cohort_days(t: MetricTables, since: date, born: date, matured: int) -> list[Day]:
    """Cohort months with the day they were matured on, then the days at which twelve of them are told together."""
    months = [month_of(t.as_of, -n) for n in range(MONTHS)]
    ripe = {month: month_of(month, 1) - timedelta(1) + timedelta(matured) for month in months}
    known: list[Day] = [(m, ripe[m] if m >= born and ripe[m] <= t.as_of else None) for m in months]
    return known + [(None, day) for day in t.observed(since)]


def ripe_months(t: MetricTables, days: Sequence[Day]) -> tuple[date, date] | None:
    """The first and last determined cohort month of `cohort_days`; None too where the past is not asked for."""
    months = [month for month, day in days if month and day] if t.past else []
    return (min(months), max(months)) if months else None


def known_since(accounts: Table, cards: Table, transactions: Table, cycles: Table) -> list[Table]:
    """Expressions of one row each whose columns are the first days that `MetricTables.first` names."""
    limits = (cycles.credit_limit > 0).ifelse(cycles.statement_on, ibis.null("date"))
    return [
        cards.agg(approved=cards.approved_on.min()),
        accounts.agg(opened=accounts.opened_on.min()),
        transactions.agg(transaction=transactions.day.min()),
        cycles.agg(
            statement=cycles.statement_on.min(), due=cycles.due_on.min(), deadline=cycles.deadline.min(),
            limit=limits.min(),
        ),
    ]  # fmt: skip


def calendar(days: Sequence[date], **more: Callable[[date], date]) -> Table:
    """place, day, month and what `more` makes of each day, one row a day."""
    n = ibis.range(0, len(days)).unnest().name("place").as_table()
    made = {"day": lambda day: day, "month": lambda day: month_of(day, 0)} | more
    return n.mutate(**{name: _picked(n.place, [of(day) for day in days]) for name, of in made.items()})


def _picked(place: Any, values: Sequence[date]) -> Any:
    literals = [ibis.literal(value).cast("date") for value in values]
    return ibis.cases(*[(place == n, value) for n, value in enumerate(literals)], else_=literals[0])


def totals(table: Table, numerator: Any, denominator: Any, *, detail: Any = "") -> Table:
    """Sums by owner, segment, product, month, day and detail; a table without month or day has null there."""
    rows = table.select(
        *KEYS,
        month=table.month if "month" in table.columns else ibis.null("date"),
        day=table.day if "day" in table.columns else ibis.null("date"),
        detail=ibis.literal(detail) if isinstance(detail, str) else detail,
        n=numerator.cast("int64"),
        d=denominator.cast("int64") if denominator is not None else ibis.null("int64"),
    )
    return rows.group_by(*KEYS, "month", "day", "detail").agg(numerator=rows.n.sum(), denominator=rows.d.sum())


def added(*parts: Table) -> Table:
    """Rows of `totals` put together: numerators from one table, denominators from another."""
    both = ibis.union(*parts)
    keys = [*KEYS, "month", "day", "detail"]
    return both.group_by(*keys).agg(numerator=both.numerator.sum(), denominator=both.denominator.sum())


def tonight(t: MetricTables, at: Any) -> Any:
    """Whether a day of the calendar is as_of: then tonight's own flags speak, on past days only dates do."""
    return at.day == ibis.literal(t.as_of).cast("date")
