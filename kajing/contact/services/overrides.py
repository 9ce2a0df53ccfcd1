"""The only way round the gate: a leader's reasoned decision, for one person, one contact, a short time."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.audit.services import record
from kajing.contact.gate import Answer
from kajing.contact.models import Override
from kajing.contact.selectors.facts import rulebook
from kajing.contact.selectors.permission import may_contact
from kajing.contact.services.access import must_be_choices, must_see
from kajing.contact.services.errors import BadChoice, ContactRefused
from kajing.contact.services.telling import ASKED
from kajing.customers.models import Customer
from kajing.customers.selectors import customers
from kajing.customers.services import mark_timeline
from kajing.lib.errors import DomainError, NotAllowed
from kajing.notifications.services import notify
from kajing.org.models import Person
from kajing.org.selectors import leader_of

RIGHT = "contact.override"
SHORTEST_REASON = 5


class NothingToOverride(DomainError):
    """The gate is green already."""

    def __str__(self) -> str:
        return str(_("This contact is allowed as it is; there is nothing to decide."))


class BadReason(BadChoice):
    """An override without a reason proves nothing."""

    def __str__(self) -> str:
        return str(_("Say why this contact must be made; the reason goes into the audit log."))


class NobodyToAsk(DomainError):
    """No leader stands above the person."""

    def __str__(self) -> str:
        return str(_("There is no leader above you who could decide. Ask an administrator."))


@transaction.atomic
def grant_override(
    *, actor: Person, person: Person, customer: Customer, channel: str, purpose: str, reason: str, at: datetime
) -> Override:
    """Let `person` make one contact that is red now. It covers the blocks of this moment and nothing that comes later.

    Raises NotAllowed when the actor is no leader, decides for themselves, or does not see the customer;
    ContactRefused when the rules leave it to nobody; NothingToOverride, BadChoice.
    """
    must_be_choices(channel, purpose)
    if not actor.has_perm(RIGHT) or not customers(actor).filter(pk=customer.pk).exists():
        raise NotAllowed
    if person.pk == actor.pk:
        raise NotAllowed(_("Nobody decides about their own contact. Ask the leader above you."))
    if len(reason.strip()) < SHORTEST_REASON:
        raise BadReason
    answer = may_contact(must_see(person, customer), channel=channel, purpose=purpose, at=at, actor=person)
    if answer.allowed:
        raise NothingToOverride
    if not answer.passable:
        raise ContactRefused(answer)
    made = Override.objects.create(
        customer=customer, person=person, channel=channel, purpose=purpose, reason=reason.strip(),
        codes=sorted({block.code for block in answer.all_blocks}), granted_by=actor.person_no, granted_at=at,
        expires_at=at + _length(at),
    )  # fmt: skip
    _tell(made, actor, answer, at)
    return made


def _length(at: datetime) -> timedelta:
    rule = rulebook(at).on("contact_override_hours", timezone.localdate(at))
    return timedelta(hours=int(rule.value) if rule else 1)


def _tell(made: Override, actor: Person, answer: Answer, at: datetime) -> None:
    record(
        actor=actor.person_no, action="contact.override", object_kind="override", object_id=str(made.pk),
        customer_id=made.customer_id, reason=made.reason, at=at,
        changes={"person": made.person_id, "channel": made.channel, "purpose": made.purpose, "codes": made.codes},
    )  # fmt: skip
    mark_timeline(
        customer_id=made.customer_id, at=at, kind="hold", title=gettext_noop("A leader allowed one contact"),
        body=made.reason, source=f"override:{made.pk}", actor=actor.person_no, icon="key",
    )  # fmt: skip
    notify(
        person=made.person, kind=ASKED, title=gettext_noop("%(who)s allowed one contact"), body=made.reason,
        params={"who": actor.name}, url=f"/contact/call-sheet/{made.customer_id}/", at=at,
        group=f"override:{made.customer_id}",
    )  # fmt: skip


@transaction.atomic
def ask_override(*, actor: Person, customer: Customer, channel: str, purpose: str, reason: str, at: datetime) -> Person:
    """Ask the leader to allow a red contact; returns whom. Raises NobodyToAsk, ContactRefused, NothingToOverride."""
    must_be_choices(channel, purpose)
    if len(reason.strip()) < SHORTEST_REASON:
        raise BadReason
    customer = must_see(actor, customer)
    answer = may_contact(customer, channel=channel, purpose=purpose, at=at, actor=actor)
    if answer.allowed:
        raise NothingToOverride
    if not answer.passable:
        raise ContactRefused(answer)
    leader = leader_of(customer.unit, but=actor)
    if leader is None:
        raise NobodyToAsk
    notify(
        person=leader, kind=ASKED, title=gettext_noop("%(who)s asks to be allowed one contact"), body=reason.strip(),
        params={"who": actor.name}, at=at, group=f"override-asked:{customer.pk}:{actor.person_no}",
        url=f"/contact/override/{customer.pk}/?person={actor.person_no}&channel={channel}&purpose={purpose}",
    )  # fmt: skip
    record(
        actor=actor.person_no, action="contact.ask_override", object_kind="customer", object_id=customer.pk,
        customer_id=customer.pk, reason=reason.strip()[:400], at=at, changes={"channel": channel, "purpose": purpose},
    )  # fmt: skip
    return leader
