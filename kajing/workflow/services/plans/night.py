"""The night of the plans: events start playbooks, near steps become tasks, exit conditions end plans. Never twice."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_noop

from kajing.customers.lists import CUSTOMERS
from kajing.customers.models import Customer
from kajing.records.lists import Context, conditions
from kajing.workflow import events
from kajing.workflow.events import Event
from kajing.workflow.models import Plan, PlaybookVersion
from kajing.workflow.services.plans.running import CannotStart, open_due_steps, start_plan, stop_plan
from kajing.workflow.system import System

CATCH_UP = timedelta(days=3)  # nights that were missed are made up for
CHUNK = 500
State = Plan.State


def run_plans(*, as_of: date, at: datetime) -> dict[str, int]:
    """End what a condition ends, open near steps, start what an event starts; the same night again adds nothing."""
    today = as_of + timedelta(days=1)
    stopped = sum(_stop(version, today, at) for version in _running_versions())
    opened = _open_near(today, at)
    started = sum(_start(version, today, at) for version in _event_versions())
    return {"started": started, "opened": opened, "stopped": stopped}


def _running_versions() -> list[PlaybookVersion]:
    return list(PlaybookVersion.objects.filter(plans__state=State.RUNNING).distinct())


def _event_versions() -> list[PlaybookVersion]:
    live = PlaybookVersion.objects.filter(state=PlaybookVersion.State.LIVE, playbook__enabled=True).exclude(event="")
    return list(live.select_related("playbook"))


def _start(version: PlaybookVersion, today: date, at: datetime) -> int:
    kind = events.kind_of(version.event)
    if kind is None:
        return 0
    found = list(kind.between(today - CATCH_UP, today + timedelta(days=version.days_before)))
    count = 0
    for first in range(0, len(found), CHUNK):
        count += _start_chunk(version, found[first : first + CHUNK], at)
    return count


def _start_chunk(version: PlaybookVersion, found: list[Event], at: datetime) -> int:
    """Start for those customers for whom the playbook neither runs nor ran for the same event."""
    wanted = {event.customer_id: event for event in found}
    plans = Plan.objects.filter(customer__in=wanted, playbook=version.playbook)
    taken = set(plans.filter(state=State.RUNNING).values_list("customer_id", flat=True))
    taken |= {pk for pk, key in plans.values_list("customer_id", "event_key") if wanted[pk].key == key}
    fresh = [pk for pk in wanted if pk not in taken]
    people = Customer.objects.filter(pk__in=fresh, status=Customer.Status.ACTIVE).select_related("unit", "manager")
    return sum(_start_one(version, customer, wanted[customer.pk], at) for customer in people)


def _start_one(version: PlaybookVersion, customer: Customer, event: Event, at: datetime) -> int:
    try:
        with transaction.atomic():
            start_plan(
                actor=None, customer=customer, playbook=version.playbook, day_zero=event.day, at=at, event_key=event.key
            )
    except (CannotStart, IntegrityError):  # another night was quicker
        return 0
    return 1


def _open_near(today: date, at: datetime) -> int:
    running = Plan.objects.filter(state=State.RUNNING, steps__state__in=["WAITING", "HELD"]).distinct()
    found = running.select_related("customer__unit", "customer__manager", "playbook", "version")
    return sum(open_due_steps(plan=plan, today=today, at=at) for plan in found.iterator(chunk_size=CHUNK))


def _stop(version: PlaybookVersion, today: date, at: datetime) -> int:
    plans: dict[str, list[Plan]] = defaultdict(list)
    for plan in version.plans.filter(state=State.RUNNING):
        plans[plan.customer_id].append(plan)
    gone: set[str] = set()
    for text in version.exits:
        where = conditions.compile(CUSTOMERS, text, Context(System(), today))
        for first in range(0, len(plans), CHUNK):
            asked = list(plans)[first : first + CHUNK]
            gone |= set(Customer.objects.filter(where, pk__in=asked).order_by().values_list("pk", flat=True))
    for pk in sorted(gone):
        for plan in plans[pk]:
            stop_plan(actor=None, plan=plan, reason=gettext_noop("A condition that ends the plan holds."), at=at)
    return len(gone)
