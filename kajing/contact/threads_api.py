"""Conversations over the API, and messages from outside that belong to nobody yet."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Query, Router, Schema, Status

from kajing.api import paging
from kajing.api.schemas import LINES, BankId, Body, Cursor, Limit, ListOf, RowId
from kajing.contact.messages_api import ChannelName, MessageOut
from kajing.contact.models import Message, MessageThread, StrayMessage
from kajing.contact.selectors import messages as selectors
from kajing.contact.services import mail, messages_incoming
from kajing.contact.services import messages as services
from kajing.customers.selectors import customer
from kajing.lib.access import needs

router = Router()
VIEW = "contact.view_messages"


class ThreadOut(Schema):
    """A conversation with a customer over one channel."""

    id: int
    customer_id: str = Field(examples=["C0000123"])
    channel: str = Field(examples=["SMS"])
    opened_at: datetime
    last_at: datetime
    waiting_since: datetime | None = Field(description="Since when the customer waits for an answer.")


class MessageFileOut(Schema):
    """A file that came with a message."""

    id: int
    name: str = Field(examples=["bill.pdf"])
    content_type: str = Field(examples=["application/pdf"])
    size: int = Field(description="Bytes.")
    refused: str = Field(alias="refused_text", description="Why its bytes were not kept.", examples=[""])


class SpokenOut(MessageOut):
    """A message with what it says, as the asking person may read it."""

    subject: str
    text: str = Field(examples=["请问年费什么时候退?"])
    files: list[MessageFileOut]

    @staticmethod
    def resolve_files(message: Message) -> list[Any]:
        return list(message.files.all())

    @staticmethod
    def resolve_subject(message: Any) -> str:
        return str(message.readable[0])

    @staticmethod
    def resolve_text(message: Any) -> str:
        return str(message.readable[1])


class TalkOut(Schema):
    """A conversation with its messages, the oldest first."""

    thread: ThreadOut
    messages: list[SpokenOut]


class ThreadsQuery(Schema):
    """Filters of conversations."""

    customer_id: BankId | None = None
    waiting: bool = Field(False, description="Only where the customer waits, the longest first.")
    cursor: Cursor = ""
    limit: Limit = 50


class AnswerIn(Body):
    """Own words, by the conversation's channel, for service."""

    text: Annotated[str, Field(min_length=1, max_length=20_000, examples=["您好,年费将在三个工作日内退回。"]), LINES]


class StrayOut(Schema):
    """A message from outside that fits no customer."""

    id: int
    channel: ChannelName
    sender: str = Field(examples=["someone@mail.example"])
    subject: str
    text: str = Field(alias="body")
    came_at: datetime
    done_at: datetime | None
    became: int | None = Field(alias="became_id", description="The message it became with its customer.")


class PlaceStrayIn(Body):
    """Whose it is."""

    customer_id: BankId


@router.get("/message-threads", response=ListOf[ThreadOut], summary="Conversations with customers I see")
@needs(VIEW)
def threads(request: HttpRequest, query: Query[ThreadsQuery]) -> dict[str, Any]:
    """Newest first."""
    found = selectors.threads(request.user, waiting=query.waiting, customer=query.customer_id or "")
    order = ("waiting_since", "pk") if query.waiting else ("-last_at", "-pk")
    return paging.page(found, order=order, cursor=query.cursor, limit=query.limit)


@router.get("/message-threads/{thread_id}", response=TalkOut, summary="One conversation")
@needs(VIEW)
def thread(request: HttpRequest, thread_id: RowId) -> dict[str, Any]:
    """With the texts; names are masked for who may not know them."""
    found = _thread(request, thread_id)
    said: list[Any] = selectors.talk(request.user, found)
    for one in said:
        one.readable = selectors.readable(request.user, one)
    return {"thread": found, "messages": said}


@router.post("/message-threads/{thread_id}/answer", response={201: MessageOut}, summary="Answer a customer")
@needs(services.SEND)
def answer(request: HttpRequest, thread_id: RowId, body: AnswerIn) -> Status[Message]:
    """Through the contact gate: 409 with the rule when it forbids it; forbidden only now, it waits for its hour."""
    found = _thread(request, thread_id)
    return Status(201, services.answer(actor=request.user, thread=found, text=body.text, at=timezone.now()))


@router.get("/stray-messages", response=ListOf[StrayOut], summary="Messages that belong to nobody yet")
@needs(messages_incoming.REVIEW)
def strays(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """Newest first."""
    return paging.page(selectors.strays(request.user), order=("-came_at", "-pk"), cursor=cursor, limit=limit)


@router.post("/stray-messages/{stray_id}/place", response={201: MessageOut}, summary="Say whose a message is")
@needs(messages_incoming.REVIEW)
def place_stray(request: HttpRequest, stray_id: RowId, body: PlaceStrayIn) -> Status[Message]:
    """It becomes a message of that customer, with its files; 404 once somebody has dealt with it."""
    found, who = _stray(request, stray_id), customer(request.user, body.customer_id)
    if who is None:
        raise Http404
    return Status(201, mail.place_mail(actor=request.user, stray=found, customer=who, at=timezone.now()))


@router.post("/stray-messages/{stray_id}/dismiss", response=StrayOut, summary="Put a message aside")
@needs(messages_incoming.REVIEW)
def dismiss_stray(request: HttpRequest, stray_id: RowId) -> StrayMessage:
    """It belongs to no customer."""
    found = _stray(request, stray_id)
    messages_incoming.dismiss_stray(actor=request.user, stray=found, at=timezone.now())
    found.refresh_from_db()
    return found


def _thread(request: HttpRequest, pk: int) -> MessageThread:
    return get_object_or_404(selectors.threads(request.user), pk=pk)


def _stray(request: HttpRequest, pk: int) -> StrayMessage:
    return get_object_or_404(selectors.strays(request.user), pk=pk)
