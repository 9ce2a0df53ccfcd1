"""What belongs to the losers of a merge moves to the survivor: every foreign key there is, and registered texts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, models, transaction
from django.db.models import F
from django.forms.models import model_to_dict

from kajing.customers import extensions
from kajing.customers.combining import combined
from kajing.customers.models import (
    Assignment,
    ContactPoint,
    Customer,
    CustomerFigures,
    DuplicatePair,
    Relation,
)
from kajing.customers.selectors.merging import named_by, source_of
from kajing.lib.errors import DomainError
from kajing.lib.periods import SHANGHAI
from kajing.records.models import FieldValue
from kajing.records.undo import Journal
from kajing.records.undo.images import take_away

if TYPE_CHECKING:
    from kajing.org.models import Person


class StillNamed(DomainError):
    """Rows that could not move still name a customer that is to go."""


@dataclass
class Context:
    """One merge at work; `moved` and `dropped` count rows by table."""

    log: Journal
    survivor: Customer
    losers: list[Customer]
    actor: Person
    at: datetime
    moved: Counter[str] = field(default_factory=Counter)
    dropped: Counter[str] = field(default_factory=Counter)

    @property
    def old_ids(self) -> list[str]:
        """The numbers that go."""
        return [one.pk for one in self.losers]

    def drop(self, rows: models.QuerySet[Any]) -> None:
        """Take rows away that the survivor has no place for; undo brings them back."""
        self.log.before(rows)
        keys = [str(pk) for pk in rows.values_list("pk", flat=True)]
        self.dropped[rows.model._meta.label_lower] += len(keys)  # noqa: SLF001  the documented API
        take_away(rows.model, keys)

    def change(self, rows: models.QuerySet[Any], **values: Any) -> int:
        """Update rows in bulk, for undo too."""
        self.log.before(rows)
        return int(rows.update(**values))


def prepare(context: Context) -> None:
    """What must be settled before rows move: figures, contact points, histories, and what other rooms registered."""
    _figures(context)
    _contact_points(context)
    _assignments(context)
    _pairs(context)
    _own_fields(context)
    for step in extensions.merge_steps:
        step(context)


def _figures(context: Context) -> None:
    """One row of figures for all; the next night adds up again (`refresh_figures`)."""
    ids = [context.survivor.pk, *context.old_ids]
    rows = {row.pk: row for row in CustomerFigures.objects.filter(pk__in=ids)}
    if not set(rows) - {context.survivor.pk}:
        return
    context.log.before(CustomerFigures.objects.filter(pk__in=ids))
    found = combined([model_to_dict(rows[pk]) | {"as_of": rows[pk].as_of} for pk in ids if pk in rows])
    context.drop(CustomerFigures.objects.filter(pk__in=context.old_ids))
    kept = rows.get(context.survivor.pk) or CustomerFigures(customer=context.survivor)
    for name, value in found.items():
        if name not in {"customer", "unit", "manager", "status"}:  # whose they are is the survivor's affair
            setattr(kept, name, value)
    kept.save()


def _contact_points(context: Context) -> None:
    """Every number and address stays; those of the losers are named by where they came from and are not preferred."""
    for one in context.losers:
        points = ContactPoint.objects.filter(customer=one)
        context.change(points.filter(source="feed"), source=source_of(one.pk))
        has = set(context.survivor.contact_points.filter(is_preferred=True).values_list("kind", flat=True))
        context.change(points.filter(kind__in=has), is_preferred=False)


def _assignments(context: Context) -> None:
    """The losers' histories end today; a first day that the survivor's history has too gives way."""
    day = context.at.astimezone(SHANGHAI).date()
    of_losers = Assignment.objects.filter(customer__in=context.losers)
    context.drop(of_losers.filter(valid_to=None, valid_from__gte=day))
    context.change(of_losers.filter(valid_to=None), valid_to=day)


def _pairs(context: Context) -> None:
    """Suspicions among the merged are settled."""
    ids = [context.survivor.pk, *context.old_ids]
    context.drop(DuplicatePair.objects.filter(first__in=ids, second__in=ids))


def _own_fields(context: Context) -> None:
    """A bank's own field keeps one customer's value whole: the survivor's, else that of the first who has one."""
    values = FieldValue.objects.filter(field__kind="customer")
    filled = set(values.filter(object_id=context.survivor.pk).values_list("field", flat=True))
    for one in context.losers:
        mine = values.filter(object_id=one.pk)
        new = set(mine.values_list("field", flat=True)) - filled
        context.drop(mine.filter(field__in=filled))
        filled |= new


def move_everything(context: Context) -> None:
    """Point every row at the survivor. A row that the survivor has already gives way to it."""
    for rows, column in named_by(context.old_ids):
        model = rows.model
        keys = list(rows.values_list("pk", flat=True))
        if not keys:
            continue
        label = model._meta.label_lower  # noqa: SLF001
        context.log.before(rows)
        moved = _move(model, column, keys, context)
        context.moved[label] += moved
    _relations(context)


def _move(model: type[models.Model], column: str, keys: list[Any], context: Context) -> int:
    rows = model._base_manager.filter(pk__in=keys)  # noqa: SLF001
    try:
        with transaction.atomic():
            return int(rows.update(**{column: context.survivor.pk}))
    except IntegrityError:
        return sum(_move_one(model, column, key, context) for key in keys)


def _move_one(model: type[models.Model], column: str, key: Any, context: Context) -> int:
    row = model._base_manager.filter(pk=key)  # noqa: SLF001
    try:
        with transaction.atomic():
            return int(row.update(**{column: context.survivor.pk}))
    except IntegrityError:
        context.drop(row)
        return 0


def _relations(context: Context) -> None:
    """Nobody is related to themselves."""
    own = Relation.objects.filter(customer=F("other"), customer_id=context.survivor.pk)
    keys = [str(pk) for pk in own.values_list("pk", flat=True)]
    context.dropped["customers.relation"] += len(keys)
    take_away(Relation, keys)
    pairs = DuplicatePair.objects.filter(first=F("second"))
    take_away(DuplicatePair, [str(pk) for pk in pairs.values_list("pk", flat=True)])


def remove(context: Context) -> None:
    """Take the losers' own rows away, once nothing names them any more. Raises StillNamed."""
    for rows, _column in named_by(context.old_ids):
        if rows.exists():
            raise StillNamed(rows.model._meta.label)  # noqa: SLF001
    gone = Customer.objects.filter(pk__in=context.old_ids)
    context.log.before(gone)
    take_away(Customer, context.old_ids)
