"""From the outbox to the channel: the gate is asked again, the address is read, the outcome is kept.

No transaction is open while a channel is called (platform R3). A kill after the channel took a message and before that
is written down offers it again under the same id, which the channel takes for the same message.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext_noop

from kajing.audit.services import record
from kajing.contact import channels, forbidden
from kajing.contact.drafts import opt_out_url, point_of
from kajing.contact.models import Message
from kajing.contact.signals import message_changed
from kajing.contact.verdicts import CHANNEL_WORDS, ask_again
from kajing.customers import personal
from kajing.customers.models import ContactPoint
from kajing.customers.services import invalidate_contact_point, mark_timeline
from kajing.lib.periods import SHANGHAI
from kajing.notifications.services import notify
from kajing.queue.leases import db_now
from kajing.queue.outbox import Dropped, Later, Refused

if TYPE_CHECKING:
    from kajing.org.models import Person
    from kajing.queue.models import OutboxMessage

State = Message.State
OPEN = (State.PLANNED, State.WAITING)
GONE = (State.SENT, State.DELIVERED)
MOST_REFERENCES = 10

# Message ids: what happened, for pages and the timeline.
SENT = gettext_noop("%(channel)s sent: %(what)s")
NOT_SENT = gettext_noop("%(channel)s not sent: %(what)s")
NO_ADDRESS = gettext_noop("The customer has no valid address for this channel any more.")
WITHDRAWN = gettext_noop("The template was withdrawn, or its last day has passed.")
FORBIDDEN = gettext_noop("“%(phrase)s” may not be said (%(rule)s).")
REFUSED = gettext_noop("The channel refused it: %(code)s")
GIVEN_UP = gettext_noop("It could not be handed over in three days.")
OWN_WORDS = gettext_noop("own words")


def deliver(row: OutboxMessage, at: datetime | None = None) -> None:
    """Send what one outbox row stands for. Raises Dropped, Later, Refused, or what the channel raises.

    `at` is the moment the rules are asked for; without it the database's own time.
    """
    message = _of(row)
    if message is None or message.state in GONE:
        return  # a kill came between the channel's yes and the outbox's
    if message.state not in OPEN:
        raise Dropped(message.state)
    now = at or db_now()
    _check(message, now)
    letter = _letter(message)
    if not Message.objects.filter(pk=message.pk, state__in=OPEN).update(handed_at=now):
        raise Dropped("called off")
    try:
        provider_id = channels.channel_of(message.channel).send(letter)
    except channels.RefusedForGood as error:
        _refused(message, error, now)
        raise Refused(error.code) from error
    except channels.NotNow as error:
        _let_go(message)
        if error.after:
            raise Later(now + error.after, str(error)) from error
        raise
    except Exception:
        _let_go(message)
        raise
    _sent(message, provider_id, at or db_now())


def given_up(row: OutboxMessage, reason: str) -> None:
    """The outbox put a message on its dead list: a plain sentence stays with the message, the cause with the outbox."""
    message = _of(row)
    if message is not None and message.state in OPEN:
        end(message, State.FAILED, "channel.given_up", GIVEN_UP, {"cause": reason[:200]}, db_now())


def _of(row: OutboxMessage) -> Message | None:
    related = ("customer__manager", "customer__unit", "version__template", "sender", "thread", "point")
    return Message.objects.select_related(*related).filter(outbox=row).first()


def _check(message: Message, now: datetime) -> None:
    """Everything that may have changed since the message was planned. Raises Dropped, Later."""
    verdict = ask_again(message=message, at=now)
    if not verdict.allowed and verdict.next_at is not None:
        Message.objects.filter(pk=message.pk).update(
            state=State.PLANNED, not_before=verdict.next_at, rule=verdict.rule, handed_at=None
        )
        raise Later(verdict.next_at, verdict.rule)
    if not verdict.allowed:
        _block(message, verdict.rule, verdict.text, dict(verdict.params), now)
    today = now.astimezone(SHANGHAI).date()
    if message.version is not None and not message.version.in_force(today):
        _block(message, "template.not_in_force", WITHDRAWN, {}, now)
    hits = forbidden.find_phrases(f"{message.subject}\n{message.body}", today)
    if hits and hits[0].blocks:
        _block(message, "phrase.forbidden", FORBIDDEN, {"phrase": hits[0].phrase, "rule": hits[0].rule_id}, now)
    if _point(message) is None:
        _block(message, "address.missing", NO_ADDRESS, {}, now)


def _block(message: Message, rule: str, reason: str, params: dict[str, Any], now: datetime) -> None:
    end(message, State.BLOCKED, rule, reason, params, now)
    raise Dropped(rule)


def _point(message: Message) -> ContactPoint | None:
    """The address of now: the one it was planned for while that is valid, else the customer's best."""
    if message.point is not None and message.point.valid:
        return message.point
    return point_of(message.customer, channels.channel_of(message.channel).address_kind)


