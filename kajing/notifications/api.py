"""The inbox over the API."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from kajing.api import paging
from kajing.api.schemas import Body, Cursor, Limit, ListOf, RowId, Word
from kajing.lib.access import needs
from kajing.notifications import selectors, services
from kajing.notifications.models import Notification

router = Router()
OWN = "notifications.read_own"


class NewsOut(Schema):
    """One piece of news, in the language of the request."""

    id: int
    kind: str = Field(examples=["task.assigned"])
    title: str = Field(alias="title_text")
    body: str = Field(alias="body_text")
    url: str = Field(description="Where it leads in the product.")
    count: int = Field(description="How often it came while it was open.")
    created_at: datetime
    read_at: datetime | None
    done_at: datetime | None
    snoozed_until: datetime | None


class SnoozeNewsIn(Body):
    """Until when the news hides."""

    until: datetime = Field(examples=["2026-11-24T09:00:00+08:00"])


class AllNewsIn(Body):
    """Of one kind, or of all."""

    kind: Word | None = None


class DoneNewsOut(Schema):
    """How many items left the inbox."""

    done: int


@router.get("/inbox", response=ListOf[NewsOut], summary="My news, newest first")
@needs(OWN)
def inbox(
    request: HttpRequest,
    show: Literal["open", "snoozed", "done"] = "open",
    kind: Word | None = None,
    unread: bool = False,  # noqa: FBT001, FBT002  a query parameter
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    found = selectors.inbox(request.user, at=timezone.now(), kind=kind or "", unread=unread, show=show)
    return paging.page(found, order=("-created_at", "-pk"), cursor=cursor, limit=limit)


@router.post("/inbox/{item_id}/read", response=NewsOut, summary="Mark news as read")
@needs(OWN)
def read_news(request: HttpRequest, item_id: RowId) -> object:
    return services.mark_read(actor=request.user, item=_item(request, item_id), at=timezone.now())


@router.post("/inbox/{item_id}/done", response=NewsOut, summary="Out of the inbox")
@needs(OWN)
def finish_news(request: HttpRequest, item_id: RowId) -> object:
    return services.mark_done(actor=request.user, item=_item(request, item_id), at=timezone.now())


@router.post("/inbox/{item_id}/back", response=NewsOut, summary="Back into the inbox, from done or snoozed")
@needs(OWN)
def bring_news_back(request: HttpRequest, item_id: RowId) -> object:
    return services.bring_back(actor=request.user, item=_item(request, item_id), at=timezone.now())


@router.post("/inbox/{item_id}/snooze", response=NewsOut, summary="Hide news until a moment")
@needs(OWN)
def snooze_news(request: HttpRequest, item_id: RowId, body: SnoozeNewsIn) -> object:
    return services.snooze(actor=request.user, item=_item(request, item_id), until=body.until, at=timezone.now())


@router.post("/inbox/done", response=DoneNewsOut, summary="Empty the inbox, of one kind or of all")
@needs(OWN)
def finish_all_news(request: HttpRequest, body: AllNewsIn) -> dict[str, int]:
    return {"done": services.mark_all_done(actor=request.user, at=timezone.now(), kind=body.kind or "")}


def _item(request: HttpRequest, item_id: int) -> Notification:
    return get_object_or_404(selectors.notifications(request.user), pk=item_id)
