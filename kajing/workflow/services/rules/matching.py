"""Whom a rule's condition holds for, and what an event names: the same for live rules, shadow and the test."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from kajing.customers.lists import CUSTOMERS
from kajing.customers.models import Customer
from kajing.records.lists import Context, conditions
from kajing.workflow import events
from kajing.workflow.models import RuleVersion
from kajing.workflow.system import System

CHUNK = 500


def holding(version: RuleVersion, customer_ids: Iterable[str] | None, on: date) -> set[str]:
    """Customers, among those given or all active ones, for whom the condition holds on a day."""
    where = conditions.compile(CUSTOMERS, version.condition, Context(System(), on)) if version.condition else None
    if customer_ids is None:
        found = Customer.objects.filter(status=Customer.Status.ACTIVE)
        return set((found.filter(where) if where is not None else found).order_by().values_list("pk", flat=True))
    wanted, kept = list(dict.fromkeys(customer_ids)), set()
    for first in range(0, len(wanted), CHUNK):
        found = Customer.objects.filter(pk__in=wanted[first : first + CHUNK])
        kept |= set((found.filter(where) if where is not None else found).order_by().values_list("pk", flat=True))
    return kept


def event_hits(version: RuleVersion, first: date, last: date) -> list[tuple[str, date, str]]:
    """(customer, the day the rule acts, key) of an event trigger for acting days of a span."""
    kind = events.kind_of(version.trigger["event"])
    if kind is None:
        return []
    shift = timedelta(days=int(version.trigger.get("days", 0)))
    where = (version.trigger.get("where") or {}).items()
    return [
        (one.customer_id, one.day + shift, one.key)
        for one in kind.between(first - shift, last - shift)
        if all(one.about.get(name) == value for name, value in where)
    ]
