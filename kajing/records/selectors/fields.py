"""The bank's own fields as a person meets them, the values they may read, and who changed what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Count, F, OuterRef, Prefetch, QuerySet, Subquery
from django.utils.translation import gettext as _

from kajing.audit.models import AuditRow
from kajing.org.models import Person
from kajing.org.scoping import beneath
from kajing.org.selectors import names
from kajing.records.fields.show import Field, Value, masked, value_of
from kajing.records.models import FieldDefinition, FieldPlace, FieldShape, FieldValue

SET = "records.set_fields"
# Act → whether it put a tag on; what an undo did has names of its own.
TAGGED = {
    "records.tag": True, "records.untag": False, "records.tag_undone": False, "records.untag_undone": True,
}  # fmt: skip
TAGS = "tag."  # asks the history for tags alone: no field has such a name
HIDDEN_VALUE = "***"  # what stands in the audit trail for a masked value
MOST_HISTORY = 400
MOST_PEOPLE = 200
_remembered: dict[tuple[str, str, str], tuple[str, list[Field]]] = {}  # (kind, role, type) → token and fields
_ORDER = [str(one) for one in FieldPlace.Access.values]  # from nothing to everything


def fields_of(kind: str, user: Any, type: str = "") -> list[Field]:  # noqa: A002
    """The fields a person meets on records of a kind, in their role's order; with a type, those of its layout.

    Without a person (rules, imports by the system) every field, to read and write. A request asks for the token once
    (`with_token`, or here) and for the fields only when the token is new to this process.
    """
    return _known(kind, None if user is None else user.role, type, token_of(kind, user))


def type_field(kind: str, user: Any) -> FieldDefinition | None:
    """The choice field whose choices are the record types of a kind, whoever may read it."""
    every = _known(kind, None, "", token_of(kind, user))
    return next((one.definition for one in every if one.definition.is_type), None)


def types_of(kind: str, user: Any, ids: Iterable[str]) -> dict[str, str]:
    """The record type of these records by id, as its code; one without a type is left out. No type field, no query."""
    field = type_field(kind, user)
    if field is None:
        return {}
    found = FieldValue.objects.filter(field=field.pk, object_id__in=list(ids)).values_list("object_id", "text")
    known = {code for code, _label in field.options}
    return {object_id: str(text) for object_id, text in found if text in known}


def type_of(kind: str, user: Any, object_id: str) -> str:
    """The record type of one record, empty when it has none."""
    return types_of(kind, user, [object_id]).get(object_id, "")


def token_of(kind: str, user: Any) -> str:
    """The token of a kind's fields and conditions for this request; empty when there are none."""
    known_tokens = {} if user is None else tokens(user)
    if kind not in known_tokens:
        known_tokens[kind] = shape_of(kind)
    return known_tokens[kind]


def _known(kind: str, role: str | None, type_: str, token: str) -> list[Field]:
    if not token:
        return []
    known = _remembered.get((kind, role or "", type_))
    if known is None or known[0] != token:
        found = [one for one in _load(kind, role, type_) if one.access != FieldPlace.Access.HIDDEN]
        known = _remembered[kind, role or "", type_] = (token, found)
    return known[1]


def tokens(user: Any) -> dict[str, str]:
    """The tokens that this request has asked for, by kind."""
    found: dict[str, str] = user.__dict__.setdefault("field_tokens", {})
    return found


def shape_of(kind: str) -> str:
    """The token of a kind's fields as they are now, empty when there is none."""
    return FieldShape.objects.filter(kind=kind).values_list("token", flat=True).first() or ""


def with_token(rows: QuerySet[Any], kind: str) -> QuerySet[Any]:
    """Rows of a query that is made anyway, each with the token of a kind's fields as `field_token`."""
    return rows.annotate(field_token=Subquery(FieldShape.objects.filter(kind=kind).values("token")[:1]))


def _load(kind: str, role: str | None, type_: str) -> list[Field]:
    rows = FieldPlace.objects.filter(
        field__kind=kind, field__archived_at=None, role__in=["", role or ""], type__in=["", type_]
    )
    best: dict[int, dict[str, FieldPlace]] = defaultdict(dict)
    for row in rows.select_related("field").order_by("role"):  # the role's own row comes last and counts
        best[row.field_id][row.type] = row
    found = [_placed(of[""], of.get(type_) if type_ else None, role) for of in best.values() if "" in of]
    return sorted(found, key=lambda one: (one.place, one.definition.pk))


def _placed(base: FieldPlace, own: FieldPlace | None, role: str | None) -> Field:
    """A field as the layout of a type shows it: in its order, and with no more than the role may do anyway."""
    shown = own or base
    access = min(base.access, shown.access, key=_ORDER.index)
    return Field(
        base.field, access if role is not None else "EDIT", shown.section, shown.place, base.required or shown.required
    )


def layout(kind: str, type: str, role: str) -> list[tuple[FieldDefinition, FieldPlace | None]]:  # noqa: A002
    """Every field of a kind with its own row of a type and role, if it has one, in the order that counts there."""
    order = {one.definition.pk: place for place, one in enumerate(_known(kind, role, type, shape_of(kind)))}
    rows = {row.field_id: row for row in FieldPlace.objects.filter(field__kind=kind, type=type, role=role)}
    fields = list(FieldDefinition.objects.filter(kind=kind, archived_at=None))
    fields.sort(key=lambda one: (order.get(one.pk, len(order)), one.pk))
    return [(one, rows.get(one.pk)) for one in fields]


