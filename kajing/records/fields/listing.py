"""The bank's own fields as filters, columns and orders of lists. Values are found by index, then joined by key."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from django.db.models import BigIntegerField, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from kajing.org.scoping import OWN_BOOK
from kajing.records.fields.show import Field
from kajing.records.fields.types import blind
from kajing.records.kinds import Kind, kind_of
from kajing.records.lists import Cell, Choice, Column, Context, Extra, Filter, Flag, Order, Period, Range, Text
from kajing.records.lists.filters import EMPTY, NotUnderstood
from kajing.records.models import FieldDefinition, FieldValue
from kajing.records.selectors.fields import PageValues, fields_of, people_choices

Type = FieldDefinition.Type
VALUES = "field_values"  # in a row's `extra`: a PageValues


def keyed(rows: QuerySet[Any], kind: Kind) -> QuerySet[Any]:
    """The records' keys that rows with `object_id` name, in the type of the records' own."""
    if kind.numeric:
        return rows.annotate(record_key=Cast("object_id", BigIntegerField())).order_by().values("record_key")
    return rows.order_by().values("object_id")


@dataclass(frozen=True, kw_only=True)
class OfField(Filter):
    """A filter over a column of FieldValue, turned into one over the records that have such a value."""

    field: FieldDefinition
    on: Kind

    def having(self, condition: Q) -> Q:
        """Records with a value of the field under a condition."""
        if self.on.few:
            own = Cast(OuterRef("pk"), FieldValue._meta.get_field("object_id"))  # noqa: SLF001
            return Q(Exists(FieldValue.objects.filter(condition, field=self.field.pk, object_id=own)))
        rows = FieldValue.objects.filter(condition, field=self.field.pk)
        return Q(pk__in=keyed(rows, self.on))

    def nothing(self) -> Q:
        """Records without a value."""
        return ~self.having(Q())

    def q(self, values: Sequence[str], context: Context) -> Q:
        """Records whose value fits."""
        if list(values) == [EMPTY]:
            return self.nothing()
        return self.having(super().q(values, context))  # type: ignore[safe-super]

    def compared(self, op: str, values: Sequence[str], context: Context) -> Q:
        """Records whose value compares so."""
        found = super().compared(op, values, context)
        return found if op in {"=", "in"} else self.having(found)


@dataclass(frozen=True, kw_only=True)
class OfRange(OfField, Range):
    """A number or amount."""


@dataclass(frozen=True, kw_only=True)
class OfPeriod(OfField, Period):
    """A day."""


@dataclass(frozen=True, kw_only=True)
class OfChoice(OfField, Choice):
    """One of several; with several on a record, any of them."""

    def q(self, values: Sequence[str], context: Context) -> Q:
        """Records with one of the wanted values and none of the refused ones."""
        wanted = [self._own(value, context) for value in values if not value.startswith("!")]
        refused = [self._own(value[1:], context) for value in values if value.startswith("!")]
        self._check([*wanted, *refused], context)
        found = self.having(Q(text__in=wanted)) if wanted else Q()
        return found & ~self.having(Q(text__in=refused)) if refused else found


@dataclass(frozen=True, kw_only=True)
class OfText(OfField, Text):
    """A text: the whole of it with =, a part with contains; the dialog looks for a part."""

    match: Callable[[str, Context], Q] = lambda text, context: Q(text__icontains=text)

    def compared(self, op: str, values: Sequence[str], context: Context) -> Q:
        """Records whose text is or holds this."""
        text = _single(values)
        return self.having(Q(text=text) if op == "=" else Q(text__icontains=text))


@dataclass(frozen=True, kw_only=True)
class OfMasked(OfField, Text):
    """A masked text: found by its exact value only, through the blind index."""

    ops: ClassVar[tuple[str, ...]] = ("=", "!=")
    match: Callable[[str, Context], Q] = lambda text, context: Q()

    def q(self, values: Sequence[str], context: Context) -> Q:
        """Records with exactly this value."""
        return self.having(Q(blind=blind(self.field, _single(values))))

    def compared(self, op: str, values: Sequence[str], context: Context) -> Q:
        """The same."""
        return self.q(values, context)

    def words(self, values: Sequence[str], context: Context) -> str:
        """The value is in the address; on the page it need not be read over a shoulder."""
        return "***"


def _single(values: Sequence[str]) -> str:
    if len(values) != 1:
        raise NotUnderstood(_("This filter takes one value."))
    return values[0]


@dataclass(frozen=True, kw_only=True)
class OfFile(OfField, Flag):
    """Whether there is a file."""

    def q(self, values: Sequence[str], context: Context) -> Q:
        """Records with a file, or without."""
        if _single(values) not in {"0", "1"}:
            raise NotUnderstood(_("%(filter)s takes 1 or 0.") % {"filter": self.label})
        return self.having(Q()) if values[0] == "1" else self.nothing()


def provide(kind_name: str, user: Any) -> Extra:
    """The bank's own fields in this person's lists of a kind; made once a request."""
    kind = kind_of(kind_name)
    if kind is None:
        return Extra()
    fields = fields_of(kind_name, user)
    kept = user.__dict__.setdefault("fields_in_lists", {})
    if not fields:
        return Extra()
    if kept.get(kind_name, (None, None))[0] is not fields:
        kept[kind_name] = (fields, _extra(kind, fields, user))
    found: Extra = kept[kind_name][1]
    return found


def _extra(kind: Kind, fields: list[Field], user: Any) -> Extra:
    orders = [order for one in fields if (order := _order(kind, one, user))]
    sorted_by = {order.name for order in orders}
    return Extra(
        # Who sees a value masked could guess it by filtering: they filter by it no more than they read it.
        filters=[_filter(kind, one.definition) for one in fields if one.clear],
        columns=[_column(one, sortable=one.definition.list_name in sorted_by) for one in fields],
        orders=orders,
    )


def _filter(kind: Kind, field: FieldDefinition) -> Filter:
    about: dict[str, Any] = {
        "name": field.list_name,
        "label": field.label,
        "also": field.name,
        "field": field,
        "on": kind,
    }
    match field.type:
        case Type.NUMBER:
            return OfRange(**about, path="number", whole=False)
        case Type.MONEY:
            return OfRange(**about, path="amount", scale=Decimal(100), unit=_(" yuan"))
        case Type.DAY:
            return OfPeriod(**about, path="day")
        case Type.CHOICE | Type.MULTI:
            return OfChoice(
                **about, path="text", options=lambda context: [(code, label) for code, label in field.options]
            )
        case Type.PERSON:
            return OfChoice(**about, path="text", options=lambda context: people_choices(context.user), open_ended=True)
        case Type.FILE:
            return OfFile(**about)
        case Type.MASKED:
            return OfMasked(**about, path="blind")
    return OfText(**about, path="text")


def _column(one: Field, *, sortable: bool) -> Column:
    field = one.definition

    def value(row: Any) -> Any:
        values: PageValues | None = row.extra.get(VALUES)
        found = values.of(str(row.pk), field.pk) if values else None
        if found is None:
            return None
        return found.content if field.type == Type.MONEY and one.clear else found.words

    return Column(
        name=field.list_name,
        label=field.label,
        value=value,
        cell=Cell.YUAN if field.type == Type.MONEY and one.clear else Cell.TEXT,
        order=field.list_name if sortable else "",
        default=field.in_list,
        priority=1 if field.in_list else 3,  # what the bank wants from the start does not give way to the product's
    )


_SORTS = {Type.NUMBER: "number", Type.MONEY: "amount", Type.DAY: "day"}  # no texts: a cursor holds none (R7)


def _order(kind: Kind, one: Field, user: Any) -> Order | None:
    """An order for who looks at one book: over a whole bank, looking every value up would take too long."""
    column = _SORTS.get(Type(one.definition.type))
    if column is None or not one.clear or user.role not in OWN_BOOK:
        return None
    name = one.definition.list_name
    own = Cast(OuterRef("pk"), FieldValue._meta.get_field("object_id")) if kind.numeric else OuterRef("pk")  # noqa: SLF001
    found = FieldValue.objects.filter(field=one.definition.pk, object_id=own, place=0)
    return Order(name, name, one.definition.label, annotate=Subquery(found.values(column)[:1]))
