"""Laws, limits and bank policies over the API: as in force on a day, with their history, and a new value."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from kajing.api.schemas import Body, Line, ListOf, Reason, Search
from kajing.audit.selectors import business_today
from kajing.lib.access import needs
from kajing.reference import selectors, services

router = Router()
Key = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,80}$")]


class ParameterOut(Schema):
    """One value from `valid_from` up to but not including `valid_to`."""

    rule_id: str = Field(examples=["BP301"])
    key: str = Field(examples=["contacts_per_day"])
    name: str = Field(description="In the language of the asker.", examples=["Most contacts a day"])
    value: str = Field(examples=["1"])
    unit: str
    topic: str
    source: str
    article: str
    confidence: str = Field(description="V checked, N news, D derived, M memory, P own policy.", examples=["V"])
    enforcement: str = Field(examples=["HARD_BLOCK"])
    is_read: bool = Field(description="Whether anything in Kajing reads it; else it is kept for reference.")
    note: str
    valid_from: date
    valid_to: date | None
    changed_by: str


class ChangeIn(Body):
    """A new value from a day on."""

    value: Line
    valid_from: date
    source: Line = Field(description="The rule or decision it comes from.")
    reason: Reason


@router.get("/parameters", response=ListOf[ParameterOut], summary="Laws, limits and policies in force on a day")
@needs("reference.view")
def parameters(request: HttpRequest, on: date | None = None, topic: Search = "", search: Search = "") -> dict[str, Any]:
    found = selectors.parameters(on or business_today(), topic=topic, search=search)
    return {"items": found, "next": None, "total": len(found)}


@router.get("/parameters/{key}", response=list[ParameterOut], summary="Every value a parameter had and will have")
@needs("reference.view")
def parameter(request: HttpRequest, key: Key) -> object:
    found = selectors.history(key)
    if not found:
        raise Http404
    return [one["row"] for one in found]


@router.post("/parameters/{key}", response={201: ParameterOut}, summary="A new value from a day on")
@needs("reference.change")
def change_parameter(request: HttpRequest, key: Key, body: ChangeIn) -> object:
    if not selectors.history(key):
        raise Http404
    return Status(201, services.change_parameter(actor=request.user, key=key, at=timezone.now(), **body.dict()))
