"""Units, people and licences of a feed day, handed to the room `org`, which lies below and cannot register itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from django.conf import settings

from kajing.imports.registry import Absorbed, FeedDay, FeedTarget, Row, register
from kajing.org import services as org
from kajing.org.models import Person, Unit

# What `org` wants in clear; the feed stores it encrypted under the column's own name (platform R20).
PERSONAL = ("mobile", "email")
# What the postings of a person follow from, and what a later row may leave empty.
OBSERVED = ("person_no", "unit_code", "role", "hired_on", "left_on", "sign_in")


def register_staff() -> None:
    """Take the feeds of the org tree and of what its people are qualified for."""
    register(FeedTarget(feed="units", absorb=absorb_units, rank=0))
    register(FeedTarget(feed="people", absorb=absorb_people, prepare=observe_people, rank=0))
    register(FeedTarget(feed="licences", absorb=absorb_licences, rank=1))


def absorb_units(*, rows: Sequence[Row], day: FeedDay, prepared: Any) -> Absorbed:
    """Apply unit rows; a unit whose parent is neither in the file nor known waits."""
    ready = _placed(rows, set(Unit.objects.values_list("pk", flat=True)))
    changed = 0
    for business_date, group in groupby(sorted(ready, key=_on), key=_on):
        changed += org.absorb_units(rows=list(group), business_date=business_date, actor=day.actor, at=day.at)
    return Absorbed(changed=changed, waiting=len(rows) - len(ready))


def _placed(rows: Sequence[Row], known: set[str]) -> list[dict[str, Any]]:
    """Rows whose parent is known or placed itself."""
    left = [dict(row) for row in rows]
    placed: list[dict[str, Any]] = []
    while True:
        found = [row for row in left if not row.get("parent_code") or row["parent_code"] in known]
        if not found:
            return placed
        placed += found
        known |= {row["unit_code"] for row in found}
        left = [row for row in left if row["unit_code"] not in known]


def observe_people(*, rows: Sequence[Row], day: FeedDay) -> dict[str, list[dict[str, Any]]]:
    """For people whose postings the file may touch: what every loaded day told of them, in units that are known."""
    numbers = org.unsettled_people(rows=rows, day=day.business_date)
    seen: dict[str, list[dict[str, Any]]] = {number: [] for number in numbers}
    units = set(Unit.objects.values_list("pk", flat=True))
    for row in day.observations(numbers, OBSERVED) if numbers else ():
        if row["unit_code"] in units:
            seen[row["person_no"]].append(row)
    return seen


def absorb_people(
    *, rows: Sequence[Row], day: FeedDay, prepared: Mapping[str, list[dict[str, Any]]] | None
) -> Absorbed:
    """Apply people rows; a person whose unit is not known yet waits."""
    units = set(Unit.objects.filter(pk__in={row["unit_code"] for row in rows}).values_list("pk", flat=True))
    ready = [_clear(row) for row in rows if row["unit_code"] in units]
    changed = 0
    for business_date, group in groupby(sorted(ready, key=_on), key=_on):
        changed += org.absorb_people(
            rows=list(group), business_date=business_date, actor=day.actor, at=day.at, seen=prepared
        )
    return Absorbed(changed=changed, waiting=len(rows) - len(ready))


def absorb_licences(*, rows: Sequence[Row], day: FeedDay, prepared: Any) -> Absorbed:
    """Apply licence rows; one of a person who is not known yet waits."""
    numbers = {row["person_no"] for row in rows}
    known = set(Person.objects.filter(person_no__in=numbers).values_list("person_no", flat=True))
    ready = [row for row in rows if row["person_no"] in known]
    changed = 0
    for business_date, group in groupby(sorted(ready, key=_on), key=_on):
        changed += org.absorb_licences(rows=list(group), business_date=business_date, actor=day.actor, at=day.at)
    return Absorbed(changed=changed, waiting=len(rows) - len(ready))


def _clear(row: Row) -> dict[str, Any]:
    sealed = {name: row.get(f"{name}_enc") for name in PERSONAL}
    opened = {
        name: settings.KAJING_KEYS.decrypt(f"person.{name}", bytes(value)) if value else ""
        for name, value in sealed.items()
    }
    return {**row, **opened}


def _on(row: Row) -> Any:
    return row["business_date"]
