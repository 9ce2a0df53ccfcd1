"""Alerts and tasks for the bank of `many.py`: every fifth customer has both."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from kajing.customers.models import Customer
from kajing.org.models import Person
from kajing.risk.models import Alert
from kajing.workflow.models import Task
from tests.customers import many
from tests.factories.bulk import insert

LEVELS = ("L1", "L2", "L2", "L3", "L4")
RULES = ("silence", "missed_payment", "utilisation_jump", "sleeping_soon")


def give(count: int, *, at: datetime) -> None:
    """Open alerts and tasks of customers 0, 5, 10 … below `count`, due around `at`."""
    owners = dict(Customer.objects.filter(customer_id__startswith="M").values_list("customer_id", "manager__person_no"))
    places = dict(Person.objects.filter(person_no__startswith="P-MANY").values_list("person_no", "unit_id"))
    chosen = [n for n in range(0, count, 5) if owners[many.key(n)]]
    insert(Alert, map(_alert, chosen))
    insert(Task, (_task(n, str(owners[many.key(n)]), places[str(owners[many.key(n)])], at) for n in chosen))


def _alert(n: int) -> dict[str, Any]:
    return {
        "rule": RULES[n % len(RULES)],
        "customer_id": many.key(n),
        "account_id": f"MA{n:07d}",
        "raised_on": many.AS_OF - timedelta(days=n % 3),
        "last_hit_on": many.AS_OF,
        "severity": LEVELS[n // 5 % len(LEVELS)],
        "value_at_stake": n * 100,
        "reasons": [{"code": "silence", "value": 60, "usual": 9, "window": 365, "params": {}}],
    }


def _task(n: int, owner: str, place: str, at: datetime) -> dict[str, Any]:
    return {
        "customer_id": many.key(n),
        "owner_id": owner,
        "unit_id": place,
        "kind": "follow_up",
        "title": "Ask about the last statement",
        "source": f"person:{owner}",
        "must_do": n % 3 == 0,
        "value_at_stake": n * 100,
        "due_at": at + timedelta(hours=n % 96 - 48),
        "created_at": at - timedelta(days=3),
        "created_by": owner,
    }
