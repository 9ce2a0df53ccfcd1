"""Signed calls of channels: receipts and replies, each taken once (docs/reference/channels.md)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from kajing.contact import channels
from kajing.contact.models import Message
from kajing.contact.services.messages_incoming import Reply, first_time, take_delivered, take_failed, take_reply
from kajing.lib import webhooks

LARGEST = 64 * 1024
LONGEST_REPLY = 2000
EVENTS = ("message.delivered", "message.failed", "message.reply")


class BadCall(Exception):
    """The call is not what the contract says: `status` 400 for its content, 401 its signature, 404 no channel."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


def take_call(*, channel: str, headers: Mapping[str, str], body: bytes, at: datetime) -> bool:
    """Check a channel's call and act on it; False when it was taken before. Raises BadCall."""
    way = channels.CHANNELS.get(channel.upper())
    secret = getattr(way, "secret", "")
    if way is None or not secret:
        raise BadCall(404, "no such channel")
    if len(body) > LARGEST:
        raise BadCall(413, "the call is too large")
    try:
        event_id = webhooks.verify(secret, headers, body, now=at)
    except webhooks.BadSignature as error:
        raise BadCall(401, str(error)) from error
    kind, data = _read(body)
    with transaction.atomic():
        if not first_time(channel=way.name, event_id=event_id, kind=kind, at=at):
            return False
        _act(way, kind, data, at)
    return True


def _read(body: bytes) -> tuple[str, Mapping[str, Any]]:
    try:
        told = json.loads(body)
    except ValueError as error:
        raise BadCall(400, "the body is no JSON") from error
    data = told.get("data") if isinstance(told, dict) else None
    if not isinstance(data, dict) or told.get("type") not in EVENTS:
        raise BadCall(400, f"a call has a type ({', '.join(EVENTS)}) and data")
    return str(told["type"]), data


def _act(way: channels.Channel, kind: str, data: Mapping[str, Any], at: datetime) -> None:
    if kind == "message.reply":
        _reply(way, data, at)
        return
    message = _message(way, data.get("id"))
    if message is None:
        raise BadCall(400, "data.id names no message of this channel")
    if kind == "message.delivered":
        take_delivered(message=message, at=at)
    else:
        code = _text(data, "code", 60) or "unknown"
        take_failed(message=message, code=code, address_dead=data.get("address_invalid") is True, at=at)


def _reply(way: channels.Channel, data: Mapping[str, Any], at: datetime) -> None:
    sender, text = _text(data, "from", 200), _text(data, "text", LONGEST_REPLY)
    if not sender or not text:
        raise BadCall(400, "a reply has from and text")
    about = _message(way, data["in_reply_to"]) if data.get("in_reply_to") else None
    take_reply(reply=Reply(channel=way.name, sender=sender, text=text), about=about, at=at)


def _message(way: channels.Channel, told: Any) -> Message | None:
    try:
        message_id = UUID(str(told))
    except ValueError:
        return None
    related = ("thread__customer__manager", "customer", "point", "sender", "version__template")
    return Message.objects.select_related(*related).filter(message_id=message_id, channel=way.name).first()


def _text(data: Mapping[str, Any], name: str, most: int) -> str:
    value = data.get(name)
    if not isinstance(value, str):
        return ""
    return "".join(char for char in value if char.isprintable() or char in "\n\t").strip()[:most]
