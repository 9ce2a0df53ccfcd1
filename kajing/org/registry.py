"""What rooms above tell this room, because it may not look for itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, NamedTuple

from kajing.lib.scope import DataScope

if TYPE_CHECKING:
    from kajing.org.models import Person


class Place(NamedTuple):
    """Where a customer belongs: unit code, and the manager's person_no or None for the pool."""

    unit: str
    manager: str | None


PlaceOf = Callable[[str], Place | None]
_place_of: list[PlaceOf] = []


def register_place_of(place_of: PlaceOf) -> None:
    """`customers` says how to find the place of a customer id; None when there is no such customer."""
    _place_of[:] = [place_of]


def place_of(customer_id: str) -> Place | None:
    """Where a customer belongs now, or None."""
    return _place_of[0](customer_id) if _place_of else None


Facts = Callable[["Person", DataScope], Iterable[tuple[Any, Any]]]
_reach: list[Facts] = []


def register_reach(facts: Facts) -> None:
    """A room says in lines of (what, how much) what a person reaches of its data; numbers and rules, no data."""
    _reach.append(facts)


def reach_facts(person: Person, scope: DataScope) -> list[tuple[Any, Any]]:
    """All rooms' lines, in the order the rooms registered."""
    return [line for facts in _reach for line in facts(person, scope)]
