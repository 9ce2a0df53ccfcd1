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


class NewsChannelOut(Schema):
    """How I am told of one kind of news."""

    kind: str = Field(examples=["task.assigned"])
    label: str = Field(examples=["Task assigned"])
    channel: str = Field(examples=["APP_EMAIL"])
    can_be_off: bool = Field(description="Whether I may switch this kind off.")


class NewsChannelsOut(Schema):
    """Every kind of news."""

    items: list[NewsChannelOut]


class NewsChannelsIn(Body):
    """Kinds of news with their channel; kinds that are not named stay as they are."""

    channels: dict[Word, Literal["APP", "APP_EMAIL", "OFF"]] = Field(
        min_length=1, max_length=200, examples=[{"digest.morning": "APP_EMAIL"}]
    )


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


@router.get("/inbox/channels", response=NewsChannelsOut, summary="How I am told of each kind of news")
@needs(OWN)
def news_channels(request: HttpRequest) -> dict[str, Any]:
    """In the app, by e-mail too, or not at all."""
    return _channels(request)


@router.put("/inbox/channels", response=NewsChannelsOut, summary="Choose how I am told")
@needs(OWN)
def choose_channels(request: HttpRequest, body: NewsChannelsIn) -> dict[str, Any]:
    """All or none: 422 for a kind that is unknown, or that cannot be switched off."""
    services.choose_channels(actor=request.user, channels=body.channels, at=timezone.now())
    return _channels(request)


def _channels(request: HttpRequest) -> dict[str, Any]:
    found = selectors.choices(request.user)
    items = [
        {"kind": kind.name, "label": str(kind.label), "channel": channel, "can_be_off": kind.can_be_off}
        for kind, channel in found
    ]
    return {"items": items}


def _item(request: HttpRequest, item_id: int) -> Notification:
    return get_object_or_404(selectors.notifications(request.user), pk=item_id)
