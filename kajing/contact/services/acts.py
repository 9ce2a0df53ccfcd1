"""Business acts on contacts: start, end, choose what follows, take back, log what happened already."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.contact import signals
from kajing.contact.choices import Channel, Direction, Outcome, Purpose, State
from kajing.contact.models import Interaction
from kajing.contact.selectors.facts import rulebook
from kajing.contact.selectors.permission import may_contact
from kajing.contact.services.access import locked, must_be_choices, must_see, pass_gate, save, use_pass
from kajing.contact.services.errors import BadChoice, BadTime, NotOpen
from kajing.contact.services.telling import audit, mark, tell_leader
from kajing.contact.steps import STEPS, due_of
from kajing.customers.models import ContactHold, Customer
from kajing.customers.services import lift_hold, mark_timeline, place_hold
from kajing.lib.masks import scrub_card_numbers
from kajing.lib.periods import SHANGHAI
from kajing.org.models import Person

__all__ = [
    "choose_next_step", "end_contact", "log_contact", "miss_call", "note_contact", "reopen_contact",
    "start_contact",
]  # fmt: skip
UNDO_WINDOW = timedelta(minutes=30)
LATEST_ENTRY = timedelta(days=31)  # what happened longer ago is no longer entered by hand
_SHORTLY = timedelta(minutes=5)  # clocks of phones and servers differ a little
_REFUSALS = (Outcome.REFUSED, Outcome.NEVER)


@transaction.atomic
def start_contact(
    *,
    actor: Person,
    customer: Customer,
    channel: str,
    purpose: str,
    at: datetime,
    source: str = "",
    plan: Interaction | None = None,
) -> Interaction:
    """Begin a contact, planned or not; one that the same person has running with the customer goes on.

    Raises ContactRefused when the gate is red, NotAllowed, BadChoice, NotOpen.
    """
    must_be_choices(channel, purpose)
    customer = must_see(actor, customer)
    running = customer.interactions.filter(person=actor, channel=channel, state=State.STARTED).first()
    if running is not None:
        return running
    contact = _planned(plan, actor) if plan else Interaction(created_at=at, created_by=actor.person_no)
    without = f"interaction:{contact.pk}" if plan else ""
    answer = pass_gate(customer=customer, channel=channel, purpose=purpose, at=at, actor=actor, without=without)
    contact.customer, contact.person = customer, actor
    contact.channel, contact.purpose, contact.source = channel, purpose, source or contact.source
    contact.state, contact.at, contact.started_at, contact.allowed = State.STARTED, at, at, True
    contact.save()
    contact.override = use_pass(answer, source=f"interaction:{contact.pk}", at=at)
    save(contact)
    audit(contact, actor, "start", at, channel=channel, purpose=purpose, override=answer.pass_id)
    return contact


def _planned(plan: Interaction, actor: Person) -> Interaction:
    found = locked(plan, actor)
    if found.state != State.PLANNED:
        raise NotOpen
    return found


@transaction.atomic
def end_contact(
    *,
    actor: Person,
    contact: Interaction,
    outcome: str,
    at: datetime,
    note: str = "",
    material_version: str = "",
    version: int | None = None,
) -> Interaction:
    """End a running contact with its outcome. A refusal places the hold of its dated length; “never” has no end.

    Raises NotOpen, BadChoice, NotAllowed, Stale.
    """
    contact = locked(contact, actor, version)
    if contact.state != State.STARTED:
        raise NotOpen
    if outcome not in Outcome.values or outcome == Outcome.MISSED:
        raise BadChoice
    contact.state, contact.outcome, contact.ended_at = State.DONE, outcome, at
    contact.note = scrub_card_numbers(note) or contact.note
    contact.material_version = material_version or contact.material_version
    save(contact)
    _finish(contact, actor, at)
    return contact


def _finish(contact: Interaction, actor: Person, at: datetime) -> None:
    audit(contact, actor, "end", at, outcome=contact.outcome, allowed=contact.allowed)
    mark(contact, actor)
    _refusal(contact, actor, at)
    if not contact.allowed:
        tell_leader(contact, actor, at)
    signals.interaction_ended.send(sender=Interaction, interaction=contact, actor=actor, at=at)


def _refusal(contact: Interaction, actor: Person, at: datetime) -> None:
    """No means no: for the rule's days and this purpose, or for good and every purpose the rule names."""
    day = at.astimezone(SHANGHAI).date()
    rules = rulebook(at)
    capped = rules.on("capped_purposes", day)
    if contact.outcome not in _REFUSALS or capped is None or contact.purpose not in capped:
        return
    never = contact.outcome == Outcome.NEVER
    length = rules.on("refusal_quiet_days", day)
    until: date | None = None if never or length is None else day + timedelta(days=length.value)
    place_hold(
        actor=actor.person_no, customer=contact.customer, kind="REFUSAL", purpose="" if never else contact.purpose,
        source=f"interaction:{contact.pk}", at=at, until=until, reason=contact.note[:200],
    )  # fmt: skip


@transaction.atomic
def choose_next_step(
    *, actor: Person, contact: Interaction, step: str, at: datetime, due_at: datetime | None = None
) -> Interaction:
    """Say what follows an ended contact; rooms above open the task. Chosen once.

    Raises BadChoice, BadTime, NotOpen, NotAllowed, and what a receiver refuses, such as a task the gate would not
    allow.
    """
    contact = locked(contact, actor)
    if step not in STEPS:
        raise BadChoice
    if due_at is not None and due_at <= at:
        raise BadTime(_("Choose a time that lies ahead."))
    if contact.state not in {State.DONE, State.MISSED} or contact.next_step:
        raise NotOpen(_("What follows has been chosen already."))
    chosen = STEPS[step]
    contact.next_step = step
    contact.next_at = (due_at or due_of(chosen, at)) if chosen.days else None
    save(contact)
    audit(contact, actor, "next_step", at, step=step, due_at=contact.next_at and contact.next_at.isoformat())
    if contact.next_at is not None:
        signals.next_step_chosen.send(
            sender=Interaction, interaction=contact, step=chosen, due_at=contact.next_at, actor=actor, at=at
        )
    return contact


