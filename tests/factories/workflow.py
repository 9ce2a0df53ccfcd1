"""Tasks."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from kajing.customers.models import Customer
from kajing.lib.periods import SHANGHAI
from kajing.org.models import Person
from kajing.records.models import BulkAct
from kajing.workflow.models import Task
from kajing.workflow.services import act_on_many
from kajing.workflow.services.for_each import TASKS


def task(owner: Person, about: Customer | None = None, **values: Any) -> Task:
    """An open task of a person, due at six in the evening of the tests' day."""
    given = {
        "unit": owner.unit,
        "title": "回访客户",
        "source": f"person:{owner.person_no}",
        "due_at": datetime(2026, 11, 23, 18, 0, tzinfo=SHANGHAI),
        "created_at": datetime(2026, 11, 23, 8, 0, tzinfo=SHANGHAI),
        "created_by": owner.person_no,
        **values,
    }
    return Task.objects.create(owner=owner, customer=about, **given)


def tasks_for(actor: Person, customers: list[Customer], *, due_at: datetime, at: datetime, **values: Any) -> BulkAct:
    """The same task about each customer, as the act on many opens it."""
    params = {"title": "x", "kind": "follow_up", **values, "due_at": due_at.isoformat()}
    return act_on_many(actor=actor, kind=TASKS, ids=[one.pk for one in customers], params=params, at=at)
