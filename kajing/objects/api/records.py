"""Records of an object by API: every object has the same operations; its own fields are described by its definition."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Field, Query, Router, Schema, Status

from kajing.api.schemas import BankId, Body, Cursor, Limit, Line, ListOf, Note, Reason, RowId, Search, Word
from kajing.audit.selectors import today_for
from kajing.customers.selectors import listed
from kajing.lib.access import needs
from kajing.objects import selectors, services
from kajing.objects.choices import VIEW, WORK
from kajing.objects.lists import spec_of
from kajing.objects.models import ObjectDefinition, ObjectRecord
from kajing.objects.rows import RecordRow, load, unlisted
from kajing.objects.services import many
from kajing.records.api import raw_values
from kajing.records.bulk_api import BulkActOut
from kajing.records.fields.listing import VALUES
from kajing.records.selectors import fields_of
from kajing.records.selectors.tags import PAGE
from kajing.workflow.selectors import person

router = Router()
Words = Annotated[str, Field(max_length=200, description="One value, or several with commas between.")]
Own = Annotated[
    dict[str, Any],
    Field(
        max_length=200, examples=[{"held_on": "2026-12-01", "budget": 800000}],
        description="Own fields by name: fen, numbers, days, codes, lists of codes, person numbers.",
    ),
]  # fmt: skip


class ObjectRecordOut(Schema):
    """One record of an object."""

    id: int
    object: str = Field(examples=["vip_event"])
    number: str = Field(examples=["GJ-00017"])
    title: str
    customer_id: str | None = Field(examples=["C0000123"])
    owner: str = Field(description="person_no", examples=["P0007"])
    unit: str
    created_at: datetime
    changed_at: datetime
    removed: bool
    version: int
    tags: list[str] = Field(examples=[["vip"]])
    fields: dict[str, Any] = Field(
        description="Own fields by name, masked as on the page.", examples=[{"held_on": "2026-12-01", "budget": 800000}]
    )


class ObjectRecordIn(Body):
    """A record to make; every required own field of its type's layout must be there."""

    title: Line = Field(max_length=120)
    customer_id: BankId | None = Field(None, description="For objects of customers.")
    owner: BankId | None = Field(None, description="Somebody else only for who may give work to others.")
    fields: Own = {}
    tags: list[Line] = Field(default_factory=list, max_length=20, examples=[["vip"]])


class ObjectRecordChange(Body):
    """What changes; the rest stays. Null empties an own field."""

    version: RowId | None = Field(None, description="When given, an older version is refused with 409.")
    title: Line | None = None
    owner: BankId | None = None
    fields: Own = {}
    reason: Note = ""


class RemovalIn(Body):
    """Why the record is removed."""

    reason: Reason


class ObjectRecordQuery(Schema):
    """Filters of the list; own fields are asked for in `where`, by their names."""

    search: Search = ""
    title: Words = ""
    number: Words = ""
    customer: BankId | None = None
    owner: Words = ""
    unit: Words = ""
    created: Words = Field("", examples=["-7d.."])
    changed: Words = ""
    tag: Words = ""
    where: str = Field("", max_length=6000, examples=["held_on after today and budget > 5000 and not tag = vip"])
    order: str = Field("-created", max_length=40, examples=["number", "-changed"])
    cursor: Cursor = ""
    limit: Limit = 50


class ManyRecordsIn(Body):
    """One act on many records; each act reads what it needs."""

    act: Literal["field", "owner", "remove", "tag", "untag"]
    ids: list[RowId] = Field(min_length=1, max_length=20_000)
    field: Word | None = Field(None, description="field: its name.")
    value: Note = Field("", description="field: as typed in the form; empty empties it.")
    owner: BankId | None = None
    tag: str = Field("", max_length=30)
    reason: Note = ""


ACTS = {"field": many.FIELD, "owner": many.REASSIGN, "remove": many.REMOVE, "tag": many.TAG, "untag": many.UNTAG}


@router.get("/objects/{code}/records", response=ListOf[ObjectRecordOut], summary="Records of an object I see")
@needs(VIEW)
def records(request: HttpRequest, code: Word, query: Query[ObjectRecordQuery]) -> dict[str, Any]:
    """The object's list under its filters."""
    about = _object(request, code)
    page = listed(request.user, spec_of(about), query.dict(), today_for(request.user))
    return {"items": _rows(request.user, about, page.rows), "next": page.next or None, "total": page.total_value}


@router.post("/objects/{code}/records", response={201: ObjectRecordOut}, summary="Make a record")
@needs(WORK)
def create(request: HttpRequest, code: Word, body: ObjectRecordIn) -> Status[dict[str, Any]]:
    """With own fields and tags, or not at all."""
    about = _object(request, code)
    made = services.create_record(
        actor=request.user, about=about, title=body.title, customer_id=body.customer_id or "",
        owner=_person(request, body.owner), values=raw_values(about.kind, request.user, body.fields), tags=body.tags,
        at=timezone.now(),
    )  # fmt: skip
    return Status(201, _one(request.user, made))


