"""Work on many customers that no page waits for."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from kajing.customers.selectors import customers
from kajing.customers.services.bulk import people_and_units
from kajing.customers.services.portfolio import AT_ONCE, assign_portfolio
from kajing.customers.services.portfolio import TITLE as ASSIGNED
from kajing.org.models import Person
from kajing.records.models import Reversal
from kajing.records.undo import begin, finish, recording
from kajing.reference.selectors import undo_until

if TYPE_CHECKING:
    from kajing.queue.context import JobContext


def _reversal(context: JobContext, by: Person, count: int) -> Reversal:
    """The reversal the job began before it was interrupted, or a new one."""
    if "reversal" in context.state:
        return Reversal.objects.get(pk=context.state["reversal"])
    now = timezone.now()
    with context.step():
        back = begin(
            kind="customers.assign", title=ASSIGNED, params={"count": count}, actor=by, at=now,
            until=undo_until(now),
        )  # fmt: skip
        context.checkpoint({**context.state, "reversal": back.pk}, total=count)
    return back


def assign(
    context: JobContext, *, actor: str, ids: list[str], manager: str, unit: str, reason: str, on: str
) -> dict[str, Any]:
    """Hand customers over in chunks; each chunk is one transaction, and a restart goes on after the last one."""
    person, place = people_and_units(manager, unit)
    by = Person.objects.select_related("unit").get(person_no=actor)
    done = int(context.state.get("done", 0))
    moved = int(context.state.get("moved", 0))
    back = _reversal(context, by, len(ids))
    while done < len(ids):
        chunk = ids[done : done + AT_ONCE]
        with context.step(), recording(back):
            here = list(customers(by).filter(pk__in=chunk).values_list("pk", flat=True))
            moved += assign_portfolio(
                actor=by,
                customer_ids=here,
                manager=person,
                unit=place,
                on=date.fromisoformat(on),
                at=timezone.now(),
                reason=reason,
            )
            done += len(chunk)
            state = {"done": done, "moved": moved, "reversal": back.pk}
            context.checkpoint(state, done=done, total=len(ids))
    with context.step():
        finish(back)
    return {"moved": moved, "asked": len(ids)}
