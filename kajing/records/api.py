"""The bank's own fields and tags of records over the API; amounts are fen."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from kajing.api.schemas import BankId, Body, Line, Note, Reason, Word
from kajing.lib.access import needs, staff
from kajing.records import selectors, services
from kajing.records.kinds import Kind, kind_of
from kajing.records.models import FieldDefinition

router = Router()


class DefinitionOut(Schema):
    """A field of a kind of record, as the asking person's role meets it."""

    name: str = Field(examples=["hobby"])
    label: str
    type: str = Field(examples=["CHOICE"])
    required: bool
    options: list[list[str]] = Field(description="Code and word of each choice.", examples=[[["gold", "Gold"]]])
    access: str = Field(description="MASK, READ or EDIT.", examples=["EDIT"])
    section: str
    is_type: bool = Field(description="Its choices are the record types.")


class DefinitionsOut(Schema):
    """Every field of a kind, in the role's order."""

    items: list[DefinitionOut]


class ValuesOut(Schema):
    """A record's fields by name: fen, numbers, days, codes; masked text under its mask; null where empty."""

    values: dict[str, Any] = Field(examples=[{"hobby": "fishing", "side_income": 800000}])


class ValuesIn(Body):
    """Fields to write; what is not named stays. Money is fen, several choices are a list, null empties a field."""

    values: dict[str, Any] = Field(max_length=200, examples=[{"hobby": "fishing", "side_income": 800000}])
    reason: Note = ""


class ShowFieldIn(Body):
    """What the value is needed for."""

    reason: Reason = Field(examples=["call back as promised"])


class ShownFieldOut(Schema):
    """A masked value in clear; do not keep it."""

    value: str = Field(examples=["E12345678"])


class TagsOut(Schema):
    """The tags of a record."""

    tags: list[str] = Field(examples=[["vip"]])


class TagIn(Body):
    """A tag."""

    tag: Line = Field(examples=["vip"])


@router.get("/records/{kind}/definitions", response=DefinitionsOut, summary="Fields of a kind of record")
@staff
def definitions(request: HttpRequest, kind: Word, type: Word | None = None) -> dict[str, Any]:  # noqa: A002
    """The bank's own fields and what my role may do with them; with a record type, those on its layout."""
    on = kind_of(kind)
    if on is None or not on.there():
        raise Http404
    return {"items": [_definition(one) for one in selectors.fields_of(kind, request.user, type or "")]}


def _definition(one: Any) -> dict[str, Any]:
    field = one.definition
    return {
        "name": field.name, "label": field.label, "type": field.type, "required": one.required,
        "options": field.options, "access": one.access, "section": one.section, "is_type": field.is_type,
    }  # fmt: skip


@router.get("/records/{kind}/{object_id}/fields", response=ValuesOut, summary="Own fields of a record")
@staff
def read_fields(request: HttpRequest, kind: Word, object_id: BankId) -> dict[str, Any]:
    """Every field I may see, masked as on the page."""
    record_here(request, kind, object_id)
    return _values(request, kind, object_id)


@router.put("/records/{kind}/{object_id}/fields", response=ValuesOut, summary="Write own fields of a record")
@needs("records.fill_fields")
def write_fields(request: HttpRequest, kind: Word, object_id: BankId, body: ValuesIn) -> dict[str, Any]:
    """All of them or none; 422 names each field that does not fit."""
    record_here(request, kind, object_id)
    values = raw_values(kind, request.user, body.values)
    services.set_values(
        actor=request.user, kind=kind, object_id=object_id, values=values, at=timezone.now(), reason=body.reason
    )
    return _values(request, kind, object_id)


@router.post(
    "/records/{kind}/{object_id}/fields/{field_name}/show",
    response=ShownFieldOut,
    summary="Show a masked field in clear",
)
@needs("customers.reveal")
def show_field(
    request: HttpRequest, kind: Word, object_id: BankId, field_name: Word, body: ShowFieldIn
) -> dict[str, Any]:
    """Audited with the reason, and counted among the day's looks; the answer to a repeated key no longer holds it."""
    record_here(request, kind, object_id)
    if selectors.masked_value(kind, request.user, object_id, field_name) is None:
        raise Http404
    request.told_once = ("value",)  # type: ignore[attr-defined]
    clear = services.reveal_value(
        actor=request.user, kind=kind, object_id=object_id, name=field_name, reason=body.reason, at=timezone.now()
    )
    return {"value": clear}


def raw_values(kind: str, user: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of the API as the fields' own reader takes them: amounts come as fen."""
    money = {
        one.definition.name
        for one in selectors.fields_of(kind, user)
        if one.definition.type == FieldDefinition.Type.MONEY
    }
    return {name: _yuan(value) if name in money else _raw(value) for name, value in values.items()}


def _yuan(value: Any) -> Any:
    """Fen as the yuan that the fields' own reader takes; anything but a whole number stays for it to refuse."""
    return str(Decimal(value) / 100) if isinstance(value, int) and not isinstance(value, bool) else _raw(value)


def _raw(value: Any) -> Any:
    if isinstance(value, list):
        return [str(part)[:400] for part in value[:100]]
    return value if value is None else str(value)[:2000]


def _values(request: HttpRequest, kind: str, object_id: str) -> dict[str, Any]:
    found = selectors.values_of(kind, request.user, [object_id]).get(object_id, {})
    fields = selectors.fields_of(kind, request.user)
    return {"values": {one.definition.name: _out(found.get(one.definition.pk)) for one in fields}}


def _out(value: Any) -> Any:
    return value.out if value else None


@router.get("/records/{kind}/{object_id}/tags", response=TagsOut, summary="Tags of a record")
@staff
def read_tags(request: HttpRequest, kind: Word, object_id: BankId) -> dict[str, Any]:
    """In the order of their names."""
    record_here(request, kind, object_id)
    return {"tags": [tag.name for tag in selectors.tags_of(kind, [object_id]).get(object_id, [])]}


@router.post("/records/{kind}/{object_id}/tags", response=TagsOut, summary="Tag a record")
@needs("records.tag")
def put_tag(request: HttpRequest, kind: Word, object_id: BankId, body: TagIn) -> dict[str, Any]:
    """The tag is made if there is none of the name."""
    record_here(request, kind, object_id)
    services.tag(actor=request.user, kind=kind, ids=[object_id], name=body.tag, at=timezone.now())
    return read_tags(request, kind, object_id)


@router.post("/records/{kind}/{object_id}/untag", response=TagsOut, summary="Take a tag off a record")
@needs("records.tag")
def take_tag(request: HttpRequest, kind: Word, object_id: BankId, body: TagIn) -> dict[str, Any]:
    """Taking off what is not on changes nothing."""
    record_here(request, kind, object_id)
    services.untag(actor=request.user, kind=kind, ids=[object_id], name=body.tag, at=timezone.now())
    return read_tags(request, kind, object_id)


def record_here(request: HttpRequest, kind: str, object_id: str) -> Kind:
    """The kind of a record the person may see; anything else is missing."""
    found = kind_of(kind)
    if found is None or found.find(request.user, object_id) is None:
        raise Http404
    return found
