"""What messages make of the contact gate's answer: go, wait until it may go, or no."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext, gettext_noop

from kajing.contact.gate import Answer
from kajing.contact.models import Message
from kajing.contact.selectors.permission import may_contact, may_contact_many, recheck
from kajing.customers.models import Customer
from kajing.lib.periods import SHANGHAI
from kajing.notifications.wording import worded
from kajing.org.models import Person
from kajing.reference.selectors import NotInForce, parameter

# Message ids behind the words of channel and purpose: what is stored is translated when it is shown.
CHANNEL_WORDS = {"SMS": gettext_noop("SMS"), "EMAIL": gettext_noop("mail"), "WECOM": gettext_noop("WeCom")}
PURPOSE_WORDS = {
    "MARKETING": gettext_noop("marketing"),
    "SURVEY": gettext_noop("survey"),
    "CARE": gettext_noop("care"),
    "SERVICE": gettext_noop("service"),
    "COLLECTION": gettext_noop("collection"),
}
_WAIT = "message_longest_wait"


@dataclass(frozen=True)
class Verdict:
    """Yes, or no with the rule; `next_at` says from when it would be yes, when that is near enough to wait for."""

    allowed: bool
    code: str = ""
    rule_id: str = ""
    text: str = ""  # a message id filled with `params`
    params: Mapping[str, Any] = field(default_factory=dict)
    next_at: datetime | None = None
    answer: Answer | None = None  # as the gate gave it

    @property
    def waits(self) -> bool:
        """Whether only the time is against it."""
        return not self.allowed and self.next_at is not None

    @property
    def never(self) -> bool:
        """Whether waiting does not help."""
        return not self.allowed and self.next_at is None

    @property
    def rule(self) -> str:
        """Code and number of the rule, as it is kept with a message."""
        return ":".join(part for part in (self.code, self.rule_id) if part)

    @property
    def sentence(self) -> str:
        """The reason in the reader's language."""
        return worded(self.text, self.params) if self.params else gettext(self.text) if self.text else ""


def ask(
    *,
    customer: Customer,
    channel: str,
    purpose: str,
    at: datetime,
    actor: Person | None,
    message: Message | None = None,
) -> Verdict:
    """The gate's answer for one message that is being planned."""
    without = f"message:{message.pk}" if message else ""
    answer = may_contact(customer, channel=channel, purpose=purpose, at=at, actor=actor, without=without)
    return _verdict(answer, channel, purpose, at)


def ask_many(
    *, customers: Iterable[Customer], channel: str, purpose: str, at: datetime, actor: Person | None
) -> dict[str, Verdict]:
    """`ask` for many customers by their id."""
    answers = may_contact_many(customers, channel=channel, purpose=purpose, at=at, actor=actor)
    return {pk: _verdict(answer, channel, purpose, at) for pk, answer in answers.items()}


def ask_again(*, message: Message, at: datetime) -> Verdict:
    """The gate's answer at the moment of sending (platform R22); the message does not count itself."""
    answer = recheck(
        customer_id=str(message.customer_id), channel=message.channel, purpose=message.purpose, at=at,
        actor_no=message.sender_id or "", without=f"message:{message.pk}",
    )  # fmt: skip
    return _verdict(answer, message.channel, message.purpose, at)


def _verdict(answer: Answer, channel: str, purpose: str, at: datetime) -> Verdict:
    if answer.allowed or answer.block is None:
        return Verdict(allowed=answer.allowed, answer=answer)
    opens = answer.next_allowed_at
    params: dict[str, Any] = {name: str(value) for name, value in answer.block.params.items()}
    words = {"channel": CHANNEL_WORDS.get(channel, channel), "purpose": PURPOSE_WORDS.get(purpose, purpose)}
    ids = [name for name in words if name in params]
    if ids:
        params |= {name: words[name] for name in ids} | {"_translate": ids}
    return Verdict(
        allowed=False,
        code=answer.code,
        rule_id=answer.rule_id,
        text=answer.block.text,
        params=params,
        next_at=opens if opens is not None and opens - at <= longest_wait(at) else None,
    )


def longest_wait(at: datetime) -> timedelta:
    """How long a message may wait for its hour; without the rule it does not wait at all."""
    try:
        days = parameter(_WAIT, at.astimezone(SHANGHAI).date())
    except NotInForce:
        return timedelta(0)
    return timedelta(days=days) if isinstance(days, int) else timedelta(0)