@transaction.atomic
def reopen_contact(*, actor: Person, contact: Interaction, at: datetime) -> Interaction:
    """Take an outcome back within 30 minutes: the contact runs on and a hold it placed is lifted. Raises NotOpen."""
    contact = locked(contact, actor)
    late = contact.ended_at is None or at - contact.ended_at > UNDO_WINDOW
    if contact.state == State.STARTED:
        return contact
    if contact.state != State.DONE or late or contact.next_step or contact.started_at is None:
        raise NotOpen(_("This can no longer be taken back. Correct it in the note of the contact."))
    before = contact.outcome
    contact.state, contact.outcome, contact.ended_at = State.STARTED, "", None
    save(contact)
    for hold in ContactHold.objects.filter(source=f"interaction:{contact.pk}", lifted_at=None):
        lift_hold(actor=actor.person_no, hold=hold, at=at, reason=_("The outcome was taken back."))
    audit(contact, actor, "reopen", at, outcome=before)
    mark_timeline(
        customer_id=contact.customer_id, at=at, kind="field", title=gettext_noop("Outcome of a contact taken back"),
        source=f"interaction:{contact.pk}", actor=actor.person_no, icon="arrow-back-up",
    )  # fmt: skip
    signals.interaction_reopened.send(sender=Interaction, interaction=contact, actor=actor, at=at)
    return contact


@transaction.atomic
def note_contact(
    *,
    actor: Person,
    contact: Interaction,
    note: str,
    at: datetime,
    material_version: str = "",
    version: int | None = None,
) -> Interaction:
    """Change the note and the version of the material that was used. Raises NotAllowed, Stale.

    The audit trail tells who did it when, and how long the note was before: words about a customer do not stand there.
    """
    contact = locked(contact, actor, version)
    before = {"note": len(contact.note), "material_version": contact.material_version}
    contact.note, contact.material_version = scrub_card_numbers(note), material_version
    save(contact)
    audit(contact, actor, "note", at, before=before, material_version=material_version)
    return contact


@transaction.atomic
def log_contact(
    *,
    actor: Person,
    customer: Customer,
    channel: str,
    purpose: str,
    outcome: str,
    began_at: datetime,
    at: datetime,
    direction: str = Direction.OUT,
    ended_at: datetime | None = None,
    note: str = "",
    material_version: str = "",
    source: str = "",
) -> Interaction:
    """Enter a contact that happened already, allowed or not.

    What the gate would have refused is kept, marked, and told to the leader. The same entry sent twice within minutes
    is one contact. Raises BadTime, BadChoice, NotAllowed.
    """
    must_be_choices(channel, purpose)
    customer = must_see(actor, customer)
    if outcome not in Outcome.values or direction not in Direction.values:
        raise BadChoice
    _must_have_been(began_at, ended_at, at)
    same = customer.interactions.filter(
        person=actor, channel=channel, purpose=purpose, direction=direction, outcome=outcome, started_at=began_at,
        note=scrub_card_numbers(note), created_at__gte=at - _SHORTLY,
    )  # fmt: skip
    if (known := same.first()) is not None:
        return known
    answer = may_contact(customer, channel=channel, purpose=purpose, at=began_at, actor=actor)
    contact = Interaction(
        customer=customer, person=actor, channel=channel, purpose=purpose, direction=direction, outcome=outcome,
        state=State.MISSED if outcome == Outcome.MISSED else State.DONE, at=began_at, started_at=began_at,
        ended_at=ended_at or began_at, note=scrub_card_numbers(note), material_version=material_version, source=source,
        allowed=direction == Direction.IN or answer.allowed, created_at=at, created_by=actor.person_no,
    )  # fmt: skip
    contact.blocked_by = [] if contact.allowed else [block.code for block in answer.all_blocks]
    contact.save()
    if contact.allowed and direction == Direction.OUT:
        contact.override = use_pass(answer, source=f"interaction:{contact.pk}", at=at)
        contact.save(update_fields=["override"])
    audit(contact, actor, "log", at, channel=channel, purpose=purpose, began_at=began_at.isoformat())
    _finish(contact, actor, at)
    return contact


def miss_call(*, actor: Person, customer: Customer, began_at: datetime, at: datetime, note: str = "") -> Interaction:
    """A call from the customer that nobody took. Raises BadTime, NotAllowed."""
    return log_contact(
        actor=actor, customer=customer, channel=Channel.PHONE, purpose=Purpose.SERVICE, outcome=Outcome.MISSED,
        direction=Direction.IN, began_at=began_at, at=at, note=note,
    )  # fmt: skip


def _must_have_been(began_at: datetime, ended_at: datetime | None, at: datetime) -> None:
    if began_at > at + _SHORTLY:
        raise BadTime(_("This time lies ahead. Plan the contact instead of logging it."))
    if began_at < at - LATEST_ENTRY:
        raise BadTime(_("This is longer ago than a month. Ask your leader to note it with the customer."))
    if ended_at is not None and not began_at <= ended_at <= at + _SHORTLY:
        raise BadTime(_("The end lies before the beginning, or ahead."))
