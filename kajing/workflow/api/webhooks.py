"""Addresses of webhooks over the API: register, change the secret, look at deliveries, send again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Router, Schema, Status

from kajing.api import paging
from kajing.api.schemas import Body, Cursor, Limit, Line, ListOf, RowId
from kajing.lib.access import needs
from kajing.queue.models import OutboxMessage
from kajing.workflow.models import WebhookEndpoint
from kajing.workflow.selectors import rules as selectors
from kajing.workflow.services import rules as services

router = Router()
SEE, EDIT = "workflow.view_process", "workflow.edit_process"


class WebhookOut(Schema):
    """An address that webhooks may go to; its secret is told once, when it is made."""

    id: int
    name: str = Field(examples=["core banking"])
    url: str = Field(examples=["https://hooks.example.com/kajing"])
    enabled: bool
    made_at: datetime
    former_until: datetime | None = Field(description="until when the secret before still signs")


class WebhookSecretOut(Schema):
    """An address with its new secret. A repeated Idempotency-Key gets null in its place."""

    webhook: WebhookOut
    secret: str | None = Field(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])


class WebhookIn(Body):
    """An address to register: https, without name and password."""

    name: Line = Field(max_length=60)
    url: Line = Field(max_length=200)


class WebhookSwitchIn(Body):
    """Whether messages go there."""

    enabled: bool


class DeliveryOut(Schema):
    """One message to an address."""

    id: int
    event: str = Field(alias="subject", examples=["rule.refused-follow-up"])
    webhook_id: int
    state: str = Field(description="WAITING, SENT, DEAD, DROPPED", examples=["SENT"])
    attempts: int
    created_at: datetime
    sent_at: datetime | None
    error: str

    @staticmethod
    def resolve_webhook_id(message: OutboxMessage) -> int:
        return int(message.recipient)


@router.get("/webhooks", response=ListOf[WebhookOut], summary="Addresses of webhooks")
@needs(SEE)
def webhooks(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """By their names; secrets are never told again."""
    return paging.page(selectors.endpoints(), order=("name",), cursor=cursor, limit=limit)


@router.post("/webhooks", response={201: WebhookSecretOut}, summary="Register an address")
@needs(EDIT)
def new_webhook(request: HttpRequest, body: WebhookIn) -> Status[dict[str, Any]]:
    """The answer holds the secret that signs; keep it, it is not told again."""
    user: Any = request.user
    made, secret = services.new_endpoint(actor=user, name=body.name, url=body.url, at=timezone.now())
    return Status(201, _with_secret(request, made, secret))


@router.post("/webhooks/{endpoint_id}/secret", response=WebhookSecretOut, summary="Change the secret of an address")
@needs(EDIT)
def rotate_secret(request: HttpRequest, endpoint_id: RowId) -> dict[str, Any]:
    """For a day messages carry a signature by the old secret beside the new one."""
    user: Any = request.user
    found = _endpoint(endpoint_id)
    secret = services.rotate_secret(actor=user, endpoint=found, at=timezone.now())
    found.refresh_from_db()
    return _with_secret(request, found, secret)


@router.post("/webhooks/{endpoint_id}/switch", response=WebhookOut, summary="Let messages go to an address, or not")
@needs(EDIT)
def switch_webhook(request: HttpRequest, endpoint_id: RowId, body: WebhookSwitchIn) -> WebhookEndpoint:
    """What waits for an address that is off goes to the dead list."""
    user: Any = request.user
    found = _endpoint(endpoint_id)
    return services.switch_endpoint(actor=user, endpoint=found, enabled=body.enabled, at=timezone.now())


@router.get("/webhooks/{endpoint_id}/deliveries", response=ListOf[DeliveryOut], summary="Messages to an address")
@needs(SEE)
def deliveries(request: HttpRequest, endpoint_id: RowId, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """The newest first; what they hold is not told."""
    return paging.page(selectors.deliveries(_endpoint(endpoint_id)), order=("-pk",), cursor=cursor, limit=limit)


@router.post(
    "/webhooks/{endpoint_id}/deliveries/{number}/redeliver", response=DeliveryOut, summary="Send a message again"
)
@needs(EDIT)
def redeliver(request: HttpRequest, endpoint_id: RowId, number: RowId) -> OutboxMessage:
    """One that was taken or given up; it keeps its id, so a receiver knows it again."""
    user: Any = request.user
    message = get_object_or_404(selectors.deliveries(_endpoint(endpoint_id)), pk=number)
    return services.redeliver(actor=user, message=message, at=timezone.now())


def _endpoint(number: int) -> WebhookEndpoint:
    return get_object_or_404(selectors.endpoints(), pk=number)


def _with_secret(request: HttpRequest, endpoint: WebhookEndpoint, secret: str) -> dict[str, Any]:
    """The answer with the secret; what is kept for a repeated key goes without."""
    request.told_once = ("secret",)  # type: ignore[attr-defined]
    return {"webhook": endpoint, "secret": secret}
