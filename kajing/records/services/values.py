"""Writing the bank's own fields of records: one door for pages, API, imports, rules and bulk acts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kajing.audit.services import record
from kajing.lib.errors import DomainError, NotAllowed
from kajing.org.selectors import person_named
from kajing.records.fields.show import Field, value_of
from kajing.records.fields.types import FieldRefused, People, Row, clean
from kajing.records.kinds import Kind, kind_of
from kajing.records.models import Attachment, FieldDefinition, FieldPlace, FieldValue
from kajing.records.selectors.fields import HIDDEN_VALUE, SET, fields_of, type_field, types_of, values_of
from kajing.records.signals import fields_written
from kajing.records.states import MoveRefused, check_move
from kajing.records.undo import surrounding

if TYPE_CHECKING:
    from kajing.org.models import Person

RIGHT = "records.fill_fields"
Type = FieldDefinition.Type
Raw = Mapping[str, Any]  # field name → text, number, day, list, or None to empty it
Errors = dict[str, str]  # field name → sentence


class ValuesRefused(DomainError):
    """Some values do not fit; `errors` has a sentence for each field by name. Nothing was written."""

    status = 422

    def __init__(self, errors: Errors) -> None:
        super().__init__(errors)
        self.errors = errors

    def __str__(self) -> str:
        return " ".join(f"{name}: {said}" for name, said in self.errors.items())


class ShownNot(DomainError):
    """The field holds nothing, or the person may not see it in clear."""

    status = 422

    def __str__(self) -> str:
        return str(gettext_lazy("There is nothing to show in this field."))


@dataclass
class Checked:
    """Values of one record, read and ready to write; `errors` by field name."""

    rows: dict[int, list[Row]] = field(default_factory=dict)
    errors: Errors = field(default_factory=dict)


def check_values(
    *,
    actor: Person | None,
    kind: str,
    values: Raw,
    complete: bool = False,
    people: People | None = None,
    type: str = "",  # noqa: A002
) -> Checked:
    """Read values as a write would, without writing: the dry run of an import and the check of a form.

    `complete` also asks for every required field that is not named; for files only later, since they hang on a record
    that is there. `type` is the record's type as it is; one among the values counts before it. Without an actor every
    field is open.
    """
    layout = _type_after(kind, actor, values, type)
    met = {one.definition.name: one for one in fields_of(kind, actor, layout)}
    found = Checked()
    for name, raw in values.items():
        try:
            found.rows[met[name].definition.pk if name in met else 0] = _read(met.get(name), raw, people or person_no)
        except FieldRefused as error:
            found.errors[name] = str(error)
    if complete:
        for name, one in met.items():
            asked = one.required and one.writable and one.definition.type != Type.FILE
            if asked and name not in values:
                found.errors[name] = _("This field must be filled.")
    return found


def _type_after(kind: str, actor: Person | None, values: Raw, now: str) -> str:
    """The record type that these values lead to: its layout says what may and must be filled."""
    field = type_field(kind, actor)
    if field is None or field.name not in values:
        return now
    try:
        rows = clean(field, values[field.name], people=person_no)
    except FieldRefused:  # told with the field itself
        return now
    return str(rows[0]["text"]) if rows else ""


def _read(one: Field | None, raw: Any, people: People) -> list[Row]:
    if one is None:
        raise FieldRefused(_("There is no such field."))
    if not one.writable:
        raise FieldRefused(_("Your role may not write this field."))
    rows = clean(one.definition, raw, people=people)
    if one.required and not rows:
        raise FieldRefused(_("This field must be filled."))
    return rows


def person_no(word: str) -> str | None:
    """The number of the person who was named by number or sign-in name, None when there is nobody."""
    found = person_named(word)
    return found.person_no if found else None


def set_values(
    *,
    actor: Person | None,
    kind: str,
    object_id: str,
    values: Raw,
    at: datetime,
    reason: str = "",
    complete: bool = False,
) -> list[str]:
    """Write fields of one record and tell the audit trail before and after; returns the names that changed.

    `actor` None is the system at work, such as a rule: it answers to no field's rights.
    Raises NotAllowed (no right, or a record out of reach), ValuesRefused.
    """
    errors = set_many(actor=actor, kind=kind, rows={object_id: values}, at=at, reason=reason, complete=complete)
    if object_id in errors.refused:
        raise ValuesRefused(errors.refused[object_id])
    return errors.changed.get(object_id, [])


@dataclass
class Written:
    """What a write of many records did: the fields that changed and the errors, by record."""

    changed: dict[str, list[str]] = field(default_factory=dict)
    refused: dict[str, Errors] = field(default_factory=dict)


@transaction.atomic
def set_many(
    *, actor: Person | None, kind: str, rows: Mapping[str, Raw], at: datetime, reason: str = "", complete: bool = False
) -> Written:
    """Write fields of many records (a chunk of at most some hundred), each wholly or not at all, in few queries.

    A record out of reach raises NotAllowed and nothing is written.
    """
    on = kind_of(kind)
    if on is None or (actor is not None and not _may_write(actor, on, list(rows))):
        raise NotAllowed
    people = cache(person_no)  # the same colleague stands in many rows of a file
    types = types_of(kind, actor, list(rows))
    checked = {
        pk: check_values(
            actor=actor, kind=kind, values=values, complete=complete, people=people, type=types.get(pk, "")
        )
        for pk, values in rows.items()
    }
    _check_files(kind, checked, {one.definition.pk: one for one in fields_of(kind, actor)})
    done = Written(refused={pk: one.errors for pk, one in checked.items() if one.errors})
    ready = {pk: one.rows for pk, one in checked.items() if not one.errors}
    before = values_of(kind, None, ready)
    for pk, errors in _lacking(actor, kind, before, {pk: rows[pk] for pk in ready}, types).items():
        done.refused[pk] = errors
        del ready[pk]
    met = {one.definition.pk: one for one in fields_of(kind, None)}
    changes = {pk: _changes(before.get(pk, {}), new, met) for pk, new in ready.items()}
    for pk, errors in _closed(actor, kind, before, ready, changes, met, reason, at).items():
        done.refused[pk] = errors
        del ready[pk], changes[pk]
    _write(ready, changes, {one.definition.name: one.definition.pk for one in met.values()})
    for pk, told in changes.items():
        if told:
            done.changed[pk] = list(told)
            _tell(actor, on, pk, {"fields": told}, at, reason)
    if done.changed:
        counts = {pk: len(names) for pk, names in done.changed.items()}
        by = actor.person_no if actor else "system"
        fields_written.send(sender=FieldValue, kind=kind, counts=counts, actor=by, at=at)
    return done


def _may_write(actor: Person, on: Kind, ids: list[str]) -> bool:
    return on.may_fill(actor) and not set(ids) - on.seen(actor, ids)


def _lacking(
    actor: Person | None, kind: str, before: Mapping[str, Any], given: Mapping[str, Raw], types: Mapping[str, str]
) -> dict[str, Errors]:
    """Records that become another type, without what its layout asks for."""
    found: dict[str, Errors] = {}
    for pk, values in given.items():
        to = _type_after(kind, actor, values, types.get(pk, ""))
        if to == types.get(pk, "") or not to:
            continue
        asked = [one for one in fields_of(kind, actor, to) if one.required and one.definition.type != Type.FILE]
        held = before.get(pk, {})
        missing = [one for one in asked if one.definition.name not in values and one.definition.pk not in held]
        if missing:
            found[pk] = {one.definition.name: _("This type asks for it: fill it in too.") for one in missing}
    return found


def _check_files(kind: str, checked: dict[str, Checked], met: dict[int, Field]) -> None:
    """A file field may only name a file that hangs on the same record."""
    for pk, one in checked.items():
        for field_id, rows in list(one.rows.items()):
            if rows and met[field_id].definition.type == Type.FILE:
                own = Attachment.objects.filter(kind=kind, object_id=pk, pk=int(rows[0]["text"]), removed_at=None)
                if not own.exists():
                    one.errors[met[field_id].definition.name] = _("A file of this record is expected; attach it first.")


def _closed(
    actor: Person | None,
    kind: str,
    before: Mapping[str, Any],
    ready: Mapping[str, dict[int, list[Row]]],
    changes: Mapping[str, Any],
    met: Mapping[int, Field],
    reason: str,
    at: datetime,
) -> dict[str, Errors]:
    """Records whose choice may not become another one now, as the gate of that field says."""
    choices = {pk: one.definition.name for pk, one in met.items() if one.definition.type == Type.CHOICE}
    found: dict[str, Errors] = defaultdict(dict)
    for pk, told in changes.items():
        rows = ready[pk]
        given = frozenset(met[field_id].definition.name for field_id, new in rows.items() if new)
        for field_id, name in choices.items():
            if name not in told:
                continue
            try:
                check_move(
                    kind=f"{kind}.{name}", object_id=pk, before=_code(before.get(pk, {}).get(field_id)),
                    to=str(rows[field_id][0]["text"]) if rows[field_id] else "", actor=actor, at=at, note=reason,
                    given=given,
                )  # fmt: skip
            except MoveRefused as refused:
                found[pk][name] = str(refused)
    return found


def _code(value: Any) -> str:
    return str(value.rows[0].text or "") if value and value.rows else ""


def _changes(before: dict[int, Any], new: dict[int, list[Row]], met: dict[int, Field]) -> dict[str, list[str]]:
    """Field name → [before, after] in words, of what really changes; masked texts are never told."""
    found = {}
    for field_id, rows in new.items():
        one, old = met[field_id], before.get(field_id)
        kept = [_plain(row) for row in old.rows] if old else []
        fresh = [_plain(FieldValue(field_id=field_id, **row)) for row in rows]
        if kept != fresh:
            found[one.definition.name] = [
                _words(one, old.rows if old else []),
                _words(one, [FieldValue(**row) for row in rows]),
            ]
    return found


def _plain(row: FieldValue) -> tuple[Any, ...]:
    return (row.text, row.number, row.amount, row.day, row.blind)


def _words(one: Field, rows: Sequence[FieldValue]) -> str:
    if not rows:
        return ""
    clear = Field(one.definition, FieldPlace.Access.EDIT, "", 0)
    return HIDDEN_VALUE if one.definition.type == Type.MASKED else value_of(clear, rows, {}).words


def _write(
    ready: dict[str, dict[int, list[Row]]], changes: dict[str, dict[str, list[str]]], ids: dict[str, int]
) -> None:
    by_field: dict[int, list[str]] = defaultdict(list)
    fresh = []
    for pk, told in changes.items():
        for name in told:
            by_field[ids[name]].append(pk)
            rows = ready[pk][ids[name]]
            fresh += [
                FieldValue(field_id=ids[name], object_id=pk, place=place, **row) for place, row in enumerate(rows)
            ]
    log = surrounding()
    for field_id, pks in by_field.items():
        old = FieldValue.objects.filter(field=field_id, object_id__in=pks)
        if log:
            log.before(old)
        old.delete()
    made = FieldValue.objects.bulk_create(fresh, batch_size=500)
    if log:
        log.added(made)


def _tell(actor: Person | None, on: Kind, pk: str, changes: dict[str, Any], at: datetime, reason: str) -> None:
    record(
        actor=actor.person_no if actor else "system", action=SET, object_kind=on.name, object_id=pk,
        customer_id=on.customer_of(pk), at=at, reason=reason.strip()[:400], changes=changes,
    )  # fmt: skip


@transaction.atomic
def reveal_value(*, actor: Person, kind: str, object_id: str, name: str, reason: str, at: datetime) -> str:
    """A masked value in clear, for a reason that goes into the audit trail and counts towards the day's looks.

    Raises NotAllowed, ShownNot, and what the kind's `check_reveal` raises.
    """
    on = kind_of(kind)
    if on is None or not actor.has_perm("customers.reveal") or not on.seen(actor, [object_id]):
        raise NotAllowed
    one = next((one for one in fields_of(kind, actor) if one.definition.name == name), None)
    if one is None or not one.clear or len(reason.strip()) < 2:
        raise ShownNot
    value = values_of(kind, None, [object_id]).get(object_id, {}).get(one.definition.pk)
    if value is None:
        raise ShownNot
    if on.check_reveal:
        on.check_reveal(actor, at)
    record(
        actor=actor.person_no, action="records.reveal_field", object_kind=kind, object_id=object_id, at=at,
        customer_id=on.customer_of(object_id), reason=reason.strip()[:400], changes={"field": name},
    )  # fmt: skip
    return clear_text(value)


def clear_text(value: Any) -> str:
    """The text behind a mask."""
    from django.conf import settings

    sealed = value.rows[0].sealed
    return str(settings.KAJING_KEYS.decrypt(value.field.definition.column, bytes(sealed))) if sealed else ""
