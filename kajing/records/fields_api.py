"""Shaping the bank's own fields over the API: add, change, place, lay out, archive. For administrators."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Router, Schema, Status

from kajing.api.schemas import Body, Line, RowId, Word
from kajing.lib.access import needs
from kajing.records import selectors, services
from kajing.records.kinds import KINDS, kind_of

router = Router()
RIGHT = "records.manage_fields"
Choices = Annotated[
    list[tuple[str, str]], Field(max_length=100, description="Code and word of each.", examples=[[["gold", "Gold"]]])
]


class PlaceOut(Schema):
    """What a role may do with a field, and where it finds it; an empty role is every other."""

    role: str = Field(examples=["MANAGER"])
    access: str = Field(examples=["EDIT"])
    section: str
    place: int
    required: bool


class ShapedFieldOut(Schema):
    """A field as it was defined."""

    id: int
    kind: str = Field(examples=["customer"])
    name: str = Field(examples=["hobby"])
    label: str
    type: str = Field(examples=["CHOICE"])
    hint: str
    options: list[list[str]]
    required: bool
    least: str
    most: str
    longest: int
    mask: str
    in_list: bool
    is_type: bool = Field(description="Its choices are the record types, each with a layout of its own.")
    archived: bool
    used: int = Field(description="Records that hold a value.")
    version: int
    places: list[PlaceOut]


class ShapedFieldsOut(Schema):
    """Every field, archived ones last."""

    items: list[ShapedFieldOut]


class PlaceIn(Body):
    """What a role may do; an empty access lets it follow the others again."""

    role: str = Field("", max_length=20, examples=["MANAGER"])
    access: Literal["", "HIDDEN", "MASK", "READ", "EDIT"]
    section: str = Field("", max_length=60)
    place: int = Field(100, ge=1, le=9999)


class ShapeIn(Body):
    """What may be set when a field is added, and changed later."""

    label: Line | None = None
    hint: str | None = Field(None, max_length=200)
    options: Choices | None = None
    required: bool | None = None
    least: str | None = Field(None, max_length=30, description="A number, yuan or day.")
    most: str | None = Field(None, max_length=30)
    longest: int | None = Field(None, ge=1, le=400)
    mask: Literal["ALL", "LAST4", "FIRST1", "ENDS"] | None = None
    in_list: bool | None = None
    is_type: bool | None = None


class FieldIn(ShapeIn):
    """A new field; kind, name and type are for good."""

    kind: Word = Field(examples=["customer"])
    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$", examples=["hobby"])
    type: Literal["TEXT", "NUMBER", "MONEY", "DAY", "CHOICE", "MULTI", "PERSON", "FILE", "MASKED"]
    label: Line
    places: list[PlaceIn] = Field(default_factory=list, max_length=12)


class FieldChange(ShapeIn):
    """What changes; the rest stays."""

    version: RowId
    places: list[PlaceIn] = Field(default_factory=list, max_length=12)


class SwitchField(Body):
    """On, or archived with every value kept."""

    on: bool


class LayoutRow(Body):
    """One field on a layout; an empty access leaves it as without this type and role."""

    name: Word = Field(examples=["hobby"])
    access: Literal["", "HIDDEN", "MASK", "READ", "EDIT"]
    section: str = Field("", max_length=60)
    place: int = Field(100, ge=1, le=9999)
    required: bool = False


class LayoutIn(Body):
    """A layout: for a record type, a role, both, or (both empty) for all. Fields that are not named stay."""

    type: str = Field("", max_length=40, examples=["gold"])
    role: str = Field("", max_length=20, examples=["MANAGER"])
    rows: list[LayoutRow] = Field(max_length=200)


class LayoutOut(Schema):
    """A layout as it was set; fields without a row of their own follow the wider layout."""

    kind: str
    type: str
    role: str
    rows: list[LayoutRow]


class KindOut(Schema):
    """A kind of record that carries fields."""

    name: str = Field(examples=["customer"])
    label: str


class KindsOut(Schema):
    """Every kind, those of the bank's own objects last."""

    items: list[KindOut]


@router.get("/fields/kinds", response=KindsOut, summary="Kinds of records that carry own fields")
@needs(RIGHT)
def kinds(request: HttpRequest) -> dict[str, Any]:
    return {"items": [{"name": one.name, "label": str(one.label)} for one in KINDS.everything()]}


