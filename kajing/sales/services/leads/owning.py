"""Whose a lead is: assigned, claimed, released. Thirty days from the first consent on (domain §5.4), then the pool."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.lib.errors import NotAllowed
from kajing.notifications.services import notify
from kajing.org.models import Person, Unit
from kajing.sales.models import Lead, LeadOwnership
from kajing.sales.selectors.leads import clean_phone, is_free, may_claim, new_owners, policy
from kajing.sales.selectors.leads.duplicates import find_leads
from kajing.sales.selectors.leads.reading import ASSIGN
from kajing.sales.services.leads.common import (
    SHORTEST,
    Actor,
    CannotKeepLead,
    CannotOwn,
    end_ownership,
    locked,
    person_no,
    save,
    tell,
    today_at,
    words,
)
from kajing.sales.services.leads.facts import Facts, fill
from kajing.sales.services.leads.moving import enter
from kajing.sales.stages import OPEN

Way = LeadOwnership.Way
ASSIGNED = gettext_noop("Lead given to you: %(lead)s")


@transaction.atomic
def assign(
    *, actor: Person, lead: Lead, owner: Person, at: datetime, reason: str = "", version: int | None = None,
    news: bool = True,
) -> Lead:  # fmt: skip
    """Give a lead to somebody of the actor's place; it is theirs for a whole period from today on.

    Raises NotAllowed, StaleLead, CannotOwn.
    """
    if not actor.has_perm(ASSIGN):
        raise NotAllowed(_("Only a leader may give leads to somebody else."))
    one = locked(actor, lead, version)
    if one.stage not in OPEN:
        raise CannotOwn(_("Only a lead that is still open changes hands."))
    if owner not in new_owners(actor):
        raise CannotOwn(_("This person is not in your area, or holds no leads."))
    if one.owner_id == owner.person_no:
        return one
    hand_over(one, owner, owner.unit, Way.ASSIGN, actor, at, words(reason, 200))
    if news and owner != actor:
        notify(
            person=owner, kind="lead.assigned", title=ASSIGNED, params={"lead": one.number}, at=at,
            url=f"/leads/{one.pk}/", group=f"lead:{one.pk}",
        )  # fmt: skip
    return one


@transaction.atomic
def claim(*, actor: Person, lead: Lead, at: datetime) -> Lead:
    """Take a lead that belongs to nobody, or whose owner's time is over. Two at once: exactly one wins.

    Raises NotAllowed, CannotOwn (taken meanwhile, the day's claims used up, one's own a short while ago).
    """
    one = locked(actor, lead, work=False)
    today = today_at(at)
    if one.stage not in OPEN or not may_claim(actor, one, today):
        raise CannotOwn(_("This lead belongs to somebody now. Choose another one."))
    _check_limits(actor, one, today)
    hand_over(one, actor, actor.unit, Way.CLAIM, actor, at, "")
    return one


def _check_limits(actor: Person, one: Lead, today: date) -> None:
    rules = policy(today)
    taken = LeadOwnership.objects.filter(owner_no=actor.person_no, way=Way.CLAIM, since=today).count()
    if taken >= rules.claims_per_day:
        told = {"most": rules.claims_per_day}
        raise CannotOwn(_("You have claimed %(most)s leads today, the most allowed. Go on tomorrow.") % told)
    again = today - timedelta(days=rules.reclaim_days)
    lately = LeadOwnership.objects.filter(lead=one, owner_no=actor.person_no, ended_on__gt=again).first()
    if lately is not None and lately.ended_on is not None:
        day = lately.ended_on + timedelta(days=rules.reclaim_days)
        said = _("This lead was yours a short while ago; you may claim it again from %(day)s.")
        raise CannotOwn(said % {"day": day.isoformat()})


def take_over(*, actor: Person, facts: Facts, owner: Person, at: datetime) -> Lead:
    """A person who is on file as nobody's lead gave new consent: the lead goes on with what is said now.

    In the caller's transaction. Raises CannotOwn when somebody was faster.
    """
    today = today_at(at)
    found = find_leads(phone=clean_phone(facts.phone), id_number=facts.id_number.upper())
    held = Lead.objects.select_for_update(of=("self",)).select_related("owner", "unit")
    rows = held.filter(pk__in=[row.pk for row in found]).order_by("-pk")
    one = min(rows, key=lambda row: row.stage == Lead.Stage.LOST, default=None)  # one that is open before a lost one
    if one is None or not is_free(one, today):
        raise CannotOwn(_("This lead belongs to somebody now. Choose another one."))
    _check_limits(owner, one, today)
    fill(one, facts)
    hand_over(one, owner, owner.unit, Way.CLAIM, actor, at, "")
    if one.stage == Lead.Stage.LOST:
        one.loss_reason, one.rival, one.rival_card, one.loss_note = "", "", "", ""
        enter(one, Lead.Stage.LEAD, actor, at, "", act="lead_reopened", follows=True)
    return one


@transaction.atomic
def release(*, actor: Person, lead: Lead, reason: str, at: datetime, version: int | None = None) -> Lead:
    """Give a lead to the pool of its unit, for a reason. Raises NotAllowed, StaleLead, CannotOwn, CannotKeepLead."""
    one = locked(actor, lead, version)
    said = words(reason, 200)
    if len(said) < SHORTEST:
        raise CannotKeepLead({"reason": _("Say why the lead goes to the pool.")})
    if one.stage not in OPEN or one.owner_id is None:
        raise CannotOwn(_("Only an open lead with an owner can go to the pool."))
    hand_over(one, None, one.unit, Way.RELEASE, actor, at, said)
    return one


def hand_over(
    one: Lead,
    owner: Person | None,
    unit: Unit,
    way: str,
    actor: Actor,
    at: datetime,
    reason: str,
    on: date | None = None,
) -> None:
    """Write the new owner (None: the pool of `unit`) with the dated row, in the caller's transaction."""
    today = on or today_at(at)
    before = one.owner_id
    end_ownership(one, today)
    one.owner, one.unit = owner, unit
    one.owned_since = today if owner else None
    one.owned_until = today + timedelta(days=policy(today).owned_days) if owner else None
    save(one)
    LeadOwnership.objects.create(
        lead=one, owner_no=owner.person_no if owner else "", unit=unit, since=today, until=one.owned_until, way=way,
        by=person_no(actor), reason=reason,
    )  # fmt: skip
    changes: dict[str, Any] = {"owner": [before or "", owner.person_no if owner else ""]}
    tell(one, actor, ACTS[way], at, changes=changes, reason=reason)


ACTS: dict[str, str] = {
    Way.CLAIM: "lead_claimed", Way.ASSIGN: "lead_assigned", Way.RELEASE: "lead_released", Way.NIGHT: "lead_returned",
}  # fmt: skip
