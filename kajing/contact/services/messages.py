"""Writing to one customer: planned and put into the outbox in one transaction, or refused with a reason.

Words are either an approved template or, for service only, a person's own. The contact gate is asked here and again
when the outbox row is sent (platform R22); what it forbids only for now waits until it may go.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from kajing.audit.services import record
from kajing.contact import channels, merging
from kajing.contact.choices import Purpose
from kajing.contact.drafts import (
    CannotSend,
    Draft,
    NoAddress,
    address_shown,
    check_draft,
    check_words,
    point_of,
    worded,
)
from kajing.contact.models import BODY, SUBJECT, Message, MessageThread, Sending, seal
from kajing.contact.services.access import use_pass
from kajing.contact.signals import message_changed
from kajing.contact.verdicts import Verdict, ask
from kajing.customers.models import Customer
from kajing.customers.selectors import customers
from kajing.lib.errors import DomainError, NotAllowed
from kajing.lib.periods import SHANGHAI
from kajing.queue import services as queue

if TYPE_CHECKING:
    from kajing.org.models import Person

SEND = "contact.send_message"
State = Message.State
_HELD = timedelta(minutes=5)


class NotNowOrNever(DomainError):
    """The contact gate says no."""

    status = 409

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.rule)
        self.verdict = verdict

    def __str__(self) -> str:
        return self.verdict.sentence


class NoChannel(CannotSend):
    """Neither a template nor a channel was named."""

    def __str__(self) -> str:
        return _("Choose a template, or a channel for your own words.")


class CannotCancel(DomainError):
    """The message is on its way, or has ended."""

    def __str__(self) -> str:
        return _("This message has left already, or has ended; it cannot be called off.")


@transaction.atomic
def send_message(
    *,
    actor: Person,
    customer: Customer,
    draft: Draft,
    at: datetime,
    thread: MessageThread | None = None,
    not_before: datetime | None = None,
) -> Message:
    """Plan one message and put it into the outbox.

    Forbidden only at this hour, it waits for the next allowed time. Raises NotAllowed, CannotSend, NotNowOrNever,
    merging.MissingValue, forbidden.ForbiddenPhrase.
    """
    customer = _locked(actor, customer)
    check_draft(draft, at.astimezone(SHANGHAI).date())
    when = max(not_before or at, at)
    verdict = ask(customer=customer, channel=draft.channel, purpose=draft.purpose, at=when, actor=actor)
    if verdict.never:
        raise NotNowOrNever(verdict)
    (facts,) = merging.facts_of([customer], on=at.astimezone(SHANGHAI).date(), language=draft.language)
    return plan(actor=actor, facts=facts, draft=draft, verdict=verdict, at=at, when=when, thread=thread, sending=None)


def _locked(actor: Person, customer: Customer) -> Customer:
    """The customer, locked so that two people cannot pass the caps side by side. Raises NotAllowed."""
    if not actor.has_perm(SEND):
        raise NotAllowed
    seen = customers(actor).select_for_update(of=("self",)).select_related("figures", "manager", "unit")
    found: Customer | None = seen.filter(pk=customer.pk).first()
    if found is None:
        raise NotAllowed
    return found


def plan(
    *,
    actor: Person,
    facts: merging.Facts,
    draft: Draft,
    verdict: Verdict,
    at: datetime,
    when: datetime,
    thread: MessageThread | None,
    sending: Sending | None,
) -> Message:
    """Merge, check and write one message with its outbox row. Raises CannotSend, MissingValue, ForbiddenPhrase."""
    customer, message_id = facts.customer, uuid.uuid4()
    subject, text = worded(draft, facts, message_id)
    check_words(draft.channel, subject, text, facts.on)
    point = point_of(customer, channels.channel_of(draft.channel).address_kind)
    if point is None:
        raise NoAddress(draft.channel, customer)
    start = when if verdict.allowed else max(verdict.next_at or when, when)
    message = Message.objects.create(
        message_id=message_id,
        customer=customer,
        thread=thread or thread_for(customer, draft.channel, subject, at),
        sending=sending,
        channel=draft.channel,
        purpose=draft.purpose,
        version=draft.version,
        sender=actor,
        subject_enc=seal(SUBJECT, subject) if subject else None,
        body_enc=seal(BODY, text),
        point=point,
        address_shown=address_shown(point),
        state=State.PLANNED if start > at else State.WAITING,
        planned_at=at,
        not_before=start,
    )
    message.outbox = queue.post(
        channel=channels.outbox_name(draft.channel), recipient=message.address_shown, body="", at=at, not_before=start
    )
    message.save(update_fields=["outbox"])
    if verdict.answer is not None:
        use_pass(verdict.answer, source=f"message:{message.pk}", at=at)
    _record(actor.person_no, "contact.send_message", message, at)
    message_changed.send(sender=Message, message=message, state=message.state, at=at)
    return message


def thread_for(customer: Customer, channel: str, subject: str, at: datetime) -> MessageThread:
    """SMS and WeCom are one conversation each; a mail that answers nothing begins its own."""
    if not channels.channel_of(channel).has_subject:
        open_thread = customer.threads.filter(channel=channel).first()
        if open_thread:
            MessageThread.objects.filter(pk=open_thread.pk).update(last_at=at)
            return open_thread
    return MessageThread.objects.create(
        customer=customer, channel=channel, token=secrets.token_hex(12), opened_at=at, last_at=at,
        subject_enc=seal(SUBJECT, subject) if subject else None,
    )  # fmt: skip


@transaction.atomic
def answer(*, actor: Person, thread: MessageThread, text: str, at: datetime) -> Message:
    """Write back in a conversation, in own words. Raises as `send_message`."""
    subject = thread.subject
    if subject and not subject.lower().startswith("re:"):
        subject = f"Re: {subject}"
    draft = Draft(channel=thread.channel, purpose=Purpose.SERVICE, subject=subject or "Re:", text=text)
    message = send_message(actor=actor, customer=thread.customer, draft=draft, at=at, thread=thread)
    MessageThread.objects.filter(pk=thread.pk).update(waiting_since=None, last_at=at)
    return message


@transaction.atomic
def cancel_message(*, actor: Person, message: Message, at: datetime) -> Message:
    """Call off what has not left yet. Raises NotAllowed, CannotCancel."""
    if not actor.has_perm(SEND):
        raise NotAllowed
    if not cancel_many(actor=actor, pks=[message.pk], at=at):
        raise CannotCancel
    message.refresh_from_db()
    return message


def cancel_many(*, actor: Person, pks: Sequence[int], at: datetime) -> int:
    """Call off those of these messages that no sender holds; returns how many. For callers that checked the right."""
    free = Q(handed_at=None) | Q(handed_at__lt=at - _HELD)
    found = Message.objects.select_for_update(of=("self",)).select_related("outbox")
    waiting = list(found.filter(free, pk__in=pks, state__in=[State.PLANNED, State.WAITING]))
    done = 0
    for message in waiting:
        if message.outbox and not queue.drop(message=message.outbox, reason="called off"):
            continue
        message.state, message.ended_at = State.CANCELLED, at
        message.save(update_fields=["state", "ended_at"])
        _record(actor.person_no, "contact.cancel_message", message, at)
        message_changed.send(sender=Message, message=message, state=message.state, at=at)
        done += 1
    return done


def _record(actor: str, action: str, message: Message, at: datetime, **changes: Any) -> None:
    record(
        actor=actor,
        action=action,
        object_kind="message",
        object_id=str(message.pk),
        customer_id=message.customer_id,
        at=at,
        changes={
            "channel": message.channel,
            "purpose": message.purpose,
            "template": str(message.version) if message.version_id else "",
            "state": message.state,
            **changes,
        },
    )
