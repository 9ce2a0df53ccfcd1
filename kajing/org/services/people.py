"""People: hiring, moving, roles, leaving, passwords. Where somebody worked when is kept in postings."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from kajing.audit.services import record
from kajing.lib.errors import DomainError
from kajing.lib.periods import SHANGHAI
from kajing.org.models import Person, Posting, Role, Unit


class CannotStaff(DomainError):
    """The number or sign-in name is taken, or the dates or the unit do not fit."""


def initials(name: str) -> str:
    """Pinyin initials, lower case: 王强 → wq; Latin letters stay."""
    from pypinyin import Style, lazy_pinyin  # a large dictionary, wanted by imports only

    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).replace(" ", "").lower()[:40]


@transaction.atomic
def add_person(
    *,
    person_no: str,
    username: str,
    name: str,
    role: str,
    unit: Unit,
    hired_on: date,
    actor: str,
    at: datetime,
    password: str | None = None,
    email: str = "",
) -> Person:
    """Hire somebody; without a password they cannot sign in until one is set.

    Raises CannotStaff when number or sign-in name is taken or the unit is closed, Django's ValidationError when the
    password is too weak.
    """
    _must_be_new(person_no, username)
    _must_be_open(unit, hired_on)
    _must_be_role(role)
    person = Person(
        person_no=person_no, username=username, name=name, initials=initials(name), role=role, unit=unit,
        hired_on=hired_on, email=email,
    )  # fmt: skip
    if password:
        validate_password(password, person)
    person.set_password(password or None)
    person.save()
    post(person, valid_from=hired_on)
    _tell(person, "org.add_person", actor, at, {"role": role, "unit": unit.pk})
    return person


@transaction.atomic
def move_person(*, person: Person, unit: Unit, on: date, actor: str, at: datetime) -> Person:
    """Let somebody work in another unit from a day on; their customers stay theirs. Raises CannotStaff."""
    if unit.pk == person.unit_id:
        raise CannotStaff(_("%(name)s already works in %(unit)s.") % {"name": person.name, "unit": unit.name})
    _must_be_open(unit, on)
    before, person.unit = person.unit_id, unit
    person.save(update_fields=["unit"])
    post(person, valid_from=on)
    _tell(person, "org.move_person", actor, at, {"unit": [before, unit.pk], "on": on.isoformat()})
    return person


@transaction.atomic
def change_role(*, person: Person, role: str, on: date, actor: str, at: datetime) -> Person:
    """Give somebody another role from a day on; all their sessions end with it. Raises CannotStaff."""
    _must_be_role(role)
    before, person.role = person.role, role
    person.save(update_fields=["role"])
    post(person, valid_from=on)
    _tell(person, "org.change_role", actor, at, {"role": [before, role], "on": on.isoformat()})
    return person


@transaction.atomic
def leave(*, person: Person, last_day: date, actor: str, at: datetime, until: time | None = None) -> Person:
    """Note the last day of work; afterwards there is no sign-in, no scope, no token.

    On that day itself access ends at `until` (Shanghai time), or with the day.
    """
    person.left_on = last_day
    person.access_ends_at = datetime.combine(last_day, until, SHANGHAI) if until else None
    person.save(update_fields=["left_on", "access_ends_at"])
    person.postings.filter(valid_to=None).update(valid_to=last_day)
    _tell(person, "org.leave", actor, at, {"left_on": last_day.isoformat(), "until": until and f"{until:%H:%M}"})
    return person


@transaction.atomic
def return_to_work(*, person: Person, on: date, actor: str, at: datetime) -> Person:
    """Somebody who left works here again from a day on; up to the day after the last one the leaving is taken back.

    Raises CannotStaff when they have not left.
    """
    last_day = person.left_on
    if last_day is None:
        raise CannotStaff(_("%(name)s has not left.") % {"name": person.name})
    person.left_on = person.access_ends_at = None
    person.save(update_fields=["left_on", "access_ends_at"])
    if on > last_day + timedelta(days=1):
        post(person, valid_from=on)
    else:
        person.postings.filter(valid_to=last_day).update(valid_to=None)
    _tell(person, "org.return", actor, at, {"on": on.isoformat()})
    return person


@transaction.atomic
def set_password(*, person: Person, password: str, actor: str, at: datetime) -> Person:
    """Set a new password; raises Django's ValidationError when it is too weak. All sessions end."""
    validate_password(password, person)
    person.set_password(password)
    person.save(update_fields=["password"])
    _tell(person, "org.set_password", actor, at, {})
    return person


def post(person: Person, *, valid_from: date) -> None:
    """Close the running posting the day before and open one, made by hand, for the person's present unit and role."""
    running = person.postings.filter(valid_to=None, valid_from__lt=valid_from)
    running.update(valid_to=valid_from - timedelta(days=1))
    Posting.objects.update_or_create(
        person=person,
        valid_from=valid_from,
        defaults={
            "unit_id": person.unit_id,
            "role": person.role,
            "valid_to": None,
            "source": Posting.Source.HAND,
        },
    )


def _must_be_new(person_no: str, username: str) -> None:
    taken = Person.objects.filter(Q(person_no__in=(person_no, username)) | Q(username__in=(person_no, username)))
    for other in taken.order_by("pk")[:1]:
        raise CannotStaff(
            _("%(name)s already has this number or sign-in name: %(number)s, %(sign_in)s. Choose another.")
            % {"name": other.name, "number": other.person_no, "sign_in": other.username}
        )


def _must_be_role(role: str) -> None:
    if role not in Role.values:
        raise CannotStaff(
            _("There is no role %(role)s. Choose one of: %(roles)s.") % {"role": role, "roles": ", ".join(Role.values)}
        )


def _must_be_open(unit: Unit, on: date) -> None:
    if unit.valid_to is not None and unit.valid_to <= on:
        raise CannotStaff(_("%(unit)s is closed from %(day)s.") % {"unit": unit.name, "day": unit.valid_to})


def _tell(person: Person, action: str, actor: str, at: datetime, changes: dict[str, object]) -> None:
    record(actor=actor, action=action, object_kind="person", object_id=person.person_no, at=at, changes=changes)
