"""Units and people of a feed day (feed contract): the newest business date wins, a late file never overwrites.

A person's postings are a history by date, so a late people file finds its own place in it (`postings.py`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from kajing.audit.services import record
from kajing.lib.errors import DomainError
from kajing.org.models import Person, Role, Unit
from kajing.org.services.people import initials
from kajing.org.services.postings import Seen, as_seen, retell
from kajing.org.services.units import rebuild_paths

Row = Mapping[str, Any]


class UnknownUnit(DomainError):
    """A person's unit has not come with the units feed."""


@transaction.atomic
def absorb_units(*, rows: list[dict[str, Any]], business_date: date, actor: str, at: datetime) -> int:
    """Bring the unit tree up to a feed; returns how many units were added or changed.

    Raises BrokenTree when the parents form a circle and UnknownUnit when a parent is nowhere.
    """
    units = Unit.objects.in_bulk([row["unit_code"] for row in rows])
    applied = [row for row in rows if row["unit_code"] not in units or _newer(units[row["unit_code"]], business_date)]
    # Parents may stand below their children in the file, so new units come first without a parent, then with it.
    fresh = [_unit(row) for row in applied if row["unit_code"] not in units]
    Unit.objects.bulk_create(fresh, batch_size=500)
    units |= {unit.pk: unit for unit in fresh}
    _require({row["parent_code"] for row in applied if row.get("parent_code")})
    count = len({unit.pk for unit in fresh} | {row["unit_code"] for row in applied if _changed(units, row)})
    for row in applied:
        units[row["unit_code"]].feed_date = business_date
    touched = [units[row["unit_code"]] for row in applied]
    Unit.objects.bulk_update(touched, ["parent", "name", "kind", "valid_from", "valid_to", "feed_date"], batch_size=500)
    rebuild_paths()
    _tell("org.absorb_units", business_date, actor, at, count)
    return count


def _unit(row: Row) -> Unit:
    code = row["unit_code"]
    return Unit(unit_code=code, name=code, kind=row.get("kind") or Unit.Kind.TEAM, path=f"/{code}/")


def _changed(units: dict[str, Unit], row: Row) -> bool:
    """Write the row into the held unit; whether anything was different."""
    unit = units[row["unit_code"]]
    told = {
        "parent_id": row.get("parent_code") or None,
        "name": row.get("name") or unit.pk,
        "kind": row.get("kind") or unit.kind,
        "valid_from": row.get("valid_from"),
        "valid_to": row.get("valid_to"),
    }
    different = any(getattr(unit, name) != value for name, value in told.items())
    for name, value in told.items():
        setattr(unit, name, value)
    return different


def _require(codes: set[str]) -> None:
    missing = codes - set(Unit.objects.filter(pk__in=codes).values_list("pk", flat=True))
    if missing:
        raise UnknownUnit(_("These units have not come yet: %(units)s.") % {"units": ", ".join(sorted(missing)[:10])})


def _tell(action: str, business_date: date, actor: str, at: datetime, count: int) -> None:
    if count:
        day = business_date.isoformat()
        record(actor=actor, action=action, object_kind="feed", object_id=day, at=at, changes={"rows": count})


def _newer(held: Unit | Person, business_date: date) -> bool:
    return held.feed_date is None or business_date >= held.feed_date


def unsettled_people(*, rows: Sequence[Row], day: date) -> list[str]:
    """Whose postings a people file of `day` may touch: new people, changed ones, rows that are no longer the newest."""
    known = _people(rows)
    return [row["person_no"] for row in rows if _touches(known.get(row["person_no"]), row, day)]


def _touches(held: Person | None, row: Row, day: date) -> bool:
    if held is None or held.feed_date is None or held.feed_date >= row["business_date"] or row["business_date"] > day:
        return True
    told = (row.get("unit_code"), row.get("role") or held.role, row.get("hired_on"), row.get("left_on"))
    return told != (held.unit_id, held.role, held.hired_on, held.left_on)


