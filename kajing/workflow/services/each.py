"""One task for each of many customers, from the bulk bar of the list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.customers.models import Customer
from kajing.org.models import Person
from kajing.records.undo import journal
from kajing.reference.selectors import undo_until
from kajing.workflow.contacting import owners_for, refused
from kajing.workflow.services.acts import CannotOpen, open_task

MOST = 200
TITLE = gettext_noop("Tasks opened for many customers: %(count)s")


@dataclass(frozen=True)
class Opened:
    """How many tasks were opened, and the number under which they can be undone together."""

    count: int
    undo: int | None


@transaction.atomic
def open_for_each(
    *,
    actor: Person,
    customers: Iterable[Customer],
    title: str,
    due_at: datetime,
    at: datetime,
    kind: str = "follow_up",
    reason: str = "",
    must_do: bool = False,
) -> Opened:
    """Open the same task about each customer; undone as one act. Raises CannotOpen above 200 customers or for none.

    Whoever may hand tasks on gives each to the customer's manager; everybody else gives them to themselves. Customers
    whom the contact gate closes are left out; when it closes all, CannotOpen says so.
    """
    chosen = list(customers)
    if not chosen:
        raise CannotOpen(_("Choose at least one customer."))
    if len(chosen) > MOST:
        raise CannotOpen(_("Choose at most %(most)s customers at a time.") % {"most": MOST})
    owners = owners_for(actor, chosen)
    closed = refused(owners, kind=kind, due_at=due_at, at=at)
    count = len(owners) - len(closed)
    if not count:
        raise CannotOpen(_("None of these customers may be contacted in time. Look at the reasons."))
    with journal(
        kind="workflow.open_tasks", title=TITLE, params={"count": count}, actor=actor, at=at, until=undo_until(at),
    ) as log:  # fmt: skip
        for customer, owner in owners.items():
            if customer.pk not in closed:
                open_task(
                    actor=actor, owner=owner, customer=customer, title=title, due_at=due_at, at=at, kind=kind,
                    reason=reason, must_do=must_do, checked=True,
                )  # fmt: skip
    return Opened(count, log.undo)
