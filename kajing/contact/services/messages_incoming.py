"""What comes in: replies, receipts, bounces and refusals, each taken once and placed with its customer.

A reply belongs to the thread it names (by message id, by the token in its reply address), else to the only customer who
has the sender's address. What fits nobody waits for a person, whole.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.core import signing
from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.audit.services import record
from kajing.contact import channels, forbidden
from kajing.contact.choices import Direction, Purpose
from kajing.contact.drafts import OPT_OUT_SALT
from kajing.contact.models import (
    BODY,
    SENDER,
    SUBJECT,
    ChannelEvent,
    Message,
    MessageFile,
    MessageThread,
    StrayMessage,
    seal,
)
from kajing.contact.services.messages_delivery import end
from kajing.contact.signals import message_changed, message_received
from kajing.contact.verdicts import CHANNEL_WORDS
from kajing.customers.models import Consent, Customer
from kajing.customers.selectors import owners_of_address
from kajing.customers.services import invalidate_contact_point, mark_timeline, withdrawn_by_customer
from kajing.lib.errors import DomainError, NotAllowed
from kajing.lib.masks import scrub_card_numbers
from kajing.lib.periods import SHANGHAI
from kajing.notifications.services import notify
from kajing.org.models import Person, Role, Unit

if TYPE_CHECKING:
    from collections.abc import Iterable

State = Message.State
REVIEW = "contact.review_replies"
ON_ITS_WAY = (State.PLANNED, State.WAITING, State.SENT)

REPLY = gettext_noop("Reply by %(channel)s")
OPTED_OUT = gettext_noop("Asked by %(channel)s to get no more marketing")
NOT_DELIVERED = gettext_noop("The channel could not deliver it: %(code)s")


class CannotPlace(DomainError):
    """The message was placed or put aside before, or the customer is not there."""


@dataclass(frozen=True)
class KeptFile:
    """A file whose bytes are in the store, or were refused for a reason (a message id)."""

    name: str
    content_type: str
    size: int
    sha256: str = ""
    refused: str = ""


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What a customer wrote."""

    channel: str
    sender: str
    text: str
    subject: str = ""
    mail_id: str = ""
    automatic: bool = False
    files: Sequence[KeptFile] = field(default_factory=list)
    raw_sha256: str = ""


def first_time(*, channel: str, event_id: str, kind: str, at: datetime) -> bool:
    """Note an event of a channel; False when it was taken before. Inside the transaction that takes it."""
    _event, is_new = ChannelEvent.objects.get_or_create(
        channel=channel, event_id=event_id[:120], defaults={"kind": kind[:40], "taken_at": at}
    )
    return is_new


# -- receipts ---------------------------------------------------------------------------------------------------------
@transaction.atomic
def take_delivered(*, message: Message, at: datetime) -> bool:
    """The channel says that it arrived; False when that changes nothing."""
    found = Message.objects.filter(pk=message.pk, state__in=ON_ITS_WAY)
    if not found.update(state=State.DELIVERED, delivered_at=at):
        return False
    Message.objects.filter(pk=message.pk, sent_at=None).update(sent_at=at)
    message.state, message.delivered_at = State.DELIVERED, at
    message_changed.send(sender=Message, message=message, state=State.DELIVERED, at=at)
    return True


@transaction.atomic
def take_failed(*, message: Message, code: str, address_dead: bool, at: datetime) -> bool:
    """The channel says that it will not arrive; a dead address is marked so."""
    if address_dead and message.point is not None:
        invalidate_contact_point(point=message.point, source=f"message:{message.pk}", at=at)
    return end(message, State.FAILED, "channel.failed", NOT_DELIVERED, {"code": code[:60]}, at)


