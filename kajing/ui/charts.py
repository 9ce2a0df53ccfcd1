"""Charts from rows: options for ECharts, the same figures as a table, and one sentence that says what to see.

Which one (design ui.md §9): a trend is a ``line``; parts over time are ``stacked`` (four series and 其他); a
comparison is ``ranked``, sorted; stages are a ``funnel``; activity is a ``calendar``. No gauge, no 3D, no second axis.
Small figures (rings, trends in a row, bars by category) are drawn by the server: ``svg.py`` and ``{% hbar %}``.

Values go to the browser as plain numbers in the unit named in the title; money is converted by ``in_wan``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from kajing.ui import formats

Rows = Sequence[Mapping[str, Any]]
MAX_SERIES = 4
MAX_LABELS = 60  # figures that can be read in the squares of a heat map
END_LABEL = {"show": True, "position": "right"}


@dataclass(frozen=True)
class Chart:
    """What ``{% chart %}`` draws. ``key`` is unique on the page; no rows means the empty state with ``empty``."""

    key: str
    title: str
    unit: str
    summary: str
    columns: list[str]
    rows: list[list[str]]
    options: dict[str, Any] = field(default_factory=dict)
    empty: str = ""

    @property
    def options_id(self) -> str:
        """The id of the JSON block in the page."""
        return f"{self.key}-o"


def line(
    key: str, title: str, rows: Rows, x: str, series: Mapping[str, str], *, unit: str = "", goal: float | None = None
) -> Chart:
    """A trend over time; ``series`` maps a field of the rows to its name. ``goal`` draws a dashed line."""
    drawn = [_series("line", name, [_number(row[field_]) for row in rows]) for field_, name in series.items()]
    for one in drawn:
        one |= {"showSymbol": len(rows) <= 31, "symbolSize": 5, "lineStyle": {"width": 2}}
    if goal is not None and drawn:
        drawn[0]["markLine"] = _goal(goal)
    return _axes(key, title, unit, rows, x, series, drawn)


def bars(
    key: str, title: str, rows: Rows, x: str, series: Mapping[str, str], *, unit: str = "", goal: float | None = None,
    unfinished: bool = False,
) -> Chart:  # fmt: skip
    """Columns side by side. ``unfinished`` hatches the last one: its month is not over."""
    drawn = [_series("bar", name, [_number(row[field_]) for row in rows]) for field_, name in series.items()]
    if goal is not None and drawn:
        drawn[0]["markLine"] = _goal(goal)
    if unfinished:
        _hatch_last(drawn)
    return _axes(key, title, unit, rows, x, series, drawn)


def stacked(
    key: str, title: str, rows: Rows, x: str, series: Mapping[str, str], *, unit: str = "", unfinished: bool = False
) -> Chart:
    """Parts over time; more than four series are summed up as "other"."""
    rows, series = _with_other(rows, series)
    drawn = [_series("bar", name, [_number(row[field_]) for row in rows]) for field_, name in series.items()]
    for one in drawn:
        one["stack"] = "all"
    if unfinished:
        _hatch_last(drawn)
    return _axes(key, title, unit, rows, x, series, drawn)


def ranked(key: str, title: str, rows: Rows, label: str, value: str, *, unit: str = "") -> Chart:
    """A comparison as horizontal bars, the largest on top."""
    rows = sorted(rows, key=lambda row: -_number(row[value]))
    upward = list(reversed(rows))
    options = {
        "grid": {"left": 8, "right": 48, "top": 8, "bottom": 8, "containLabel": True},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "value", "min": 0},
        "yAxis": {"type": "category", "data": [str(row[label]) for row in upward]},
        "series": [
            _series("bar", title, [_number(row[value]) for row in upward])
            | {"label": {"show": True, "position": "right"}}
        ],
    }
    summary = _top_words(rows, label, value, unit)
    return _chart(key, title, unit, summary, [_("Item"), title], _cells(rows, label, [value]), options)


def funnel(key: str, title: str, rows: Rows, label: str, value: str, *, unit: str = "") -> Chart:
    """Stages from wide to narrow, in the order given."""
    options = {
        "tooltip": {"trigger": "item"},
        "series": [
            {
                "type": "funnel",
                "sort": "none",
                "left": 8,
                "width": "62%",
                "top": 6,
                "bottom": 6,
                "minSize": "8%",
                "gap": 2,
                "label": {"position": "right", "formatter": "{b} {c}"},
                "data": [{"name": str(row[label]), "value": _number(row[value])} for row in rows],
            },
        ],
    }
    summary = _steps_words(rows, label, value)
    return _chart(key, title, unit, summary, [_("Stage"), title], _cells(rows, label, [value]), options)


def donut(key: str, title: str, rows: Rows, label: str, value: str, *, unit: str = "") -> Chart:
    """Parts of a whole, at most four; more parts are drawn by ``ranked``."""
    if len(rows) > MAX_SERIES:
        return ranked(key, title, rows, label, value, unit=unit)
    options = {
        "tooltip": {"trigger": "item"},
        "series": [
            {
                "type": "pie",
                "radius": ["54%", "80%"],
                "percentPrecision": 0,
                "label": {"formatter": "{b} {d}%"},
                "data": [{"name": str(row[label]), "value": _number(row[value])} for row in rows],
            },
        ],
    }
    summary = _top_words(rows, label, value, unit)
    return _chart(key, title, unit, summary, [_("Item"), title], _cells(rows, label, [value]), options)


def calendar(key: str, title: str, rows: Rows, day: str, value: str, *, unit: str = "") -> Chart:
    """Activity by day as a heat map; ``day`` is a date field."""
    days: list[date] = [row[day] for row in rows]
    pairs = [[row[day].isoformat(), _number(row[value])] for row in rows]
    top = max((pair[1] for pair in pairs), default=1) or 1
    options = {
        "tooltip": {"trigger": "item"},
        "visualMap": {"min": 0, "max": top, "show": False},
        "calendar": {
            "range": [min(days).isoformat(), max(days).isoformat()] if days else [],
            "left": 36,
            "right": 8,
            "top": 24,
            "bottom": 8,
            "yearLabel": {"show": False},
            "monthLabel": {"nameMap": "ZH" if formats.chinese() else "EN"},
            "dayLabel": {"firstDay": 1, "nameMap": "ZH" if formats.chinese() else "EN"},
        },
        "series": [{"type": "heatmap", "coordinateSystem": "calendar", "data": pairs}],
    }
    best = max(rows, key=lambda row: _number(row[value]), default=None)
    summary = (
        _("Most on %(day)s: %(value)s.") % {"day": formats.day(best[day]), "value": _shown(_number(best[value]))}
        if best
        else ""
    )
    return _chart(key, title, unit, summary, [_("Day"), title], _cells(rows, day, [value]), options)


def heat(key: str, title: str, rows: Rows, label: str, series: Mapping[str, str], *, unit: str = "") -> Chart:
    """A grid of two groupings, darker where the value is larger; places without a value stay empty."""
    data = [
        [across, down, _number(row[name])]
        for down, row in enumerate(rows)
        for across, name in enumerate(series)
        if row[name] is not None
    ]
    values = [one[2] for one in data] or [0]
    options = {
        "grid": {"left": 8, "right": 12, "top": 8, "bottom": 40, "containLabel": True},
        "tooltip": {"trigger": "item"},
        "xAxis": {"type": "category", "data": list(series.values())},
        "yAxis": {"type": "category", "inverse": True, "data": [str(row[label]) for row in rows]},
        "visualMap": {"min": min(values), "max": max(values), "orient": "horizontal", "left": "center", "bottom": 0},
        "series": [{"type": "heatmap", "data": data, "label": {"show": len(data) <= MAX_LABELS}}],
    }
    best = max(((row, name) for row in rows for name in series if row[name] is not None),
               key=lambda one: _number(one[0][one[1]]), default=None)  # fmt: skip
    summary = (
        _("Largest: %(row)s, %(column)s: %(value)s.")
        % {"row": best[0][label], "column": series[best[1]], "value": _shown(_number(best[0][best[1]]))}
        if best
        else ""
    )
    columns = [_("Item"), *series.values()]
    return _chart(key, title, unit, summary, columns, _cells(rows, label, list(series)), options)


def in_wan(fen: int | None) -> float | None:
    """Fen as the number of a chart titled in ``formats.money_unit``: 万元 in Chinese, yuan in English."""
    if fen is None:
        return None
    yuan = Decimal(fen) / 100
    return float((yuan / 10_000).quantize(Decimal("0.01"))) if formats.chinese() else float(yuan)


def _axes(
    key: str, title: str, unit: str, rows: Rows, x: str, series: Mapping[str, str], drawn: list[dict[str, Any]]
) -> Chart:
    options: dict[str, Any] = {
        "grid": {"left": 8, "right": 12, "top": 34 if len(drawn) > 1 else 14, "bottom": 4, "containLabel": True},
        "tooltip": {"trigger": "axis"},
        "xAxis": {"type": "category", "data": [str(row[x]) for row in rows]},
        "yAxis": {"type": "value"},
        "series": drawn,
    }
    if len(drawn) > 1:
        options["legend"] = {"top": 0, "type": "scroll"}  # in one line, however long the names
    columns = [_("Period"), *series.values()]
    return _chart(key, title, unit, _trend_words(rows, x, series), columns, _cells(rows, x, list(series)), options)


def _chart(
    key: str, title: str, unit: str, summary: str, columns: list[str], rows: list[list[str]], options: dict[str, Any]
) -> Chart:
    return Chart(key, title, unit, summary, columns, rows, options if rows else {}, _("No figures for this period"))


def _series(kind: str, name: str, data: list[float | None]) -> dict[str, Any]:
    return {"type": kind, "name": name, "data": data} | ({"barMaxWidth": 34} if kind == "bar" else {})


def _goal(value: float) -> dict[str, Any]:
    label = {"formatter": _("Goal %(value)s") % {"value": _shown(value)}, "position": "insideEndTop"}
    return {
        "symbol": "none",
        "silent": True,
        "lineStyle": {"type": "dashed"},
        "label": label,
        "data": [{"yAxis": value}],
    }


def _hatch_last(drawn: list[dict[str, Any]]) -> None:
    for one in drawn:
        if one["data"]:
            last = one["data"][-1]
            one["data"] = [*one["data"][:-1], {"value": last, "itemStyle": {"opacity": 0.55, "borderType": "dashed"}}]


def _with_other(rows: Rows, series: Mapping[str, str]) -> tuple[Rows, dict[str, str]]:
    names = dict(series)
    if len(names) <= MAX_SERIES + 1:
        return rows, names
    weight = {name: sum(_number(row[name]) or 0 for row in rows) for name in names}
    kept = sorted(names, key=lambda name: -weight[name])[:MAX_SERIES]
    rest = [name for name in names if name not in kept]
    summed = [{**row, "other": sum(_number(row[name]) or 0 for name in rest)} for row in rows]
    return summed, {name: names[name] for name in kept} | {"other": _("Other")}


def _number(value: Any) -> Any:
    return float(value) if isinstance(value, Decimal) else value


def _shown(value: float | None) -> str:
    if value is None:
        return "—"
    text = f"{value:,.2f}"
    return text.rstrip("0").rstrip(".")


def _cells(rows: Rows, label: str, fields: list[str]) -> list[list[str]]:
    return [[str(row[label]), *(_shown(_number(row[name])) for name in fields)] for row in rows]


def _trend_words(rows: Rows, x: str, series: Mapping[str, str]) -> str:
    """First, last and change of the total: one sentence for those who do not see the picture."""
    totals = [sum(_number(row[name]) or 0 for name in series) for row in rows]
    if len(totals) < 2:
        return ""
    places = {"first": str(rows[0][x]), "last": str(rows[-1][x])}
    values = {"from": _shown(totals[0]), "to": _shown(totals[-1])}
    if not totals[0]:
        return _("%(first)s: %(from)s; %(last)s: %(to)s.") % (places | values)
    moved = {"change": formats.change(totals[-1] / totals[0] - 1)}
    return _("%(first)s: %(from)s; %(last)s: %(to)s (%(change)s).") % (places | values | moved)


def _top_words(rows: Rows, label: str, value: str, unit: str) -> str:
    total = sum(_number(row[value]) or 0 for row in rows)
    if not rows or not total:
        return ""
    best = max(rows, key=lambda row: _number(row[value]) or 0)
    share = formats.percent((_number(best[value]) or 0) / total)
    return _("Largest: %(name)s, %(value)s, %(share)s of all.") % {
        "name": best[label],
        "value": _shown(_number(best[value])),
        "share": share,
    }


def _steps_words(rows: Rows, label: str, value: str) -> str:
    if len(rows) < 2 or not rows[0][value]:
        return ""
    first, last = rows[0], rows[-1]
    share = formats.percent(_number(last[value]) / _number(first[value]))
    return _("From %(first)s to %(last)s: %(share)s.") % {"first": first[label], "last": last[label], "share": share}
