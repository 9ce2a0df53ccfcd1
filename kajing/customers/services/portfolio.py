"""Who manages whom: moving customers between books, effective-dated (domain reference §1.1 客户归属)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kajing.audit.services import record
from kajing.customers.models import Assignment, Customer, TimelineMark
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

AT_ONCE = 200  # more than this is a job
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
) -> int:
    """Move customers to a manager's book, or with no manager to the pool of `unit`; returns how many moved.

    The move counts from `on` and outranks the feed's manager_no. A customer overdue that day is flagged, so that the
    new manager is not judged for it. Raises NotAllowed, CannotAssign.
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
    with journal(
        kind="customers.assign", title=TITLE, params={"count": len(moving)}, actor=actor, at=at,
        until=undo_until(at),
    ) as log:  # fmt: skip
        _move(log, moving, manager, place, on, actor, at, reason.strip())
    return len(moving)


def _move(
    log: Journal, moving: Sequence[Customer], manager: Person | None, place: Unit, on: date, actor: Person,
    at: datetime, reason: str,
) -> None:  # fmt: skip
    ids, manager_no = [one.pk for one in moving], manager.person_no if manager else ""
    log.before(Customer.objects.filter(pk__in=ids))
    _book(log, moving, manager_no, place, on, reason)
    Customer.objects.filter(pk__in=ids).update(unit=place, manager=manager, assigned_by_hand=True)
    _tell(log, moving, manager, place, actor, at, reason)
    portfolio_reassigned.send(
        sender=Customer, customer_ids=ids, manager_no=manager_no, unit_code=place.pk, actor=actor.person_no, at=at
    )


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


def _book(log: Journal, moving: Sequence[Customer], manager_no: str, place: Unit, on: date, reason: str) -> None:
    """Close the open assignment of each and open the new one; a second move on one day replaces the first."""
    ids = [one.pk for one in moving]
    same_day = Assignment.objects.filter(customer__in=ids, valid_from=on)
    running = Assignment.objects.filter(customer__in=ids, valid_to=None, valid_from__lt=on)
    log.before(same_day)
    log.before(running)
    same_day.delete()
    running.update(valid_to=on)
    new = Assignment.objects.bulk_create(
        Assignment(
            customer=one,
            unit=place,
            manager_no=manager_no,
            valid_from=on,
            source="transfer" if manager_no else "recycle",
            reason=reason[:200],
            overdue_when_taken=_overdue(one),
        )
        for one in moving
    )
    log.added(new)


def _overdue(customer: Customer) -> bool:
    figures = getattr(customer, "figures", None)
    return bool(figures and figures.bucket in OVERDUE_BUCKETS)


def _tell(
    log: Journal, moving: Sequence[Customer], manager: Person | None, place: Unit, actor: Person, at: datetime,
    reason: str,
) -> None:  # fmt: skip
    for one in moving:
        record(
            actor=actor.person_no,
            action="customers.assign",
            object_kind="customer",
            object_id=one.pk,
            customer_id=one.pk,
            reason=reason,
            at=at,
            changes={
                "manager": [one.manager_id or "", manager.person_no if manager else ""],
                "unit": [one.unit_id, place.pk],
            },
        )
    marks = [
        TimelineMark(
            customer=one,
            at=at,
            kind="assignment",
            title=ASSIGNED if manager else POOLED,
            body=reason[:400],
            params={"manager": manager.name} if manager else {},
            source=f"assignment:{one.pk}:{at:%Y%m%d}",
            actor=actor.person_no,
            icon="arrows-exchange",
        )
        for one in moving
    ]
    mark_many(marks=marks)
    log.added(marks)
