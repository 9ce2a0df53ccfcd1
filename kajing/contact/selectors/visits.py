"""The visits of a day in the order one makes them, and whom one may visit."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from django.db.models import QuerySet

from kajing.contact.choices import Channel, State
from kajing.contact.models import Interaction
from kajing.contact.selectors.contacts import ContactRow, contacts, makers_of, rows
from kajing.lib.periods import SHANGHAI

MOST_STOPS = 100
DISTRICTS = 20


def between(found: QuerySet[Interaction], first: date | None, last: date | None) -> QuerySet[Interaction]:
    """Contacts of a span of Shanghai days, both ends in it; an open end when None."""
    if first:
        found = found.filter(at__gte=_start(first))
    return found.filter(at__lt=_start(last + timedelta(days=1))) if last else found


def _start(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI)


def visits(user: Any, day: date) -> QuerySet[Interaction]:
    """Visits that this person (or who they stand in for) planned for a Shanghai day, none called off."""
    found = contacts(user).filter(channel=Channel.VISIT, person__person_no__in=makers_of(user))
    found = found.filter(planned_at__gte=_start(day), planned_at__lt=_start(day + timedelta(days=1)))
    return found.exclude(state=State.CANCELLED)


@dataclass(frozen=True, slots=True)
class Stage:
    """Visits of one district in the order of time; `district` is empty for the list by time alone."""

    district: str
    stops: list[ContactRow]


@dataclass(frozen=True, slots=True)
class Route:
    """A day on the road."""

    day: date
    stages: list[Stage]
    total: int
    done: int

    @property
    def before(self) -> date:
        """The day before."""
        return self.day - timedelta(days=1)

    @property
    def after(self) -> date:
        """The day after."""
        return self.day + timedelta(days=1)


def route(user: Any, day: date, at: datetime, *, by_district: bool = False) -> Route:
    """The visits of a day by time; or district by district, the one with the earliest visit first."""
    found = list(visits(user, day).select_related("customer", "person").order_by("planned_at", "pk")[:MOST_STOPS])
    stops = rows(user, found, at)
    if by_district:
        first: dict[str, int] = {}
        for place, stop in enumerate(stops):
            first.setdefault(stop.contact.district, place)
        stops.sort(key=lambda stop: first[stop.contact.district])
        stages = [Stage(name, list(group)) for name, group in groupby(stops, key=lambda stop: stop.contact.district)]
    else:
        stages = [Stage("", stops)] if stops else []
    return Route(day, stages, len(stops), sum(not stop.open for stop in stops))


@dataclass(frozen=True, slots=True)
class Road:
    """The visits still to make on a day: how many, and the next one's time."""

    count: int
    next_at: datetime | None


def road(user: Any, day: date) -> Road:
    """What the first page of the day says about visits."""
    waiting = visits(user, day).filter(state=State.PLANNED).order_by("planned_at")
    times = list(waiting.values_list("planned_at", flat=True))
    return Road(len(times), times[0] if times else None)


def districts(user: Any) -> Iterator[str]:
    """Districts this person has used lately, for the field's suggestions."""
    found = contacts(user).filter(person=user).exclude(district="").order_by("-at").values_list("district", flat=True)
    yield from list(dict.fromkeys(found[:200]))[:DISTRICTS]
