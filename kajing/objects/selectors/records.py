"""Records of objects: those a person sees, by the one scope; all other reads refine `records`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Exists, F, OuterRef, Q, Window
from django.db.models.functions import RowNumber
from django.http import Http404
from django.urls import reverse

from kajing.customers.selectors import unit_of
from kajing.objects.models import ObjectDefinition, ObjectRecord
from kajing.objects.selectors.definitions import definition, known, may
from kajing.org.models import Unit
from kajing.org.scoping import current_scope, scope_filter
from kajing.ui.registry import Hit


def records(user: Any, code: str, *, removed: bool = False) -> Any:
    """Every record of an object that this person may see; removed ones too when asked for."""
    about = definition(user, code)
    if about is None:
        return ObjectRecord.objects.none()
    rows = ObjectRecord.objects.filter(object=about) if removed else ObjectRecord.objects.of(about)
    return rows.filter(_seen(user, about))


def _seen(user: Any, about: ObjectDefinition) -> Q:
    """The scope as a condition: of the customer, or of unit and owner; one's own records of a place always."""
    scope = current_scope(user)
    if about.of_customers:
        return Q(pk__in=[]) if scope.sees_nothing else scope_filter(ObjectRecord.Scope, scope)
    placed = Q(pk__in=[]) if scope.sees_nothing else scope_filter(ObjectRecord.Place, scope)
    return placed | Q(owner=user.person_no) if placed else placed  # an empty Q means everything, and would vanish


def record_of(user: Any, code: str, pk: int, *, removed: bool = False) -> ObjectRecord:
    """One record with what its page shows. Raises Http404: not mine and not there look the same."""
    rows = records(user, code, removed=removed).select_related("object", "customer", "unit", "owner")
    found: ObjectRecord | None = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def customer_of(pk: str) -> str:
    """The customer of a record, for the audit trail; empty when it belongs to a place."""
    found = ObjectRecord.objects.filter(pk=pk).values_list("customer_id", flat=True).first()
    return str(found) if found else ""


def place_of(pk: str) -> Unit | None:
    """The unit a record belongs to: its customer's, or its own."""
    found = ObjectRecord.objects.filter(pk=pk).values_list("customer_id", "unit_id").first()
    if found is None:
        return None
    return unit_of(str(found[0])) if found[0] else Unit.objects.filter(pk=found[1]).first()


def code_of(pk: str) -> str:
    """The code of the object whose record this is; empty when there is none."""
    return ObjectRecord.objects.filter(pk=pk).values_list("object__code", flat=True).first() or ""


def in_use(about: ObjectDefinition) -> int:
    """How many records an object has, removed ones included."""
    return ObjectRecord.objects.filter(object=about).count()


@dataclass(frozen=True)
class OfCustomer:
    """One object on a customer's page: its newest records, and how many there are."""

    about: ObjectDefinition
    rows: list[ObjectRecord]
    more: bool
    creates: bool


def of_customer(user: Any, customer_id: str, most: int = 5) -> list[OfCustomer]:
    """The objects of customers that the person meets, each with this customer's newest records."""
    objects = [about for about in known(user).values() if about.of_customers]
    newest = Window(RowNumber(), partition_by=F("object"), order_by=[F("created_at").desc(), F("pk").desc()])
    rows = ObjectRecord.objects.filter(_any_of(user, objects), customer=customer_id, removed_at=None)
    by_object: dict[Any, list[ObjectRecord]] = {about.pk: [] for about in objects}
    for row in rows.annotate(place=newest).filter(place__lte=most + 1).order_by("object", "place"):
        by_object[row.object_id].append(row)
    return [
        OfCustomer(about, of[:most], len(of) > most, may(user, about.code, "creates"))
        for about in objects
        for of in (by_object[about.pk],)
    ]


def having(about: ObjectDefinition) -> Any:
    """A condition on customers: those with a record of an object."""
    return Exists(ObjectRecord.objects.of(about).filter(customer=OuterRef("pk")))


def search_hits(user: Any, text: str, limit: int) -> Sequence[Hit]:
    """Records whose number begins so or whose title holds the text, as far as the person sees them."""
    return list(_hits(user, text.strip(), limit)) if len(text.strip()) > 1 else []


def _hits(user: Any, text: str, limit: int) -> Iterable[Hit]:
    objects = {about.pk: about for about in known(user).values()}
    found = ObjectRecord.objects.filter(_any_of(user, objects.values()), removed_at=None)
    for one in found.filter(Q(number__istartswith=text) | Q(title__icontains=text)).order_by("-pk")[:limit]:
        about = objects[one.object_id]
        yield Hit(
            title=one.title, url=reverse("objects:record", args=[about.code, one.pk]), icon=about.icon,
            note=f"{about.name} {one.number}",
        )  # fmt: skip


def _any_of(user: Any, objects: Iterable[ObjectDefinition]) -> Q:
    """Records of several objects that this person sees, in one condition."""
    return reduce(or_, (Q(object=about.pk) & _seen(user, about) for about in objects), Q(pk__in=[]))
