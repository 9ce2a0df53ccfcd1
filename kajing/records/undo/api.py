"""Undo by API: acts that can be taken back, what undo will touch, and taking back."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from kajing.api import paging
from kajing.api.schemas import Body, Cursor, Limit, ListOf, RowId
from kajing.lib.access import needs
from kajing.records import selectors
from kajing.records.undo.conflicts import preview
from kajing.records.undo.returning import undo

router = Router()


class ReversalOut(Schema):
    """One act that can be undone until a moment."""

    id: int
    kind: str = Field(examples=["customers.assign"])
    title: str = Field(alias="title_text", examples=["Customers assigned: 12"])
    actor: str
    at: datetime
    until: datetime
    state: str = Field(examples=["OPEN"])
    rows: int
    kept: int


class TouchedOut(Schema):
    """How many rows of one table undo touches."""

    table: str = Field(alias="model", examples=["customers.customer"])
    added: int = 0
    changed: int = 0
    deleted: int = 0


class ConflictOut(Schema):
    """A row that changed since; `entry` is its name in a decision."""

    entry: int
    table: str = Field(alias="model")
    key: str
    trouble: str = Field(examples=["CHANGED"])


class UndoPreviewOut(Schema):
    """What undo will touch and what stands in its way (the first 200 conflicts)."""

    tables: list[TouchedOut]
    conflicts: list[ConflictOut]
    conflict_count: int


class UndoIn(Body):
    """For rows that changed since: keep them or restore what was; `default` is for all that `decisions` leaves out."""

    default: Literal["", "keep", "restore"] = ""
    decisions: dict[RowId, Literal["keep", "restore"]] = Field(default_factory=dict, max_length=2000)


class UndoneOut(Schema):
    """What went back; a large act is undone by a job."""

    rows: int
    kept: int
    queued: bool


@router.get("/undo", response=ListOf[ReversalOut], summary="Acts that can be undone")
@needs("records.undo")
def reversals(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict:
    return paging.page(selectors.reversals(request.user), order=("-at", "pk"), cursor=cursor, limit=limit)


@router.get("/undo/{reversal_id}", response=UndoPreviewOut, summary="What undo will touch")
@needs("records.undo")
def undo_preview(request: HttpRequest, reversal_id: RowId) -> object:
    found = get_object_or_404(selectors.undoable(request.user), pk=reversal_id)
    return preview(found, request.user)


@router.post("/undo/{reversal_id}", response=UndoneOut, summary="Take an act back")
@needs("records.undo")
def undo_act(request: HttpRequest, reversal_id: RowId, body: UndoIn) -> object:
    found = get_object_or_404(selectors.undoable(request.user), pk=reversal_id)
    return undo(actor=request.user, reversal=found, at=timezone.now(), decisions=body.decisions, default=body.default)
