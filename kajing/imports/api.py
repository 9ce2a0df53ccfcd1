"""Files that came in and their rejected rows, as the feed contract names them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from kajing.api import paging
from kajing.api.schemas import Body, Cursor, Limit, ListOf, Reason, RowId
from kajing.imports import selectors, services
from kajing.lib.access import needs

router = Router()
Offset = Annotated[int, Field(ge=0, le=10_000_000, description="Rows to skip: the `next` of the answer before.")]


class BatchOut(Schema):
    """One file of one feed of one business date."""

    id: int
    business_date: date
    feed: str = Field(examples=["transactions"])
    state: str = Field(examples=["DONE"])
    file: str = Field(alias="file_name", examples=["transactions.csv.gz"])
    rows: int
    accepted: int = Field(examples=[1_180])
    duplicate: int = Field(examples=[12])
    corrected: int = Field(examples=[3])
    quarantined: int = Field(examples=[5])
    waiting: int = Field(examples=[0])
    encoding: str = Field(examples=["utf-8"])
    has_manifest: bool
    unknown_columns: list[str]
    mends_id: int | None = None
    created_at: datetime
    finished_at: datetime | None = None


class RejectOut(Schema):
    """One quarantined row; personal data is masked."""

    file: str = Field(examples=["transactions.csv.gz"])
    line: int = Field(examples=[1042])
    column: str = Field(examples=["amount"])
    code: str = Field(examples=["bad_amount"])
    reason: str = Field(examples=["“12,5” is not an amount in yuan with at most 2 decimal places."])
    masked: str


class DecisionIn(Body):
    """Why a held file is let in or refused."""

    reason: Reason


class RejectPage(Schema):
    """A page of rejected rows; `next` is the offset of the next page or null."""

    items: list[RejectOut]
    next: str | None = None
    total: int


@router.get("/imports", response=ListOf[BatchOut], by_alias=False, summary="Files that came in, newest first")
@needs("imports.view")
def imports(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    return paging.page(selectors.batches(request.user), order=("-business_date", "-id"), cursor=cursor, limit=limit)


@router.get("/imports/{batch_id}/rejects", response=RejectPage, summary="The rejected rows of a file")
@needs("imports.view")
def rejects(request: HttpRequest, batch_id: RowId, offset: Offset = 0, limit: Limit = 50) -> dict[str, Any]:
    batch = get_object_or_404(selectors.batches(request.user), pk=batch_id)
    rows = selectors.rejects(batch, offset=offset, limit=limit)
    following = str(offset + limit) if len(rows) == limit and offset + limit < batch.quarantined else None
    return {"items": rows, "next": following, "total": batch.quarantined}


@router.post("/imports/{batch_id}/release", response=BatchOut, by_alias=False, summary="Let a held file in")
@needs("imports.release")
def release(request: HttpRequest, batch_id: RowId, body: DecisionIn) -> object:
    batch = get_object_or_404(selectors.batches(request.user), pk=batch_id)
    return services.release(actor=request.user, batch=batch, reason=body.reason, at=timezone.now())


@router.post("/imports/{batch_id}/refuse", response=BatchOut, by_alias=False, summary="Refuse a held file")
@needs("imports.release")
def refuse(request: HttpRequest, batch_id: RowId, body: DecisionIn) -> object:
    batch = get_object_or_404(selectors.batches(request.user), pk=batch_id)
    return services.refuse(actor=request.user, batch=batch, reason=body.reason, at=timezone.now())