@router.post("/objects/{code}/records/many", response={201: BulkActOut}, summary="Act on many records")
@needs(WORK)
def many_records(request: HttpRequest, code: Word, body: ManyRecordsIn) -> Status[Any]:
    """At once up to a hundred, else in the background: follow it under `/bulk/{act_id}`; `/undo` takes it back."""
    about = _object(request, code)
    params: dict[str, Any] = {"reason": body.reason}
    if body.act == "field":
        params |= {"field": body.field or "", "value": body.value}
    elif body.act == "owner":
        params["owner"] = person(request.user, body.owner or "").person_no
    elif body.act in {"tag", "untag"}:
        params = {"tag": body.tag}
    act = services.act_on_many(
        actor=request.user, kind=ACTS[body.act], of=about.kind, ids=list(dict.fromkeys(body.ids)), params=params,
        at=timezone.now(),
    )  # fmt: skip
    return Status(201, act)


@router.get("/objects/{code}/records/{record_id}", response=ObjectRecordOut, summary="One record")
@needs(VIEW)
def record(request: HttpRequest, code: Word, record_id: RowId) -> dict[str, Any]:
    """A removed one says so."""
    return _one(request.user, selectors.record_of(request.user, code, record_id, removed=True))


@router.patch("/objects/{code}/records/{record_id}", response=ObjectRecordOut, summary="Change a record")
@needs(WORK)
def change(request: HttpRequest, code: Word, record_id: RowId, body: ObjectRecordChange) -> dict[str, Any]:
    """Title, owner and own fields, all of them or none; 422 names each field that does not fit."""
    row = selectors.record_of(request.user, code, record_id)
    services.change_record(
        actor=request.user, row=row, version=body.version, title=body.title, owner=_person(request, body.owner),
        values=raw_values(row.kind, request.user, body.fields), reason=body.reason, at=timezone.now(),
    )  # fmt: skip
    return _one(request.user, row)


@router.post("/objects/{code}/records/{record_id}/remove", response=ObjectRecordOut, summary="Remove a record")
@needs(WORK)
def remove(request: HttpRequest, code: Word, record_id: RowId, body: RemovalIn) -> dict[str, Any]:
    """It leaves every list, keeps its row, and can be brought back."""
    row = selectors.record_of(request.user, code, record_id)
    services.remove_record(actor=request.user, row=row, reason=body.reason, at=timezone.now())
    return _one(request.user, row)


@router.post("/objects/{code}/records/{record_id}/restore", response=ObjectRecordOut, summary="Bring a record back")
@needs(WORK)
def restore(request: HttpRequest, code: Word, record_id: RowId) -> dict[str, Any]:
    """What is there already stays as it is."""
    row = selectors.record_of(request.user, code, record_id, removed=True)
    services.restore_record(actor=request.user, row=row, at=timezone.now())
    return _one(request.user, row)


def _object(request: HttpRequest, code: str) -> ObjectDefinition:
    found = selectors.definition(request.user, code)
    if found is None:
        raise Http404
    return found


def _person(request: HttpRequest, number: str | None) -> Any:
    """Somebody whom the person may give work to. Raises Http404 when there is nobody of this number."""
    return None if number is None else person(request.user, number)


def _one(user: Any, record: ObjectRecord) -> dict[str, Any]:
    """A record as its reader sees it; one given to somebody out of their area is still answered, without fields."""
    about = record.object
    rows = load(user, about.code, about.kind, [record.pk], removed=True)
    return _rows(user, about, rows or [unlisted(user, record)])[0]


def _rows(user: Any, about: ObjectDefinition, rows: Sequence[RecordRow]) -> list[dict[str, Any]]:
    met = fields_of(about.kind, user)
    return [_out(about, row, met) for row in rows]


def _out(about: ObjectDefinition, row: RecordRow, met: Sequence[Any]) -> dict[str, Any]:
    one, values = row.record, row.extra[VALUES]
    found = {field.definition.name: values.of(str(row.pk), field.definition.pk) for field in met}
    plain = ("number", "title", "customer_id", "created_at", "changed_at", "version")
    return {
        "id": one.pk, "object": about.code, "owner": str(one.owner_id), "unit": str(one.unit_id),
        **{name: getattr(one, name) for name in plain}, "removed": one.removed_at is not None,
        "tags": [tag.name for tag in row.extra[PAGE].found.get(str(row.pk), [])],
        "fields": {name: value.out if value else None for name, value in found.items()},
    }  # fmt: skip
