"""Small questions whose answers engines like to differ in, and the answers."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import ibis
import pyarrow as pa
from ibis.expr.types import Table

from kajing.analytics.backends import Backend
from kajing.analytics.portable import half_up

time = datetime.fromisoformat

ROWS = pa.table(
    {
        "k": pa.array(["a", "a", "a", "b", "b", None], pa.string()),
        "n": pa.array([1, 2, 2, None, 7, 5], pa.int64()),
        "x": pa.array([0.5, 1.5, 2.5, -0.5, None, 1e9], pa.float64()),
        "zero": pa.array([0, 0, 0, 0, 0, 0], pa.int64()),
        "yes": pa.array([True, False, None, True, True, False], pa.bool_()),
        "day": pa.array(
            [date(2024, 8, 31), date(2024, 2, 29), date(1969, 12, 31), date(1905, 1, 1), None, date(2026, 11, 22)],
            pa.date32(),
        ),
        "at": pa.array(
            [
                time("2026-11-22T23:59:59"),
                time("2026-11-22T00:00:00"),
                time("1969-12-31T12:00:00"),
                None,
                time("2026-01-01T05:30:00"),
                time("2026-11-23T00:00:00"),
            ],
            pa.timestamp("us"),
        ),
    }
)


def _one(**columns: Any) -> Callable[[Table], Table]:
    """A question about the whole table."""
    return lambda t: t.agg(**{name: ask(t) for name, ask in columns.items()})


def _ranks(t: Table) -> Table:
    place = ibis.rank().over(ibis.window(group_by="k", order_by="n"))
    row = ibis.row_number().over(group_by="k", order_by=["n", "x"])
    return t.filter(t.k == "a").select(place=place.cast("int64"), row=row.cast("int64")).order_by("row")


def _neighbours(t: Table) -> Table:
    """The first has none before it and the last none after it: null, not 0."""
    order: dict[str, Any] = {"group_by": "k", "order_by": ["n", "x"]}
    rows = t.filter(t.k == "a").select("x", before=t.n.lag().over(**order), after=t.n.lead().over(**order))
    return rows.order_by("x")


def _range(t: Table) -> Table:
    """Peers belong to the frame; a frame without rows has no sum."""
    upto = ibis.range_window(group_by="k", order_by="n", preceding=None, following=0)
    earlier = ibis.range_window(group_by="k", order_by="n", preceding=(5, 1))
    rows = t.filter(t.k == "a")
    return rows.select("x", upto=rows.zero.count().over(upto), earlier=rows.n.sum().over(earlier)).order_by("x")


def _joined(t: Table) -> Table:
    """Nulls meet nothing; who meets nothing has nulls beside him."""
    other = t.filter(t.k == "b").select(j="k", m="n")
    rows = t.select("k", "x").left_join(other, [("k", "j")])
    return rows.agg(rows=rows.count(), met=rows.j.count(), sum=rows.m.sum())


def _dates(t: Table) -> Table:
    later = (t.day + ibis.interval(months=18)).cast("date")
    far = ibis.literal(date(2026, 11, 22)).cast("date").delta(t.day, unit="day")
    return t.select(
        "day", later=later, far=far, month=t.day.truncate("M").cast("date"), text=t.day.cast("string")
    ).order_by("day")


def _times(t: Table) -> Table:
    return t.select("at", day=t["at"].date(), hour=t["at"].hour(), es=t["at"].epoch_seconds().cast("int64")).order_by(
        "at"
    )


QUESTIONS: dict[str, tuple[Callable[[Table], Table], list[tuple[Any, ...]]]] = {
    "halves go up": (
        lambda t: t.filter(t.x < 3).select(up=half_up(t.x).cast("int64"), one=half_up(t.x / 10, 1)).order_by("up"),
        [(0, 0.0), (1, 0.1), (2, 0.2), (3, 0.3)],
    ),
    "what nullif hides stays hidden": (
        lambda t: t.select(c=(t.n.cast("float64") / t.zero.cast("float64").nullif(0)).floor().cast("int64")).distinct(),
        [(None,)],
    ),
    "sums and means": (
        _one(n=lambda t: t.n.sum(), of=lambda t: t.n.count(), mean=lambda t: t.n.mean(), yes=lambda t: t.yes.sum()),
        [(17, 5, 3.4, 3)],
    ),
    "medians": (
        _one(
            whole=lambda t: t.n.median(),
            real=lambda t: t.x.median(),
            p95=lambda t: t.n.quantile(0.95),
            none=lambda t: (t.n > 99).ifelse(t.n, ibis.null("int64")).median(),
        ),
        [(2.0, 1.5, 6.6, None)],
    ),
    "ties share a rank": (_ranks, [(0, 0), (1, 1), (1, 2)]),
    "nobody before the first": (_neighbours, [(0.5, None, 2), (1.5, 1, 2), (2.5, 2, None)]),
    "peers are in a range": (_range, [(0.5, 1, None), (1.5, 3, 1), (2.5, 3, 1)]),
    "joins": (_joined, [(8, 4, 14)]),
    "dates before 1970, months that are too short": (
        _dates,
        [
            (date(1905, 1, 1), date(1906, 7, 1), 44520, date(1905, 1, 1), "1905-01-01"),
            (date(1969, 12, 31), date(1971, 6, 30), 20780, date(1969, 12, 1), "1969-12-31"),
            (date(2024, 2, 29), date(2025, 8, 29), 997, date(2024, 2, 1), "2024-02-29"),
            (date(2024, 8, 31), date(2026, 2, 28), 813, date(2024, 8, 1), "2024-08-31"),
            (date(2026, 11, 22), date(2028, 5, 22), 0, date(2026, 11, 1), "2026-11-22"),
            (None, None, None, None, None),
        ],
    ),
    "times have no zone": (
        _times,
        [
            (time("1969-12-31T12:00:00"), date(1969, 12, 31), 12, -43200),
            (time("2026-01-01T05:30:00"), date(2026, 1, 1), 5, 1767245400),
            (time("2026-11-22T00:00:00"), date(2026, 11, 22), 0, 1795305600),
            (time("2026-11-22T23:59:59"), date(2026, 11, 22), 23, 1795391999),
            (time("2026-11-23T00:00:00"), date(2026, 11, 23), 0, 1795392000),
            (None, None, None, None),
        ],
    ),
    "the greater ignores null": (
        _one(
            most=lambda t: ibis.greatest(t.n, 3).sum(),
            least=lambda t: ibis.least(t.x, 1.0).sum(),
        ),
        [(24, 4.0)],
    ),
    "cases of null": (
        _one(
            a=lambda t: ibis.cases((t.yes, "Y"), (t.k.isnull(), "N"), else_="?").max(),
            b=lambda t: (t.yes & (t.n > 1)).fill_null(False).cast("int64").sum(),
        ),
        [("Y", 1)],
    ),
    "logarithms": (
        _one(ln=lambda t: t.n.cast("float64").ln().sum(), e=lambda t: ibis.least(t.x, 1.0).exp().max()),
        [(math.log(140), math.e)],
    ),
}


def answers(backend: Backend) -> dict[str, list[tuple[Any, ...]]]:
    """What an engine says."""
    backend.load("words_rows", ROWS, kept=False)
    # Through a table of the engine's own making, as in the night.
    rows = backend.make("words_made", ibis.table(ibis.Schema.from_pyarrow(ROWS.schema), name="words_rows"), kept=False)
    return {name: [_plain(row) for row in backend.rows(ask(rows))] for name, (ask, _) in QUESTIONS.items()}


def wanted() -> dict[str, list[tuple[Any, ...]]]:
    """What all must say."""
    return {name: [_plain(dict(enumerate(row))) for row in rows] for name, (_, rows) in QUESTIONS.items()}


def _plain(row: dict[Any, Any]) -> tuple[Any, ...]:
    return tuple(_value(value) for value in row.values())


def _value(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 9) + 0.0
    return value.replace(tzinfo=None) if isinstance(value, datetime) else value
