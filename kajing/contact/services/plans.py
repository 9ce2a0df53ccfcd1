"""Planned contacts: calls and visits of a given time, and the check-in at the door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from kajing.contact.choices import Channel, State
from kajing.contact.models import Interaction
from kajing.contact.services.access import locked, must_be_choices, must_see, pass_gate, save
from kajing.contact.services.acts import start_contact
from kajing.contact.services.errors import SHORTEST_REASON, BadTime, NoReason, NotOpen
from kajing.contact.services.telling import audit, reminder_of
from kajing.customers.models import Customer
from kajing.lib.masks import scrub_card_numbers
from kajing.notifications.services import close_group
from kajing.org.models import Person

FURTHEST = timedelta(days=366)


@transaction.atomic
def plan_contact(
    *,
    actor: Person,
    customer: Customer,
    channel: str,
    purpose: str,
    planned_at: datetime,
    at: datetime,
    subject: str = "",
    place: str = "",
    district: str = "",
    source: str = "",
) -> Interaction:
    """Plan a call or visit at a moment; the gate is asked about that moment, and again when it begins.

    The same plan sent twice is one plan. Raises ContactRefused, BadTime, BadChoice, NotAllowed.
    """
    must_be_choices(channel, purpose)
    customer = must_see(actor, customer)
    _must_lie_ahead(planned_at, at)
    same = customer.interactions.filter(person=actor, channel=channel, state=State.PLANNED, planned_at=planned_at)
    if (known := same.first()) is not None:
        return known
    pass_gate(customer=customer, channel=channel, purpose=purpose, at=planned_at, actor=actor)
    contact = Interaction.objects.create(
        customer=customer, person=actor, channel=channel, purpose=purpose, state=State.PLANNED, at=planned_at,
        planned_at=planned_at, subject=scrub_card_numbers(subject), place=place.strip(), district=district.strip(),
        source=source, created_at=at, created_by=actor.person_no,
    )  # fmt: skip
    audit(contact, actor, "plan", at, channel=channel, purpose=purpose, planned_at=planned_at.isoformat())
    return contact


@transaction.atomic
def move_plan(
    *, actor: Person, contact: Interaction, planned_at: datetime, at: datetime, version: int | None = None
) -> Interaction:
    """Another time for a plan. Raises ContactRefused, NotOpen, BadTime, NotAllowed, Stale."""
    contact = locked(contact, actor, version)
    if contact.state != State.PLANNED:
        raise NotOpen
    _must_lie_ahead(planned_at, at)
    customer = must_see(actor, contact.customer)
    pass_gate(
        customer=customer, channel=contact.channel, purpose=contact.purpose, at=planned_at, actor=contact.person,
        without=f"interaction:{contact.pk}",
    )  # fmt: skip
    before = contact.at
    if before == planned_at:
        return contact
    contact.at = contact.planned_at = planned_at
    contact.reminded_at = None
    save(contact)
    close_group(group=reminder_of(contact), at=at)
    audit(contact, actor, "move", at, planned_at=[before.isoformat(), planned_at.isoformat()])
    return contact


@transaction.atomic
def cancel_plan(*, actor: Person, contact: Interaction, at: datetime, reason: str) -> Interaction:
    """Call a plan off and say why. Raises NotOpen, NoReason, NotAllowed."""
    contact = locked(contact, actor)
    if contact.state != State.PLANNED:
        raise NotOpen
    reason = scrub_card_numbers(reason.strip())[:200]
    if len(reason) < SHORTEST_REASON:
        raise NoReason
    drop_plan(contact, reason, at)
    audit(contact, actor, "cancel", at, reason=reason)
    return contact


def drop_plan(contact: Interaction, reason: str, at: datetime) -> None:
    """Write that a plan is called off; rights are checked and the act recorded by the caller."""
    contact.state, contact.called_off_because = State.CANCELLED, reason
    save(contact)
    close_group(group=reminder_of(contact), at=at)


@dataclass(frozen=True, slots=True)
class Place:
    """Where somebody is: degrees, metres, own words. All may be missing, but not the words and the position both."""

    latitude: Decimal | None = None
    longitude: Decimal | None = None
    accuracy: int | None = None
    words: str = ""

    @property
    def known(self) -> bool:
        """Whether it says anything."""
        return bool(self.words) or (self.latitude is not None and self.longitude is not None)


@transaction.atomic
def check_in(*, actor: Person, contact: Interaction, place: Place, at: datetime) -> Interaction:
    """Arrive at a planned visit: it begins with place and time, if the gate is green at that moment.

    Raises ContactRefused, NotOpen, BadTime, NotAllowed.
    """
    if contact.channel != Channel.VISIT:
        raise NotOpen(_("Only a visit has a check-in."))
    if not place.known:
        raise BadTime(_("Say where you are: allow the position, or write the place."))
    started = start_contact(
        actor=actor, customer=contact.customer, channel=contact.channel, purpose=contact.purpose, at=at, plan=contact
    )
    if started.pk != contact.pk:
        raise NotOpen(_("Another visit to this customer is running. End it first."))
    started.latitude, started.longitude, started.accuracy = place.latitude, place.longitude, place.accuracy
    started.place, started.checked_in_at = place.words[:200] or started.place, at
    save(started)
    close_group(group=reminder_of(started), at=at)
    audit(started, actor, "check_in", at, accuracy=place.accuracy, words=bool(place.words))
    return started


def _must_lie_ahead(planned_at: datetime, at: datetime) -> None:
    if planned_at <= at:
        raise BadTime(_("Choose a time that lies ahead."))
    if planned_at > at + FURTHEST:
        raise BadTime(_("Choose a time within a year."))
