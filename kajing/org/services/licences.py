"""Licences of a feed day: the newest business date wins, a late file never overwrites."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from kajing.audit.services import record
from kajing.org.models import Licence, Person

Row = Mapping[str, Any]
CODE_LENGTH = 10


@transaction.atomic
def absorb_licences(*, rows: Sequence[Row], business_date: date, actor: str, at: datetime) -> int:
    """Bring licences up to a feed; returns how many were added or changed. People must be known.

    One licence is a person, a code and the day it was granted; a row with another last day corrects it.
    """
    people = {one.person_no: one for one in Person.objects.filter(person_no__in={row["person_no"] for row in rows})}
    held = {
        (one.person.person_no, one.code, one.granted_on): one
        for one in Licence.objects.filter(person__in=people.values()).select_related("person")
    }
    changed = [made for row in rows if (made := _applied(row, people[row["person_no"]], held, business_date))]
    if changed:
        record(
            actor=actor, action="org.absorb_licences", object_kind="licence", object_id=business_date.isoformat(),
            at=at, changes={"count": len(changed)},
        )  # fmt: skip
    return len(changed)


def _applied(
    row: Row, person: Person, held: dict[tuple[str, str, date], Licence], business_date: date
) -> Licence | None:
    code = row["code"][:CODE_LENGTH]
    key = (person.person_no, code, row["granted_on"])
    one = held.get(key) or Licence(person=person, code=code, granted_on=row["granted_on"])
    if one.feed_date and one.feed_date > business_date:
        return None
    before = (one.pk, one.last_day, one.source)
    one.last_day, one.source = row.get("last_day"), row.get("source") or one.source
    one.feed_date = business_date
    one.save()
    held[key] = one
    return one if before != (one.pk, one.last_day, one.source) else None
