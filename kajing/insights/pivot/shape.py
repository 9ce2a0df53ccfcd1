"""What a report asks, as plain data: stored as JSON, sent over the API, and written into an address."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from kajing.lib.errors import DomainError

MOST_ROWS, MOST_MEASURES, MOST_TOP = 2, 4, 100
STRETCHES = ("day", "week", "month", "quarter", "year")
CHARTS = ("bar", "stacked", "line", "heat", "none")
LONGEST = {"where": 6000, "label": 60}
_MEASURE = ("kind", "field", "where", "over", "among", "label")
_PARTS = frozenset({"list", "rows", "column", "measures", "where", "top", "sort", "chart"})


class ReportRefused(DomainError):
    """What was asked cannot be told; the text says why and what to do, `place` which part of the definition."""

    status = 422

    def __init__(self, said: Any, place: str = "") -> None:
        super().__init__(said, place)
        self.said, self.place = said, place

    def __str__(self) -> str:
        return str(self.said)


@dataclass(frozen=True)
class AxisChoice:
    """A field that rows or columns are grouped by; days by a stretch of `STRETCHES`."""

    field: str
    by: str = ""

    @property
    def code(self) -> str:
        """manager, opened:month."""
        return f"{self.field}:{self.by}" if self.by else self.field

    @classmethod
    def read(cls, value: Any, place: str) -> AxisChoice:
        """From "opened:month" or {"field": "opened", "by": "month"}. Raises ReportRefused."""
        if isinstance(value, str):
            field, _dots, by = value.partition(":")
        elif isinstance(value, Mapping) and set(value) <= {"field", "by"}:
            field, by = value.get("field", ""), value.get("by", "")
        else:
            raise ReportRefused(_("A grouping is a field, or a field and a stretch such as opened:month."), place)
        if not isinstance(field, str) or not field or by not in {"", *STRETCHES}:
            raise ReportRefused(_("A grouping is a field, or a field and a stretch such as opened:month."), place)
        return cls(field, str(by))


@dataclass(frozen=True)
class MeasureChoice:
    """One figure of every cell: count; sum, mean, median, min, max of a field; share of a condition; ratio of sums."""

    kind: str
    field: str = ""
    where: str = ""
    over: str = ""
    among: str = ""  # a share of those that fulfil this condition; empty: of all
    label: str = ""

    @classmethod
    def read(cls, value: Any, place: str) -> MeasureChoice:
        """From {"kind": "mean", "field": "spend"}. Raises ReportRefused."""
        if not isinstance(value, Mapping) or set(value) - set(_MEASURE):
            raise ReportRefused(_("A measure has a kind and what it is taken of."), place)
        parts = {name: value.get(name) or "" for name in _MEASURE}
        if not all(isinstance(one, str) and len(one) <= LONGEST["where"] and "\0" not in one for one in parts.values()):
            raise ReportRefused(_("A measure has a kind and what it is taken of."), place)
        return cls(**{**parts, "label": parts["label"].strip()[: LONGEST["label"]]})

    def as_json(self) -> dict[str, str]:
        """Only the parts that say something."""
        return {name: value for name in _MEASURE if (value := getattr(self, name))}


@dataclass(frozen=True)
class Definition:
    """A report: over which list, grouped by what, with which measures, under which condition.

    `sort` is empty (the order of the grouping's own values), or a measure's number with a minus for the largest first.
    `top` keeps that many values of the first grouping and puts the others together; 0 keeps all.
    """

    list: str
    rows: tuple[AxisChoice, ...] = ()
    column: AxisChoice | None = None
    measures: tuple[MeasureChoice, ...] = (MeasureChoice("count"),)
    where: str = ""
    top: int = 0
    sort: str = ""
    chart: str = "bar"

    def as_json(self) -> dict[str, Any]:
        """For storing; `read` gives the same back."""
        return {
            "list": self.list,
            "rows": [one.code for one in self.rows],
            "column": self.column.code if self.column else "",
            "measures": [one.as_json() for one in self.measures],
            "where": self.where,
            "top": self.top,
            "sort": self.sort,
            "chart": self.chart,
        }

    @classmethod
    def read(cls, value: Any) -> Definition:
        """From JSON of the store or of a client. Raises ReportRefused, which names the place."""
        if not isinstance(value, Mapping) or not isinstance(value.get("list"), str):
            raise ReportRefused(_("A report names the list it is over."), "list")
        if unknown := set(value) - _PARTS:
            raise ReportRefused(_("%(name)s is not known here.") % {"name": str(min(unknown))[:40]}, str(min(unknown)))
        rows = _list(value.get("rows") or [], MOST_ROWS, "rows")
        measures = _list(value.get("measures") or [{"kind": "count"}], MOST_MEASURES, "measures")
        column = value.get("column")
        made = cls(
            list=value["list"][:40],
            rows=tuple(AxisChoice.read(one, f"rows[{place}]") for place, one in enumerate(rows)),
            column=AxisChoice.read(column, "column") if column else None,
            measures=tuple(MeasureChoice.read(one, f"measures[{place}]") for place, one in enumerate(measures)),
            where=_text(value.get("where") or "", "where"),
            top=_top(value.get("top") or 0),
            sort=str(value.get("sort") or "")[:4],
            chart=str(value.get("chart") or CHARTS[0]),
        )
        made.check()
        return made

    def check(self) -> None:
        """Whether the parts fit each other. Raises ReportRefused."""
        fields = [one.field for one in (*self.rows, *([self.column] if self.column else []))]
        if len(set(fields)) < len(fields):
            raise ReportRefused(_("Group by a field once: it stands twice among rows and columns."), "rows")
        if self.chart not in CHARTS:
            raise ReportRefused(_("The chart is one of %(kinds)s.") % {"kinds": ", ".join(CHARTS)}, "chart")
        number = self.sort.removeprefix("-")
        if number and (not number.isdecimal() or int(number) >= len(self.measures)):
            raise ReportRefused(_("Sort by one of the report's measures, numbered from 0."), "sort")

    @property
    def sorted_by(self) -> int | None:
        """The number of the measure that sorts; None for the order of the values themselves."""
        return int(self.sort.removeprefix("-")) if self.sort else None


def _list(value: Any, most: int, place: str) -> Sequence[Any]:
    if not isinstance(value, list | tuple):
        raise ReportRefused(_("A list is expected here."), place)
    if len(value) > most:
        said = _("At most %(most)s groupings of rows.") if place == "rows" else _("At most %(most)s measures.")
        raise ReportRefused(said % {"most": most}, place)
    return value


def _text(value: Any, place: str) -> str:
    if not isinstance(value, str) or len(value) > LONGEST["where"] or "\0" in value:
        raise ReportRefused(_("The condition is a text of at most 6,000 characters."), place)
    return value.strip()


def _top(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MOST_TOP:
        raise ReportRefused(_("Keep 1 to %(most)s values, or leave it empty for all.") % {"most": MOST_TOP}, "top")
    return value
