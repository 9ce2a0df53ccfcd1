"""Tasks that mean a contact with the customer: none is opened that the contact gate would not let be done in time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from kajing.contact.choices import Channel, Purpose
from kajing.contact.gate import Answer
from kajing.contact.selectors import may_contact_many
from kajing.customers.models import Customer
from kajing.lib.periods import SHANGHAI
from kajing.org.models import Person
from kajing.workflow import selectors

# What a task of a kind means: by which channel, what for. Other kinds ask for no contact.
CONTACT_KINDS: dict[str, tuple[Channel, Purpose]] = {
    "call": (Channel.PHONE, Purpose.MARKETING),
    "visit": (Channel.VISIT, Purpose.MARKETING),
    "care": (Channel.PHONE, Purpose.CARE),
    "call_back": (Channel.PHONE, Purpose.SERVICE),
}


def kind_for(channel: str, purpose: str) -> str:
    """The kind of a task that means a contact by this channel for this purpose; a plain follow-up when none does."""
    ways = {(by.value, what.value): kind for kind, (by, what) in CONTACT_KINDS.items()}
    care = "care" if purpose == Purpose.CARE else "follow_up"
    return ways.get((channel, purpose), care)


def refused(
    owners: Mapping[Customer, Person | None], *, kind: str, due_at: datetime, at: datetime
) -> dict[str, Answer]:
    """Customers whom their owner may not contact at any minute up to the end of the due day, with the gate's answer.

    Empty for kinds that mean no contact. An owner of None is the system, which needs no licence.
    """
    if kind not in CONTACT_KINDS or not owners:
        return {}
    channel, purpose = CONTACT_KINDS[kind]
    end = _end_of_due_day(due_at, at)
    books: dict[Person | None, list[Customer]] = defaultdict(list)
    for customer, owner in owners.items():
        books[owner].append(customer)
    return {
        pk: answer
        for owner, book in books.items()
        for pk, answer in may_contact_many(book, channel=channel, purpose=purpose, at=at, actor=owner).items()
        if answer.next_allowed_at is None or answer.next_allowed_at >= end
    }


def _end_of_due_day(due_at: datetime, at: datetime) -> datetime:
    """On the clock: pages of an old data set count their days from its last night, people are called today."""
    present = selectors.moment(at)
    wait = max(due_at - present.now, timedelta(0))
    return selectors.day_bounds((at + wait).astimezone(SHANGHAI).date())[1]


def refused_one(
    customer: Customer, owner: Person | None, *, kind: str, due_at: datetime, at: datetime
) -> Answer | None:
    """The answer that forbids one task, or None."""
    return refused({customer: owner}, kind=kind, due_at=due_at, at=at).get(customer.pk)


def owners_for(actor: Person, customers: Iterable[Customer]) -> dict[Customer, Person]:
    """Who would get a task about each customer: its manager when the actor may hand tasks on, else the actor."""
    gives = actor.has_perm("workflow.reassign_task")
    return {one: one.manager if gives and one.manager and one.manager.is_active else actor for one in customers}
