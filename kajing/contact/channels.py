"""How messages leave the house: one plug-in a channel, joined by name.

E-mail goes by SMTP, SMS and WeCom by the HTTP contract of docs/reference/channels.md to a gateway of the bank. A bank
that has other ways registers a `Channel` of its own in an app's ``ready()``, or by an entry point of the group
``kajing.contact.channels`` whose object is called without arguments and gives a Channel.
"""

from __future__ import annotations

import ipaddress
import json
import logging
from dataclasses import dataclass, field
from datetime import timedelta
from email.utils import formataddr
from functools import partial
from importlib.metadata import entry_points
from typing import Any, Protocol
from uuid import UUID

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kajing.customers.models import ContactPoint
from kajing.lib import outgoing, webhooks
from kajing.queue import outbox

log = logging.getLogger(__name__)

ENTRY_POINTS = "kajing.contact.channels"
Kind = ContactPoint.Kind


class RefusedForGood(Exception):
    """The channel will never take this message. `invalid` says that the address itself is dead."""

    def __init__(self, code: str, detail: str = "", *, invalid: bool = False) -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code, self.invalid = code, invalid


class NotNow(Exception):
    """The channel is busy or away; the same message is offered again under the same id."""

    def __init__(self, detail: str, after: timedelta | None = None) -> None:
        super().__init__(detail)
        self.after = after


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A message on its way out; `to` is the address in clear, alive only while it is being sent."""

    message_id: UUID
    to: str
    text: str
    subject: str = ""
    purpose: str = ""
    template: str = ""  # "12/3": template 12, version 3
    sent_by: str = ""
    headers: dict[str, str] = field(default_factory=dict)


class Channel(Protocol):
    """What a plug-in offers. `send` gives the channel's own id; it raises RefusedForGood, NotNow, or any error."""

    @property
    def name(self) -> str:
        """Capitals, at most ten letters; also the channel of consents and of the contact gate."""

    @property
    def label(self) -> str | Promise:
        """In words."""

    @property
    def icon(self) -> str:
        """Its icon."""

    @property
    def address_kind(self) -> str:
        """The kind of contact point it writes to: MOBILE or EMAIL."""

    @property
    def longest(self) -> int:
        """The most characters of a text."""

    @property
    def has_subject(self) -> bool:
        """Whether messages have a subject."""

    @property
    def tells_delivery(self) -> bool:
        """Whether the channel says later that a message arrived."""

    def is_set_up(self) -> bool:
        """Whether messages can leave; until then they wait."""

    def send(self, letter: Letter) -> str:
        """Hand one message over."""


@dataclass(frozen=True)
class HttpChannel:
    """A gateway of the bank that speaks the HTTP contract."""

    name: str
    label: str | Promise
    icon: str
    longest: int
    address_kind: str = Kind.MOBILE.value
    has_subject: bool = False
    tells_delivery: bool = True

    def is_set_up(self) -> bool:
        return bool(self._settings["url"] and self._settings["secret"])

    @property
    def _settings(self) -> dict[str, str]:
        return settings.KAJING_CHANNELS.get(self.name, {"url": "", "secret": ""})

    @property
    def secret(self) -> str:
        """The secret that both sides sign with."""
        return self._settings["secret"]

    def send(self, letter: Letter) -> str:
        body = json.dumps(_contract(self.name, letter), ensure_ascii=False).encode()
        now = timezone.now()
        headers = {
            "Idempotency-Key": str(letter.message_id),
            **webhooks.sign(self.secret, id=str(letter.message_id), at=now, body=body),
        }
        try:
            answer = outgoing.post(self._settings["url"], body, headers, reach=reach())
        except outgoing.Forbidden as error:
            raise NotNow(str(error)) from error  # a matter of settings: the message waits until they are mended
        except OSError as error:
            raise NotNow(type(error).__name__) from error
        return _understood(answer)


def _contract(channel: str, letter: Letter) -> dict[str, Any]:
    return {
        "id": str(letter.message_id),
        "channel": channel,
        "to": letter.to,
        "text": letter.text,
        "purpose": letter.purpose,
        "template": letter.template,
        "sent_by": letter.sent_by,
    }


