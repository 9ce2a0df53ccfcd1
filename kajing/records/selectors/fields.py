"""The bank's own fields as a person meets them, the values they may read, and who changed what."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Count, F, OuterRef, QuerySet, Subquery
from django.utils.translation import gettext as _

from kajing.audit.models import AuditRow
from kajing.org.models import Person
from kajing.org.scoping import beneath
from kajing.org.selectors import names
from kajing.records.fields.show import Field, Value, masked, value_of
from kajing.records.models import FieldDefinition, FieldPlace, FieldShape, FieldValue

SET = "records.set_fields"
TAGGED = {"records.tag": True, "records.untag": False}  # act → whether it put a tag on
TAGS = "tag."  # asks the history for tags alone: no field has such a name
HIDDEN_VALUE = "***"  # what stands in the audit trail for a masked value
MOST_HISTORY = 400
MOST_PEOPLE = 200
_remembered: dict[tuple[str, str], tuple[str, list[Field]]] = {}  # (kind, role) → token and fields


def fields_of(kind: str, user: Any) -> list[Field]:
    """The fields a person meets on records of a kind, in their role's order.

    Without a person (rules, imports by the system) every field, to read and write. A request asks for the token once
    (`with_token`, or here) and for the fields only when the token is new to this process.
    """
    role = None if user is None else user.role
    known_tokens = {} if user is None else tokens(user)
    if kind not in known_tokens:
        known_tokens[kind] = shape_of(kind)
    token = known_tokens[kind]
    if not token:
        return []
    known = _remembered.get((kind, role or ""))
    if known is None or known[0] != token:
        found = [one for one in _load(kind, role) if one.access != FieldPlace.Access.HIDDEN]
        known = _remembered[kind, role or ""] = (token, found)
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


def _load(kind: str, role: str | None) -> list[Field]:
    rows = FieldPlace.objects.filter(field__kind=kind, field__archived_at=None, role__in=["", role or ""])
    best: dict[int, FieldPlace] = {}
    for row in rows.select_related("field").order_by("role"):  # the role's own row comes last and counts
        best[row.field_id] = row
    ordered = sorted(best.values(), key=lambda row: (row.place, row.field_id))
    return [Field(row.field, row.access if role is not None else "EDIT", row.section, row.place) for row in ordered]


def definitions(kind: str = "") -> QuerySet[FieldDefinition]:
    """Every field for who shapes them, with the number of its values; archived ones last."""
    found = FieldDefinition.objects.annotate(used=Count("values")).prefetch_related("places")
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
    """Every field the person meets on one record, section by section in the role's order."""
    found = values_of(kind, user, [object_id]).get(object_id, {})
    sections: dict[str, Section] = {}
    for one in fields_of(kind, user):
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