def definitions(kind: str = "") -> QuerySet[FieldDefinition]:
    """Every field for who shapes them, with the number of its values; archived ones last."""
    places = Prefetch("places", FieldPlace.objects.filter(type=""))
    found = FieldDefinition.objects.annotate(used=Count("values")).prefetch_related(places)
    found = found.filter(kind=kind) if kind else found
    return found.order_by("kind", F("archived_at").asc(nulls_first=True), "id")


def values_of(kind: str, user: Any, ids: Iterable[str]) -> dict[str, dict[int, Value]]:
    """The values of records by id and field, as the person may read them; the caller has checked that they see them."""
    met = {one.definition.pk: one for one in fields_of(kind, user)}
    rows: dict[tuple[str, int], list[FieldValue]] = defaultdict(list)
    if met:
        found_rows = FieldValue.objects.filter(field__in=list(met), object_id__in=list(ids))
        if any(one.definition.type == FieldDefinition.Type.PERSON for one in met.values()):
            named = Person.objects.filter(person_no=OuterRef("text")).values("name")[:1]
            found_rows = found_rows.annotate(person_name=Subquery(named))
        for row in found_rows:
            rows[row.object_id, row.field_id].append(row)
    found: dict[str, dict[int, Value]] = defaultdict(dict)
    for (object_id, field_id), some in rows.items():
        people = {str(row.text): getattr(row, "person_name", None) or row.text or "" for row in some}
        found[object_id][field_id] = value_of(met[field_id], some, people)
    return found


def masked_value(kind: str, user: Any, object_id: str, name: str) -> Value | None:
    """The value of a masked field that the person may have shown in clear; None: there is nothing to show."""
    found = values_of(kind, user, [object_id]).get(object_id, {}).values()
    value = next((one for one in found if one.field.definition.name == name), None)
    return value if value and value.field.is_masked and value.field.clear else None


class PageValues:
    """The values of a page of rows, read in one query when the first column asks, and never when none does."""

    def __init__(self, kind: str, user: Any, ids: Sequence[str]) -> None:
        self.kind, self.user, self.ids = kind, user, ids

    @cached_property
    def found(self) -> dict[str, dict[int, Value]]:
        """Values by record and field."""
        return values_of(self.kind, self.user, self.ids)

    def of(self, object_id: str, field_id: int) -> Value | None:
        """One value, None when it is empty."""
        return self.found.get(object_id, {}).get(field_id)


@dataclass
class Section:
    """A part of the sheet with its values, empty ones included."""

    title: str
    values: list[Value]


def sheet(kind: str, user: Any, object_id: str) -> list[Section]:
    """Every field on the layout of one record's type that the person meets, section by section in their order."""
    found = values_of(kind, user, [object_id]).get(object_id, {})
    sections: dict[str, Section] = {}
    for one in fields_of(kind, user, type_of(kind, user, object_id)):
        part = sections.setdefault(one.section, Section(one.section, []))
        part.values.append(found.get(one.definition.pk) or value_of(one, [], {}))
    return list(sections.values())


@dataclass(frozen=True)
class Change:
    """One change of a field or tag: who, when, from what to what; masked where the person may not read it."""

    at: datetime
    who: str
    label: str
    before: str
    after: str
    reason: str


def history(kind: str, user: Any, object_id: str, name: str = "") -> list[Change]:
    """Who changed the fields and tags of a record, newest first; of one field when named, of tags alone as TAGS.

    The caller has checked the record.
    """
    met = {one.definition.name: one for one in fields_of(kind, user)}
    told = {"": (SET, *TAGGED), TAGS: tuple(TAGGED)}.get(name, (SET,))
    found = AuditRow.objects.filter(object_kind=kind, object_id=object_id, action__in=told)
    rows = list(found.order_by("-id")[:MOST_HISTORY])
    people = names({row.actor for row in rows})
    return [
        Change(row.at, people.get(row.actor, row.actor), label, before, after, row.reason)
        for row in rows
        for label, before, after in _told(row, met, name)
    ]


def _told(row: AuditRow, met: dict[str, Field], name: str) -> Iterator[tuple[str, str, str]]:
    """What one audit row says of the fields a person meets, or of a tag: label, before, after."""
    if row.action in TAGGED:
        tag = str(row.changes.get("tag", ""))
        yield str(_("Tag")), *(("", tag) if TAGGED[row.action] else (tag, ""))
        return
    for field, change in row.changes.get("fields", {}).items():
        if field in met and name in {"", field}:
            yield met[field].definition.label, *_shown(met[field], change)


def _shown(one: Field, change: Sequence[str]) -> tuple[str, str]:
    before, after = change[0], change[1]
    return (
        (masked(one.definition.mask, before), masked(one.definition.mask, after)) if not one.clear else (before, after)
    )


def people_choices(user: Any) -> list[tuple[str, str]]:
    """People a field may name: who works in the person's unit and below."""
    found = Person.objects.filter(is_active=True, left_on=None, unit__in=beneath(user.unit.path)).order_by("name")
    return [(one.person_no, f"{one.name} {one.person_no}") for one in found[:MOST_PEOPLE]]
