"""Who manages whom: moving customers between books, effective-dated (domain reference §1.1 客户归属)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kajing.audit.services import record
from kajing.customers.models import Assignment, Customer, Handover, HandoverItem, RecycleNotice, TimelineMark
from kajing.customers.selectors import customers
from kajing.customers.services.marks import mark_many
from kajing.customers.signals import portfolio_reassigned
from kajing.lib.errors import DomainError, NotAllowed
from kajing.org.models import Role
from kajing.org.scoping import current_scope
from kajing.records.undo import Journal, journal
from kajing.reference.selectors import undo_until

if TYPE_CHECKING:
    from kajing.org.models import Person, Unit

ASSIGNED = gettext_noop("Now managed by %(manager)s")
POOLED = gettext_noop("Moved to the public pool")
TITLE = gettext_noop("Customers assigned: %(count)s")
OVERDUE_BUCKETS = ("M1", "M2", "M3", "M4", "M5", "M6", "M6+")


class CannotAssign(DomainError):
    """The receiving manager cannot take customers, or a customer is out of reach."""

    status = 422


@transaction.atomic
def assign_portfolio(
    *,
    actor: Person,
    customer_ids: Sequence[str],
    manager: Person | None,
    unit: Unit | None = None,
    on: date,
    at: datetime,
    reason: str,
    handover: Handover | None = None,
) -> int:
    """Move customers to a manager's book, or with no manager to the pool of `unit`; returns how many moved.

    The move counts from `on` and outranks the feed's manager_no. A customer overdue that day is flagged, so that the
    new manager is not judged for it. With a `handover` each customer is noted there with the book it came from.
    Raises NotAllowed, CannotAssign.
    """
    if not actor.has_perm("customers.assign"):
        raise NotAllowed
    place = _target(actor, manager, unit)
    if len(reason.strip()) < 2:
        raise CannotAssign(_("Say why the customers change hands."))
    manager_no = manager.person_no if manager else ""
    seen = customers(actor).filter(pk__in=customer_ids).select_related("figures")
    moving = [one for one in seen if (one.manager_id or "", one.unit_id) != (manager_no, place.pk)]
    if len(seen) != len(set(customer_ids)):
        raise CannotAssign(_("Some of these customers are no longer yours to assign; reload the list."))
    if not moving:
        return 0
    move = Move(manager, place, on, at, actor.person_no, reason.strip(), "transfer" if manager else "recycle")
    with journal(
        kind="customers.assign", title=TITLE, params={"count": len(moving)}, actor=actor, at=at,
        until=undo_until(at),
    ) as log:  # fmt: skip
        change_hands(moving, move, log)
    if handover:
        _note_handover(handover, moving, log)
    return len(moving)


def _note_handover(handover: Handover, moving: Sequence[Customer], log: Journal) -> None:
    """What the receiver is told stays when the act is undone, so it is kept outside the journal."""
    HandoverItem.objects.bulk_create(
        HandoverItem(handover=handover, customer=one, manager_no=one.manager_id or "", unit_id=one.unit_id)
        for one in moving
    )
    if handover.reversal_id is None and log.undo:
        Handover.objects.filter(pk=handover.pk).update(reversal_id=log.undo)
        handover.reversal_id = log.undo


@dataclass(frozen=True)
class Move:
    """A change of hands: to whom (None: the pool of `place`), when, by whom and why; `by` "system" is the night."""

    manager: Person | None
    place: Unit
    on: date
    at: datetime
    by: str
    reason: str
    source: str  # of the assignment: transfer, take, return, night, recycle (to the pool by a leader)
    action: str = "customers.assign"  # of the audit row


def change_hands(moving: Sequence[Customer], move: Move, log: Journal | None = None) -> None:
    """Write a move whose rights and limits were checked: table, history, audit, timeline, news; undone by `log`.

    The customers carry their figures and still stand as they were; the caller is in a transaction.
    """
    ids = [one.pk for one in moving]
    notices = RecycleNotice.objects.filter(customer__in=ids)
    if log:
        log.before(Customer.objects.filter(pk__in=ids))
        log.before(notices)
    notices.delete()
    _book(moving, move, log)
    Customer.objects.filter(pk__in=ids).update(unit=move.place, manager=move.manager, assigned_by_hand=True)
    _tell(moving, move, log)
    portfolio_reassigned.send(
        sender=Customer, customer_ids=ids, manager_no=move.manager.person_no if move.manager else "",
        unit_code=move.place.pk, actor=move.by, at=move.at,
    )  # fmt: skip


def _target(actor: Person, manager: Person | None, unit: Unit | None) -> Unit:
    """The unit the customers go to, checked against the actor's own reach."""
    if manager and (not manager.is_active or manager.role not in {Role.MANAGER, Role.LEADER}):
        raise CannotAssign(_("%(name)s cannot hold customers.") % {"name": manager.name})
    place = manager.unit if manager else unit
    if place is None:
        raise CannotAssign(_("Choose a manager, or the unit whose pool takes the customers."))
    if place.pk not in current_scope(actor).units:
        raise CannotAssign(_("You may assign only inside your own unit."))
    return place


def _book(moving: Sequence[Customer], move: Move, log: Journal | None) -> None:
    """Close the open assignment of each and open the new one; a second move on one day replaces the first."""
    ids = [one.pk for one in moving]
    same_day = Assignment.objects.filter(customer__in=ids, valid_from=move.on)
    running = Assignment.objects.filter(customer__in=ids, valid_to=None, valid_from__lt=move.on)
    if log:
        log.before(same_day)
        log.before(running)
    same_day.delete()
    running.update(valid_to=move.on)
    new = Assignment.objects.bulk_create(
        Assignment(
            customer=one,
            unit=move.place,
            manager_no=move.manager.person_no if move.manager else "",
            valid_from=move.on,
            source=move.source,
            reason=move.reason[:200],
            overdue_when_taken=_overdue(one),
        )
        for one in moving
    )
    if log:
        log.added(new)


def _overdue(customer: Customer) -> bool:
    figures = getattr(customer, "figures", None)
    return bool(figures and figures.bucket in OVERDUE_BUCKETS)


def _tell(moving: Sequence[Customer], move: Move, log: Journal | None) -> None:
    for one in moving:
        record(
            actor=move.by,
            action=move.action,
            object_kind="customer",
            object_id=one.pk,
            customer_id=one.pk,
            reason=move.reason,
            at=move.at,
            changes={
                "manager": [one.manager_id or "", move.manager.person_no if move.manager else ""],
                "unit": [one.unit_id, move.place.pk],
            },
        )
    marks = [
        TimelineMark(
            customer=one,
            at=move.at,
            kind="assignment",
            title=ASSIGNED if move.manager else POOLED,
            body=move.reason[:400],
            params={"manager": move.manager.name} if move.manager else {},
            source=f"assignment:{one.pk}:{move.at:%Y%m%d}",
            actor=move.by,
            icon="arrows-exchange",
        )
        for one in moving
    ]
    mark_many(marks=marks)
    if log:
        log.added(marks)
