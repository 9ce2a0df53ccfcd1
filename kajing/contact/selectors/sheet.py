"""The call sheet (G1.4): five facts, one goal, one forbidden topic, the gate's light, and how far the call is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from kajing.contact.choices import Channel, Purpose, State
from kajing.contact.extensions import Fact, apart, facts_of
from kajing.contact.gate import Answer
from kajing.contact.keys import Key, outcome_keys
from kajing.contact.models import Interaction
from kajing.contact.phrases import FORBIDDEN, FORBIDDEN_ELSE, GOALS, phrases
from kajing.contact.selectors.permission import may_contact
from kajing.contact.steps import STEPS, Step
from kajing.customers.models import Customer
from kajing.customers.selectors import masked_fields, shown_name

FACTS = 5


@dataclass
class Sheet:
    """What the sheet shows. `contact` is the running call, or the one that just ended and waits for its next step."""

    customer: Customer
    name: str
    mobile: str
    facts: list[Fact]
    goal: str
    purpose: Purpose
    channel: Channel
    forbidden: str
    words: list[str]
    answer: Answer
    contact: Interaction | None

    @property
    def running(self) -> bool:
        """Whether a call is on."""
        return self.contact is not None and self.contact.state == State.STARTED

    @property
    def outcomes(self) -> list[Key]:
        """How it may end, with the keys."""
        return outcome_keys(self.contact.purpose if self.contact else self.purpose)

    @property
    def steps(self) -> list[Step]:
        """What may follow, with the keys."""
        return list(STEPS.values())

    @property
    def purposes(self) -> list[tuple[str, Any]]:
        """Every purpose, to choose another than the sheet's own."""
        return [(purpose.value, purpose.label) for purpose in Purpose]


def call_sheet(
    user: Any, customer: Customer, *, today: date, at: datetime, purpose: str = "", channel: str = "",
    contact: Interaction | None = None,
) -> Sheet:  # fmt: skip
    """The sheet for a customer one sees; `purpose` overrides what the facts suggest."""
    facts = facts_of(user, customer, today)
    contact = contact or _running(user, customer)
    lead = next((fact for fact in facts if fact.goal), None)
    chosen = _purpose(contact, purpose, lead)
    by = Channel(contact.channel) if contact else Channel(channel) if channel in Channel.values else Channel.PHONE
    suits = lead is not None and chosen == lead.purpose
    return Sheet(
        customer=customer,
        name=shown_name(user, customer),
        mobile=masked_fields(customer).get("mobile", ""),
        facts=apart(facts)[:FACTS],
        goal=lead.goal if lead and suits else str(GOALS[chosen]),
        purpose=chosen,
        channel=by,
        forbidden=next((fact.forbids for fact in facts if fact.forbids), str(FORBIDDEN.get(chosen, FORBIDDEN_ELSE))),
        words=_words(user, chosen, facts),
        answer=may_contact(customer, channel=by, purpose=chosen, at=at, actor=user),
        contact=contact,
    )


def _running(user: Any, customer: Customer) -> Interaction | None:
    found: Interaction | None = customer.interactions.filter(person=user, state=State.STARTED).first()
    return found


def _purpose(contact: Interaction | None, asked: str, lead: Fact | None) -> Purpose:
    if contact is not None:
        return Purpose(contact.purpose)
    if asked in Purpose.values:
        return Purpose(asked)
    return Purpose(lead.purpose) if lead and lead.purpose else Purpose.CARE


def _words(user: Any, purpose: Purpose, facts: list[Fact]) -> list[str]:
    told = {"name": user.name, "no": user.person_no}
    own = next((fact.words for fact in facts if fact.words), "")
    return [_(text) % told if "%(" in text else _(text) for text in phrases(purpose)] + ([own] if own else [])
