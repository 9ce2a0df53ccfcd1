"""The chart of a table: its first measure by its first grouping, and by the columns where there are some."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from kajing.insights.pivot.axes import ByStretch
from kajing.insights.pivot.measures import Measure
from kajing.insights.pivot.table import Cell, Line, Table
from kajing.ui import charts, formats

MOST_DRAWN = 30
ADDITIVE = frozenset({"count", "sum"})


def chart(table: Table, key: str, title: str = "") -> charts.Chart | None:
    """What `{% chart %}` draws; None where the report wants none or has no groups."""
    lines = [line for line in table.lines if line.level == 1][:MOST_DRAWN]
    if table.definition.chart == "none" or not table.axes or not lines:
        return None
    measure = table.measures[0]
    title = title or measure.label
    made = _by_column(table, lines, key, title) if table.column else _plain(table, lines, key, title)
    timely = isinstance(table.axes[0], ByStretch)
    columns = [table.axes[0].label, *made.columns[1:]]
    return replace(made, columns=columns, summary=made.summary if timely else _largest(lines, measure))


def _by_column(table: Table, lines: list[Line], key: str, title: str) -> charts.Chart:
    measure, kind = table.measures[0], table.definition.chart
    names = {f"c{place}": name for place, name in enumerate(table.columns)}
    rows = [
        {"x": line.label, **{f"c{place}": _drawn(measure, cell) for place, cell in enumerate(line.cells)}}
        for line in lines
    ]
    if kind == "heat":
        return charts.heat(key, title, rows, "x", names, unit=unit_of(measure))
    draw: dict[str, Any] = {"line": charts.line, "stacked": charts.stacked if measure.kind in ADDITIVE else charts.bars}
    return draw.get(kind, charts.bars)(key, title, rows, "x", names, unit=unit_of(measure))


def _plain(table: Table, lines: list[Line], key: str, title: str) -> charts.Chart:
    measure, kind = table.measures[0], table.definition.chart
    rows = [{"x": line.label, "v": _drawn(measure, line.total)} for line in lines]
    if kind == "line":
        return charts.line(key, title, rows, "x", {"v": measure.label}, unit=unit_of(measure))
    if table.definition.sorted_by == 0 and table.definition.sort.startswith("-"):
        known = [row for row in rows if row["v"] is not None]
        return charts.ranked(key, title, known, "x", "v", unit=unit_of(measure))
    return charts.bars(key, title, rows, "x", {"v": measure.label}, unit=unit_of(measure))


def _drawn(measure: Measure, cell: Cell) -> float | None:
    amount = cell.figures[measure.place].value.amount
    if amount is None:
        return None
    if measure.unit == "money":
        return charts.in_wan(int(amount))
    return round(float(amount) * 100, 1) if measure.unit == "share" else float(amount)


def unit_of(measure: Measure) -> str:
    """The unit of the drawn numbers."""
    return {"money": formats.money_unit(), "share": "%"}.get(measure.unit, "")


def _largest(lines: list[Line], measure: Measure) -> str:
    told = [(line, line.total.figures[measure.place].value.amount) for line in lines]
    known = [(line, amount) for line, amount in told if amount is not None]
    if not known:
        return ""
    line, amount = max(known, key=lambda one: one[1])
    return _("Largest: %(name)s, %(value)s.") % {"name": line.label, "value": words(amount, measure.unit)}


def words(amount: Any, unit: str) -> str:
    """An amount as people read it: money in the unit of the column's head, shares in percent."""
    if amount is None:
        return "—"
    if unit == "money":
        return formats.money_table(int(amount))
    if unit == "share":
        return formats.percent(round(amount, 3) or 0, 1)  # never -0.0%
    if isinstance(amount, int):
        return formats.count(amount)
    text = f"{Decimal(amount).quantize(Decimal('0.01')):,f}"
    return text.rstrip("0").rstrip(".")
