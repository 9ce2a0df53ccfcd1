"""A lead comes in, and what is known of it changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kajing.audit.models import AuditRow
from kajing.audit.services import record
from kajing.customers.services.duplicates import CHECKS_PER_DAY, TooManyChecks
from kajing.lib.errors import NotAllowed
from kajing.lib.periods import SHANGHAI
from kajing.org.models import Person
from kajing.records import services as records
from kajing.records.selectors import fields_of
from kajing.reference.selectors import parameter_values
from kajing.sales.models import Lead, LeadOwnership, LeadStay
from kajing.sales.selectors.leads import Asked, Match, clean_phone, find_matches, new_owners, policy
from kajing.sales.selectors.leads.reading import HOLDERS, WORK
from kajing.sales.services.leads.common import (
    CannotKeepLead,
    LeadExists,
    locked,
    person_no,
    save,
    tell,
    today_at,
)
from kajing.sales.services.leads.facts import Facts, checked, differences, facts_of, fill, staff
from kajing.sales.services.leads.owning import take_over

CHECK = "sales.check_lead"


def check_lead(
    *, actor: Person, phone: str, at: datetime, id_number: str = "", customer_id: str = "", but: int | None = None
) -> list[Match]:
    """Who is on file under a phone or an ID number in the whole bank; finds are audited and counted.

    Raises NotAllowed, TooManyChecks (policy `duplicate_checks_per_day`, so that nobody tries numbers out).
    """
    if not actor.has_perm(WORK):
        raise NotAllowed
    _check_quota(actor, at)
    asked = Asked(phone=clean_phone(phone), id_number=id_number.upper(), customer_id=customer_id, but=but)
    found = find_matches(actor, asked, today_at(at))
    if found:
        out = sum(not (one.lead_id or one.customer_id) for one in found)
        record(
            actor=actor.person_no, action=CHECK, object_kind="lead", object_id="", at=at,
            changes={"found": len(found), "out_of_reach": out},
        )  # fmt: skip
    return found


def _check_quota(actor: Person, at: datetime) -> None:
    day = at.astimezone(SHANGHAI).date()
    quota = parameter_values(["duplicate_checks_per_day"], day).get("duplicate_checks_per_day", CHECKS_PER_DAY)
    begin = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
    rows = AuditRow.objects.filter(actor=actor.person_no, action=CHECK, at__gte=begin, at__lt=begin + timedelta(days=1))
    if isinstance(quota, int) and rows.count() >= quota:
        raise TooManyChecks


def register(
    *,
    actor: Person,
    facts: Facts,
    at: datetime,
    owner: Person | None = None,
    claim: bool = False,
    values: Mapping[str, Any] | None = None,
    tags: Sequence[str] = (),
) -> Lead:
    """Take a lead in for `owner` (default: the actor, or whose personal code it was), owned from today on.

    `claim` takes over a lead that belongs to nobody under the same phone or ID number instead of making a second one.
    `values` and `tags` are the bank's own. Raises NotAllowed, CannotKeepLead, LeadExists (the find stays audited),
    TooManyChecks, ValuesRefused, CannotTag.
    """
    if not actor.has_perm(WORK):
        raise NotAllowed
    if faults := checked(actor, facts, at):
        raise CannotKeepLead(faults)
    heir = heir_of(actor, facts, owner)
    found = check_lead(actor=actor, phone=facts.phone, id_number=facts.id_number, customer_id=facts.customer_id, at=at)
    if found and not (claim and all(one.claimable for one in found)):
        raise LeadExists(found)
    with transaction.atomic():
        if found:
            return take_over(actor=actor, facts=facts, owner=heir, at=at)
        one = create(actor=actor, facts=facts, owner=heir, at=at)
        _own_parts(actor, one, values, tags, at)
    return one


def heir_of(actor: Person, facts: Facts, owner: Person | None) -> Person:
    """Whose the lead becomes. Raises CannotKeepLead where the actor may not give it there."""
    if owner is None and facts.source == Lead.Source.STAFF_CODE:
        of_code = staff(facts.code_owner_no)
        if of_code is not None and of_code.role in HOLDERS:
            return of_code  # the code says whose it is (2.12)
    heir = owner or actor
    if heir.role not in HOLDERS or not heir.is_active:
        raise CannotKeepLead({"owner": _("A lead belongs to a manager or a leader who works here. Choose the owner.")})
    if heir != actor and heir not in new_owners(actor):
        raise CannotKeepLead({"owner": _("Only a leader may give leads to somebody else.")})
    return heir


def create(*, actor: Person | None, facts: Facts, owner: Person, at: datetime, source: str = "") -> Lead:
    """Write the lead, its first stage and its first owner, in the caller's transaction; facts were checked."""
    one = built(actor=actor, facts=facts, owner=owner, at=at)
    one.save()
    first_rows(one, actor, at, source)
    tell(one, actor, "lead_created", at, changes={"source": one.source, "owner": owner.person_no}, reason=source)
    return one


