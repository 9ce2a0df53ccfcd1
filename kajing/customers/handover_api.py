"""Handovers over the API: look at what would move, hand over, read the pack, say that it was read."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest, QueryDict
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Router, Schema, Status

from kajing.api import paging
from kajing.api.schemas import BankId, Body, Cursor, Limit, ListOf, Reason, RowId
from kajing.audit.selectors import today_for
from kajing.customers import selectors, services
from kajing.customers.lists import CUSTOMERS
from kajing.customers.models import Handover
from kajing.customers.selectors.handovers import handovers, moving_with, pack
from kajing.lib.access import needs
from kajing.records.selectors.selection import MOST_TICKED

router = Router()
READ, GIVE = "customers.handover", "customers.assign"
Ids = Annotated[list[BankId], Field(min_length=1, max_length=MOST_TICKED, examples=[["C0000123"]])]


class HandoverOut(Schema):
    """One transfer of customers to another manager."""

    id: int
    receiver_no: str = Field(alias="receiver_id", examples=["P000123"])
    unit_code: str = Field(alias="unit_id")
    made_by: str
    made_at: datetime
    on: date = Field(description="From this day the customers are the receiver's.")
    reason: str
    customers: int = Field(alias="count")
    acknowledged_at: datetime | None
    acknowledged_by: str
    state: str = Field(description="TO_READ, READ or UNDONE", examples=["TO_READ"])

    @staticmethod
    def resolve_state(one: Handover) -> str:
        if one.reversal and one.reversal.state == "UNDONE":
            return "UNDONE"
        return "READ" if one.acknowledged_at else "TO_READ"


class MovingOut(Schema):
    """Something that goes along with the customers, such as open tasks."""

    what: str
    count: int


class PackLineOut(Schema):
    """One thing to know about one customer."""

    customer_id: str
    name: str
    on: date | None
    text: str
    note: str


class PackPartOut(Schema):
    """One section of the pack; `total` counts its lines."""

    section: str = Field(examples=["risks"])
    title: str
    total: int
    lines: list[PackLineOut]


class PackOut(Schema):
    """What the receiver must know, as the asker may read it today."""

    handover: HandoverOut
    givers: list[str]
    seen: int = Field(description="Customers in the asker's sight; the others have no line.")
    moved_on: int
    moving: list[MovingOut]
    parts: list[PackPartOut]


class PreviewIn(Body):
    """Which customers would move."""

    customer_ids: Ids


class HandoverPreviewOut(Schema):
    """What would go along."""

    customers: int
    moving: list[MovingOut]


class HandOverIn(Body):
    """Who gives what to whom: to a manager, or into the pool of a unit."""

    customer_ids: Ids
    manager_no: BankId | None = Field(None, examples=["P000123"])
    unit_code: BankId | None = Field(None, description="Into the pool of this unit, instead of a manager.")
    reason: Reason = Field(examples=["manager moves to another branch"])


class HandedOut(Schema):
    """What came of it: above a hundred customers a job does it, to be followed under `/bulk/{bulk_id}`."""

    customers: int
    queued: bool
    undo_id: int | None
    handover_id: int | None
    bulk_id: int
    left_alone: int = Field(description="Rows that were refused; `/bulk/{bulk_id}/failures` says why.")


@router.get("/handovers", response=ListOf[HandoverOut], summary="Handovers to me, by me, and in my units")
@needs(READ)
def handover_list(
    request: HttpRequest, state: Literal["TO_READ", "READ"] | None = None, cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """Newest first."""
    found = handovers(request.user)
    if state:
        found = found.filter(acknowledged_at__isnull=state == "TO_READ")
    return paging.page(found, order=("-made_at", "-pk"), cursor=cursor, limit=limit)


@router.post("/handovers/preview", response=HandoverPreviewOut, summary="What would move with these customers")
@needs(GIVE)
def preview(request: HttpRequest, body: PreviewIn) -> dict[str, Any]:
    """Counts only the customers the asker may hand over."""
    ids = _chosen(request, body.customer_ids).keys(MOST_TICKED)
    return {"customers": len(ids), "moving": _moving(moving_with(request.user, ids))}


@router.post("/handovers", response={201: HandedOut}, summary="Hand customers over")
@needs(GIVE)
def hand_over(request: HttpRequest, body: HandOverIn) -> Status[dict[str, Any]]:
    """The receiver gets a pack to read; 422 without a receiver, or for one who cannot take these customers."""
    made = services.assign_selection(
        actor=request.user, chosen=_chosen(request, body.customer_ids), manager=body.manager_no or "",
        unit=body.unit_code or "", on=today_for(request.user), reason=body.reason[:200], at=timezone.now(),
    )  # fmt: skip
    act = made.act
    queued = act.state == act.State.WORKING
    answer = {
        "customers": act.asked if queued else act.done, "queued": queued, "undo_id": act.reversal_id,
        "handover_id": made.handover, "bulk_id": act.pk, "left_alone": act.failed,
    }  # fmt: skip
    return Status(201, answer)


@router.get("/handovers/{handover_id}", response=PackOut, summary="The pack of a handover")
@needs(READ)
def handover_pack(request: HttpRequest, handover_id: RowId) -> dict[str, Any]:
    """The same sections as the page, every line."""
    found = pack(request.user, _handover(request, handover_id), today_for(request.user), most=None)
    parts = [
        {
            "section": part.section.name, "title": str(part.section.title), "total": part.total,
            "lines": [_line(told) for told in part.lines],
        }
        for part in found.parts
    ]  # fmt: skip
    return {
        "handover": found.handover, "givers": found.givers, "seen": found.seen, "moved_on": found.moved_on,
        "moving": _moving(found.counts), "parts": parts,
    }  # fmt: skip


@router.post("/handovers/{handover_id}/acknowledge", response=HandoverOut, summary="Say that I have read the pack")
@needs(READ)
def read(request: HttpRequest, handover_id: RowId) -> Handover:
    """The receiver, or who stands in for them; a second time changes nothing."""
    services.acknowledge(actor=request.user, handover=_handover(request, handover_id), at=timezone.now())
    return _handover(request, handover_id)


def _line(told: Any) -> dict[str, Any]:
    line = told.line
    text = {"on": line.on, "text": str(line.text), "note": str(line.note)}
    return {"customer_id": line.customer_id, "name": told.name, **text}


def _moving(counts: list[tuple[Any, int]]) -> list[dict[str, Any]]:
    return [{"what": str(label), "count": number} for label, number in counts]


def _chosen(request: HttpRequest, ids: list[str]) -> Any:
    return selectors.selection(
        request.user, CUSTOMERS, ids=ids, query=QueryDict(""), everything=False, today=today_for(request.user)
    )


def _handover(request: HttpRequest, pk: int) -> Handover:
    found: Handover = get_object_or_404(handovers(request.user), pk=pk)
    return found
