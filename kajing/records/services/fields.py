"""Shaping the bank's own fields: add, change, archive, and what each role may do with them."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kajing.audit.services import record
from kajing.lib.errors import DomainError, NotAllowed
from kajing.records.fields.types import FieldRefused, day_of, number_of
from kajing.records.kinds import kind_of
from kajing.records.lists.conditions.tree import KEYWORDS
from kajing.records.models import FieldDefinition, FieldPlace, FieldShape, FieldValue

if TYPE_CHECKING:
    from kajing.org.models import Person

RIGHT = "records.manage_fields"
MOST_FIELDS = 200  # of a kind, archived ones included
MOST_OPTIONS = 100
LONGEST_TEXT = 400
Type = FieldDefinition.Type
WITH_OPTIONS = frozenset({Type.CHOICE, Type.MULTI})
_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")
_OPTION = re.compile(r"[A-Za-z0-9_.-]{1,40}")
# What may be changed afterwards; kind, name and type are for good, because values stand in the type's column.
CHANGEABLE = ("label", "hint", "options", "required", "least", "most", "longest", "mask", "in_list", "is_type")


class CannotShape(DomainError):
    """The definition does not hold together; the sentence says what to change."""

    status = 422


class FieldChanged(DomainError):
    """Somebody changed the field since it was opened."""

    def __str__(self) -> str:
        return str(_("This field was changed in the meantime. Open it again and repeat your change."))


@transaction.atomic
def define_field(
    *, actor: Person, kind: str, name: str, type: str, label: str, at: datetime, section: str = "", place: int = 100,  # noqa: A002
    access: Mapping[str, str] | None = None, **about: Any,
) -> FieldDefinition:  # fmt: skip
    """Add a field to a kind of record; it is in forms, lists, conditions and the API from now on.

    `access` says by role what it may do (HIDDEN, MASK, READ, EDIT), "" for every role that is not named; `about` is any
    of CHANGEABLE. Raises NotAllowed, CannotShape.
    """
    _check_right(actor)
    on = kind_of(kind)
    if on is None or not on.there():
        raise CannotShape(_("There is no such kind of record."))
    if not _NAME.fullmatch(name) or name in KEYWORDS:
        raise CannotShape(
            _("A name has small letters, digits and _, begins with a letter and is no word of conditions.")
        )
    same = FieldDefinition.objects.filter(kind=kind)
    if same.filter(name=name).exists():
        raise CannotShape(_("There is a field of this name; an archived one can be brought back."))
    if same.count() >= MOST_FIELDS:
        raise CannotShape(_("%(most)s fields are the most for one kind of record.") % {"most": MOST_FIELDS})
    field = FieldDefinition(
        kind=kind, name=name, type=type, label=label.strip()[:60], created_by=actor.person_no, created_at=at
    )
    _take(field, about)
    field.save()
    for role, allowed in ({"": FieldPlace.Access.EDIT} | dict(access or {})).items():
        FieldPlace.objects.create(
            field=field, role=role, access=_access(allowed), section=section.strip()[:60], place=place
        )
    _tell(actor, field, "records.define_field", at, {"type": type, "label": field.label, "access": dict(access or {})})
    return field


@transaction.atomic
def change_field(*, actor: Person, field: FieldDefinition, version: int, at: datetime, **about: Any) -> FieldDefinition:
    """Change what CHANGEABLE names. A choice that records hold can be renamed, not removed.

    Raises NotAllowed, CannotShape, FieldChanged.
    """
    _check_right(actor)
    before = {name: getattr(field, name) for name in CHANGEABLE}
    _take(field, about)
    _check_options_in_use(field, before["options"])
    new = {name: getattr(field, name) for name in CHANGEABLE}
    changed = FieldDefinition.objects.filter(pk=field.pk, version=version).update(**new, version=version + 1)
    if not changed:
        raise FieldChanged
    field.version = version + 1
    changes = {name: [before[name], new[name]] for name in CHANGEABLE if before[name] != new[name]}
    _tell(actor, field, "records.change_field", at, changes)
    return field


@transaction.atomic
def reshape_field(
    *,
    actor: Person,
    field: FieldDefinition,
    version: int,
    places: Sequence[Mapping[str, Any]],
    at: datetime,
    **about: Any,
) -> FieldDefinition:
    """`change_field` and, in the same transaction, `place_field` for every role whose place differs."""
    change_field(actor=actor, field=field, version=version, at=at, **about)
    of_every_type = FieldPlace.objects.filter(field=field, type="")
    now = {place.role: (place.access, place.section, place.place) for place in of_every_type}
    for one in places:
        wanted = (one["access"], one["section"], one["place"]) if one["access"] else None
        if now.get(one["role"]) != wanted:
            place_field(actor=actor, field=field, at=at, **one)
    return field


@transaction.atomic
def archive_field(*, actor: Person, field: FieldDefinition, at: datetime) -> None:
    """Take a field out of use; its values stay. Raises NotAllowed."""
    _check_right(actor)
    FieldDefinition.objects.filter(pk=field.pk).update(archived_at=at)
    _tell(actor, field, "records.archive_field", at, {"values": FieldValue.objects.filter(field=field).count()})


@transaction.atomic
def restore_field(*, actor: Person, field: FieldDefinition, at: datetime) -> None:
    """Bring an archived field back with its values. Raises NotAllowed."""
    _check_right(actor)
    FieldDefinition.objects.filter(pk=field.pk).update(archived_at=None)
    _tell(actor, field, "records.restore_field", at, {})


@transaction.atomic
def place_field(
    *,
    actor: Person,
    field: FieldDefinition,
    role: str,
    access: str,
    section: str,
    place: int,
    at: datetime,
    type: str = "",  # noqa: A002
    required: bool | None = None,
) -> None:
    """Say where a role finds a field and what it may do; an empty access makes the role follow the others again.

    With a record type it is that type's layout, where HIDDEN means not on it; `required` None leaves what is asked as
    it was. Raises NotAllowed, CannotShape.
    """
    _check_right(actor)
    if access:
        values: dict[str, Any] = {"access": _access(access), "section": section.strip()[:60], "place": place}
        if required is not None:
            values["required"] = required
        FieldPlace.objects.update_or_create(field=field, role=role, type=type, defaults=values)
    elif role or type:
        FieldPlace.objects.filter(field=field, role=role, type=type).delete()
    told = {"role": role, "access": access, "section": section, "place": place, "type": type, "required": required}
    _tell(actor, field, "records.place_field", at, told)


@transaction.atomic
def lay_out(
    *, actor: Person, kind: str, type: str, role: str, rows: Sequence[Mapping[str, Any]], at: datetime  # noqa: A002
) -> int:  # fmt: skip
    """The layout of a kind for a record type and role, field by field; returns how many fields changed.

    A row has `name`, `access` (empty: as without the type or role), `section`, `place`, `required`. Fields that are not
    named stay as they are. Raises NotAllowed, CannotShape.
    """
    _check_right(actor)
    _check_type(kind, type)
    fields = {one.name: one for one in FieldDefinition.objects.filter(kind=kind, archived_at=None)}
    now = {
        row.field_id: (row.access, row.section, row.place, row.required)
        for row in FieldPlace.objects.filter(field__kind=kind, type=type, role=role)
    }
    count = 0
    for row in rows:
        field = fields.get(str(row["name"]))
        if field is None:
            raise CannotShape(_("There is no field %(name)s.") % {"name": row["name"]})
        if not row["access"] and not (type or role):
            raise CannotShape(_("Choose what the role may do."))
        section, place, required = str(row.get("section", "")).strip()[:60], int(row["place"]), bool(row["required"])
        wanted = (row["access"], section, place, required) if row["access"] else None
        if now.get(field.pk) != wanted:
            place_field(
                actor=actor, field=field, role=role, type=type, access=row["access"], section=section, place=place,
                required=required, at=at,
            )  # fmt: skip
            count += 1
    return count


def _check_type(kind: str, type_: str) -> None:
    found = FieldDefinition.objects.filter(kind=kind, archived_at=None, is_type=True).first() if type_ else None
    if type_ and (found is None or type_ not in dict(found.options)):
        raise CannotShape(_("There is no record type of this name: it is a choice of the kind's type field."))


def _check_right(actor: Person) -> None:
    if not actor.has_perm(RIGHT):
        raise NotAllowed


def _access(text: str) -> str:
    if text not in FieldPlace.Access.values:
        raise CannotShape(_("Choose what the role may do."))
    return text


def _take(field: FieldDefinition, about: Mapping[str, Any]) -> None:
    for name, value in about.items():
        if name not in CHANGEABLE:
            raise CannotShape(_("%(name)s cannot be set.") % {"name": name})
        setattr(field, name, value.strip() if isinstance(value, str) else value)
    if field.type not in Type.values:
        raise CannotShape(_("Choose a type."))
    if not field.label:
        raise CannotShape(_("Give the field a label."))
    if field.mask not in FieldDefinition.Mask.values:
        raise CannotShape(_("Choose what the mask leaves."))
    if not 1 <= field.longest <= LONGEST_TEXT:
        raise CannotShape(_("A text has 1 to %(most)s characters.") % {"most": LONGEST_TEXT})
    field.options = _options(field.options) if field.type in WITH_OPTIONS else []
    _check_bounds(field)
    _check_is_type(field)


def _check_is_type(field: FieldDefinition) -> None:
    if not field.is_type:
        return
    if field.type != Type.CHOICE:
        raise CannotShape(_("Only a choice can decide the layout."))
    others = FieldDefinition.objects.filter(kind=field.kind, is_type=True).exclude(pk=field.pk)
    if (other := others.first()) is not None:
        raise CannotShape(
            _("The layout is decided by %(field)s already; a kind has one such field.") % {"field": other.label}
        )


def _options(rows: Sequence[Sequence[str]]) -> list[list[str]]:
    found = [[str(code).strip(), str(label).strip()[:60]] for code, label in rows]
    codes = [code for code, _label in found]
    if not found:
        raise CannotShape(_("Give at least one choice."))
    if len(found) > MOST_OPTIONS:
        raise CannotShape(_("%(most)s choices are the most.") % {"most": MOST_OPTIONS})
    if any(not _OPTION.fullmatch(code) or not label for code, label in found):
        raise CannotShape(_("Every choice has a code of letters, digits, _ . - and a word: vip = VIP customer."))
    if len(set(codes)) < len(codes) or len({label for _code, label in found}) < len(found):
        raise CannotShape(_("Two choices are the same."))
    return found


def _check_bounds(field: FieldDefinition) -> None:
    reader: Any = {Type.NUMBER: number_of, Type.MONEY: number_of, Type.DAY: day_of}.get(Type(field.type))
    if reader is None:
        field.least = field.most = ""
        return
    try:
        ends = [reader(bound) for bound in (field.least, field.most) if bound]
    except FieldRefused as error:
        raise CannotShape(str(error)) from None
    if len(ends) == 2 and ends[0] > ends[1]:
        raise CannotShape(_("The least is more than the most."))


def _check_options_in_use(field: FieldDefinition, before: list[list[str]]) -> None:
    gone = {code for code, _label in before} - {code for code, _label in field.options}
    used = FieldValue.objects.filter(field=field, text__in=gone).values_list("text", flat=True).distinct()[:5]
    if gone and (kept := list(used)):
        raise CannotShape(
            _("Records hold these choices, so they stay: %(codes)s.") % {"codes": ", ".join(map(str, kept))}
        )


def renew_token(kind: str) -> None:
    """Whatever lists of a kind are read by has changed: processes forget what they remember of it."""
    FieldShape.objects.update_or_create(kind=kind, defaults={"token": secrets.token_hex(16)})


def _tell(actor: Person, field: FieldDefinition, action: str, at: datetime, changes: dict[str, Any]) -> None:
    renew_token(field.kind)
    record(
        actor=actor.person_no, action=action, object_kind="field", object_id=str(field.pk), at=at,
        changes={"field": str(field), **changes},
    )  # fmt: skip
