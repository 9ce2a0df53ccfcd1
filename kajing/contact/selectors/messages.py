"""Reads of messages, threads and sendings; each takes the person who looks first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, QuerySet

from kajing.contact.choices import Direction
from kajing.contact.gate import Touch
from kajing.contact.models import Mailbox, Message, MessageFile, MessageThread, Sending, StrayMessage
from kajing.customers.selectors import knows_name
from kajing.lib import masks
from kajing.org.scoping import ScopedQuerySet

State = Message.State
_COUNTED = (State.PLANNED, State.WAITING, State.SENT, State.DELIVERED)


def messages(user: Any) -> ScopedQuerySet:
    """Every message to or from a customer this person sees."""
    found: ScopedQuerySet = Message.objects.visible_to(user)
    return found.select_related("customer__unit", "customer__manager", "version__template", "sender", "thread")


def listed(
    user: Any, *, state: str = "", channel: str = "", direction: str = "", customer: str = "", mine: bool = False
) -> QuerySet[Message]:
    """Messages under filters, newest first."""
    found = messages(user)
    if state in State.values:
        found = found.filter(state=state)
    if channel:
        found = found.filter(channel=channel)
    if direction in Direction.values:
        found = found.filter(direction=direction)
    if customer:
        found = found.filter(customer=customer)
    return found.filter(sender=user) if mine else found


def message_touches(ids: Sequence[str], since: datetime) -> Iterator[tuple[str, str, Touch]]:
    """Messages that count as contacts for the gate: those that left, and those on their way."""
    rows = Message.objects.filter(customer__in=ids, direction=Direction.OUT, state__in=_COUNTED).order_by()
    rows = rows.filter(Q(sent_at__gte=since) | Q(sent_at=None, not_before__gte=since))
    for pk, customer, sent_at, not_before, purpose, channel in rows.values_list(
        "pk", "customer_id", "sent_at", "not_before", "purpose", "channel"
    ):
        at = sent_at or not_before
        if at is not None:
            yield f"message:{pk}", customer, Touch(at, purpose, channel)


# -- threads ----------------------------------------------------------------------------------------------------------
def threads(user: Any, *, waiting: bool = False, customer: str = "") -> QuerySet[MessageThread]:
    """Conversations with customers this person sees; those that wait for an answer, the oldest first."""
    found = MessageThread.objects.visible_to(user).select_related("customer__unit", "customer__manager")
    if customer:
        found = found.filter(customer=customer)
    if waiting:
        return found.filter(waiting_since__isnull=False).order_by("waiting_since", "pk")
    return found


def waiting_threads(user: Any) -> int:
    """How many customers wait for an answer."""
    return MessageThread.objects.visible_to(user).filter(waiting_since__isnull=False).count()


def talk(user: Any, thread: MessageThread) -> list[Message]:
    """The messages of a conversation, the oldest first, files included."""
    found = messages(user).filter(thread=thread).prefetch_related("files").order_by("planned_at", "pk")
    return list(found.exclude(body_enc=None))


def files(user: Any) -> ScopedQuerySet:
    """Files that came with messages of customers this person sees."""
    found: ScopedQuerySet = MessageFile.objects.visible_to(user)
    return found.select_related("message")


# -- sendings ---------------------------------------------------------------------------------------------------------
def sendings(user: Any) -> ScopedQuerySet:
    """Messages to many that this person sent, or somebody of the units they lead."""
    found: ScopedQuerySet = Sending.objects.visible_to(user)
    return found.select_related("sender", "version__template", "unit")


@dataclass(frozen=True)
class Delivery:
    """How a sending stands: rows by state, and by the rule that stopped them."""

    total: int
    states: dict[str, int] = field(default_factory=dict)
    rules: list[tuple[str, int]] = field(default_factory=list)

    @property
    def written(self) -> int:
        """Customers of the selection that have a row."""
        return sum(self.states.values())

    @property
    def waiting(self) -> int:
        """Messages that can still be called off."""
        return self.states.get(State.PLANNED, 0) + self.states.get(State.WAITING, 0)

    @property
    def left(self) -> int:
        """Messages that were handed over."""
        return self.states.get(State.SENT, 0) + self.states.get(State.DELIVERED, 0)


def delivery(sending: Sending) -> Delivery:
    """The counts of a sending; they count every customer of it, whoever looks."""
    return deliveries([sending])[sending.pk]


def deliveries(found: Sequence[Sending]) -> dict[int, Delivery]:
    """The same of several by their numbers, in two statements."""
    told = {one.pk: Delivery(total=one.asked) for one in found}
    rows = Message.objects.filter(sending__in=told).order_by()
    for pk, state, count in rows.values_list("sending", "state").annotate(count=Count("pk")):
        told[pk].states[state] = count
    stopped = rows.exclude(reason="").values_list("sending", "reason").annotate(count=Count("pk"))
    for pk, reason, count in stopped.order_by("-count", "reason"):
        told[pk].rules.append((reason, count))
    return told


def sent_to(user: Any, sending: Sending, *, state: str = "") -> QuerySet[Message]:
    """The rows of a sending about customers this person sees."""
    found = messages(user).filter(sending=sending).order_by("pk")
    return found.filter(state=state) if state in State.values else found


# -- what fits nobody -------------------------------------------------------------------------------------------------
def strays(user: Any) -> QuerySet[StrayMessage]:
    """Messages that belong to no customer yet; only for who may review them."""
    if not user.has_perm("contact.review_replies"):
        return StrayMessage.objects.none()
    return StrayMessage.objects.filter(done_at=None)


def mailboxes() -> QuerySet[Mailbox]:
    """When each mailbox was looked into, and what was in the way."""
    return Mailbox.objects.order_by("name")


def readable(user: Any, message: Message) -> tuple[str, str]:
    """Subject and text as this person may read them: the customer's name is masked for who may not know it."""
    texts = message.subject, message.body
    if knows_name(user, message.customer):
        return texts
    name = message.customer.name
    subject, body = (text.replace(name, masks.name(name)) for text in texts)
    return subject, body
