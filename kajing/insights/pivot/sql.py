"""Expressions that both databases compute by themselves: the stretch of days a day lies in, and the median."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.db.models import Aggregate, DateField, FloatField, Func
from django.db.models.functions import Trunc

from kajing.lib.periods import SHANGHAI, add_months

_MONTH = "CAST(strftime('%%m', {0}) AS INTEGER)"
_FIRST = {
    "day": "date({0})",
    "week": "date({0}, '-' || ((CAST(strftime('%%w', {0}) AS INTEGER) + 6) %% 7) || ' days')",
    "month": "strftime('%%Y-%%m-01', {0})",
    "quarter": "strftime('%%Y-', {0}) || printf('%%02d', (" + _MONTH + " - 1) / 3 * 3 + 1) || '-01'",
    "year": "strftime('%%Y-01-01', {0})",
}


class Stretch(Func):
    """The first day of the day, week (from Monday), month, quarter or year that a day or a moment lies in.

    Moments are days of Shanghai, which has kept eight hours ahead of UTC since 1991. On SQLite Django would call Python
    for every row.
    """

    output_field = DateField()

    def __init__(self, expression: Any, by: str = "day", *, moments: bool = False, **extra: Any) -> None:
        super().__init__(expression, **extra)
        self.by, self.moments = by, moments

    def as_sqlite(self, compiler: Any, connection: Any, **_extra: Any) -> tuple[str, Any]:
        """Text functions of SQLite."""
        sql, params = compiler.compile(self.source_expressions[0])
        told = f"datetime({sql}, '+8 hours')" if self.moments else sql
        form = _FIRST[self.by]
        return form.format(told), tuple(params) * form.count("{0}")

    def as_sql(self, compiler: Any, connection: Any, *_args: Any, **_extra: Any) -> tuple[str, Any]:
        """The database's own date_trunc, which gives a moment even of a day."""
        zone = {"tzinfo": SHANGHAI} if self.moments else {}
        made = Trunc(self.source_expressions[0], self.by, output_field=DateField(), **zone)
        resolved = made.resolve_expression(compiler.query, allow_joins=True, reuse=None, summarize=False)
        sql, params = compiler.compile(resolved)
        return f"CAST({sql} AS date)", params


def last_day(first: date, by: str) -> date:
    """The last day of a stretch that begins on a day."""
    if by == "day":
        return first
    if by == "week":
        return first + timedelta(days=6)
    return add_months(first, {"month": 1, "quarter": 3, "year": 12}[by]) - timedelta(days=1)


class Median(Aggregate):
    """The middle value; between two, their mean. PostgreSQL's own, on SQLite a function of the connection."""

    function = "KAJING_MEDIAN"
    output_field = FloatField()

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, Any]:
        """An ordered-set aggregate."""
        template = "percentile_cont(0.5) WITHIN GROUP (ORDER BY %(expressions)s)"
        found: tuple[str, Any] = self.as_sql(compiler, connection, template=template, **extra)
        return found


class _Middle:
    """What SQLite calls for every row of a group."""

    def __init__(self) -> None:
        self.values: list[float] = []

    def step(self, value: float | None) -> None:
        """One row."""
        if value is not None:
            self.values.append(value)

    def finalize(self) -> float | None:
        """The group is over."""
        if not self.values:
            return None
        self.values.sort()
        half = len(self.values) // 2
        return float(self.values[half] if len(self.values) % 2 else (self.values[half - 1] + self.values[half]) / 2)


def teach_median(connection: Any, **_kwargs: Any) -> None:
    """Give a new SQLite connection its median."""
    if connection.vendor == "sqlite":
        connection.connection.create_aggregate("KAJING_MEDIAN", 1, _Middle)
