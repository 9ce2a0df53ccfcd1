"""Duplicates and merging by API: the question at entry, the pairs found, the merge."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from kajing.api import paging
from kajing.api.schemas import BankId, Body, Cursor, Limit, ListOf, Reason, Search, Word
from kajing.customers import services
from kajing.customers.selectors import duplicates
from kajing.customers.services.duplicates import check_new
from kajing.lib.access import needs

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
    return check_new(actor=request.user, at=timezone.now(), **body.dict())


@router.get("/duplicates", response=ListOf[PairOut], summary="Possible duplicates, strongest first")
@needs("customers.merge")
def possible_duplicates(
    request: HttpRequest, strength: Word | None = None, cursor: Cursor = "", limit: Limit = 50
) -> dict:
    rows = duplicates.pairs(request.user, strength=strength or "")
    return paging.page(rows, order=("-points", "pk"), cursor=cursor, limit=limit)


@router.post("/merges", response=MergedOut, summary="Merge customers into one")
@needs("customers.merge")
def merge(request: HttpRequest, body: MergeIn) -> dict:
    done = services.merge_customers(actor=request.user, at=timezone.now(), **body.dict())
    return {"survivor": done.survivor.pk, "moved": done.moved, "dropped": done.dropped, "undo": done.undo}
