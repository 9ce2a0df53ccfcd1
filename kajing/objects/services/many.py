"""Acts on many records of an object: a field, an owner, tags, removal. Tried row by row, undone as one.

The acts are the same for every object; which one it is stands in their params, as the kind of record (`list`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.lib.masks import scrub_card_numbers
from kajing.objects.choices import ASSIGN, WORK
from kajing.objects.models import PREFIX, ObjectRecord
from kajing.objects.selectors import records
from kajing.objects.services.records import change_record, remove_record
from kajing.org.models import Person
from kajing.records import services as kit
from kajing.records.models import FieldDefinition
from kajing.records.selectors import fields_of
from kajing.records.services.bulk import BulkKind, each, register
from kajing.reference.selectors import undo_until

if TYPE_CHECKING:
    from kajing.records.models import BulkAct

Params = Mapping[str, Any]
FIELD, REASSIGN, REMOVE = "objects.field_many", "objects.assign_many", "objects.remove_many"
TAG, UNTAG = "objects.tag_many", "objects.untag_many"


def _each(
    actor: Person, ids: Sequence[int], params: Params, act: Callable[[ObjectRecord], object]
) -> dict[Any, str]:  # fmt: skip
    """The act on every record the person sees; one out of reach by now is told like every other refusal."""
    code = str(params["list"]).removeprefix(PREFIX)
    found = {one.pk: one for one in records(actor, code).filter(pk__in=list(ids)).select_related("object")}
    missing = {pk: _("This record is no longer in your area.") for pk in ids if pk not in found}
    return missing | each([pk for pk in ids if pk in found], lambda pk: act(found[pk]))


def _field(actor: Person, ids: Sequence[int], params: Params, at: datetime) -> dict[Any, str]:
    values = {str(params["field"]): params.get("value") or None}

    def act(row: ObjectRecord) -> object:
        return change_record(actor=actor, row=row, version=None, values=values, at=at, reason=params.get("reason", ""))

    return _each(actor, ids, params, act)


def _assign(actor: Person, ids: Sequence[int], params: Params, at: datetime) -> dict[Any, str]:
    owner = Person.objects.select_related("unit").get(person_no=params["owner"])

    def act(row: ObjectRecord) -> object:
        return change_record(actor=actor, row=row, version=None, owner=owner, at=at, reason=params.get("reason", ""))

    return _each(actor, ids, params, act)


def _remove(actor: Person, ids: Sequence[int], params: Params, at: datetime) -> dict[Any, str]:
    reason = str(params.get("reason", ""))
    return _each(actor, ids, params, lambda row: remove_record(actor=actor, row=row, at=at, reason=reason))


def _tag(actor: Person, ids: Sequence[int], params: Params, at: datetime) -> dict[Any, str]:
    return kit.tag_many(str(params["list"]))(actor, ids, params, at)


KINDS = (
    BulkKind(name=FIELD, title=gettext_noop("A field of records set: %(count)s"), list="", right=WORK, do=_field),
    BulkKind(name=REASSIGN, title=gettext_noop("Records handed on: %(count)s"), list="", right=ASSIGN, do=_assign),
    BulkKind(name=REMOVE, title=gettext_noop("Records removed: %(count)s"), list="", right=WORK, do=_remove),
    BulkKind(
        name=TAG, title=gettext_noop("Records tagged “%(tag)s”: %(count)s"), list="", right="records.tag", do=_tag
    ),
    BulkKind(
        name=UNTAG, title=gettext_noop("Tag “%(tag)s” taken off records: %(count)s"), list="", right="records.tag",
        do=_tag,
    ),
)  # fmt: skip
BY_NAME = {kind.name: kind for kind in KINDS}


def register_many() -> None:
    """Make the acts known to the worker and to the pages of acts on many."""
    for kind in KINDS:
        register(kind)


def fields_for_many(actor: Any, of: str) -> dict[str, Any]:
    """Own fields that may be set for many at once: what is written there is kept with the act, so no masked ones."""
    never = {FieldDefinition.Type.MASKED, FieldDefinition.Type.FILE}
    met = [one for one in fields_of(of, actor) if one.writable and one.definition.type not in never]
    return {one.definition.name: one.definition for one in met}


def look_at_many(
    *, actor: Person, kind: str, of: str, ids: Sequence[int], params: Params, at: datetime
) -> dict[Any, str]:  # fmt: skip
    """Which of the first hundred records would be refused; `of` is their kind. Raises NotAllowed, CannotActOnMany."""
    return kit.look(actor=actor, kind=BY_NAME[kind], ids=ids, params=_clean(actor, kind, of, params), at=at)


def act_on_many(*, actor: Person, kind: str, of: str, ids: Sequence[int], params: Params, at: datetime) -> BulkAct:
    """Do it, at once or as a job. Raises NotAllowed, CannotActOnMany, CannotTag."""
    return kit.start(
        actor=actor, kind=BY_NAME[kind], ids=ids, params=_clean(actor, kind, of, params), at=at, until=undo_until(at)
    )


def _clean(actor: Person, kind: str, of: str, params: Params) -> dict[str, Any]:
    """What is kept of the act: the list, no card numbers in words, and a tag by its own name."""
    if kind in {TAG, UNTAG}:
        return {"list": of, "tag": kit.check_tag(params["tag"]), "off": kind == UNTAG}
    if kind == FIELD and params["field"] not in fields_for_many(actor, of):
        raise kit.CannotActOnMany(_("This field cannot be set for many records at once."))
    words = {
        name: scrub_card_numbers(params[name]) for name in ("reason", "value") if isinstance(params.get(name), str)
    }
    return {**params, **words, "list": of}
