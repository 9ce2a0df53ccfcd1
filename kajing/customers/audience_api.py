"""Audiences over the API: the same condition language as lists."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import Http404, HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from kajing.api.schemas import Body, Line, Note, RowId
from kajing.audit.selectors import today_for
from kajing.customers.lists import CUSTOMERS
from kajing.customers.models import Audience
from kajing.customers.selectors import audiences as asked
from kajing.customers.selectors.answers import FilterRefused
from kajing.customers.services import audiences as acts
from kajing.lib.access import needs
from kajing.records.lists import NotUnderstood

router = Router()
RIGHT = "customers.audience"


class AudienceOut(Schema):
    """An audience; `count` is as its owner saw it when it was counted."""

    id: int
    name: str
    kind: str = Field(description="RULE (by condition) or LIST (fixed).", examples=["RULE"])
    condition: dict[str, Any] | None = Field(examples=[{"field": "bucket", "op": "=", "value": "M1"}])
    count: int | None
    counted_at: datetime | None
    as_of: date | None
    owner_no: str
    unit: str = Field(description="Shared with this unit and below; empty when it is the owner's own.")


class AudiencesOut(Schema):
    """The audiences I may use."""

    items: list[AudienceOut]


class AudienceIn(Body):
    """A condition as text (`where`) or as a tree (`condition`)."""

    name: Line = Field(examples=["Overdue, spending less"])
    where: str = Field("", max_length=6000, examples=["bucket in (M1,M2) and spend < 1000"])
    condition: dict[str, Any] | None = None
    note: Note = ""


@router.get("/audiences", response=AudiencesOut, summary="Audiences I may use")
@needs(RIGHT)
def audience_list(request: HttpRequest) -> dict[str, Any]:
    """Mine and those shared with me. Their customers: `/customers?audience=<id>`."""
    return {"items": list(asked.audiences(request.user))}


@router.post("/audiences", response=AudienceOut, summary="Define an audience")
@needs(RIGHT)
def define(request: HttpRequest, body: AudienceIn) -> Audience:
    """By condition, counted at once; 422 names the place of what cannot be read."""
    try:
        return acts.define_audience(
            actor=request.user, spec=CUSTOMERS, name=body.name, where=body.condition or body.where, note=body.note,
            today=today_for(request.user), at=timezone.now(),
        )  # fmt: skip
    except NotUnderstood as error:
        raise FilterRefused((str(error),)) from None


@router.get("/audiences/{audience_id}", response=AudienceOut, summary="One audience")
@needs(RIGHT)
def audience_detail(request: HttpRequest, audience_id: RowId) -> Audience:
    """Its condition and its last count."""
    found = asked.audiences(request.user).filter(pk=audience_id).first()
    if found is None:
        raise Http404
    return found
