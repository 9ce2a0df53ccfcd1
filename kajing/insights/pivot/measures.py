"""What a cell tells: counts, sums, means, medians, extremes, shares of a condition, ratios of sums; how sure it is.

A measure asks the database for a few sums (`asks`), which can be added over cells, and makes its value of them
(`value`). Money is whole fen, shares and ratios Decimal.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from functools import cached_property
from typing import Any

from django.db.models import Count, F, FloatField, Max, Min, Q, Sum
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from kajing.insights.pivot.axes import held
from kajing.insights.pivot.shape import Definition, MeasureChoice, ReportRefused
from kajing.insights.pivot.sql import Median
from kajing.lib import intervals
from kajing.records.fields.listing import OfField
from kajing.records.lists import Context, ListSpec, NotUnderstood, Range, conditions
from kajing.records.models import FieldDefinition

KINDS = ("count", "share", "sum", "mean", "median", "min", "max", "ratio")
RATES = frozenset({"share", "mean"})  # what has an interval, and is greyed where there are few cases
TINY = Decimal("0.000001")
FEN = Decimal(100)
Sums = dict[str, Any]


@dataclass(frozen=True)
class Value:
    """A figure: `amount` is fen, a plain number or a share; `n` of how many records; the interval in the same unit."""

    amount: int | Decimal | None
    n: int
    low: Decimal | None = None
    high: Decimal | None = None


@dataclass(frozen=True)
class Measure:
    """One measure of a report over a list; `place` is its number."""

    spec: ListSpec
    choice: MeasureChoice
    place: int
    context: Context

    @property
    def kind(self) -> str:
        """One of KINDS."""
        return self.choice.kind

    @cached_property
    def of(self) -> Range:
        """The field that is summed up. Raises ReportRefused."""
        return _range(self.spec, self.choice.field, self.context, self._where)

    @cached_property
    def over(self) -> Range:
        """The field a ratio is taken over. Raises ReportRefused."""
        return _range(self.spec, self.choice.over, self.context, self._where)

    @property
    def _where(self) -> str:
        return f"measures[{self.place}]"

    @property
    def unit(self) -> str:
        """Money (fen), share, or number."""
        if self.kind in {"share", "ratio"}:
            return "share"
        if self.kind == "count":
            return "number"
        return "money" if self.of.scale == FEN else "share" if self.of.scale == Decimal("0.01") else "number"

    @property
    def is_rate(self) -> bool:
        """Whether few cases make it unsure."""
        return self.kind in RATES or self.kind in {"ratio", "median"}

    @property
    def label(self) -> str:
        """Its own name, or what it is in words."""
        if self.choice.label:
            return _(self.choice.label)  # those of the product's reports are message ids
        words = kind_words()
        if self.kind == "count":
            return str(self.spec.label)
        if self.kind == "share":
            said = _("Share: %(condition)s") % {"condition": self._told(self.node)}
            among = _(" (of: %(condition)s)") % {"condition": self._told(self.among)} if self.among else ""
            return said + among
        if self.kind == "ratio":
            return _("%(one)s ÷ %(other)s") % {"one": self.of.label, "other": self.over.label}
        return _("%(field)s, %(kind)s") % {"field": self.of.label, "kind": words[self.kind]}

    @cached_property
    def node(self) -> Any:
        """The condition of a share. Raises ReportRefused."""
        return self._read(self.choice.where, "where")

    @cached_property
    def among(self) -> Any:
        """The condition of those a share is of; None for all. Raises ReportRefused."""
        return self._read(self.choice.among, "among") if self.choice.among.strip() else None

    def _read(self, text: str, part: str) -> Any:
        try:
            return conditions.read(self.spec, text, self.context)
        except NotUnderstood as error:
            raise ReportRefused(str(error), f"{self._where}.{part}") from None

    def _told(self, node: Any) -> str:
        return conditions.words(self.spec, node, self.context)

    def _holds(self, node: Any) -> Q:
        return conditions.compile(self.spec, node, self.context)

    def check(self) -> None:
        """Whether it can be told. Raises ReportRefused."""
        if self.kind not in KINDS:
            said = _("A measure is one of %(kinds)s.") % {"kinds": ", ".join(KINDS)}
            raise ReportRefused(said, self._where)
        if self.kind == "share" and not self.choice.where.strip():
            raise ReportRefused(_("A share needs the condition it is the share of."), f"{self._where}.where")
        if self.kind == "share":
            self.node, self.among  # noqa: B018
        if self.kind not in {"count", "share"}:
            self.of  # noqa: B018  raises where there is no such field
        if self.kind == "ratio":
            self.over  # noqa: B018

    def asks(self, reach: Any) -> dict[str, Any]:
        """The sums that the database makes for it, by name."""
        if self.kind == "count":
            return {}
        if self.kind == "share":
            base = self._holds(self.among) if self.among else Q()
            counted = {self._name("h"): Count("pk", filter=reach.turned(base & self._holds(self.node)))}
            whole = {self._name("k"): Count("pk", filter=reach.turned(base))} if self.among else {}
            return {**counted, **whole}
        x = _number(self.of, reach)
        if self.kind == "ratio":
            return {self._name("s"): Sum(x), self._name("k"): Count(x), self._name("o"): Sum(_number(self.over, reach))}
        made: dict[str, Any] = {self._name("k"): Count(x)}
        if self.kind in {"sum", "mean"}:
            made[self._name("s")] = Sum(x)
        if self.kind == "mean":
            exact = Cast(x, FloatField())
            made[self._name("q")] = Sum(exact * exact)
        one = {"min": Min, "max": Max, "median": Median}.get(self.kind)
        return {**made, self._name("m"): one(x)} if one else made

    def _name(self, part: str) -> str:
        return f"m{self.place}{part}"

    def add(self, left: Sums, right: Sums) -> Sums:
        """The sums of two groups of records as those of both. A median cannot be added: it is lost."""
        made = {name: _added(left.get(name), right.get(name)) for name in map(self._name, "hskqo")}
        m = self._name("m")
        if self.kind in {"min", "max"}:
            known = [one for one in (left.get(m), right.get(m)) if one is not None]
            made[m] = (min if self.kind == "min" else max)(known) if known else None
        return {name: value for name, value in made.items() if value is not None or name == m}

    def value(self, sums: Mapping[str, Any], n: int) -> Value:
        """The figure of a cell with `n` records."""
        if self.kind == "count":
            return Value(n, n)
        if self.kind == "share":
            hits = int(sums.get(self._name("h")) or 0)
            cases = int(sums.get(self._name("k")) or 0) if self.among else n
            return Value(_rate(hits, cases), cases, *_pair(intervals.wilson(hits, cases)))
        known = int(sums.get(self._name("k")) or 0)
        if self.kind == "ratio":
            return Value(_rate(sums.get(self._name("s")) or 0, sums.get(self._name("o")) or 0), known)
        if self.kind in {"min", "max", "median"}:
            return Value(self._shown(sums.get(self._name("m"))), known)
        total = sums.get(self._name("s"))
        if self.kind == "sum":
            return Value(self._shown(total if known else 0 if n else None), known)
        if not known:
            return Value(None, 0)
        found = intervals.of_mean(float(total or 0), float(sums.get(self._name("q")) or 0), known)
        low, high = (self._shown(one) for one in found) if found else (None, None)
        return Value(self._shown(Decimal(str(total)) / known), known, low, high)

    def _shown(self, amount: Any) -> Any:
        if amount is None:
            return None
        exact = amount if isinstance(amount, int) else Decimal(str(amount))
        if self.unit == "money":
            return exact if isinstance(exact, int) else int(exact.quantize(Decimal(1), rounding=ROUND_HALF_UP))
        return exact if isinstance(exact, int) else exact.quantize(TINY, rounding=ROUND_HALF_UP)


def measures_of(spec: ListSpec, definition: Definition, context: Context) -> list[Measure]:
    """The measures of a report. Raises ReportRefused."""
    made = [Measure(spec, choice, place, context) for place, choice in enumerate(definition.measures)]
    for one in made:
        one.check()
    return made


def fields_for(spec: ListSpec, context: Context) -> list[Range]:
    """The fields that can be summed up."""
    return [one for one in conditions.fields(spec, context.user) if isinstance(one, Range) and one.path]


def kind_words() -> dict[str, str]:
    """What the kinds are called."""
    return {
        "count": _("count"), "share": _("share of a condition"), "sum": _("sum"), "mean": _("mean"),
        "median": _("median"), "min": _("smallest"), "max": _("largest"), "ratio": _("ratio of sums"),
    }  # fmt: skip


def _range(spec: ListSpec, name: str, context: Context, place: str) -> Range:
    found = next((one for one in fields_for(spec, context) if name and name in (one.name, one.also)), None)
    if found is None:
        said = _("%(list)s has no field %(field)s that can be summed up.") % {"list": spec.label, "field": name or "—"}
        raise ReportRefused(said, place)
    return found


def _number(field: Range, reach: Any) -> Any:
    """The column, or the bank's own field looked up from the record."""
    if isinstance(field, OfField):
        return held(field, "amount" if field.field.type == FieldDefinition.Type.MONEY else "number")
    return F(reach(field.path))


def _added(left: Any, right: Any) -> Any:
    return right if left is None else left if right is None else left + right


def _rate(hits: Any, n: Any) -> Decimal | None:
    if not n:
        return None
    return (Decimal(str(hits)) / Decimal(str(n))).quantize(TINY, rounding=ROUND_HALF_UP)


def _pair(found: intervals.Interval | None) -> tuple[Decimal | None, Decimal | None]:
    if found is None:
        return None, None
    return Decimal(str(found[0])).quantize(TINY), Decimal(str(found[1])).quantize(TINY)
