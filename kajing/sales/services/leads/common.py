"""What every act on a lead shares: its errors, its lock, its audit row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from kajing.audit.services import record
from kajing.lib.errors import DomainError, NotAllowed
from kajing.lib.masks import scrub_card_numbers
from kajing.org.models import Person
from kajing.sales.models import Lead, LeadOwnership
from kajing.sales.selectors.leads import Match, can_work, leads
from kajing.workflow.selectors import moment

Actor = Person | None  # None is the system: the night, a rule
SHORTEST = 2  # characters of a reason


class CannotKeepLead(DomainError):
    """What is said of the lead is not complete or not right; `problems` names each fault."""

    status = 422

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__(errors)
        self.errors = dict(errors)

    def __str__(self) -> str:
        return " ".join(self.errors.values())

    @property
    def problems(self) -> list[dict[str, Any]]:
        """For programs: each field with its sentence."""
        return [{"field": name, "message": said, "code": "lead.field"} for name, said in self.errors.items()]


class LeadExists(DomainError):
    """Somebody is on file already; `matches` say who, as far as the actor may see."""

    def __init__(self, matches: Sequence[Match]) -> None:
        super().__init__(matches)
        self.matches = list(matches)

    def __str__(self) -> str:
        return " ".join(dict.fromkeys(map(said_of, self.matches)))

    @property
    def problems(self) -> list[dict[str, Any]]:
        """For programs: who to talk to, and whether the lead can be claimed."""
        return [
            {
                "field": "phone", "message": said_of(one), "code": f"lead.exists.{one.kind}", "lead_id": one.lead_id,
                "customer_id": one.customer_id or None, "contact_no": one.contact_no or None,
                "claimable": one.claimable,
            }
            for one in self.matches
        ]  # fmt: skip


class NotThisStage(DomainError):
    """The lead stands in a stage in which this cannot be done."""

    status = 422


class CannotOwn(DomainError):
    """The lead cannot change hands so; the sentence says why."""


class StaleLead(DomainError):
    """Somebody changed the lead since the page was drawn; `current` is how it stands now."""

    def __init__(self, current: Lead) -> None:
        super().__init__(_("Somebody changed this lead in the meantime. Look at it again, then repeat."))
        self.current = current


def said_of(one: Match) -> str:
    """One match as a sentence that says what to do."""
    told = {"name": one.name or _("This person"), "contact": one.contact, "unit": one.unit}
    if one.claimable:
        return _("%(name)s is a lead that belongs to nobody now (%(unit)s): claim it.") % told
    if one.kind == "customer":
        if not one.contact:
            return _("%(name)s is a customer in the public pool of %(unit)s: take the customer first.") % told
        return _("%(name)s is a customer of %(contact)s (%(unit)s): contact them.") % told
    return _("%(name)s is a lead of %(contact)s (%(unit)s): contact the owner.") % told


def locked(actor: Actor, one: Lead, version: int | None = None, *, work: bool = True) -> Lead:
    """The lead as it stands now, held. Raises NotAllowed, StaleLead.

    `work` asks that the actor may act on it; without, that they see it.
    """
    found = Lead.objects.select_for_update(of=("self",)).select_related("owner", "unit").get(pk=one.pk)
    if actor is not None:
        if not leads(actor).filter(pk=found.pk).exists():
            raise NotAllowed(_("This lead is not in your area."))
        if work and not can_work(actor, found):
            raise NotAllowed(_("This lead belongs to somebody else."))
    if version is not None and version != found.version:
        raise StaleLead(found)
    return found


def save(one: Lead) -> None:
    """Write the lead with its next version."""
    one.version += 1
    one.save()


def tell(
    one: Lead, actor: Actor, act: str, at: datetime, *, changes: Mapping[str, Any] | None = None, reason: str = ""
) -> None:
    """The audit row of an act; rules about leads, and about its customer, hear of it."""
    record(
        actor=person_no(actor), action=f"sales.{act}", object_kind="lead", object_id=str(one.pk),
        customer_id=one.customer_id or "", at=at, changes=dict(changes or {}), reason=reason,
    )  # fmt: skip


def person_no(actor: Actor) -> str:
    """Who acted, as text."""
    return actor.person_no if actor is not None else "system"


def words(text: str, longest: int = 400) -> str:
    """What people typed, trimmed and without card numbers."""
    return scrub_card_numbers(text.strip())[:longest]


def today_at(at: datetime) -> date:
    """The day that pages call today."""
    return moment(at).today


def end_ownership(one: Lead, on: date) -> None:
    """Close the running row of the lead's history of owners."""
    for row in LeadOwnership.objects.filter(lead=one, ended_on=None):
        row.ended_on = on
        row.save(update_fields=["ended_on"])
