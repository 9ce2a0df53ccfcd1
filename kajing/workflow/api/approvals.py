"""Approvals over the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Router, Schema

from kajing.api import paging
from kajing.api.schemas import BankId, Body, Cursor, Limit, ListOf, Note, Reason, RowId
from kajing.lib.access import needs
from kajing.workflow.models import ApprovalRequest
from kajing.workflow.selectors import approvals as selectors
from kajing.workflow.services import approvals as services

router = Router()
SEE = "workflow.see_approvals"


class ApprovalOut(Schema):
    """One request for consent."""

    id: int
    act: str = Field(examples=["customers.export"])
    object_id: str = Field(examples=["12"])
    state: str = Field(description="OPEN, APPROVED, RETURNED, TAKEN_BACK", examples=["OPEN"])
    asker: str = Field(description="person_no", examples=["P0007"])
    amount: int | None = Field(description="fen or a count, as the act says", examples=[12800])
    reason: str
    problem: str = Field(description="why the act could not be carried out at the last vote", examples=[""])
    round: int
    version: int
    asked_at: datetime
    ended_at: datetime | None

    @staticmethod
    def resolve_asker(request: ApprovalRequest) -> str:
        return str(request.asker.person_no)


class ApproveIn(Body):
    """A vote in favour."""

    reason: Note = ""
    version: RowId | None = None


class ReturnIn(Body):
    """A return to who asked."""

    reason: Reason
    version: RowId | None = None


class HandOnIn(Body):
    """Who votes instead."""

    to: BankId
    reason: Reason


class VoteReasonIn(Body):
    """A word on it."""

    reason: Reason


@router.get("/approvals", response=ListOf[ApprovalOut], summary="Approvals I see")
@needs(SEE)
def approvals(
    request: HttpRequest, show: Literal["wait", "mine", "done", "all"] = "wait", cursor: Cursor = "", limit: Limit = 50
) -> dict[str, Any]:
    """`wait`: those that wait for my vote; `mine`: asked by me; `done`: decided by me."""
    return paging.page(selectors.listed(request.user, show), order=("-asked_at", "pk"), cursor=cursor, limit=limit)


@router.get("/approvals/{approval_id}", response=ApprovalOut, summary="One approval")
@needs(SEE)
def approval(request: HttpRequest, approval_id: RowId) -> ApprovalRequest:
    """As it stands."""
    return _found(request, approval_id)


@router.post("/approvals/{approval_id}/approve", response=ApprovalOut, summary="Agree")
@needs(SEE)
def approve(request: HttpRequest, approval_id: RowId, body: ApproveIn) -> ApprovalRequest:
    """The last vote carries the act out; when that fails the request stays open and `problem` says why."""
    user: Any = request.user
    return services.approve(
        actor=user, request=_found(request, approval_id), reason=body.reason, version=body.version, at=timezone.now()
    )


@router.post("/approvals/{approval_id}/return", response=ApprovalOut, summary="Return to who asked")
@needs(SEE)
def send_back(request: HttpRequest, approval_id: RowId, body: ReturnIn) -> ApprovalRequest:
    """Always with a reason."""
    user: Any = request.user
    return services.return_request(
        actor=user, request=_found(request, approval_id), reason=body.reason, version=body.version, at=timezone.now()
    )


@router.post("/approvals/{approval_id}/hand-on", response=ApprovalOut, summary="Let somebody else vote")
@needs(SEE)
def hand_on(request: HttpRequest, approval_id: RowId, body: HandOnIn) -> ApprovalRequest:
    """To somebody of my place or above it."""
    user: Any = request.user
    found = _found(request, approval_id)
    return services.hand_on(
        actor=user,
        request=found,
        to=selectors.receiver_of_seat(user, found, body.to),
        reason=body.reason,
        at=timezone.now(),
    )


@router.post(
    "/approvals/{approval_id}/seats/{seat_id}/reassign", response=ApprovalOut, summary="Give a stuck vote to somebody"
)
@needs("workflow.reassign_approval")
def reassign_seat(request: HttpRequest, approval_id: RowId, seat_id: RowId, body: HandOnIn) -> ApprovalRequest:
    """By who oversees approvals."""
    user: Any = request.user
    found = _found(request, approval_id)
    to = selectors.receiver_of_seat(user, found, body.to)
    return services.reassign_seat(
        actor=user, request=found, seat_id=seat_id, to=to, reason=body.reason, at=timezone.now()
    )  # fmt: skip


@router.post("/approvals/{approval_id}/take-back", response=ApprovalOut, summary="Take my request back")
@needs(SEE)
def take_back(request: HttpRequest, approval_id: RowId, body: VoteReasonIn) -> ApprovalRequest:
    """While it is not decided."""
    user: Any = request.user
    return services.take_back(actor=user, request=_found(request, approval_id), reason=body.reason, at=timezone.now())


@router.post("/approvals/{approval_id}/send-again", response=ApprovalOut, summary="Send a returned request again")
@needs(SEE)
def send_again(request: HttpRequest, approval_id: RowId, body: VoteReasonIn) -> ApprovalRequest:
    """Another round, by the chain in force now."""
    user: Any = request.user
    return services.send_again(actor=user, request=_found(request, approval_id), reason=body.reason, at=timezone.now())


def _found(request: HttpRequest, number: int) -> ApprovalRequest:
    return get_object_or_404(selectors.requests(request.user).select_related("asker", "unit", "chain"), pk=number)