@transaction.atomic
def absorb_people(
    *,
    rows: list[dict[str, Any]],
    business_date: date,
    actor: str,
    at: datetime,
    seen: Mapping[str, Sequence[Seen]] | None = None,
) -> int:
    """Bring the staff up to a feed; returns how many people were added or changed. Raises UnknownUnit.

    The sign-in name is the column `sign_in` or else the person number. A new role or unit opens a posting from the
    business date on; a role change ends the person's sessions by itself. `seen` holds, for those `unsettled_people`
    names, every row that was loaded of any day: their postings follow from all of them. Without it this file is all
    there is beside the postings held.
    """
    _require({row["unit_code"] for row in rows if row.get("unit_code")})
    known = _people(rows)
    count = 0
    for row in rows:
        days = (seen or {}).get(row["person_no"], ())
        held = known.get(row["person_no"])
        changed = False
        if held is None or _newer(held, business_date):
            held, changed = _apply(held, _filled(row, days), actor, at)
            known[row["person_no"]] = held
            days = days or (
                [*as_seen(list(held.postings.all())), {**row, "business_date": business_date}] if changed else ()
            )
        count += (bool(days) and retell(held, days)) or changed
    newest = [one.pk for one in known.values() if one.feed_date != business_date and _newer(one, business_date)]
    for start in range(0, len(newest), 500):
        Person.objects.filter(pk__in=newest[start : start + 500]).update(feed_date=business_date)
    _tell("org.absorb_people", business_date, actor, at, count)
    return count


def _people(rows: Sequence[Row]) -> dict[str, Person]:
    return {one.person_no: one for one in Person.objects.filter(person_no__in=[row["person_no"] for row in rows])}


def _filled(row: Row, seen: Sequence[Seen]) -> Row:
    """A row that leaves role or sign-in name empty keeps what the newest row before it told."""
    told = {name: one[name] for one in seen for name in ("role", "sign_in") if one.get(name)}
    return {**row, **{name: value for name, value in told.items() if not row.get(name)}}


def _apply(held: Person | None, row: Row, actor: str, at: datetime) -> tuple[Person, bool]:
    return (_hire(row), True) if held is None else (held, _update(held, row, actor, at))


def _hire(row: Row) -> Person:
    person = Person(person_no=row["person_no"], **_facts(row))
    person.set_unusable_password()
    person.save()
    return person


def _update(held: Person, row: Row, actor: str, at: datetime) -> bool:
    facts = _facts(row, held)
    before = {name: getattr(held, name) for name in facts}
    if before == facts:
        return False
    for name, value in facts.items():
        setattr(held, name, value)
    held.save(update_fields=[*facts])
    if (before["role"], before["unit_id"]) != (held.role, held.unit_id):
        changes = {"role": [before["role"], held.role], "unit": [before["unit_id"], held.unit_id]}
        record(
            actor=actor, action="org.move_person", object_kind="person", object_id=held.person_no, at=at,
            changes=changes,
        )  # fmt: skip
    return True


def _facts(row: Row, held: Person | None = None) -> dict[str, Any]:
    name = row.get("name") or row["person_no"]
    role = row.get("role") or (held.role if held else Role.MANAGER)
    return {
        "username": row.get("sign_in") or (held.username if held else row["person_no"]),
        "name": name,
        "initials": initials(name),
        "role": role,
        "unit_id": row.get("unit_code") or (held.unit_id if held else None),
        "hired_on": row.get("hired_on"),
        "left_on": row.get("left_on"),
        "mobile_enc": _mobile(row.get("mobile") or "", held),
        "email": row.get("email") or "",
    }


def _mobile(number: str, held: Person | None) -> bytes | None:
    """The number encrypted; the same number keeps its value, so that an unchanged row stays unchanged."""
    keys = settings.KAJING_KEYS
    if held is not None and held.mobile_enc and keys.decrypt("person.mobile", bytes(held.mobile_enc)) == number:
        return bytes(held.mobile_enc)
    return keys.encrypt("person.mobile", number) if number else None
