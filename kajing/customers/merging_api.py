"""Duplicates and merging by API: the question at entry, the pairs found, the merge."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from kajing.api import paging
from kajing.api.schemas import BankId, Body, Cursor, Limit, ListOf, Note, Reason, RowId, Search, Word
from kajing.customers import services
from kajing.customers.models import DuplicatePair
from kajing.customers.selectors import duplicates
from kajing.customers.services import duplicates as acts
from kajing.lib.access import needs
from kajing.queue.api import JobOut

router = Router()


class CheckIn(Body):
    """What is known of somebody who may be new; at least two facts."""

    name: Search = Field("", examples=["王小明"])
    mobile: Annotated[str, Field(max_length=20)] = ""
    email: Annotated[str, Field(max_length=100)] = ""
    id_number: Annotated[str, Field(max_length=30)] = ""
    birth_date: date | None = None
    employer: Search = ""


class MatchOut(Schema):
    """Somebody on file already. Outside one's area only whom to contact is told."""

    strength: str = Field(examples=["SURE"])
    customer_id: str = Field(examples=["C0000001"])
    name: str
    reasons: list[str]
    contact: str = Field(description="The manager's name; empty for the public pool.")
    contact_no: str
    unit: str


class PairOut(Schema):
    """Two customers who may be one person."""

    id: int
    first_id: str
    second_id: str
    points: int
    strength: str
    reasons: list[str] = Field(examples=[["same_phone", "same_name"]])
    state: str = Field(description="OPEN or DIFFERENT (two people, as somebody decided).", examples=["OPEN"])
    decided_by: str = Field(description="person_no; empty while open.")
    decided_at: datetime | None
    note: str


class DifferentIn(Body):
    """How one knows that they are two people."""

    note: Note = Field("", max_length=200, examples=["Twins: two ID cards seen at the counter"])


class MergeIn(Body):
    """Who stays, who is merged into it, and for each field whose value is kept (a customer number)."""

    survivor: BankId
    losers: list[BankId] = Field(max_length=4)
    choices: dict[Word, BankId] = Field(default_factory=dict, max_length=30, examples=[{"address": "C0000002"}])
    reason: Reason


class MergedOut(Schema):
    """What moved to the survivor, what gave way, and the number under `/undo`."""

    survivor: str
    moved: dict[str, int]
    dropped: dict[str, int]
    undo: int | None


@router.post("/duplicates/check", response=list[MatchOut], summary="Is this customer here already?")
@needs("customers.check_duplicate")
def check_duplicate(request: HttpRequest, body: CheckIn) -> object:
    return acts.check_new(actor=request.user, at=timezone.now(), **body.dict())


@router.get("/duplicates", response=ListOf[PairOut], summary="Possible duplicates, strongest first")
@needs("customers.merge")
def possible_duplicates(
    request: HttpRequest,
    strength: Literal["SURE", "LIKELY", "POSSIBLE"] | None = None,
    state: Literal["OPEN", "DIFFERENT"] = "OPEN",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict:
    """`state=DIFFERENT` for those that were said to be two people."""
    rows = duplicates.pairs(request.user, strength=strength or "", state=state)
    return paging.page(rows, order=("-points", "pk"), cursor=cursor, limit=limit)


@router.post("/duplicates/search", response={202: JobOut}, summary="Search the whole book for duplicates")
@needs("customers.merge")
def search_book(request: HttpRequest) -> Status[object]:
    """In the background: `/jobs/{id}` tells how far it is, `/duplicates` what it found. 409 while one is running."""
    return Status(202, acts.start_search(actor=request.user, at=timezone.now()))


@router.post("/duplicates/{pair_id}/different", response=PairOut, summary="Not a duplicate")
@needs("customers.merge")
def different(request: HttpRequest, pair_id: RowId, body: DifferentIn) -> DuplicatePair:
    """Remembered: no search brings the pair back."""
    pair = get_object_or_404(duplicates.pairs(request.user), pk=pair_id)
    return acts.not_a_duplicate(actor=request.user, pair=pair, note=body.note, at=timezone.now())


@router.post("/duplicates/{pair_id}/again", response=PairOut, summary="Perhaps a duplicate after all")
@needs("customers.merge")
def doubt_again(request: HttpRequest, pair_id: RowId) -> DuplicatePair:
    """Takes "not a duplicate" back; the pair is open again."""
    pair = get_object_or_404(duplicates.pairs(request.user, state="DIFFERENT"), pk=pair_id)
    return acts.doubt_again(actor=request.user, pair=pair, at=timezone.now())


@router.post("/merges", response=MergedOut, summary="Merge customers into one")
@needs("customers.merge")
def merge(request: HttpRequest, body: MergeIn) -> dict:
    done = services.merge_customers(actor=request.user, at=timezone.now(), **body.dict())
    return {"survivor": done.survivor.pk, "moved": done.moved, "dropped": done.dropped, "undo": done.undo}
