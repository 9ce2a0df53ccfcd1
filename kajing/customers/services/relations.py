"""Household and other ties between customers (capability 1.2): stored once, shown on both pages."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kajing.audit.services import record
from kajing.customers.models import Customer, Relation
from kajing.customers.services.marks import mark_timeline
from kajing.lib.errors import DomainError, NotAllowed
from kajing.lib.masks import scrub_card_numbers

if TYPE_CHECKING:
    from kajing.org.models import Person

# Seen from the other side, the role turns round.
MIRROR = {"SPOUSE": "SPOUSE", "PARENT": "CHILD", "CHILD": "PARENT", "COLLEAGUE": "COLLEAGUE", "OTHER": "OTHER"}


class CannotRelate(DomainError):
    """The tie exists, or both ends are the same person."""

    status = 422


@transaction.atomic
def add_relation(
    *, actor: Person, customer: Customer, other: Customer, role: str, at: datetime, note: str = ""
) -> Relation:
    """Say what `other` is to `customer`. Raises NotAllowed, CannotRelate."""
    if not actor.has_perm("customers.relate"):
        raise NotAllowed
    if role not in Relation.Role.values:
        raise CannotRelate(_("Choose the relation from the list."))
    if customer.pk == other.pk:
        raise CannotRelate(_("A customer cannot be related to themselves."))
    mirrored = Relation.objects.filter(customer=other, other=customer, role=MIRROR.get(role, "")).exists()
    if mirrored or Relation.objects.filter(customer=customer, other=other, role=role).exists():
        raise CannotRelate(_("This relation is already recorded."))
    try:
        with transaction.atomic():
            tie = Relation.objects.create(
                customer=customer,
                other=other,
                role=role,
                note=scrub_card_numbers(note),
                created_by=actor.person_no,
                created_at=at,
            )
    except IntegrityError as error:  # somebody else added it a moment ago
        raise CannotRelate(_("This relation is already recorded.")) from error
    _tell(tie, actor.person_no, at, gettext_noop("Relation added: %(role)s"), "customers.add_relation")
    return tie


@transaction.atomic
def remove_relation(*, actor: Person, relation: Relation, at: datetime) -> None:
    """Take a tie away; the audit row keeps what it was. Raises NotAllowed."""
    if not actor.has_perm("customers.relate"):
        raise NotAllowed
    _tell(relation, actor.person_no, at, gettext_noop("Relation removed: %(role)s"), "customers.remove_relation")
    relation.delete()


def _tell(tie: Relation, actor: str, at: datetime, title: str, action: str) -> None:
    record(
        actor=actor,
        action=action,
        object_kind="relation",
        object_id=str(tie.pk),
        customer_id=tie.customer_id,
        at=at,
        changes={"other": tie.other_id, "role": tie.role},
    )
    for end, role in ((tie.customer_id, tie.role), (tie.other_id, MIRROR.get(tie.role, tie.role))):
        mark_timeline(
            customer_id=end,
            at=at,
            kind="relation",
            title=title,
            params={"role": ROLES[role], "_translate": ["role"]},
            source=f"relation:{tie.pk}",
            actor=actor,
            icon="users",
        )


# Message ids behind the choices' labels.
ROLES = {
    "SPOUSE": "spouse",
    "PARENT": "parent",
    "CHILD": "child",
    "GUARANTOR": "guarantor",
    "COLLEAGUE": "colleague",
    "REFERRER": "referrer",
    "OTHER": "other",
}
