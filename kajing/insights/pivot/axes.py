"""What rows and columns may be grouped by: the list's own filters, read as groupings.

A plain choice groups by the value of its column, a unit by the unit itself, a flag by yes and no, days by stretches, a
field of the bank's by its value. A choice with a condition of its own (tags, own fields with several values, audiences)
groups by its options: a record may then stand in several groups, or in none. Every group has a condition that finds
exactly its rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.core.exceptions import FieldDoesNotExist
from django.db.models import BigIntegerField, Case, CharField, F, OuterRef, Q, Subquery, Value, When
from django.db.models.functions import Cast, NullIf
from django.utils.translation import gettext as _

from kajing.customers.lists import InUnit
from kajing.insights.pivot.shape import STRETCHES, AxisChoice, ReportRefused
from kajing.insights.pivot.sql import Stretch, last_day
from kajing.org.models import Person, Unit
from kajing.org.selectors import names
from kajing.records.fields.listing import OfField
from kajing.records.lists import Choice, Context, Filter, Flag, ListSpec, Moments, NotUnderstood, Period, conditions
from kajing.records.lists.conditions import Group, Leaf, Node, Not
from kajing.records.models import FieldDefinition, FieldValue

MOST_OPTIONS = 40  # groups of a choice whose records may stand in several
Key = Any  # a code, a day, True or False; None: without a value


@dataclass(frozen=True)
class Axis:
    """One grouping of a list; `spread` says that a record may stand in several of its groups."""

    spec: ListSpec
    field: Filter
    by: str
    context: Context

    spread = False

    @property
    def label(self) -> str:
        """The field's word, with the stretch for days."""
        return str(self.field.label)

    def value(self, reach: Any) -> Any:
        """The expression that rows are grouped by; `reach` turns a path of the record into one of the asked table."""
        return F(reach(self.field.path))

    def key(self, stored: Any) -> Key:
        """A group's key from what the database gave."""
        return None if stored in (None, "") else stored

    def node(self, key: Key) -> Node | None:
        """The condition that finds exactly the rows of a group; None when the language cannot say it."""
        if key is None:
            return Leaf(self.field.name, "empty")
        return None if str(key).startswith("!") or not str(key) else Leaf(self.field.name, "=", (str(key),))

    def words(self, keys: Iterable[Key]) -> dict[Key, str]:
        """What groups are called."""
        return {key: self.nothing if key is None else str(key) for key in keys}

    @property
    def nothing(self) -> str:
        """What the group without a value is called."""
        return _("without a value")

    def place(self, key: Key) -> Any:
        """Where a group stands in the field's own order."""
        return (key is None, str(key))


class ByChoice(Axis):
    """The value of one column."""

    @cached_property
    def column(self) -> Any:
        """The model's column, or None where the path is no plain one."""
        return column_of(self.spec.base(self.context.user).model, self.field.path)

    def value(self, reach: Any) -> Any:
        """Empty text is no value, as in conditions."""
        found = F(reach(self.field.path))
        text = self.column is None or self.column.get_internal_type() in {"CharField", "TextField"}
        return NullIf(found, Value(""), output_field=CharField()) if text else found

    @cached_property
    def options(self) -> dict[str, str]:
        """The choice's own words."""
        return {str(code): str(label) for code, label in self.field.offered(self.context)}  # type: ignore[attr-defined]

    def words(self, keys: Iterable[Key]) -> dict[Key, str]:
        """People and units by name, everything else by the choice's words."""
        wanted = [key for key in keys if key is not None]
        known = named(self.column, wanted)
        if known is None:
            known = self.options
        return {None: self.nothing, **{key: str(known.get(str(key), key)) for key in wanted}}

    def place(self, key: Key) -> Any:
        """The order of the options; what is no option comes after, by its code."""
        if getattr(self.field, "open_ended", False) or key is None:
            return (key is None, 0, str(key))
        known = list(self.options)
        return (False, known.index(str(key)) if str(key) in known else len(known), str(key))


