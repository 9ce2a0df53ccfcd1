"""Marks: what a room did or knows, written where the customer's page and the contact gate look for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kajing.audit.services import record
from kajing.customers.models import ContactHold, Customer, TimelineMark
from kajing.customers.words import HOLDS
from kajing.lib.errors import DomainError
from kajing.lib.masks import scrub_card_numbers


class HoldAlreadyLifted(DomainError):
    """The hold was lifted before."""

    def __str__(self) -> str:
        return str(_("This contact hold has been lifted already."))


@transaction.atomic
def mark_timeline(
    *,
    customer_id: str,
    at: datetime,
    kind: str,
    title: str,
    source: str,
    actor: str = "system",
    body: str = "",
    params: Mapping[str, Any] | None = None,
    icon: str = "",
) -> TimelineMark:
    """Write one line of the customer's history.

    `title` and `body` are message ids filled with `params` when shown, or a person's own words; names listed under
    `params["_translate"]` are message ids themselves. Card numbers typed into words are masked before they are stored.
    """
    return TimelineMark.objects.create(
        customer_id=customer_id,
        at=at,
        kind=kind,
        title=scrub_card_numbers(title)[:200],
        body=scrub_card_numbers(body)[:400],
        params=dict(params or {}),
        source=source,
        actor=actor,
        icon=icon,
    )


@transaction.atomic
def mark_many(*, marks: Iterable[TimelineMark]) -> int:
    """Write many lines at once (unsaved marks); for acts on a whole book."""
    return len(TimelineMark.objects.bulk_create(marks, batch_size=500))


@transaction.atomic
def place_hold(
    *,
    actor: str,
    customer: Customer,
    kind: str,
    source: str,
    at: datetime,
    purpose: str = "",
    until: date | None = None,
    reason: str = "",
) -> ContactHold:
    """Stop contact for a purpose (empty: any) until a day or until lifted; the same source and kind hold once.

    `actor` is a person_no or "system"; `source` says what placed it, such as complaint:41.
    """
    open_hold = customer.holds.filter(kind=kind, source=source, purpose=purpose, lifted_at=None).first()
    if open_hold:
        return open_hold
    hold = ContactHold.objects.create(
        customer=customer, kind=kind, purpose=purpose, source=source, placed_at=at, until=until, reason=reason
    )
    _tell(hold, actor, at, gettext_noop("Contact hold placed: %(kind)s"), "customers.place_hold", reason)
    return hold


@transaction.atomic
def lift_hold(*, actor: str, hold: ContactHold, at: datetime, reason: str = "") -> ContactHold:
    """End a hold. Raises HoldAlreadyLifted."""
    if not ContactHold.objects.filter(pk=hold.pk, lifted_at=None).update(lifted_at=at):
        raise HoldAlreadyLifted
    hold.lifted_at = at
    _tell(hold, actor, at, gettext_noop("Contact hold lifted: %(kind)s"), "customers.lift_hold", reason)
    return hold


def _tell(hold: ContactHold, actor: str, at: datetime, title: str, action: str, reason: str) -> None:
    record(
        actor=actor,
        action=action,
        object_kind="contact_hold",
        object_id=str(hold.pk),
        customer_id=hold.customer_id,
        reason=reason,
        at=at,
        changes={"kind": hold.kind, "purpose": hold.purpose, "source": hold.source},
    )
    mark_timeline(
        customer_id=hold.customer_id,
        at=at,
        kind="hold",
        title=title,
        body=reason,
        params={"kind": HOLDS.get(hold.kind, hold.kind), "_translate": ["kind"]},
        source=f"hold:{hold.pk}",
        actor=actor,
        icon="ban",
    )
