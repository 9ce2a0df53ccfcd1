"""Objects by API: those I meet, and, for administrators, defining, changing and switching them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Router, Schema, Status

from kajing.api.schemas import Body, Line, RowId, Word
from kajing.lib.access import needs, staff
from kajing.objects import selectors, services
from kajing.objects.choices import MANAGE

router = Router()
Roles = Annotated[list[Word], Field(max_length=12, examples=[["MANAGER", "LEADER"]])]


class ObjectOut(Schema):
    """An object of the bank's own, as it was defined; its fields are under `/records/{kind}/definitions`."""

    code: str = Field(examples=["vip_event"])
    kind: str = Field(description="Its kind of record, for fields, tags and files.", examples=["obj_vip_event"])
    name_zh: str = Field(examples=["贵宾活动"])
    name_en: str = Field(examples=["VIP event"])
    plural_en: str = Field(examples=["VIP events"])
    icon: str = Field(examples=["calendar-event"])
    pattern: str = Field(examples=["GJ-{seq}"])
    belongs: str = Field(description="CUSTOMER or PLACE.", examples=["CUSTOMER"])
    sees: list[str]
    creates: list[str]
    edits: list[str]
    place: int
    on: bool
    version: int


class ObjectsOut(Schema):
    """Every object the asking person meets; for administrators all of them."""

    items: list[ObjectOut]


class ObjectIn(Body):
    """A new object. Who creates also edits, who edits also sees."""

    code: str = Field(pattern=r"^[a-z][a-z0-9_]{1,13}$", examples=["vip_event"])
    belongs: Literal["CUSTOMER", "PLACE"]
    name_zh: Line
    name_en: Line
    plural_en: str = Field("", max_length=40)
    icon: Word = "box"
    pattern: str = Field("", max_length=40, examples=["GJ-{seq:5}"])
    sees: Roles = []
    creates: Roles = []
    edits: Roles = []
    place: int = Field(100, ge=1, le=999)


class ObjectChange(Body):
    """What changes; the rest stays."""

    version: RowId
    name_zh: Line | None = None
    name_en: Line | None = None
    plural_en: Line | None = None
    icon: Word | None = None
    pattern: Line | None = None
    sees: Roles | None = None
    creates: Roles | None = None
    edits: Roles | None = None
    place: int | None = Field(None, ge=1, le=999)


class SwitchObject(Body):
    """On, or off with every record kept."""

    on: bool


@router.get("/objects", response=ObjectsOut, summary="Objects I meet")
@staff
def objects(request: HttpRequest) -> dict[str, Any]:
    """For who defines objects every one of them, switched-off ones too."""
    user: Any = request.user
    rows = selectors.definitions() if user.has_perm(MANAGE) else selectors.known(user).values()
    return {"items": [_out(one) for one in rows]}


@router.post("/objects", response={201: ObjectOut}, summary="Define an object")
@needs(MANAGE)
def define(request: HttpRequest, body: ObjectIn) -> Status[dict[str, Any]]:
    """Its list, forms, import and API are there at once; fields are added under `/fields`."""
    given = {name: value for name, value in body.dict().items() if value != "" or name == "code"}
    return Status(201, _out(services.define_object(actor=request.user, at=timezone.now(), **given)))


@router.patch("/objects/{code}", response=ObjectOut, summary="Change an object")
@needs(MANAGE)
def change(request: HttpRequest, code: Word, body: ObjectChange) -> dict[str, Any]:
    """A version that is not the newest is refused with 409."""
    about = get_object_or_404(selectors.definitions(), code=code)
    given = body.dict(exclude_none=True)
    return _out(services.change_object(actor=request.user, about=about, at=timezone.now(), **given))


@router.post("/objects/{code}/switch", response=ObjectOut, summary="Switch an object on or off")
@needs(MANAGE)
def switch(request: HttpRequest, code: Word, body: SwitchObject) -> dict[str, Any]:
    """An object is never deleted: off, it is shown to nobody and keeps its records."""
    about = get_object_or_404(selectors.definitions(), code=code)
    services.switch_object(actor=request.user, about=about, on=body.on, at=timezone.now())
    return _out(about)


def _out(about: Any) -> dict[str, Any]:
    names = ("code", "kind", "name_zh", "name_en", "plural_en", "icon", "pattern", "belongs", "sees", "creates",
             "edits", "place", "version")  # fmt: skip
    return {name: getattr(about, name) for name in names} | {"on": about.archived_at is None}
