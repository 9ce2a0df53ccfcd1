"""What filters and dialogs offer to choose from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from kajing.customers.models import CustomerFigures
from kajing.customers.words import class_words
from kajing.lib.scope import ALL
from kajing.org.models import Person, Role, Unit
from kajing.org.scoping import current_scope

MOST = 200  # a select longer than this is no help; the search field finds the rest


@dataclass(frozen=True)
class Assignable:
    """Units and managers in a person's reach, as (code, words)."""

    units: list[tuple[str, str]]
    managers: list[tuple[str, str]]


def assignable(user: Any) -> Assignable:
    """Units and customer-holding people in this person's reach."""
    scope = current_scope(user)
    units, people = Unit.objects.filter(valid_to=None), holders()
    if scope.units is not ALL:
        units, people = units.filter(pk__in=scope.units), people.filter(unit_id__in=scope.units)
    if scope.managers is not ALL:
        people = people.filter(person_no__in=scope.managers)
    return Assignable(
        units=[(unit.pk, unit.name) for unit in units[:MOST]],
        managers=[(person.person_no, person.name) for person in people[:MOST]],
    )


def holders() -> Any:
    """People who may hold customers."""
    return Person.objects.filter(is_active=True, left_on=None, role__in=[Role.MANAGER, Role.LEADER]).order_by("name")


def segments(user: Any) -> list[tuple[str, str]]:
    """The segments that the last night gave to customers."""
    found = CustomerFigures.objects.exclude(segment="").order_by("segment").values_list("segment", flat=True).distinct()
    return [(code, class_words(code)) for code in found[:MOST]]
