"""Acts on many records over the API: how far mine are, and which rows were left alone."""

from __future__ import annotations

from datetime import datetime

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from kajing.api import paging
from kajing.api.schemas import Cursor, Limit, ListOf, RowId
from kajing.lib.access import needs
from kajing.records import selectors, services

router = Router()
RIGHT = "records.undo"


class BulkActOut(Schema):
    """One act on many records: how far it is and how it ended."""

    id: int
    kind: str = Field(examples=["workflow.finish_many"])
    title: str = Field(alias="title_text", examples=["Tasks done: 12"])
    state: str = Field(examples=["DONE"], description="WORKING, DONE or STOPPED.")
    asked: int
    done: int
    failed: int
    held: int = Field(description="Rows kept out because the act asked for it, such as customers held back by lot.")
    at: datetime
    ended_at: datetime | None
    reversal_id: int | None = Field(description="The number under `/undo`; null when nothing changed.")


class BulkFailureOut(Schema):
    """A row that was left alone, and why."""

    object_id: str
    reason: str = Field(examples=["This task is already finished."])


@router.get("/bulk", response=ListOf[BulkActOut], summary="My acts on many records")
@needs(RIGHT)
def my_bulk_acts(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict:
    """Newest first, kept for as long as they can be undone."""
    return paging.page(selectors.bulk_acts(request.user), order=("-at", "-pk"), cursor=cursor, limit=limit)


@router.get("/bulk/{act_id}", response=BulkActOut, summary="One act on many records")
@needs(RIGHT)
def one_bulk_act(request: HttpRequest, act_id: RowId) -> object:
    """Ask again until `state` is no longer WORKING."""
    return get_object_or_404(selectors.bulk_acts(request.user), pk=act_id)


@router.get("/bulk/{act_id}/failures", response=ListOf[BulkFailureOut], summary="Rows an act left alone")
@needs(RIGHT)
def bulk_failures(request: HttpRequest, act_id: RowId, cursor: Cursor = "", limit: Limit = 50) -> dict:
    """In the order they were tried."""
    act = get_object_or_404(selectors.bulk_acts(request.user), pk=act_id)
    return paging.page(act.failures.all(), order=("pk",), cursor=cursor, limit=limit)


@router.post("/bulk/{act_id}/stop", response=BulkActOut, summary="Stop an act at work")
@needs(RIGHT)
def stop_bulk_act(request: HttpRequest, act_id: RowId) -> object:
    """What was done so far stays, and can be undone."""
    act = get_object_or_404(selectors.bulk_acts(request.user), pk=act_id)
    return services.stop(actor=request.user, act=act, at=timezone.now())
