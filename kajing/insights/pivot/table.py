"""The table: lines of the row groupings with totals, columns of the column grouping, cells that open their rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from typing import Any

from django.utils.translation import gettext as _

from kajing.insights.pivot.axes import Axis, ByStretch
from kajing.insights.pivot.measures import Measure, Sums, Value
from kajing.insights.pivot.shape import Definition
from kajing.lib import intervals
from kajing.records.lists import Context, ListSpec
from kajing.records.lists.conditions import Group, Node, Not

MOST_COLUMNS = 12
MOST_KEPT = 50  # conditions that "others" can leave out and still be opened
OTHERS = object()  # the key of what is put together


@dataclass(frozen=True)
class Bucket:
    """Records counted and the sums made of them."""

    n: int = 0
    sums: Sums = field(default_factory=dict)


Buckets = dict[tuple[Any, ...], Bucket]


@dataclass(frozen=True)
class Measured:
    """A value in a cell; `small` says that it rests on too few cases to tell much."""

    measure: Measure
    value: Value
    small: bool = False


@dataclass(frozen=True)
class Cell:
    """One place of the table: how many records, what they measure, and the condition that finds them (None: none)."""

    n: int
    figures: tuple[Measured, ...]
    nodes: tuple[Node, ...] | None = None


@dataclass(frozen=True)
class Line:
    """One row: its grouping values, its cells by column, and its total where there are columns.

    `kind` is row, group (a subtotal), others or total. `rank` are the best and the worst place it may truly have.
    """

    kind: str
    level: int
    label: str
    path: tuple[str, ...]
    cells: tuple[Cell, ...]
    total: Cell
    rank: tuple[int, int] | None = None


@dataclass(frozen=True)
class Table:
    """What a report tells a person."""

    definition: Definition
    spec: ListSpec
    context: Context
    measures: list[Measure]
    axes: list[Axis]
    column: Axis | None
    columns: list[str]
    lines: list[Line]
    total: Line
    notes: list[str]

    @property
    def shown_lines(self) -> list[Line]:
        """Lines and the total."""
        return [*self.lines, self.total]


@dataclass(frozen=True)
class Asked:
    """What the database gave: cells by their keys, and totals where cells cannot be added up (else None)."""

    definition: Definition
    spec: ListSpec
    context: Context
    measures: list[Measure]
    axes: list[Axis]
    column: Axis | None
    cells: Buckets
    row_totals: Buckets | None
    column_totals: Buckets | None
    grand: Buckets | None
    subtotals: Buckets | None = None
    subtotal_cells: Buckets | None = None
    small: int = 10

    @property
    def depth(self) -> int:
        """How many row groupings."""
        return len(self.axes)

    def merged(self, buckets: Iterable[Bucket]) -> Bucket:
        """Several groups of different records as one."""
        return reduce(self._two, buckets, Bucket())

    def _two(self, left: Bucket, right: Bucket) -> Bucket:
        if not left.n:
            return right
        sums = {name: value for one in self.measures for name, value in one.add(left.sums, right.sums).items()}
        return Bucket(left.n + right.n, sums)

    @cached_property
    def column_keys(self) -> list[Any]:
        """The columns' keys in their order; those beyond the limit are put together under OTHERS."""
        if self.column is None:
            return []
        weight: dict[Any, int] = {}
        for key, bucket in self.cells.items():
            weight[key[-1]] = weight.get(key[-1], 0) + bucket.n
        keys = sorted(weight, key=self.column.place)
        if len(keys) <= MOST_COLUMNS:
            return keys
        newest = isinstance(self.column, ByStretch)
        kept = set(keys[-MOST_COLUMNS:] if newest else sorted(weight, key=lambda key: -weight[key])[:MOST_COLUMNS])
        rest = [] if self.column.spread else [OTHERS]
        return [key for key in keys if key in kept] + rest

    @cached_property
    def ordered(self) -> list[Any]:
        """The values of the first grouping, sorted as asked."""
        keys = {key[0] for key in self.cells}
        return self._sorted(keys, lambda key: self.line_total((key,)), self.axes[0])

    @cached_property
    def kept(self) -> list[Any]:
        """Those that have lines of their own: the first `top` by the measure that sorts, or by how many records."""
        top = self.definition.top
        if not top or len(self.ordered) <= top:
            return self.ordered
        if self.definition.sorted_by is not None:
            return self.ordered[:top]
        most = sorted(self.ordered, key=lambda key: -self.line_total((key,)).n)[:top]
        return [key for key in self.ordered if key in set(most)]

    @property
    def others(self) -> list[Any]:
        """Those put together; none where a record may stand in several groups."""
        return [] if self.axes[0].spread else [key for key in self.ordered if key not in set(self.kept)]

    def below(self, first: Any) -> list[Any]:
        """The values of the second grouping under one of the first."""
        keys = {key[1] for key in self.cells if key[0] == first}
        return self._sorted(keys, lambda key: self.line_total((first, key)), self.axes[1])

    def _sorted(self, keys: Iterable[Any], total: Any, axis: Axis) -> list[Any]:
        plain = sorted(keys, key=axis.place)
        place = self.definition.sorted_by
        if place is None:
            return plain
        measure, down = self.measures[place], self.definition.sort.startswith("-")
        told: dict[Any, Any] = {key: measure.value(total(key).sums, total(key).n).amount for key in plain}
        known = [key for key in plain if told[key] is not None]
        return sorted(known, key=lambda key: told[key], reverse=down) + [key for key in plain if told[key] is None]

    def line_total(self, path: tuple[Any, ...]) -> Bucket:
        """All columns of a line, from the database's own total where cells cannot be added."""
        given = self.row_totals if len(path) == self.depth else self.subtotals
        if given is not None:
            return given.get(path, Bucket())
        return self.merged(bucket for key, bucket in self.cells.items() if key[: len(path)] == path)

    def line_cell(self, path: tuple[Any, ...], column: Any) -> Bucket:
        """One column of a line."""
        if len(path) == self.depth and column is not OTHERS:
            return self.cells.get((*path, column), Bucket())
        if self.subtotal_cells is not None and len(path) < self.depth and column is not OTHERS:
            return self.subtotal_cells.get((*path, column), Bucket())
        return self.merged(self._under(path, column))

    def _under(self, path: tuple[Any, ...], column: Any) -> Iterable[Bucket]:
        named = set(self.column_keys)
        for key, bucket in self.cells.items():
            fits = key[-1] not in named if column is OTHERS else key[-1] == column
            if key[: len(path)] == path and fits:
                yield bucket

    def grand_total(self) -> Bucket:
        """All records of the report."""
        return self.grand.get((), Bucket()) if self.grand is not None else self.merged(self.cells.values())

    def column_total(self, column: Any) -> Bucket:
        """All lines of a column."""
        if self.column_totals is not None and column is not OTHERS:
            return self.column_totals.get((column,), Bucket())
        return self.merged(self._under((), column))


