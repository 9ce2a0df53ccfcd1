"""News to other systems: signed as Standard Webhooks says, kept in the outbox until taken, never to a private address.

A receiver verifies with any Standard Webhooks library: headers ``webhook-id``, ``webhook-timestamp`` and
``webhook-signature`` over the body. The id stays the same over all attempts, so a receiver knows a repetition.
"""

from __future__ import annotations

import base64
import json
import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from kajing.lib import outgoing, webhooks
from kajing.lib.errors import DomainError
from kajing.queue.models import OutboxMessage
from kajing.queue.outbox import Refused
from kajing.queue.services import post as write
from kajing.workflow.models import WebhookEndpoint

CHANNEL = "webhook"
COLUMN = "webhook.secret"
TIMEOUT = 10.0
GONE = 410  # the receiver says: never again


class BadAddress(DomainError):
    """The address may not be sent to: not https, with a name or password, or leading to a private network."""

    status = 422


class NotTaken(Exception):
    """The receiver did not take the message this time; it is tried again later."""


def new_secret() -> str:
    """A fresh secret as the specification writes it."""
    return "whsec_" + base64.b64encode(os.urandom(24)).decode()


def check_address(url: str) -> None:
    """Refuse what can be told from the address alone. Raises BadAddress."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and _allowed_host(parts.hostname or "")):
        raise BadAddress(_("The address must begin with https."))
    if not parts.hostname or parts.username or parts.password or parts.fragment:
        raise BadAddress(_("Write the address without name, password or mark."))


def _allowed_host(host: str) -> bool:
    """Hosts inside the bank that an operator has named in the settings."""
    return host in settings.KAJING_WEBHOOK_HOSTS


def post(*, endpoint: WebhookEndpoint, event: str, data: Mapping[str, Any], at: datetime) -> OutboxMessage:
    """Write a message in the caller's transaction; the worker sends it at least once under one id."""
    body = json.dumps({"type": event, "timestamp": at.isoformat(), "data": dict(data)}, ensure_ascii=False, default=str)
    return write(channel=CHANNEL, recipient=str(endpoint.pk), subject=event, body=body, at=at)


def send(message: OutboxMessage) -> None:
    """The channel `webhook`: sign and send. Raises Refused when it can never arrive, NotTaken when it may later."""
    endpoint = WebhookEndpoint.objects.filter(pk=int(message.recipient)).first()
    if endpoint is None or not endpoint.enabled:
        raise Refused("the address is switched off or gone")
    status = _send(endpoint.url, message.body.encode(), headers_for(message, *secrets_of(endpoint, timezone.now())))
    if status == GONE:
        raise Refused("the receiver says it is gone")
    if not 200 <= status < 300:
        raise NotTaken(f"answered {status}")


def secrets_of(endpoint: WebhookEndpoint, at: datetime) -> list[str]:
    """What signs at a moment: the secret, and until its last hour the one before a change."""
    sealed = [endpoint.secret_enc]
    if endpoint.former_enc and endpoint.former_until and at < endpoint.former_until:
        sealed.append(endpoint.former_enc)
    return [settings.KAJING_KEYS.decrypt(COLUMN, bytes(one)) for one in sealed]


def headers_for(message: OutboxMessage, *secrets: str) -> dict[str, str]:
    """Id, time and signatures of one attempt; several are written with spaces between, as the standard says."""
    at, body, number = timezone.now(), message.body.encode(), f"msg_{message.message_id.hex}"
    signed = [webhooks.sign(secret, id=number, at=at, body=body) for secret in secrets]
    signatures = " ".join(one[webhooks.SIGNATURE] for one in signed)
    return {"User-Agent": "Kajing", **signed[0], webhooks.SIGNATURE: signatures}


def _send(url: str, body: bytes, headers: dict[str, str]) -> int:
    """POST to the address looked up once; redirects are not followed."""
    try:
        check_address(url)
        reach = outgoing.Reach(hosts=settings.KAJING_WEBHOOK_HOSTS)
        return outgoing.post(url, body, headers, reach=reach, timeout=TIMEOUT).status
    except outgoing.Forbidden as error:
        raise Refused(_("The address leads to a private network.")) from error
    except BadAddress as error:
        raise Refused(str(error)) from error
    except OSError as error:
        raise NotTaken(type(error).__name__) from error
