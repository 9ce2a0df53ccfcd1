"""Addresses that webhooks may go to, each with a secret that is shown once."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kajing.audit.services import record
from kajing.lib.errors import DomainError, NotAllowed
from kajing.org.models import Person
from kajing.queue.models import OutboxMessage
from kajing.queue.services import send_again
from kajing.workflow import webhooks
from kajing.workflow.clock import policy
from kajing.workflow.models import WebhookEndpoint

OVERLAP, OVERLAP_HOURS = "webhook_overlap_hours", 24  # how long the secret before still signs
_ENDED = (OutboxMessage.State.SENT, OutboxMessage.State.DEAD)


class CannotRedeliver(DomainError):
    """The message is on its way, or was called off."""


@transaction.atomic
def new_endpoint(*, actor: Person, name: str, url: str, at: datetime) -> tuple[WebhookEndpoint, str]:
    """Register an address; returns it with its secret, which is not shown again. Raises NotAllowed, BadAddress."""
    _may(actor)
    if WebhookEndpoint.objects.filter(name=name).exists():
        raise webhooks.BadAddress(_("There is an address of this name already."))
    webhooks.check_address(url)
    secret = webhooks.new_secret()
    made = WebhookEndpoint.objects.create(
        name=name, url=url, secret_enc=settings.KAJING_KEYS.encrypt(webhooks.COLUMN, secret),
        made_by=actor.person_no, made_at=at,
    )  # fmt: skip
    _tell(made, actor, "new", at)
    return made, secret


@transaction.atomic
def switch_endpoint(*, actor: Person, endpoint: WebhookEndpoint, enabled: bool, at: datetime) -> WebhookEndpoint:
    """Let messages go there, or not; waiting ones go to the dead list. Raises NotAllowed."""
    _may(actor)
    endpoint.enabled = enabled
    endpoint.save(update_fields=["enabled"])
    _tell(endpoint, actor, "on" if enabled else "off", at)
    return endpoint


@transaction.atomic
def rotate_secret(*, actor: Person, endpoint: WebhookEndpoint, at: datetime) -> str:
    """Give an address a new secret, which is shown once; by policy the old one signs on. Raises NotAllowed."""
    _may(actor)
    endpoint = WebhookEndpoint.objects.select_for_update().get(pk=endpoint.pk)
    secret = webhooks.new_secret()
    overlap = timedelta(hours=policy(OVERLAP, timezone.localdate(at), OVERLAP_HOURS))
    endpoint.former_enc, endpoint.former_until = endpoint.secret_enc, at + overlap
    endpoint.secret_enc = settings.KAJING_KEYS.encrypt(webhooks.COLUMN, secret)
    endpoint.save(update_fields=["secret_enc", "former_enc", "former_until"])
    _tell(endpoint, actor, "rotate", at)
    return secret


@transaction.atomic
def redeliver(*, actor: Person, message: OutboxMessage, at: datetime) -> OutboxMessage:
    """Send a message that was taken or given up once more, under its id. Raises NotAllowed, CannotRedeliver."""
    _may(actor)
    message = OutboxMessage.objects.select_for_update().get(pk=message.pk)
    if message.channel != webhooks.CHANNEL or message.state not in _ENDED:
        raise CannotRedeliver(_("Only a message that was taken or given up can be sent again."))
    return send_again(actor=actor.person_no, message=message, at=at)


def _may(actor: Person) -> None:
    if not actor.has_perm("workflow.edit_process"):
        raise NotAllowed(_("Your role may not change addresses of webhooks."))


def _tell(endpoint: WebhookEndpoint, actor: Person, act: str, at: datetime) -> None:
    record(
        actor=actor.person_no, action=f"workflow.webhook_{act}", object_kind="webhook", object_id=endpoint.name, at=at,
        changes={"url": endpoint.url},
    )  # fmt: skip