# -- replies ----------------------------------------------------------------------------------------------------------
@transaction.atomic
def take_reply(*, reply: Reply, about: Message | None, token: str = "", at: datetime) -> Message | StrayMessage:
    """Place a reply: with the message it answers, else by the reply token, else by the sender's address."""
    thread = about.thread if about else MessageThread.objects.filter(token=token).first() if token else None
    if thread is not None:
        return _write_in(thread, reply, at, elsewhere=not _is_of(thread.customer, reply))
    owners = owners_of_address(channels.channel_of(reply.channel).address_kind, reply.sender)
    if len(owners) == 1:
        return _write_in(_thread(owners[0], reply, at), reply, at, elsewhere=False)
    stray = StrayMessage.objects.create(
        channel=reply.channel, sender_enc=seal(SENDER, reply.sender), subject_enc=_sealed(SUBJECT, reply.subject),
        body_enc=seal(BODY, reply.text), mail_id=reply.mail_id, raw_sha256=reply.raw_sha256, came_at=at,
    )  # fmt: skip
    record(actor="system", action="contact.stray", object_kind="stray_message", object_id=str(stray.pk), at=at)
    return stray


def _is_of(customer: Customer, reply: Reply) -> bool:
    owners = owners_of_address(channels.channel_of(reply.channel).address_kind, reply.sender)
    return any(owner.pk == customer.pk for owner in owners)


def _thread(customer: Customer, reply: Reply, at: datetime) -> MessageThread:
    """Where a reply goes that names no message: the one conversation of the channel, or a mail thread of its own."""
    if not channels.channel_of(reply.channel).has_subject:
        known = customer.threads.filter(channel=reply.channel).first()
        if known:
            return known
    return MessageThread.objects.create(
        customer=customer, channel=reply.channel, token=secrets.token_hex(12), opened_at=at, last_at=at,
        subject_enc=_sealed(SUBJECT, reply.subject),
    )  # fmt: skip


def _sealed(column: str, text: str) -> bytes | None:
    return seal(column, text) if text else None


def _write_in(thread: MessageThread, reply: Reply, at: datetime, *, elsewhere: bool) -> Message:
    day = at.astimezone(SHANGHAI).date()
    message = Message.objects.create(
        customer=thread.customer,
        thread=thread,
        direction=Direction.IN,
        channel=reply.channel,
        purpose=Purpose.SERVICE,
        subject_enc=_sealed(SUBJECT, reply.subject),
        body_enc=seal(BODY, scrub_card_numbers(reply.text)),
        state=State.RECEIVED,
        mail_id=reply.mail_id,
        sensitive=forbidden.find_sensitive(f"{reply.subject}\n{reply.text}", day),
        from_elsewhere=elsewhere,
        planned_at=at,
    )
    for file in reply.files:
        MessageFile.objects.create(
            message=message, name=file.name, content_type=file.content_type, size=file.size, sha256=file.sha256,
            refused=file.refused,
        )  # fmt: skip
    leaves = not reply.automatic and (forbidden.is_opt_out(reply.text, day) or forbidden.is_opt_out(reply.subject, day))
    MessageThread.objects.filter(pk=thread.pk).update(
        last_at=at, waiting_since=thread.waiting_since if leaves or reply.automatic else at
    )
    _told(message, at, leaves=leaves)
    if leaves:
        opt_out(customer=thread.customer, channel=reply.channel, source=f"message:{message.pk}", at=at)
    if not reply.automatic:
        _tell_people(message, at)
    message_received.send(sender=Message, message=message, at=at)
    return message


def _told(message: Message, at: datetime, *, leaves: bool) -> None:
    record(
        actor="customer", action="contact.message_received", object_kind="message", object_id=str(message.pk),
        customer_id=message.customer_id, at=at,
        changes={"channel": message.channel, "sensitive": len(message.sensitive), "files": message.files.count()},
    )  # fmt: skip
    mark_timeline(
        customer_id=message.customer_id,
        at=at,
        kind="message",
        title=OPTED_OUT if leaves else REPLY,
        params={"channel": CHANNEL_WORDS.get(message.channel, message.channel), "_translate": ["channel"]},
        source=f"message:{message.pk}",
        actor="customer",
        icon="message-circle",
    )