@router.get("/fields", response=ShapedFieldsOut, summary="Own fields as they were defined")
@needs(RIGHT)
def fields(request: HttpRequest, kind: Word | None = None) -> dict[str, Any]:
    """All of them, or those of one kind of record."""
    return {"items": [_out(one) for one in selectors.definitions(kind or "")]}


@router.post("/fields", response={201: ShapedFieldOut}, summary="Add an own field")
@needs(RIGHT)
def add(request: HttpRequest, body: FieldIn) -> Status[dict[str, Any]]:
    """It is in forms, lists, conditions, import and API from now on."""
    given = body.dict(exclude_none=True)
    places, kind, name = given.pop("places"), given.pop("kind"), given.pop("name")
    default: dict[str, Any] = {"section": "", "place": 100, "access": "EDIT"}
    base = next((one for one in places if not one["role"]), default)
    made = services.define_field(
        actor=request.user, kind=kind, name=name, type=given.pop("type"), label=given.pop("label"), at=timezone.now(),
        section=base["section"], place=base["place"], access={"": base["access"]}, **given,
    )  # fmt: skip
    for one in places:
        if one["role"]:
            services.place_field(actor=request.user, field=made, at=timezone.now(), **one)
    return Status(201, _one(made.pk))


@router.patch("/fields/{field_id}", response=ShapedFieldOut, summary="Change an own field")
@needs(RIGHT)
def change(request: HttpRequest, field_id: RowId, body: FieldChange) -> dict[str, Any]:
    """A version that is not the newest is refused with 409; a choice that records hold can be renamed, not removed."""
    found = get_object_or_404(selectors.definitions(), pk=field_id)
    given = body.dict(exclude_none=True)
    services.reshape_field(
        actor=request.user, field=found, version=given.pop("version"), places=given.pop("places"), at=timezone.now(),
        **given,
    )  # fmt: skip
    return _one(field_id)


@router.post("/fields/{field_id}/switch", response=ShapedFieldOut, summary="Archive an own field or bring it back")
@needs(RIGHT)
def switch(request: HttpRequest, field_id: RowId, body: SwitchField) -> dict[str, Any]:
    """Its values stay either way."""
    found = get_object_or_404(selectors.definitions(), pk=field_id)
    act = services.restore_field if body.on else services.archive_field
    act(actor=request.user, field=found, at=timezone.now())
    return _one(field_id)


@router.get("/layouts/{kind}", response=LayoutOut, summary="A layout of a kind of record")
@needs(RIGHT)
def layout(request: HttpRequest, kind: Word, type: str = "", role: str = "") -> dict[str, Any]:  # noqa: A002
    """The rows that were set for this record type and role."""
    return _layout(kind, type[:40], role[:20])


@router.put("/layouts/{kind}", response=LayoutOut, summary="Set a layout of a kind of record")
@needs(RIGHT)
def lay_out(request: HttpRequest, kind: Word, body: LayoutIn) -> dict[str, Any]:
    """It orders and asks; it never shows a role more than the role may see anyway."""
    _known(kind)
    rows = [one.dict() for one in body.rows]
    services.lay_out(actor=request.user, kind=kind, type=body.type, role=body.role, rows=rows, at=timezone.now())
    return _layout(kind, body.type, body.role)


def _known(kind: str) -> None:
    on = kind_of(kind)
    if on is None or not on.there():
        raise Http404


def _layout(kind: str, type_: str, role: str) -> dict[str, Any]:
    _known(kind)
    names = ("access", "section", "place", "required")
    rows = [
        {"name": field.name, **{name: getattr(row, name) for name in names}}
        for field, row in selectors.layout(kind, type_, role)
        if row is not None
    ]
    return {"kind": kind, "type": type_, "role": role, "rows": rows}


def _one(field_id: int) -> dict[str, Any]:
    return _out(selectors.definitions().get(pk=field_id))


def _out(field: Any) -> dict[str, Any]:
    names = ("kind", "name", "label", "type", "hint", "options", "required", "least", "most", "longest", "mask",
             "in_list", "is_type", "used", "version")  # fmt: skip
    told = {name: getattr(field, name) for name in names}
    return {"id": field.pk, **told, "archived": field.archived_at is not None, "places": list(field.places.all())}