def _understood(answer: outgoing.Answer) -> str:
    """The gateway's id out of its answer. Raises RefusedForGood, NotNow."""
    told = _json(answer.body)
    code = str(told.get("code") or f"http_{answer.status}")[:60]
    if answer.status in {200, 201, 202, 409}:  # 409: it has this id already, which is as good
        return str(told.get("provider_id") or "")[:120]
    if answer.status in {400, 404, 410, 413, 422}:
        raise RefusedForGood(code, str(told.get("detail") or "")[:200], invalid=bool(told.get("address_invalid")))
    after = answer.headers.get("Retry-After", "")
    raise NotNow(code, timedelta(seconds=min(int(after), 3600)) if after.isdigit() else None)


def _json(body: bytes) -> dict[str, Any]:
    try:
        told = json.loads(body)
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def reach() -> outgoing.Reach:
    """Where gateways may stand: public https, the bank's networks by name, this machine in a demo or a test."""
    return outgoing.Reach(
        loopback=settings.KAJING_CHANNEL_LOOPBACK,
        networks=[ipaddress.ip_network(network) for network in settings.KAJING_CHANNEL_NETWORKS],
    )


MAIL_LABEL = pgettext_lazy("channel", "e-mail")


@dataclass(frozen=True)
class MailChannel:
    """E-mail by SMTP, with headers that bring replies and bounces back to their thread."""

    name: str = "EMAIL"
    label: str | Promise = MAIL_LABEL
    icon: str = "mail"
    longest: int = 20_000
    address_kind: str = Kind.EMAIL.value
    has_subject: bool = True
    tells_delivery: bool = False

    def is_set_up(self) -> bool:
        return outbox.mail_is_set_up()

    def send(self, letter: Letter) -> str:
        mail_id = mail_id_of(letter.message_id)
        sender = settings.DEFAULT_FROM_EMAIL
        if settings.KAJING_BANK_NAME and "<" not in sender:
            sender = formataddr((settings.KAJING_BANK_NAME, sender))
        mail = EmailMessage(letter.subject, letter.text, from_email=sender, to=[letter.to])
        mail.extra_headers = {"Message-ID": mail_id, **letter.headers}
        try:
            outbox.hand_over(mail)
        except outbox.Refused as error:
            raise RefusedForGood("smtp_refused", str(error), invalid="55" in str(error)) from error
        return mail_id[:120]


def mail_domain() -> str:
    """The domain of our own Message-IDs."""
    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].strip("> ") or "localhost"


def mail_id_of(message_id: UUID) -> str:
    """The Message-ID a message carries as a mail: the same at every attempt."""
    return f"<{message_id}@{mail_domain()}>"


CHANNELS: dict[str, Channel] = {}


def register(channel: Channel) -> Channel:
    """Add a channel; the same name again replaces it, so a bank may bring its own SMS."""
    CHANNELS[channel.name] = channel
    return channel


def register_own() -> None:
    """The channels of the house, then those of installed packages."""
    register(HttpChannel("SMS", _("SMS"), "message", longest=500))
    register(HttpChannel("WECOM", _("WeCom"), "message-circle", longest=2000))
    register(MailChannel())
    for entry in entry_points(group=ENTRY_POINTS):
        register(entry.load()())


def channel_of(name: str) -> Channel:
    """The channel of that name. Raises KeyError."""
    return CHANNELS[name]


def choices() -> list[tuple[str, str | Promise]]:
    """Names and words, for forms and filters."""
    return [(name, channel.label) for name, channel in CHANNELS.items()]


def label_of(name: str) -> str:
    """The channel in words; an unknown one by its name."""
    return str(CHANNELS[name].label) if name in CHANNELS else name


def is_set_up(name: str) -> bool:
    """Whether messages of this channel can leave now."""
    return name in CHANNELS and CHANNELS[name].is_set_up()


def outbox_name(name: str) -> str:
    """The outbox channel that messages of this channel are written to."""
    return f"contact.{name}"


def register_in_outbox(send: Any, given_up: Any) -> None:
    """Make every channel one of the outbox, each waiting for itself until it is set up."""
    from kajing.queue import registry as queue

    for name in CHANNELS:
        queue.channel(outbox_name(name), send, ready=partial(is_set_up, name), given_up=given_up)