def _tell_people(message: Message, at: datetime) -> None:
    """The manager hears of every reply; of one with a word that must be looked at, the leaders of the unit too."""
    kind, title = "message.reply", gettext_noop("Reply from customer %(customer)s")
    people = _managers(message)
    if message.sensitive:
        kind, title = "message.sensitive", gettext_noop("A reply must be looked at: customer %(customer)s")
        people += [one for one in _leaders(message.customer) if one not in people]
    for person in people:
        notify(
            person=person, kind=kind, title=title, params={"customer": message.customer_id}, at=at,
            url=reverse("contact:thread", args=[message.thread_id]), group=f"thread:{message.thread_id}",
        )  # fmt: skip


def _managers(message: Message) -> list[Person]:
    manager = message.customer.manager
    if manager is not None and manager.is_active:
        return [manager]
    return _leaders(message.customer)


def _leaders(customer: Customer) -> list[Person]:
    """The leaders of the unit, or of the next one above that has any."""
    unit: Unit | None = customer.unit
    while unit is not None:
        found = list(Person.objects.filter(is_active=True, unit=unit, role__in=[Role.LEADER, Role.BRANCH_HEAD]))
        if found:
            return found
        unit = unit.parent
    return []


# -- no more ----------------------------------------------------------------------------------------------------------
@transaction.atomic
def opt_out(*, customer: Customer, channel: str, source: str, at: datetime) -> None:
    """The customer wants no more marketing over a channel; `source` is the message or link that says so."""
    kept = channel if channel in Consent.Channel.values else Consent.Channel.ANY
    for purpose in (Consent.Purpose.MARKETING, Consent.Purpose.CROSS_SELL):
        withdrawn_by_customer(customer=customer, purpose=purpose, channel=kept, at=at, source=source[:40])


def opt_out_message(token: str) -> Message | None:
    """The message that a signed opt-out link belongs to, or None for a token that is not ours."""
    try:
        message_id = UUID(signing.Signer(salt=OPT_OUT_SALT).unsign(token))
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return Message.objects.select_related("customer").filter(message_id=message_id).first()


def opt_out_by_link(*, token: str, at: datetime) -> bool:
    """Withdraw by the link of a message; False for a link that is not ours. Twice is as good as once."""
    message = opt_out_message(token)
    if message is None:
        return False
    opt_out(customer=message.customer, channel=message.channel, source=f"link:{message.pk}", at=at)
    return True


# -- what fits nobody -------------------------------------------------------------------------------------------------
@transaction.atomic
def place_stray(
    *, actor: Person, stray: StrayMessage, customer: Customer, at: datetime, files: Iterable[KeptFile] = ()
) -> Message:
    """Say whose a stray message is. Raises NotAllowed, CannotPlace."""
    stray = _open_stray(actor, stray)
    reply = Reply(
        channel=stray.channel, sender=stray.sender, text=stray.body, subject=stray.subject, mail_id=stray.mail_id,
        files=list(files),
    )  # fmt: skip
    message = _write_in(_thread(customer, reply, at), reply, at, elsewhere=not _is_of(customer, reply))
    stray.became = message
    _close(actor, stray, at, "contact.place_stray")
    return message


@transaction.atomic
def dismiss_stray(*, actor: Person, stray: StrayMessage, at: datetime) -> None:
    """Put aside what belongs to no customer. Raises NotAllowed, CannotPlace."""
    _close(actor, _open_stray(actor, stray), at, "contact.dismiss_stray")


def _open_stray(actor: Person, stray: StrayMessage) -> StrayMessage:
    if not actor.has_perm(REVIEW):
        raise NotAllowed
    found = StrayMessage.objects.select_for_update().get(pk=stray.pk)
    if found.done_at is not None:
        raise CannotPlace(_("Somebody has dealt with this message already; reload the list."))
    return found


def _close(actor: Person, stray: StrayMessage, at: datetime, action: str) -> None:
    stray.done_at, stray.done_by = at, actor.person_no
    stray.save(update_fields=["done_at", "done_by", "became"])
    record(
        actor=actor.person_no, action=action, object_kind="stray_message", object_id=str(stray.pk), at=at,
        customer_id=stray.became.customer_id if stray.became else "",
    )  # fmt: skip
