"""Asking the database: one statement for the cells, and one for each total that cells cannot be added up to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import CharField, Count, Q, QuerySet, Value
from django.utils.translation import gettext as _

from kajing.insights.pivot.axes import Axis, ByOption, axis_of
from kajing.insights.pivot.measures import Measure, measures_of
from kajing.insights.pivot.shape import Definition, ReportRefused
from kajing.insights.pivot.table import Asked, Bucket, Table, build
from kajing.records.lists import LISTS, Context, ListSpec, NotUnderstood, Twin


@dataclass(frozen=True)
class Limits:
    """Below how many cases a rate is called small, and how many groups a statement may bring."""

    small: int = 10
    groups: int = 5000


STANDARD = Limits()


@dataclass(frozen=True)
class Reach:
    """Paths and conditions of the record as the asked table says them: its own, or its twin's."""

    twin: Twin | None

    def __call__(self, path: str) -> str:
        """A path."""
        return self.twin.path(path) if self.twin else path

    def turned(self, condition: Q) -> Q:
        """A condition."""
        return self.twin.turned(condition) if self.twin else condition


@dataclass(frozen=True)
class _Question:
    """The rows of a report and the sums to make of them."""

    rows: QuerySet[Any]
    reach: Reach
    axes: list[Axis]
    sums: dict[str, Any]
    limits: Limits

    def buckets(self, places: Sequence[int]) -> dict[tuple[Any, ...], Bucket]:
        """Sums by the keys of these axes. Raises ReportRefused when there are too many groups."""
        axes = [self.axes[place] for place in places]
        spread = next((one for one in axes if isinstance(one, ByOption)), None)
        names = [f"g{place}" for place in range(len(axes))]
        parts = [(None, None)] if spread is None else [(key, found) for key, found in spread.conditions()]
        asked = [self._grouped(axes, names, spread, key, found) for key, found in parts]
        if not asked:
            return {}
        whole = asked[0] if len(asked) == 1 else asked[0].union(*asked[1:], all=True)
        try:
            rows = list(whole[: self.limits.groups + 1])
        except EmptyResultSet:
            rows = []
        if len(rows) > self.limits.groups:
            said = _("This table would have more than %(most)s groups. Group by less, or narrow the condition.")
            raise ReportRefused(said % {"most": self.limits.groups}, "rows")
        return self._by_key(axes, names, rows)

    def _grouped(self, axes: list[Axis], names: list[str], spread: Any, key: Any, found: Q | None) -> QuerySet[Any]:
        rows = self.rows if found is None else self.rows.filter(self.reach.turned(found))
        values = {
            name: Value(key or "", output_field=CharField()) if axis is spread else axis.value(self.reach)
            for name, axis in zip(names, axes, strict=True)
        }
        return rows.values(**values).annotate(n_rows=Count("pk"), **self.sums).values(*names, "n_rows", *self.sums)

    def _by_key(self, axes: list[Axis], names: list[str], rows: list[Any]) -> dict[tuple[Any, ...], Bucket]:
        found: dict[tuple[Any, ...], Bucket] = {}
        for row in rows:
            if row["n_rows"]:  # a table without groupings gives one row even of nothing
                key = tuple(axis.key(row[name]) for axis, name in zip(axes, names, strict=True))
                found[key] = Bucket(row["n_rows"], {name: row[name] for name in self.sums})
        return found

    def whole(self) -> Bucket:
        """The sums of all rows."""
        try:
            row = self.rows.aggregate(n_rows=Count("pk"), **self.sums)
        except EmptyResultSet:
            row = {"n_rows": 0}
        return Bucket(row["n_rows"] or 0, {name: row.get(name) for name in self.sums})


def run(
    definition: Definition, context: Context, limits: Limits = STANDARD, spec: ListSpec | None = None
) -> Table:  # fmt: skip
    """The table a definition asks for, of what this person sees; `spec` is its list. Raises ReportRefused."""
    spec = spec or LISTS.get(definition.list)
    if spec is None:
        raise ReportRefused(_("There is no list %(name)s.") % {"name": definition.list}, "list")
    definition.check()
    axes = [axis_of(spec, one, context, f"rows[{place}]") for place, one in enumerate(definition.rows)]
    column = axis_of(spec, definition.column, context, "column") if definition.column else None
    measures = measures_of(spec, definition, context)
    if sum(axis.spread for axis in [*axes, *([column] if column else [])]) > 1:
        raise ReportRefused(_("Only one grouping may be a field of which a record can have several values."), "rows")
    question = _question(spec, definition, context, [*axes, *([column] if column else [])], measures, limits)
    return build(_asked(question, definition, spec, context, measures, len(axes)))


def _question(
    spec: ListSpec, definition: Definition, context: Context, axes: list[Axis], measures: list[Measure],
    limits: Limits,
) -> _Question:  # fmt: skip
    query = {"where": [definition.where]} if definition.where else {}
    try:
        condition = spec.condition(query, context)
    except NotUnderstood as error:
        raise ReportRefused(str(error), "where") from None
    reach = Reach(spec.twin if spec.twin is not None and spec.twin.holds(condition) else None)
    sums = {name: made for one in measures for name, made in one.asks(reach).items()}
    return _Question(spec.under(condition, context.user).rows().order_by(), reach, axes, sums, limits)


def _asked(
    question: _Question, definition: Definition, spec: ListSpec, context: Context, measures: list[Measure], rows: int
) -> Asked:
    """The cells and, where they cannot be added, every kind of total."""
    axes, whole = question.axes, range(len(question.axes))
    cells = question.buckets(whole) if axes else {(): question.whole()}
    exact = any(one.kind == "median" for one in measures)
    by_rows, by_column = tuple(range(rows)), tuple(range(rows, len(axes)))
    spread = {place for place in whole if axes[place].spread}

    def total(places: tuple[int, ...]) -> dict[tuple[Any, ...], Bucket] | None:
        """None where the cells' sums can be added up to it."""
        if len(places) == len(axes) or not (exact or spread - set(places)):
            return None
        return question.buckets(places) if places else {(): question.whole()}

    return Asked(
        definition=definition, spec=spec, context=context, measures=measures, axes=axes[:rows],
        column=axes[rows] if by_column else None, cells=cells,
        row_totals=total(by_rows), column_totals=total(by_column) if by_column else None, grand=total(()),
        subtotals=total((0,)) if rows > 1 else None,
        subtotal_cells=total((0, *by_column)) if rows > 1 and by_column else None, small=question.limits.small,
    )  # fmt: skip