def build(asked: Asked) -> Table:
    """The table from what the database gave."""
    made = _Builder(asked)
    lines = made.lines()
    return Table(
        definition=asked.definition, spec=asked.spec, context=asked.context, measures=asked.measures,
        axes=asked.axes, column=asked.column, columns=made.column_words, lines=_ranked(asked, lines),
        total=made.total(), notes=list(_notes(asked)),
    )  # fmt: skip


class _Builder:
    """Lines and cells with their words and conditions."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.words = [axis.words({key[n] for key in asked.cells}) for n, axis in enumerate(asked.axes)]
        self.columns = asked.column_keys
        told = asked.column.words([key for key in self.columns if key is not OTHERS]) if asked.column else {}
        self.column_words = [_("others") if key is OTHERS else told[key] for key in self.columns]
        self.column_nodes = [self._column_node(key) for key in self.columns]

    def _column_node(self, key: Any) -> Node | None:
        axis = self.asked.column
        if axis is None:
            return None
        if key is OTHERS:
            return rest_of([axis.node(one) for one in self.columns if one is not OTHERS])
        return axis.node(key)

    def lines(self) -> list[Line]:
        """Every line but the total."""
        asked = self.asked
        if not asked.axes:
            return []
        lines = [line for key in asked.kept for line in self._block(key)]
        return [*lines, self._others()] if asked.others else lines

    def _block(self, key: Any) -> list[Line]:
        """A value of the first grouping, with those of the second below it."""
        if self.asked.depth == 1:
            return [self._line("row", (key,))]
        return [self._line("group", (key,)), *(self._line("row", (key, one)) for one in self.asked.below(key))]

    def _line(self, kind: str, path: tuple[Any, ...]) -> Line:
        nodes = [self.asked.axes[n].node(key) for n, key in enumerate(path)]
        words = tuple(self.words[n][key] for n, key in enumerate(path))
        cells = tuple(
            self._cell(self.asked.line_cell(path, column), [*nodes, node])
            for column, node in zip(self.columns, self.column_nodes, strict=True)
        )
        total = self._cell(self.asked.line_total(path), nodes)
        return Line(kind, len(path), words[-1], words, cells, total)

    def _others(self) -> Line:
        """The values beyond the top ones, put together."""
        asked, rest = self.asked, self.asked.others
        node = rest_of([asked.axes[0].node(key) for key in asked.kept])
        label = _("%(count)s others") % {"count": len(rest)}
        cells = tuple(
            self._cell(asked.merged(asked.line_cell((key,), column) for key in rest), [node, column_node])
            for column, column_node in zip(self.columns, self.column_nodes, strict=True)
        )
        total = self._cell(asked.merged(asked.line_total((key,)) for key in rest), [node])
        return Line("others", 1, label, (label,), cells, total)

    def total(self) -> Line:
        """The last line."""
        cells = tuple(
            self._cell(self.asked.column_total(column), [node])
            for column, node in zip(self.columns, self.column_nodes, strict=True)
        )
        label = _("Total")
        return Line("total", 0, label, (label,), cells, self._cell(self.asked.grand_total(), []))

    def _cell(self, bucket: Bucket, nodes: Sequence[Node | None]) -> Cell:
        figures = tuple(self._figure(one, bucket) for one in self.asked.measures)
        known = tuple(one for one in nodes if one is not None)
        return Cell(bucket.n, figures, known if len(known) == len(nodes) else None)

    def _figure(self, measure: Measure, bucket: Bucket) -> Measured:
        value = measure.value(bucket.sums, bucket.n)
        return Measured(measure, value, measure.is_rate and 0 < value.n < self.asked.small)


def rest_of(kept: Sequence[Node | None]) -> Node | None:
    """Everything but these groups; None where the language cannot say it."""
    known = [one for one in kept if one is not None]
    if len(known) < len(kept) or not known or len(known) > MOST_KEPT:
        return None
    return Not(Group("any", tuple(known)) if len(known) > 1 else known[0])


def _ranked(asked: Asked, lines: list[Line]) -> list[Line]:
    """Where one measure with intervals sorts the lines: which places each may truly have."""
    place = asked.definition.sorted_by
    if place is None or asked.depth != 1:
        return lines
    own = [line for line in lines if line.kind == "row"]
    told = [line.total.figures[place].value for line in own]
    sign = 1 if asked.definition.sort.startswith("-") else -1
    spans = [_span(value, sign) for value in told]
    if not any(spans):
        return lines
    found = dict(zip(map(id, own), intervals.ranks(spans), strict=True))
    return [replace(line, rank=found.get(id(line))) for line in lines]


def _span(value: Value, sign: int) -> intervals.Interval | None:
    if value.low is None or value.high is None:
        return None
    low, high = sorted((float(value.low) * sign, float(value.high) * sign))
    return low, high


def _notes(asked: Asked) -> Iterable[str]:
    axes = [*asked.axes, *([asked.column] if asked.column else [])]
    for axis in axes:
        if axis.spread:
            said = _("A record with several values of %(field)s counts in each of them, and once in the totals.")
            yield said % {"field": axis.label}
    if asked.axes and asked.axes[0].spread and len(asked.kept) < len(asked.ordered):
        yield _("%(count)s further values are not shown.") % {"count": len(asked.ordered) - len(asked.kept)}
    if asked.column is not None and asked.column.spread and len(asked.column_keys) == MOST_COLUMNS:
        yield _("Only the %(count)s largest columns are shown.") % {"count": MOST_COLUMNS}
