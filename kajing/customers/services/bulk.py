"""Acts on a selection of the list: assign to a manager or a pool, at once or as a job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from kajing.customers.models import Handover
from kajing.customers.selectors import customers
from kajing.customers.services.announcing import announce
from kajing.customers.services.portfolio import TITLE, CannotAssign, assign_portfolio
from kajing.lib.errors import DomainError, NotAllowed
from kajing.org.models import Person, Unit
from kajing.records.services import bulk
from kajing.reference.selectors import NotInForce, parameter, undo_until

if TYPE_CHECKING:
    from kajing.customers.selectors import Selection
    from kajing.records.models import BulkAct

MOST_EXPORTED = 5_000  # where the policy is not loaded
ASSIGN = "customers.assign"


class NothingChosen(DomainError):
    """No customer is selected, or none that is still in reach."""

    status = 422

    def __str__(self) -> str:
        return _("Select at least one customer.")


@dataclass(frozen=True)
class Assigned:
    """The act, and the pack that the receiver reads; None into the pool, or when nobody changed hands."""

    act: BulkAct
    handover: int | None = None


@transaction.atomic
def assign_selection(
    *, actor: Person, chosen: Selection, manager: str, unit: str, on: date, at: datetime, reason: str
) -> Assigned:
    """Hand the selection to a manager (person_no) or into a unit's pool; many go as a job.

    A manager who receives gets a handover to read. Raises NotAllowed, NothingChosen, CannotAssign.
    """
    if not actor.has_perm("customers.assign"):
        raise NotAllowed
    ids = chosen.keys(bulk.MOST)
    if not ids:
        raise NothingChosen
    person, _place = people_and_units(manager, unit)  # refuse an unknown target now, not in the night
    handover = _handover(actor, person, on, at, reason) if person else None
    number = handover.pk if handover else None
    params = {"manager": manager, "unit": unit, "reason": reason, "on": on.isoformat(), "handover": number}
    act = bulk.start(actor=actor, kind=bulk.KINDS[ASSIGN], ids=ids, params=params, at=at, until=undo_until(at))
    return Assigned(act, number if act.state == act.State.WORKING or act.done else None)


def _assign_many(actor: Person, ids: Sequence[str], params: Mapping[str, Any], at: datetime) -> dict[Any, str]:
    """One chunk: who is out of reach by now, or there already, is told and left alone."""
    person, place = people_and_units(params["manager"], params["unit"])
    target = ((person.person_no if person else ""), person.unit_id if person else place.pk if place else "")
    now = {one.pk: ((one.manager_id or ""), one.unit_id) for one in customers(actor).filter(pk__in=ids)}
    handover = Handover.objects.filter(pk=params["handover"]).first() if params["handover"] else None
    moving = [pk for pk, held in now.items() if held != target]
    assign_portfolio(
        actor=actor, customer_ids=moving, manager=person, unit=place, on=date.fromisoformat(params["on"]), at=at,
        reason=params["reason"], handover=handover,
    )  # fmt: skip
    failed = {pk: _("This customer is no longer yours to assign.") for pk in ids if pk not in now}
    return failed | {pk: _("This customer is there already.") for pk, held in now.items() if held == target}


def _announced(actor: Person, act: BulkAct, at: datetime) -> None:
    number = act.params["handover"]
    handover = Handover.objects.filter(pk=number).first() if number else None
    if handover is not None:
        announce(handover=handover, at=at)


ASSIGN_MANY = bulk.BulkKind(
    name=ASSIGN, title=TITLE, list="customers", right="customers.assign", do=_assign_many, after=_announced
)


def _handover(actor: Person, receiver: Person, on: date, at: datetime, reason: str) -> Handover:
    """Opened before the journal of the act: what the receiver was told stays when the act is undone."""
    return Handover.objects.create(
        receiver=receiver, unit_id=receiver.unit_id, made_by=actor.person_no, made_at=at, on=on,
        reason=reason.strip()[:200],
    )  # fmt: skip


def people_and_units(manager: str, unit: str) -> tuple[Person | None, Unit | None]:
    """The receiving person or unit by its code. Raises CannotAssign."""
    person = Person.objects.select_related("unit").filter(person_no=manager).first() if manager else None
    place = Unit.objects.filter(pk=unit).first() if unit else None
    if person is None and place is None:
        raise CannotAssign(_("Choose a manager, or the unit whose pool takes the customers."))
    return person, place


def policy_number(key: str, on: date, otherwise: int) -> int:
    """A whole number of the bank's policy on a day; what is delivered stands in before it was loaded."""
    try:
        value = parameter(key, on)
    except NotInForce:
        return otherwise
    return int(value) if isinstance(value, int) else otherwise
