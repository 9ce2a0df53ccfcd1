"""Choice fields of the bank as kinds with states: any choice may follow any other, until a gate narrows it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kajing.records.kinds import kind_of as record_kind
from kajing.records.models import FieldDefinition, FieldValue
from kajing.records.selectors.fields import fields_of
from kajing.records.states import KINDS, MOST, Given, StateKind

if TYPE_CHECKING:
    from kajing.org.models import Person

EMPTY = ""


def kind_of(name: str) -> StateKind | None:
    """A kind with states by its name: a room's, or a choice field such as ``customer.stage``."""
    if name in KINDS:
        return KINDS[name]
    record, _dot, field = name.partition(".")
    found = _fields().filter(kind=record, name=field).first() if field else None
    return _kind(found) if found else None


def kinds() -> list[StateKind]:
    """Every kind with states: those of the rooms, then the bank's choice fields."""
    return [*KINDS.values(), *(kind for one in _fields() if _there(one.kind) and (kind := _kind(one)))]


def _there(name: str) -> bool:
    """Whether a kind of record still exists: an object that was switched off has no gates to write."""
    on = record_kind(name)
    return on is not None and on.there()


def _fields() -> Any:
    return FieldDefinition.objects.filter(type=FieldDefinition.Type.CHOICE, archived_at=None).order_by("kind", "id")


def _kind(field: FieldDefinition) -> StateKind | None:
    on = record_kind(field.kind)
    if on is None:
        return None

    def states() -> list[tuple[str, Any]]:
        return [(EMPTY, pgettext("state", "not set")), *[(code, label) for code, label in field.options]]

    def moves() -> list[tuple[str, str]]:
        codes = [code for code, _label in states()]
        return [(before, to) for before in codes for to in codes if before != to]

    def state_of(object_id: str) -> str:
        found = FieldValue.objects.filter(field=field, object_id=object_id).values_list("text", flat=True).first()
        return found or EMPTY

    def ids(state: str) -> Sequence[str]:
        """Records without a value are not counted: a gate concerns those that have begun their way."""
        found = FieldValue.objects.filter(field=field, text=state).order_by("object_id")
        return list(found.values_list("object_id", flat=True)[:MOST]) if state else []

    def may(user: Any, row: Any, to: str) -> bool:
        writable = {one.definition.pk for one in fields_of(field.kind, user) if one.writable}
        return on.may_fill(user) and field.pk in writable

    def apply(actor: Person, object_id: str, to: str, given: Given, note: str, at: datetime) -> object:
        from kajing.records.services.values import set_values

        return set_values(
            actor=actor, kind=field.kind, object_id=object_id, values={field.name: to or None}, at=at, reason=note
        )

    return StateKind(
        name=f"{field.kind}.{field.name}",
        label=_("%(record)s: %(field)s") % {"record": on.label, "field": field.label}, states=states, moves=moves,
        find=on.find, state_of=state_of, ids=ids, apply=apply, may=may, customer_of=on.customer_of, url=on.url,
        place=on.place, carrier=lambda object_id: (field.kind, object_id), carrier_kind=field.kind,
        final=frozenset({EMPTY}),
    )  # fmt: skip
