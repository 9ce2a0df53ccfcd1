"""Work on many customers that no page waits for."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils import timezone

from kajing.customers.selectors import customers
from kajing.customers.services.bulk import people_and_units
from kajing.customers.services.portfolio import AT_ONCE, assign_portfolio
from kajing.org.models import Person

if TYPE_CHECKING:
    from kajing.queue.context import JobContext


def assign(
    context: JobContext, *, actor: str, ids: list[str], manager: str, unit: str, reason: str, on: str
) -> dict[str, Any]:
    """Hand customers over in chunks; each chunk is one transaction, and a restart goes on after the last one."""
    person, place = people_and_units(manager, unit)
    by = Person.objects.select_related("unit").get(person_no=actor)
    done = int(context.state.get("done", 0))
    moved = int(context.state.get("moved", 0))
    while done < len(ids):
        chunk = ids[done : done + AT_ONCE]
        with context.step():
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
            context.checkpoint({"done": done, "moved": moved}, done=done, total=len(ids))
    return {"moved": moved, "asked": len(ids)}