def _letter(message: Message) -> channels.Letter:
    point = _point(message)
    if point is None:  # pragma: no cover  _check has looked a moment ago
        raise Dropped("no address")
    if point.pk != message.point_id:
        Message.objects.filter(pk=message.pk).update(point=point)
    return channels.Letter(
        message_id=message.message_id,
        to=personal.unseal(point.kind.lower(), point.value_enc),
        text=message.body,
        subject=message.subject,
        purpose=message.purpose,
        template=f"{message.version.template_id}/{message.version.number}" if message.version else "",
        sent_by=message.sender_id or "",
        headers=_headers(message) if message.channel == "EMAIL" else {},
    )


def _headers(message: Message) -> dict[str, str]:
    """What brings answers back to the thread, and the one-click way out of marketing (RFC 8058)."""
    headers: dict[str, str] = {}
    earlier = message.thread.messages.exclude(pk=message.pk).filter(planned_at__lte=message.planned_at)
    known = [one.mail_id or channels.mail_id_of(one.message_id) for one in earlier.order_by("planned_at", "id")]
    if known:
        headers["In-Reply-To"] = known[-1]
        headers["References"] = " ".join(known[-MOST_REFERENCES:])
    reply_to = reply_address(message.thread.token)
    if reply_to:
        headers["Reply-To"] = reply_to
    if message.version and message.version.template.sells:
        url = opt_out_url(message.message_id)
        ways = [f"<{url}>"] if url else []
        ways += [f"<mailto:{reply_to}?subject=unsubscribe>"] if reply_to else []
        if ways:
            headers["List-Unsubscribe"] = ", ".join(ways)
        if url:
            headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    return headers


def reply_address(token: str) -> str:
    """The mailbox that reads answers, with the thread's token behind a plus; empty when none is set."""
    local, at, host = settings.KAJING_MAIL_REPLY_TO.rpartition("@")
    return f"{local}+{token}@{host}" if at else ""


def _let_go(message: Message) -> None:
    Message.objects.filter(pk=message.pk).update(handed_at=None)


@transaction.atomic
def _sent(message: Message, provider_id: str, now: datetime) -> None:
    found = Message.objects.filter(pk=message.pk, state__in=OPEN)
    if not found.update(state=State.SENT, sent_at=now, provider_id=provider_id, rule="", handed_at=None):
        return  # the gateway's receipt was quicker than its answer
    message.state, message.sent_at = State.SENT, now
    _remember(message, SENT, now)
    message_changed.send(sender=Message, message=message, state=State.SENT, at=now)


@transaction.atomic
def _refused(message: Message, error: channels.RefusedForGood, now: datetime) -> None:
    if error.invalid and message.point is not None:
        invalidate_contact_point(point=message.point, source=f"message:{message.pk}", at=now)
    end(message, State.FAILED, "channel.refused", REFUSED, {"code": error.code}, now)


@transaction.atomic
def end(message: Message, state: str, rule: str, reason: str, params: dict[str, Any], at: datetime) -> bool:
    """The message will not arrive: kept with its rule and told to who sent it; False when it had ended before."""
    found = Message.objects.filter(pk=message.pk).exclude(state__in=[State.BLOCKED, State.FAILED, State.CANCELLED])
    if not found.update(state=state, rule=rule[:60], reason=reason[:400], params=params, ended_at=at, handed_at=None):
        return False
    message.state, message.rule, message.reason, message.params = state, rule, reason, params
    record(
        actor="system", action=f"contact.message_{state.lower()}", object_kind="message", object_id=str(message.pk),
        customer_id=message.customer_id, reason=rule, at=at, changes={"channel": message.channel, "rule": rule},
    )  # fmt: skip
    _remember(message, NOT_SENT, at)
    if message.sender:
        _tell_sender(message, message.sender, at)
    message_changed.send(sender=Message, message=message, state=state, at=at)
    return True


def _tell_sender(message: Message, person: Person, at: datetime) -> None:
    """One item for a message, one for a whole sending however many of it fail."""
    blocked = message.state == State.BLOCKED
    title = (
        gettext_noop("Message not sent: a rule forbids it (%(customer)s)")
        if blocked
        else gettext_noop("Message not delivered (%(customer)s)")
    )
    url, group = reverse("contact:message", args=[message.pk]), f"message:{message.pk}"
    if message.sending_id:
        url, group = reverse("contact:sending", args=[message.sending_id]), f"sending:{message.sending_id}"
    notify(
        person=person, kind="message.blocked" if blocked else "message.failed", title=title, body=message.reason,
        params={"customer": message.customer_id, **message.params}, at=at, url=url, group=group,
    )  # fmt: skip


def _remember(message: Message, title: str, at: datetime) -> None:
    """One line of the customer's timeline; what was said stays with the message."""
    what = message.version.template.name if message.version else OWN_WORDS
    mark_timeline(
        customer_id=message.customer_id,
        at=at,
        kind="message",
        title=title,
        body=message.reason,
        params={
            **message.params,
            "channel": CHANNEL_WORDS.get(message.channel, message.channel),
            "what": what,
            "_translate": [*message.params.get("_translate", ()), "channel", *([] if message.version else ["what"])],
        },
        source=f"message:{message.pk}",
        actor=message.sender_id or "system",
        icon="send",
    )