class ByUnit(ByChoice):
    """The unit a record hangs on. A condition's unit stands for all below it, so those below are left out again."""

    @cached_property
    def tree(self) -> list[tuple[str, str, str]]:
        """(code, path, path of what it was merged into) of every unit."""
        return [
            (c, p, m or "") for c, p, m in Unit.objects.order_by("path").values_list("pk", "path", "merged_into__path")
        ]

    def node(self, key: Key) -> Node | None:
        """The unit without the units directly below and those merged into it."""
        if key is None:
            return Leaf(self.field.name, "empty")
        path = next((path for code, path, _merged in self.tree if code == key), "")
        below = tuple(
            code for code, own, merged in self.tree
            if code != key and path and (own == f"{path}{code}/" or merged.startswith(path))
        )  # fmt: skip
        here = Leaf(self.field.name, "=", (str(key),))
        if len(below) > conditions.tree.MOST_VALUES:
            return None
        return Group("all", (here, Not(Leaf(self.field.name, "in", below)))) if below else here

    def place(self, key: Key) -> Any:
        """As the tree stands."""
        codes = [code for code, _path, _merged in self.tree]
        return (key is None, codes.index(key) if key in codes else len(codes))


class ByFlag(Axis):
    """Yes and no."""

    def value(self, reach: Any) -> Any:
        """1 where the flag's condition holds; `turned` conditions come with `reach`."""
        yes = reach.turned(self.field.q(["1"], self.context))
        return Case(When(yes, then=Value(1)), default=Value(0), output_field=BigIntegerField())

    def key(self, stored: Any) -> Key:
        """Yes or no."""
        return bool(stored)

    def node(self, key: Key) -> Node | None:
        """The flag, or its opposite."""
        return Leaf(self.field.name, "=", ("1" if key else "0",))

    def words(self, keys: Iterable[Key]) -> dict[Key, str]:
        """Yes and no."""
        return {key: _("yes") if key else _("no") for key in keys}

    def place(self, key: Key) -> Any:
        """Yes first."""
        return not key


class ByStretch(Axis):
    """Days by the stretch they lie in."""

    @property
    def label(self) -> str:
        """Customer since, by month."""
        return _("%(field)s, %(stretch)s") % {"field": self.field.label, "stretch": stretches()[self.by]}

    def stored(self, reach: Any) -> Any:
        """The day itself."""
        return F(reach(self.field.path))

    def value(self, reach: Any) -> Any:
        """The first day of the stretch."""
        return Stretch(self.stored(reach), self.by, moments=isinstance(self.field, Moments))

    def key(self, stored: Any) -> Key:
        """A date, whichever database answered."""
        return date.fromisoformat(stored) if isinstance(stored, str) else stored

    def node(self, key: Key) -> Node | None:
        """From the first day of the stretch to its last."""
        if key is None:
            return super().node(key)
        return Leaf(self.field.name, "=", (f"{key}..{last_day(key, self.by)}",))

    def words(self, keys: Iterable[Key]) -> dict[Key, str]:
        """2026-11, 2026 Q4, the week from a day."""
        return {key: self.nothing if key is None else stretch_words(key, self.by) for key in keys}

    def place(self, key: Key) -> Any:
        """In the order of time."""
        return (key is None, key or date.min)


def held(field: OfField, column: str) -> Subquery:
    """The one value of an own field, looked up from the record."""
    own = Cast(OuterRef("pk"), CharField()) if field.on.numeric else OuterRef("pk")
    found = FieldValue.objects.filter(field=field.field.pk, object_id=own, place=0)
    return Subquery(found.values(column)[:1])


class ByOwnChoice(ByChoice):
    """One of the bank's own fields that holds one choice or person."""

    def value(self, reach: Any) -> Any:
        """Looked up by the record's key."""
        return held(self.field, "text")  # type: ignore[arg-type]

    @cached_property
    def column(self) -> Any:
        """A person's number is no foreign key here, but is told by name all the same."""
        kind = self.field.field.type  # type: ignore[attr-defined]
        return Person if kind == FieldDefinition.Type.PERSON else None


class ByOwnStretch(ByStretch):
    """One of the bank's own days."""

    def stored(self, reach: Any) -> Any:
        """Looked up by the record's key."""
        return held(self.field, "day")  # type: ignore[arg-type]


