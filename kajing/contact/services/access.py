"""Who may do what with a contact, and the one door every contact goes through."""

from __future__ import annotations

from datetime import datetime

from kajing.contact.choices import Channel, Purpose
from kajing.contact.gate import Answer
from kajing.contact.models import Interaction, Override
from kajing.contact.selectors.contacts import may_change
from kajing.contact.selectors.permission import may_contact
from kajing.contact.services.errors import BadChoice, ContactRefused, Stale
from kajing.customers.models import Customer
from kajing.customers.selectors import customers
from kajing.lib.errors import NotAllowed
from kajing.org.models import Person

LOG = "contact.log"


def must_see(actor: Person, customer: Customer) -> Customer:
    """The customer, locked, so that two people cannot pass the caps side by side. Raises NotAllowed."""
    if not actor.has_perm(LOG):
        raise NotAllowed
    found: Customer | None = customers(actor).select_for_update(of=("self",)).filter(pk=customer.pk).first()
    if found is None:
        raise NotAllowed
    return found


def must_be_choices(channel: str, purpose: str) -> None:
    """Raises BadChoice."""
    if channel not in Channel.values or purpose not in Purpose.values:
        raise BadChoice


def pass_gate(
    *, customer: Customer, channel: str, purpose: str, at: datetime, actor: Person, without: str = ""
) -> Answer:
    """The gate's green answer. Raises ContactRefused with the red one."""
    answer = may_contact(customer, channel=channel, purpose=purpose, at=at, actor=actor, without=without)
    if not answer.allowed:
        raise ContactRefused(answer)
    return answer


def use_pass(answer: Answer, *, source: str, at: datetime) -> Override | None:
    """Spend the leader's override that opened the gate: it is good for one contact. Raises ContactRefused.

    Every room that contacts a customer calls it with its own `source`, such as message:7, once the answer was green.
    """
    if answer.pass_id is None:
        return None
    if not Override.objects.filter(pk=answer.pass_id, used_at=None).update(used_at=at, used_for=source):
        raise ContactRefused(answer)  # somebody else spent it in this very moment
    return Override.objects.get(pk=answer.pass_id)


def locked(contact: Interaction, actor: Person, version: int | None = None) -> Interaction:
    """The contact as it stands now; its maker, who stands in for them, or a leader may change it.

    Raises NotAllowed, Stale.
    """
    found = (
        Interaction.objects.select_for_update(of=("self",))
        .select_related("customer__unit", "person")
        .get(pk=contact.pk)
    )
    if not actor.has_perm(LOG) or not may_change(actor, found):
        raise NotAllowed
    if version is not None and version != found.version:
        raise Stale
    return found


def save(contact: Interaction) -> Interaction:
    """Write a changed contact."""
    contact.version += 1
    contact.save()
    return contact
