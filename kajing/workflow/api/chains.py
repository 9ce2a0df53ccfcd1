"""Approval chains over the API: what is in force, the next versions, putting one in force."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Router, Schema, Status

from kajing.api.schemas import BankId, Body, Line, Note, RowId, Word
from kajing.lib.access import needs
from kajing.workflow.approvals import Act, act_of, acts
from kajing.workflow.models import ApprovalChain
from kajing.workflow.selectors import approvals as selectors
from kajing.workflow.services import approvals as services

router = Router()
SEE = "workflow.view_process"


class ChainActOut(Schema):
    """An act that needs others' consent, and the chain in force."""

    act: str = Field(examples=["customers.export"])
    title: str
    amount: str = Field(description="what conditions compare: money in fen, count, or nothing", examples=["count"])
    live: int | None = Field(description="the version in force; null: as delivered")
    steps: list[dict[str, Any]]


class ChainOut(Schema):
    """One version of a chain."""

    act: str
    version: int
    state: str = Field(description="DRAFT, LIVE, RETIRED", examples=["LIVE"])
    steps: list[dict[str, Any]]
    note: str
    author: str
    published_by: str
    published_at: datetime | None


class ChainWho(Body):
    """Who decides: the leader of the place, the nearest of a role, or a person; one of the three."""

    leader: bool | None = None
    role: Word | None = Field(default=None, examples=["RISK"])
    person: BankId | None = Field(default=None, examples=["P0007"])


class ChainStep(Body):
    """One step; amounts are in what the act counts, hours are working time."""

    name: Line = Field(max_length=60, examples=["Leader"])
    way: Literal["ANY", "ALL", "LEVELS"]
    who: list[ChainWho] = Field(default=[], max_length=20)
    until: Word | None = Field(default=None, description="LEVELS only: the highest kind of unit", examples=["BRANCH"])
    from_amount: int | None = Field(default=None, ge=0, le=10**15)
    below_amount: int | None = Field(default=None, ge=0, le=10**15)
    hours: int | None = Field(default=None, ge=1, le=2000)
    on_timeout: Literal["ESCALATE", "RETURN"] = "ESCALATE"


class ChainIn(Body):
    """The next version of a chain."""

    steps: list[ChainStep] = Field(max_length=8)
    note: Note = ""


@router.get("/approval-chains", response=list[ChainActOut], summary="Acts that need consent")
@needs(SEE)
def chains(request: HttpRequest) -> list[dict[str, Any]]:
    """By their names, each with the steps in force."""
    return [_act(one) for one in acts()]


@router.get("/approval-chains/{act}/versions", response=list[ChainOut], summary="Versions of a chain")
@needs(SEE)
def chain_versions(request: HttpRequest, act: Word) -> list[ApprovalChain]:
    """The newest first; none while the delivered chain is in force unused."""
    _known(act)
    return list(selectors.chains(act))


@router.post("/approval-chains/{act}/versions", response={201: ChainOut}, summary="Write the next version of a chain")
@needs("workflow.edit_process")
def draft_chain(request: HttpRequest, act: Word, body: ChainIn) -> Status[ApprovalChain]:
    """A draft; an existing one is replaced."""
    user: Any = request.user
    _known(act)
    steps = [one.model_dump(exclude_none=True) for one in body.steps]
    return Status(201, services.draft_chain(actor=user, act=act, steps=steps, note=body.note, at=timezone.now()))


@router.post("/approval-chains/{act}/versions/{number}/publish", response=ChainOut, summary="Put a chain in force")
@needs("workflow.publish_process")
def publish_chain(request: HttpRequest, act: Word, number: RowId) -> ApprovalChain:
    """Never by its author; running requests keep theirs."""
    user: Any = request.user
    _known(act)
    found = get_object_or_404(selectors.chains(act), version=number)
    return services.publish_chain(actor=user, chain=found, at=timezone.now())


def _known(name: str) -> Act:
    found = act_of(name)
    if found is None:
        raise Http404
    return found


def _act(one: Act) -> dict[str, Any]:
    live = selectors.live_chain(one.name)
    steps = live.steps if live else [dict(step) for step in one.chain]
    return {
        "act": one.name, "title": one.words, "amount": one.amount, "live": live.version if live else None,
        "steps": steps,
    }  # fmt: skip
