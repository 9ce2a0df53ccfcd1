"""Acts on one record: create, change, remove, bring back. Own fields are written by `records`, with the same gates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from kajing.audit.services import record
from kajing.customers.selectors import customers
from kajing.lib.errors import DomainError, NotAllowed
from kajing.lib.masks import scrub_card_numbers
from kajing.lib.periods import SHANGHAI
from kajing.objects.choices import ASSIGN
from kajing.objects.models import ObjectDefinition, ObjectRecord
from kajing.objects.pattern import number
from kajing.objects.selectors import may, records
from kajing.records.services import set_values, tag
from kajing.records.undo import surrounding

if TYPE_CHECKING:
    from kajing.org.models import Person

LONGEST_TITLE = 120


class CannotWrite(DomainError):
    """Something about the record does not fit; the sentence says what to change."""

    status = 422


class RecordChanged(DomainError):
    """Somebody changed the record since it was opened."""

    def __str__(self) -> str:
        return _("This record was changed in the meantime. Open it again and repeat your change.")


@transaction.atomic
def create_record(
    *,
    actor: Person,
    about: ObjectDefinition,
    title: str,
    at: datetime,
    customer_id: str = "",
    owner: Person | None = None,
    values: Mapping[str, Any] | None = None,
    tags: Sequence[str] = (),
    source: str = "",
) -> ObjectRecord:
    """A new record with its next number, its own fields (every required one is asked for) and tags, or nothing at all.

    It is the actor's own, unless they may give work to others. Raises NotAllowed, CannotWrite, ValuesRefused,
    MoveRefused.
    """
    if not may(actor, about.code, "creates"):
        raise NotAllowed
    made = ObjectRecord(
        object=about, title=checked_title(title), customer_id=_customer(actor, about, customer_id),
        owner=_owner(actor, owner), source=source or f"person:{actor.person_no}", created_at=at, changed_at=at,
        created_by=actor.person_no,
    )  # fmt: skip
    made.unit_id = made.owner.unit_id
    made.seq = take_numbers(about, 1)
    made.number = number(about.pattern, made.seq, at.astimezone(SHANGHAI).date())
    made.save()
    key = str(made.pk)
    set_values(actor=actor, kind=about.kind, object_id=key, values=values or {}, at=at, complete=True)
    for name in tags:
        tag(actor=actor, kind=about.kind, ids=[key], name=name, at=at)
    tell(actor, made, "objects.create", at, {"number": made.number})
    return made


def touch(*, ids: Sequence[str], at: datetime) -> None:
    """Own fields of these records were written: they are newer now. What is made in the same act stays as it is."""
    rows = ObjectRecord.objects.filter(pk__in=[int(pk) for pk in ids]).exclude(created_at=at)
    if log := surrounding():
        log.before(rows)
    rows.update(changed_at=at, version=F("version") + 1)


def take_numbers(about: ObjectDefinition, count: int) -> int:
    """The first of so many new numbers; nobody else gets them."""
    ObjectDefinition.objects.filter(pk=about.pk).update(last_seq=F("last_seq") + count)
    last = ObjectDefinition.objects.filter(pk=about.pk).values_list("last_seq", flat=True).get()
    return last - count + 1


def checked_title(title: str) -> str:
    """What the record is called. Raises CannotWrite."""
    text = scrub_card_numbers(" ".join(title.split()))
    if not 1 <= len(text) <= LONGEST_TITLE:
        raise CannotWrite(_("A title has 1 to %(most)s characters.") % {"most": LONGEST_TITLE})
    return text


def _customer(actor: Person, about: ObjectDefinition, customer_id: str) -> str | None:
    if not about.of_customers:
        if customer_id:
            raise CannotWrite(_("Records of this object belong to a person and unit, not to a customer."))
        return None
    if not customer_id:
        raise CannotWrite(_("Name the customer it belongs to."))
    if not customers(actor).filter(pk=customer_id).exists():
        raise CannotWrite(_("There is no such customer in your area."))
    return customer_id


def _owner(actor: Person, owner: Person | None) -> Person:
    if owner is None or owner.pk == actor.pk:
        return actor
    if not actor.has_perm(ASSIGN):
        raise NotAllowed
    return owner


@transaction.atomic
def change_record(
    *,
    actor: Person,
    row: ObjectRecord,
    version: int | None,
    at: datetime,
    title: str | None = None,
    owner: Person | None = None,
    values: Mapping[str, Any] | None = None,
    reason: str = "",
) -> ObjectRecord:
    """Change title, owner and own fields; what is None stays. `version` None overwrites whatever there is.

    Raises NotAllowed, CannotWrite, RecordChanged, ValuesRefused.
    """
    about = row.object
    check_edit(actor, row)
    found = ObjectRecord.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if version is not None and found.version != version:
        raise RecordChanged
    told: dict[str, Any] = {}
    if title is not None and checked_title(title) != found.title:
        found.title, told["title"] = checked_title(title), "***"
    if owner is not None and owner.person_no != found.owner_id:
        told |= give_to(actor, found, owner)
    if told:
        found.version, found.changed_at = found.version + 1, at
        found.save()
        tell(actor, found, "objects.change", at, told, reason)
    set_values(actor=actor, kind=about.kind, object_id=str(row.pk), values=values or {}, at=at, reason=reason)
    found.refresh_from_db()
    return found


def give_to(actor: Person, row: ObjectRecord, owner: Person) -> dict[str, Any]:
    """Another owner; a record of a place goes to the owner's unit. Not saved. Raises NotAllowed."""
    if not actor.has_perm(ASSIGN):
        raise NotAllowed
    told = {"owner": [row.owner_id, owner.person_no]}
    row.owner, row.unit_id = owner, owner.unit_id
    return told


@transaction.atomic
def remove_record(*, actor: Person, row: ObjectRecord, at: datetime, reason: str = "") -> ObjectRecord:
    """Take a record out of every list; it can be brought back. Raises NotAllowed."""
    return _put(actor, row, at, at, "objects.remove", reason)


@transaction.atomic
def restore_record(*, actor: Person, row: ObjectRecord, at: datetime) -> ObjectRecord:
    """Bring a removed record back. Raises NotAllowed."""
    return _put(actor, row, None, at, "objects.restore", "")


def _put(
    actor: Person, row: ObjectRecord, removed_at: datetime | None, at: datetime, action: str, reason: str
) -> ObjectRecord:
    check_edit(actor, row)
    found = ObjectRecord.objects.select_for_update(of=("self",)).get(pk=row.pk)
    if (found.removed_at is None) == (removed_at is None):
        return found
    found.removed_at, found.version, found.changed_at = removed_at, found.version + 1, at
    found.save()
    tell(actor, found, action, at, {"number": found.number}, reason)
    return found


def check_edit(actor: Person, row: ObjectRecord) -> None:
    """Whether the person edits this very record. Raises NotAllowed."""
    code = row.object.code
    if not may(actor, code, "edits") or not records(actor, code, removed=True).filter(pk=row.pk).exists():
        raise NotAllowed


def tell(
    actor: Person, row: ObjectRecord, action: str, at: datetime, changes: dict[str, Any], reason: str = ""
) -> None:  # fmt: skip
    """The audit row; `object` lets a rule wait for one object's records."""
    record(
        actor=actor.person_no, action=action, object_kind=row.object.kind, object_id=str(row.pk), at=at,
        customer_id=str(row.customer_id or ""), reason=reason.strip()[:400],
        changes={"object": row.object.code, **changes},
    )  # fmt: skip
