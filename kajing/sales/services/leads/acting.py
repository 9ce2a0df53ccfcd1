"""What is done about a lead: calls and visits with their outcome, the next step, a look at a masked field."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.customers.models import Customer
from kajing.customers.selectors import customers
from kajing.customers.selectors.people import masked
from kajing.customers.services.reveals import (
    SHORTEST_REASON,
    ReasonMissing,
    Revealed,
    UnknownField,
    check_quota,
    reveal_minutes,
)
from kajing.lib import masks
from kajing.lib.errors import DomainError, NotAllowed
from kajing.org.models import Person
from kajing.sales.models import Lead, LeadActivity
from kajing.sales.selectors.leads import knows_lead, leads
from kajing.sales.selectors.leads.contacting import refused
from kajing.sales.selectors.leads.reading import FIELDS, personal_value
from kajing.sales.services.leads.common import CannotKeepLead, NotThisStage, locked, save, tell, words
from kajing.sales.stages import KNOWN_LATER
from kajing.workflow.models import Task
from kajing.workflow.services import open_task

CONTACTS = {LeadActivity.Kind.CALL: "call", LeadActivity.Kind.VISIT: "visit"}  # activity → kind of the next task
SPEAKS = frozenset({"REACHED", "INTERESTED", "APPOINTED", "REFUSED"})
NEXT = gettext_noop("Lead %(lead)s: %(step)s")


class LeadContactRefused(DomainError):
    """The hours or another rule of the contact gate are against it; the sentence says which and until when."""

    status = 422


@transaction.atomic
def log_activity(
    *,
    actor: Person,
    lead: Lead,
    kind: str,
    at: datetime,
    outcome: str = "",
    note: str = "",
    next_step: str = "",
    next_kind: str = "follow_up",
    next_at: datetime | None = None,
    happened_at: datetime | None = None,
) -> LeadActivity:
    """Write down what was done and what came of it; `next_step` with `next_at` opens a task for the owner.

    A next step that is a call or a visit keeps the contact hours. Raises NotAllowed, NotThisStage, CannotKeepLead,
    LeadContactRefused.
    """
    one = locked(actor, lead)
    if one.stage in KNOWN_LATER:
        raise NotThisStage(_("This lead has become a card; log contacts with the customer."))
    faults = _faults(kind, outcome, note, next_step, next_at, happened_at or at, at)
    if faults:
        raise CannotKeepLead(faults)
    row = LeadActivity.objects.create(
        lead=one, kind=kind, outcome=outcome, note=words(note), at=happened_at or at, by=actor.person_no
    )
    one.touched_at = max(row.at, one.touched_at or row.at)
    save(one)
    tell(one, actor, "lead_activity", at, changes={"kind": kind, "outcome": outcome})
    if next_step.strip() and next_at is not None:
        _next_step(actor, one, next_step, next_kind, next_at, at)
    return row


def _faults(
    kind: str, outcome: str, note: str, next_step: str, next_at: datetime | None, happened: datetime, at: datetime
) -> dict[str, str]:
    found = {}
    if kind not in LeadActivity.Kind.values:
        found["kind"] = _("Choose what was done.")
    if outcome not in LeadActivity.Outcome.values:
        found["outcome"] = _("Choose what came of it.")
    elif kind != LeadActivity.Kind.NOTE and not outcome:
        found["outcome"] = _("Say what came of it.")
    if kind == LeadActivity.Kind.NOTE and not note.strip():
        found["note"] = _("Write the note.")
    if happened > at + timedelta(minutes=5):
        found["happened_at"] = _("What was done cannot lie ahead; plan it as the next step.")
    if bool(next_step.strip()) != (next_at is not None):
        found["next_step"] = _("A next step needs words and a time.")
    return found


def _next_step(actor: Person, one: Lead, step: str, kind: str, due_at: datetime, at: datetime) -> Task:
    """The task of the next step; about the customer only where the owner sees them. Raises LeadContactRefused."""
    channel = {"call": "PHONE", "call_back": "PHONE", "visit": "VISIT"}.get(kind)
    answer = refused(one, channel=channel, at=due_at) if channel else ""
    if answer:
        raise LeadContactRefused(answer)
    owner = one.owner if one.owner is not None and actor.has_perm("workflow.reassign_task") else actor
    return open_task(
        actor=actor, owner=owner, title=NEXT, params={"lead": one.number, "step": words(step, 120)}, kind=kind,
        source=f"lead:{one.pk}", value_at_stake=None, due_at=due_at, at=at, checked=True,
        customer=_seen_customer(owner, one),
    )  # fmt: skip


def _seen_customer(owner: Person, one: Lead) -> Customer | None:
    return customers(owner).filter(pk=one.customer_id).first() if one.customer_id else None


@transaction.atomic
def reveal_lead(*, actor: Person, lead: Lead, field: str, reason: str, at: datetime, address: str = "") -> Revealed:
    """A personal field in clear for who knows the lead; the ID number only as its first six and last four.

    No audit row, no value. Raises NotAllowed, UnknownField, ReasonMissing, QuotaUsedUp.
    """
    seen = leads(actor).filter(pk=lead.pk).exists()
    if not actor.has_perm("customers.reveal") or not seen or not knows_lead(actor, lead):
        raise NotAllowed(_("Claim the lead first: what is masked is for its owner."))
    if len(reason.strip()) < SHORTEST_REASON:
        raise ReasonMissing
    value = personal_value(lead, field) if field in FIELDS else ""
    if not value:
        raise UnknownField
    check_quota(actor, at)
    tell(lead, actor, "reveal_lead", at, changes={"field": field, "page": address[:200]}, reason=reason.strip()[:400])
    shown = masks.id_number_reviewed(value) if field == "id_number" else value
    return Revealed(shown, at + timedelta(minutes=reveal_minutes(at)))


def masked_value(lead: Lead, field: str) -> str:
    """The same field under its mask."""
    return masked({"phone": "mobile"}.get(field, field), personal_value(lead, field))