class ByOption(Axis):
    """The options of a choice that says itself which records fit; a record may fit several."""

    spread = True

    @cached_property
    def options(self) -> dict[str, str]:
        """The choice's own words. Raises ReportRefused when there are too many."""
        found = {str(code): str(label) for code, label in self.field.offered(self.context)}  # type: ignore[attr-defined]
        if len(found) > MOST_OPTIONS:
            said = _("%(field)s has %(count)s values; a report groups by at most %(most)s of such a field.")
            raise ReportRefused(said % {"field": self.field.label, "count": len(found), "most": MOST_OPTIONS}, "rows")
        if not found:
            raise ReportRefused(_("%(field)s has no values yet to group by.") % {"field": self.field.label}, "rows")
        return found

    def conditions(self) -> Iterator[tuple[Key, Q]]:
        """Every option with what finds its records, and the records without any."""
        rest: Q | None = Q()
        for code in self.options:
            try:
                found = self.field.q([code], self.context)
            except NotUnderstood:
                continue
            # An option that every record fits leaves none without any; an empty condition has no opposite.
            rest = rest & ~found if found and rest is not None else None
            yield code, found
        if rest is not None:
            yield None, rest

    def node(self, key: Key) -> Node | None:
        """The option; without any is none of them."""
        if key is None:
            return Not(Leaf(self.field.name, "in", tuple(self.options)))
        return super().node(key)

    def words(self, keys: Iterable[Key]) -> dict[Key, str]:
        """The choice's words."""
        return {key: self.nothing if key is None else self.options.get(str(key), str(key)) for key in keys}

    @property
    def nothing(self) -> str:
        """What records without any option are called."""
        return _("none of these")

    def place(self, key: Key) -> Any:
        """The order of the options."""
        known = list(self.options)
        return known.index(key) if key in known else len(known)


def kind_of_axis(field: Filter) -> type[Axis] | None:
    """How a field groups; None when it does not (texts, ranges)."""
    own = isinstance(field, OfField)
    if isinstance(field, Period):
        return (ByOwnStretch if own else ByStretch) if field.path else None
    if isinstance(field, Flag):
        return None if own else ByFlag
    if not isinstance(field, Choice):
        return None
    if isinstance(field, OfField):
        return ByOption if field.field.type == FieldDefinition.Type.MULTI else ByOwnChoice
    if isinstance(field, InUnit):
        return ByUnit
    return ByChoice if type(field).q is Choice.q and field.path else ByOption


def axes_of(spec: ListSpec, context: Context) -> list[Axis]:
    """Everything this person may group a list by; days once for every stretch."""
    found = []
    for field in conditions.fields(spec, context.user):
        made = kind_of_axis(field)
        if made is None:
            continue
        bys = STRETCHES if issubclass(made, ByStretch) else ("",)
        found += [made(spec, field, by, context) for by in bys]
    return found


def axis_of(spec: ListSpec, choice: AxisChoice, context: Context, place: str = "rows") -> Axis:
    """The grouping that a definition names. Raises ReportRefused."""
    field = next((one for one in conditions.fields(spec, context.user) if choice.field in (one.name, one.also)), None)
    made = kind_of_axis(field) if field else None
    if field is None or made is None:
        raise ReportRefused(
            _("%(list)s cannot be grouped by %(field)s.") % {"list": spec.label, "field": choice.field}, place
        )
    by = (choice.by or "month") if issubclass(made, ByStretch) else ""
    return made(spec, field, by, context)


def column_of(model: Any, path: str) -> Any:
    """The column at the end of a path, or None where the path leaves the tables."""
    found = None
    for part in path.split("__"):
        if part == "common":
            continue
        try:
            found = model._meta.get_field(part)  # noqa: SLF001  Django's own name
        except FieldDoesNotExist:
            return None
        model = found.related_model or model
    return found


def named(column: Any, keys: list[Any]) -> dict[str, str] | None:
    """Names of people and units by key, in one query; None for a column that holds neither."""
    model = column if column is Person else getattr(column, "related_model", None)
    if model is Person:
        return names({str(key) for key in keys})
    return dict(Unit.objects.filter(pk__in=keys).values_list("pk", "name")) if model is Unit else None


def stretches() -> dict[str, str]:
    """How days are grouped, in words."""
    return {
        "day": _("by day"), "week": _("by week"), "month": _("by month"), "quarter": _("by quarter"),
        "year": _("by year"),
    }  # fmt: skip


def stretch_words(first: date, by: str) -> str:
    """2026-11-23, week from 2026-11-23, 2026-11, 2026 Q4, 2026."""
    if by == "quarter":
        return f"{first.year} Q{(first.month + 2) // 3}"
    if by == "week":
        return _("week from %(day)s") % {"day": first.isoformat()}
    return first.isoformat()[: {"month": 7, "year": 4}.get(by, 10)]
