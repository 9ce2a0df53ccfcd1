"""May this customer be contacted? The gate's answer from what the bank knows now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from kajing.contact.gate import Answer, Question, decide
from kajing.contact.selectors.facts import asker, facts, rulebook
from kajing.customers.models import Customer
from kajing.org.models import Person
from kajing.org.selectors import person as person_of


def may_contact(
    customer: Customer | str,
    *,
    channel: str,
    purpose: str,
    at: datetime,
    actor: Person | None = None,
    without: str = "",
) -> Answer:
    """The gate's answer for one customer at a moment, now or to come.

    `channel` and `purpose` are names of `contact.choices`. `actor` makes the contact: licences and overrides are that
    person's; None is the system, which sells nothing in person. `without` names a contact that is on its way already,
    such as interaction:41 or message:7, so that it does not use up its own cap.
    """
    pk = customer if isinstance(customer, str) else customer.pk
    return may_contact_many([pk], channel=channel, purpose=purpose, at=at, actor=actor, without=without)[pk]


def may_contact_many(
    customers: Iterable[Customer | str],
    *,
    channel: str,
    purpose: str,
    at: datetime,
    actor: Person | None = None,
    without: str = "",
) -> dict[str, Answer]:
    """`may_contact` for many customers by their id: about 10 queries for every 2,000 of them."""
    ids = [one if isinstance(one, str) else one.pk for one in customers]
    if not ids:
        return {}
    question, rules, who = Question(channel, purpose, at), rulebook(at), asker(actor)
    person_no = who.person_no if who else ""
    return {
        pk: decide(question, known, rules, who) for pk, known in facts(ids, at, person_no=person_no, without=without)
    }


def answers_for(
    customer: Customer, *, channel: str, purposes: Iterable[str], at: datetime, actor: Person | None = None
) -> dict[str, Answer]:
    """The answers for several purposes at once, by purpose, from one look at the facts."""
    rules, who = rulebook(at), asker(actor)
    (_pk, known), *_none = facts([customer.pk], at, person_no=who.person_no if who else "")
    return {purpose: decide(Question(channel, purpose, at), known, rules, who) for purpose in purposes}


def recheck(
    *, customer_id: str, channel: str, purpose: str, at: datetime, actor_no: str = "", without: str = ""
) -> Answer:
    """The answer again at the moment something leaves the outbox; `actor_no` is who wrote it, empty for the system."""
    actor = person_of(actor_no) if actor_no else None
    return may_contact(customer_id, channel=channel, purpose=purpose, at=at, actor=actor, without=without)