def built(*, actor: Person | None, facts: Facts, owner: Person, at: datetime) -> Lead:
    """The row to be, sealed."""
    today = today_at(at)
    one = Lead(
        owner=owner, unit=owner.unit, owned_since=today, owned_until=today + timedelta(days=policy(today).owned_days),
        stage=Lead.Stage.LEAD, stage_since=at, created_at=at, created_by=person_no(actor),
    )  # fmt: skip
    fill(one, facts)
    return one


def first_rows(one: Lead, actor: Person | None, at: datetime, source: str = "") -> None:
    """The open rows of the histories of stages and owners."""
    LeadStay.objects.create(lead=one, stage=one.stage, entered_at=at, by=person_no(actor), note=source)
    LeadOwnership.objects.create(
        lead=one, owner_no=str(one.owner_id), unit_id=one.unit_id, since=one.owned_since or today_at(at),
        until=one.owned_until, way=LeadOwnership.Way.NEW, by=person_no(actor), reason=source,
    )  # fmt: skip


def _own_parts(actor: Person, one: Lead, values: Mapping[str, Any] | None, tags: Sequence[str], at: datetime) -> None:
    if values is not None and fields_of("lead", actor) and actor.has_perm("records.fill_fields"):
        records.set_values(actor=actor, kind="lead", object_id=str(one.pk), values=values, at=at, complete=True)
    for name in dict.fromkeys(tags):
        records.tag(actor=actor, kind="lead", ids=[str(one.pk)], name=name, at=at)


def change(*, actor: Person, lead: Lead, facts: Facts, at: datetime, version: int | None = None) -> Lead:
    """Write what is known anew; a changed phone or ID number is looked up first.

    Raises NotAllowed, StaleLead, CannotKeepLead, LeadExists, TooManyChecks.
    """
    before = facts_of(locked_now(actor, lead, version))
    if faults := _faults_of_change(actor, before, facts, at):
        raise CannotKeepLead(faults)
    same = (clean_phone(facts.phone), facts.id_number.upper()) == (before.phone, before.id_number)
    found = [] if same else _others(actor, lead, facts, at)
    if found:
        raise LeadExists(found)
    with transaction.atomic():
        one = locked(actor, lead, version)
        fill(one, facts)
        changes = differences(before, facts_of(one))
        if changes:
            save(one)
            tell(one, actor, "lead_changed", at, changes=changes)
    return one


def change_some(*, actor: Person, lead: Lead, given: Mapping[str, Any], at: datetime, version: int) -> Lead:
    """`change` of the facts that are given; None empties one. Raises what `change` raises."""
    plain: dict[str, Any] = {
        name: "" if value is None and name != "expected_limit" else value for name, value in given.items()
    }
    if given.get("consent_at") is None:
        plain.pop("consent_at", None)
    elif given["consent_at"].tzinfo is None:
        plain["consent_at"] = given["consent_at"].replace(tzinfo=SHANGHAI)
    before = facts_of(locked_now(actor, lead, version))
    return change(actor=actor, lead=lead, facts=replace(before, **plain), at=at, version=version)


@transaction.atomic
def locked_now(actor: Person, lead: Lead, version: int | None) -> Lead:
    """The lead as it stands, checked for the actor. Raises NotAllowed, StaleLead."""
    return locked(actor, lead, version)


def _faults_of_change(actor: Person, before: Facts, facts: Facts, at: datetime) -> dict[str, str]:
    """Faults of what was changed: a customer or code that stayed as it was is not asked for again."""
    faults = checked(actor, facts, at)
    return {
        name: said
        for name, said in faults.items()
        if getattr(before, name) != getattr(facts, name) or name in {"name", "phone", "source"}
    }


def _others(actor: Person, lead: Lead, facts: Facts, at: datetime) -> list[Match]:
    return check_lead(
        actor=actor, phone=facts.phone, id_number=facts.id_number, customer_id=facts.customer_id, but=lead.pk, at=at
    )
