"""Audiences over the API: the same condition language as lists."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from kajing.api.schemas import BankId, Body, Line, Note, RowId
from kajing.audit.selectors import today_for
from kajing.customers.acts_api import ChosenIn, chosen_by
from kajing.customers.lists import CUSTOMERS
from kajing.customers.models import Audience
from kajing.customers.selectors import audiences as asked
from kajing.customers.services import audiences as acts
from kajing.lib.access import needs
from kajing.org.models import Role
from kajing.records.selectors.selection import MOST_TICKED

router = Router()
RIGHT = "customers.audience"
WHERE = "bucket in (M1,M2) and (spend < 1000 or last_purchase before -30d)"
_where = Field("", max_length=6000, examples=[WHERE], description="The condition in the filter language.")
_tree = Field(None, description="The same as a tree; it counts before `where`.")


class AudienceOut(Schema):
    """An audience; `count` is as its owner saw it when it was counted."""

    id: int
    name: str
    note: str
    kind: str = Field(description="RULE (by condition) or LIST (fixed).", examples=["RULE"])
    condition: dict[str, Any] | None = Field(examples=[{"field": "bucket", "op": "=", "value": "M1"}])
    count: int | None
    counted_at: datetime | None
    as_of: date | None = Field(description="Business date of the figures it was counted over.")
    filling: bool = Field(description="A fixed list that is still being filled in the background.")
    owner_no: str
    unit: str = Field(description="Shared with this unit and below; empty when it is the owner's own.")
    roles: list[str] = Field(description="Of those it is shared with; empty: every role.", examples=[["MANAGER"]])
    version: int

    @staticmethod
    def resolve_roles(told: Any) -> list[str]:
        return list(told["roles"] if isinstance(told, dict) else told.role_codes)


class AudienceShownOut(AudienceOut):
    """An audience with its condition as I read it."""

    words: str = Field(examples=["Overdue: M1 or M2, and spend: less than ¥1,000"])
    text: str = Field(examples=[WHERE], description="The condition in the filter language.")
    seen: str = Field(description="How many of its customers I see now, counted to 1,000.", examples=["38", "1000+"])
    problem: str = Field(description="Why I cannot read its condition; empty when I can.")


class AudiencesOut(Schema):
    """The audiences I may use."""

    items: list[AudienceOut]


class AudienceIn(Body):
    """A condition as text (`where`) or as a tree (`condition`), and who uses it."""

    name: Line = Field(max_length=60, examples=["Overdue, spending less"])
    where: str = _where
    condition: dict[str, Any] | None = _tree
    note: Note = Field("", max_length=200)
    share: bool = Field(False, description="With my unit and those below; leaders and risk may.")
    roles: list[Role] = Field(default_factory=list, max_length=20, description="Of the unit; none: every role.")


class AudienceChangeIn(Body):
    """What is to be different; what is left out stays. A fixed list has no condition."""

    version: RowId
    name: Line | None = Field(None, max_length=60)
    where: str | None = Field(None, max_length=6000, examples=[WHERE])
    condition: dict[str, Any] | None = _tree
    note: Note | None = Field(None, max_length=200)
    share: bool | None = None
    roles: list[Role] | None = Field(None, max_length=20)


class AudienceTryIn(Body):
    """A condition that is being written."""

    where: str = _where
    condition: dict[str, Any] | None = _tree


class FoundCustomerOut(Schema):
    """A customer of the first few."""

    customer_id: str = Field(alias="pk", examples=["C0000197"])
    name: str = Field(description="Masked unless the customer is yours.", examples=["王**"])


class AudienceTriedOut(Schema):
    """How many customers a condition finds among those I see, and three of them."""

    count: int = Field(examples=[214])
    more: bool = Field(description="There are more than 10,000; saving the audience counts them all.")
    words: str = Field(examples=["Overdue: M1 or M2"])
    text: str = Field(examples=[WHERE])
    as_of: date | None = Field(description="Business date of the figures.")
    sample: list[FoundCustomerOut]


class FreezeIn(ChosenIn):
    """Customers for a fixed list: by number or by a list's query (`audience=7` for those of an audience).

    A new list under `name`, or added to my list `into`.
    """

    name: str = Field("", max_length=60, examples=["Called on Monday"])
    into: RowId | None = Field(None, description="The number of a fixed list of mine.")
    note: Note = Field("", max_length=200)


class LeaveAudienceIn(Body):
    """Customers who leave a fixed list."""

    customer_ids: list[BankId] = Field(min_length=1, max_length=MOST_TICKED, examples=[["C0000197"]])


@router.get("/audiences", response=AudiencesOut, summary="Audiences I may use")
@needs(RIGHT)
def audience_list(request: HttpRequest) -> dict[str, Any]:
    """Mine and those shared with me. Their customers: `/customers?audience=<id>`."""
    return {"items": list(asked.audiences(request.user))}


@router.post("/audiences", response=AudienceOut, summary="Define an audience")
@needs(RIGHT)
def define(request: HttpRequest, body: AudienceIn) -> Audience:
    """By condition, counted at once; 422 names the place of what cannot be read."""
    return acts.define_audience(
        actor=request.user, spec=CUSTOMERS, today=today_for(request.user), at=timezone.now(),
        where=body.condition or body.where, **body.dict(exclude={"where", "condition"}),
    )  # fmt: skip


@router.post("/audiences/try", response=AudienceTriedOut, by_alias=False, summary="How many a condition finds")
@needs(RIGHT)
def try_condition(request: HttpRequest, body: AudienceTryIn) -> object:
    """Nothing is saved; 422 names the place of what cannot be read."""
    where = body.condition or body.where
    return acts.look(actor=request.user, spec=CUSTOMERS, where=where, today=today_for(request.user))


@router.post("/audiences/freeze", response={201: AudienceOut}, summary="Keep customers as a fixed list")
@needs(RIGHT)
def freeze(request: HttpRequest, body: FreezeIn) -> Status[Audience]:
    """More than 5,000 are filled in by a job: `filling` until it is done. Who is in the list stays in it once."""
    into = asked.own_list(request.user, body.into) if body.into else None
    return Status(201, acts.freeze_selection(
        actor=request.user, chosen=chosen_by(request, body), name=body.name, note=body.note, into=into,
        at=timezone.now(),
    ))  # fmt: skip


@router.get("/audiences/{audience_id}", response=AudienceShownOut, summary="One audience")
@needs(RIGHT)
def audience_detail(request: HttpRequest, audience_id: RowId) -> dict[str, Any]:
    """Its condition in words, as text and as a tree, and its last count."""
    shown = asked.shown(request.user, CUSTOMERS, _audience(request, audience_id), today_for(request.user))
    told = {name: getattr(shown, name) for name in ("words", "text", "seen", "problem")}
    return AudienceOut.from_orm(shown.audience).dict() | told


@router.patch("/audiences/{audience_id}", response=AudienceOut, summary="Change an audience")
@needs(RIGHT)
def change(request: HttpRequest, audience_id: RowId, body: AudienceChangeIn) -> Audience:
    """Only its owner; 409 when it was changed since `version`. Counted again at once."""
    given = {name: value for name, value in body.dict(exclude={"version"}).items() if value is not None}
    if "condition" in given:
        given["where"] = given.pop("condition")
    return acts.change_some(
        actor=request.user, spec=CUSTOMERS, audience=_audience(request, audience_id), version=body.version,
        given=given, today=today_for(request.user), at=timezone.now(),
    )  # fmt: skip


@router.post("/audiences/{audience_id}/count", response=AudienceOut, summary="Count an audience again")
@needs(RIGHT)
def count(request: HttpRequest, audience_id: RowId) -> Audience:
    """Over the figures of now; every night does it by itself."""
    return acts.count_audience(
        actor=request.user, spec=CUSTOMERS, audience=_audience(request, audience_id), today=today_for(request.user),
        at=timezone.now(),
    )  # fmt: skip


@router.post("/audiences/{audience_id}/leave", response=AudienceOut, summary="Take customers out of a fixed list")
@needs(RIGHT)
def leave(request: HttpRequest, audience_id: RowId, body: LeaveAudienceIn) -> Audience:
    """Only its owner; who is not in it, or out of my sight, is left alone. 422 for an audience by condition."""
    found = _audience(request, audience_id)
    acts.remove_members(actor=request.user, audience=found, ids=body.customer_ids, at=timezone.now())
    return found


@router.delete("/audiences/{audience_id}", response=AudienceOut, summary="Delete an audience")
@needs(RIGHT)
def delete(request: HttpRequest, audience_id: RowId) -> dict[str, Any]:
    """Only its owner; its customers stay as they are. Answers what it was."""
    found = _audience(request, audience_id)
    told = AudienceOut.from_orm(found).dict()
    acts.delete_audience(actor=request.user, audience=found, at=timezone.now())
    return told


def _audience(request: HttpRequest, audience_id: int) -> Audience:
    found: Audience = get_object_or_404(asked.audiences(request.user), pk=audience_id)
    return found
