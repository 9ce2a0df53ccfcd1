"""Messages and sendings over the API: the same acts as the pages, through the same gate."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Router, Schema, Status

from kajing.api import paging
from kajing.api.schemas import BankId, Body, Cursor, Limit, ListOf, RowId
from kajing.contact.choices import Purpose
from kajing.contact.drafts import Draft, draft_of
from kajing.contact.models import Message, TemplateVersion
from kajing.contact.selectors import messages as selectors
from kajing.contact.selectors import previews, wordings
from kajing.contact.services import messages as services
from kajing.contact.services import sendings
from kajing.customers.selectors import customer
from kajing.lib.access import needs

router = Router()
ORDER = ("-planned_at", "-pk")
ChannelName = Literal["SMS", "WECOM", "EMAIL"]


class MessageOut(Schema):
    """One message; its text is on the page and in the conversation."""

    id: int
    message_id: str = Field(description="the id that channels know", examples=["5a0d9a3e-2f7c-4b3c-9a50-7b7f5a4f6a11"])
    customer_id: str = Field(examples=["C0000123"])
    direction: str = Field(examples=["OUT"])
    channel: str = Field(examples=["SMS"])
    purpose: str = Field(examples=["SERVICE"])
    template_id: int | None = Field(examples=[3])
    template_version: int | None = Field(examples=[2])
    sender: str = Field(description="person_no, empty for the customer", examples=["P0007"])
    address: str = Field(description="masked", examples=["129****0001"])
    state: str = Field(examples=["DELIVERED"])
    rule: str = Field(description="why it was blocked or failed", examples=["HOURS:BP301"])
    reason: str = Field(examples=[""])
    planned_at: datetime
    not_before: datetime | None
    sent_at: datetime | None
    delivered_at: datetime | None

    @staticmethod
    def resolve_message_id(message: Message) -> str:
        return str(message.message_id)

    @staticmethod
    def resolve_template_id(message: Message) -> int | None:
        return message.version.template_id if message.version else None

    @staticmethod
    def resolve_template_version(message: Message) -> int | None:
        return message.version.number if message.version else None

    @staticmethod
    def resolve_sender(message: Message) -> str:
        return message.sender_id or ""

    @staticmethod
    def resolve_address(message: Message) -> str:
        return message.address_shown

    @staticmethod
    def resolve_reason(message: Message) -> str:
        return message.reason_text


class DraftIn(Body):
    """What to say to a customer: a template of `GET /message-templates`, or own words (service only)."""

    customer_id: BankId
    template_id: RowId | None = None
    channel: ChannelName | None = None
    subject: str = Field("", max_length=200)
    text: str = Field("", max_length=20_000)
    not_before: datetime | None = None


class MessagePreviewOut(Schema):
    """What would be sent, and what the contact gate says."""

    subject: str
    text: str = Field(description="as this person may see it", examples=["尊敬的王女士,您的账单已出。"])
    address: str = Field(description="masked", examples=["129****0001"])
    problem: str = Field(description="why it cannot be written, or empty", examples=[""])
    allowed: bool
    rule: str = Field(examples=["CONSENT:BP310"])
    reason: str = Field(examples=[""])
    next_allowed_at: datetime | None


class SendingIn(Body):
    """One template for many customers."""

    template_id: RowId
    customer_ids: list[BankId] = Field(min_length=1, max_length=sendings.MOST)


class SendingOut(Schema):
    """How one message to many is delivered."""

    id: int
    template_id: int
    asked: int
    states: dict[str, int] = Field(examples=[{"DELIVERED": 40, "BLOCKED": 2}])
    finished: bool
    cancelled_at: datetime | None = Field(description="When it was called off.")


@router.get("/messages", response=ListOf[MessageOut], summary="Messages of customers I see")
@needs("contact.view_messages")
def messages(
    request: HttpRequest,
    state: Literal["", "PLANNED", "WAITING", "SENT", "DELIVERED", "FAILED", "BLOCKED", "CANCELLED", "RECEIVED"] = "",
    channel: Literal["", "SMS", "WECOM", "EMAIL"] = "",
    customer_id: BankId | None = None,
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """Newest first, to and from customers."""
    found = selectors.listed(request.user, state=state, channel=channel, customer=customer_id or "")
    return paging.page(found, order=ORDER, cursor=cursor, limit=limit)


@router.post("/messages", response={201: MessageOut}, summary="Write to a customer")
@needs("contact.send_message")
def send(request: HttpRequest, body: DraftIn) -> Status[Message]:
    """Refused with 409 and the rule when the contact gate forbids it; forbidden only now, it waits for its hour."""
    who, draft = _asked(request, body)
    message = services.send_message(
        actor=request.user, customer=who, draft=draft, at=timezone.now(), not_before=_aware(body.not_before)
    )
    return Status(201, message)


@router.post("/messages/preview", response=MessagePreviewOut, summary="See a message before it is sent")
@needs("contact.send_message")
def preview(request: HttpRequest, body: DraftIn) -> dict[str, Any]:
    """Nothing is written."""
    who, draft = _asked(request, body)
    shown = previews.preview_message(request.user, who, draft, _aware(body.not_before) or timezone.now())
    return {
        "subject": shown.subject,
        "text": shown.text,
        "address": shown.address,
        "problem": shown.problem,
        "allowed": shown.verdict.allowed,
        "rule": shown.verdict.rule,
        "reason": shown.verdict.sentence,
        "next_allowed_at": shown.verdict.next_at,
    }


@router.get("/messages/{sent_id}", response=MessageOut, summary="One message")
@needs("contact.view_messages")
def message(request: HttpRequest, sent_id: RowId) -> Message:
    """With everything that happened to it."""
    return _message(request, sent_id)


@router.post("/messages/{sent_id}/cancel", response=MessageOut, summary="Call a message off")
@needs("contact.send_message")
def cancel(request: HttpRequest, sent_id: RowId) -> Message:
    """Only what has not left yet; else 409."""
    return services.cancel_message(actor=request.user, message=_message(request, sent_id), at=timezone.now())


@router.post("/sendings", response={201: SendingOut}, summary="Write to many customers")
@needs("contact.send_message")
def send_many(request: HttpRequest, body: SendingIn) -> Status[dict[str, Any]]:
    """Every customer gets a message or a row that says why not; customers one does not see are left out."""
    sending = sendings.send_to_selection(
        actor=request.user, ids=body.customer_ids, version=_version(request, body.template_id), at=timezone.now()
    )
    return Status(201, _sending(sending))


@router.get("/sendings/{many_id}", response=SendingOut, summary="How a message to many is delivered")
@needs("contact.view_messages")
def sending(request: HttpRequest, many_id: RowId) -> dict[str, Any]:
    """Counts by state."""
    return _sending(get_object_or_404(selectors.sendings(request.user), pk=many_id))


@router.post("/sendings/{many_id}/cancel", response=SendingOut, summary="Call a message to many off")
@needs("contact.send_message")
def cancel_sending(request: HttpRequest, many_id: RowId) -> dict[str, Any]:
    """Its job stops, and what still waits is CANCELLED; what has left stays as it is."""
    found = get_object_or_404(selectors.sendings(request.user), pk=many_id)
    sendings.cancel_sending(actor=request.user, sending=found, at=timezone.now())
    found.refresh_from_db()
    return _sending(found)


def _sending(sending: Any) -> dict[str, Any]:
    told = selectors.delivery(sending)
    return {
        "id": sending.pk,
        "template_id": sending.version.template_id,
        "asked": sending.asked,
        "states": told.states,
        "finished": sending.finished_at is not None,
        "cancelled_at": sending.cancelled_at,
    }


def _asked(request: HttpRequest, body: DraftIn) -> tuple[Any, Draft]:
    who = customer(request.user, body.customer_id)
    if who is None:
        raise Http404
    if body.template_id:
        return who, draft_of(_version(request, body.template_id))
    if not body.channel:
        raise services.NoChannel
    return who, Draft(channel=body.channel, purpose=Purpose.SERVICE, subject=body.subject, text=body.text)


def _version(request: HttpRequest, template_id: int) -> TemplateVersion:
    found = wordings.usable(request.user, timezone.localdate()).filter(template=template_id)
    return get_object_or_404(found)


def _message(request: HttpRequest, sent_id: int) -> Message:
    return get_object_or_404(selectors.messages(request.user), pk=sent_id)


def _aware(moment: datetime | None) -> datetime | None:
    """A time without zone is Shanghai time."""
    return timezone.make_aware(moment) if moment and not moment.tzinfo else moment
