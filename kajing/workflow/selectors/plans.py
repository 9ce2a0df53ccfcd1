"""Playbooks and plans as pages and the API read them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Case, Count, IntegerField, Q, QuerySet, Value, When

from kajing.customers.selectors import shown_name
from kajing.workflow.models import Plan, PlanStep, Playbook, PlaybookVersion


def playbooks() -> QuerySet[Playbook]:
    """All playbooks with how many plans run by them."""
    running = Count("plans", filter=Q(plans__state=Plan.State.RUNNING))
    return Playbook.objects.annotate(running=running).order_by("code")


def startable() -> list[Playbook]:
    """Playbooks with a version in force."""
    return list(Playbook.objects.filter(versions__state=PlaybookVersion.State.LIVE).order_by("code"))


def live_version(playbook: Playbook) -> PlaybookVersion | None:
    """The version in force."""
    return playbook.versions.filter(state=PlaybookVersion.State.LIVE).first()


def versions(playbook: Playbook) -> QuerySet[PlaybookVersion]:
    """All versions, the newest first, with how many plans run by each."""
    running = Count("plans", filter=Q(plans__state=Plan.State.RUNNING))
    return playbook.versions.annotate(running=running).order_by("-number")


def plans(user: Any) -> QuerySet[Plan]:
    """Plans of customers this person sees."""
    return Plan.objects.visible_to(user)


def steps(user: Any) -> QuerySet[PlanStep]:
    """Steps of those plans."""
    return PlanStep.objects.visible_to(user)


@dataclass(frozen=True, slots=True)
class Progress:
    """One plan with how far it is."""

    plan: Plan
    steps: list[PlanStep]
    name: str = ""  # the customer's, where a list shows it

    @property
    def done(self) -> int:
        """Steps that are over."""
        return sum(step.state in {PlanStep.State.DONE, PlanStep.State.SKIPPED} for step in self.steps)

    @property
    def share(self) -> float:
        """How far, 0 to 1."""
        return self.done / len(self.steps) if self.steps else 1.0


def of_customer(user: Any, customer_id: str, *, most: int = 3) -> list[Progress]:
    """The running plans of a customer, then the last ended ones, each with its steps; two queries."""
    found = plans(user).filter(customer_id=customer_id).select_related("playbook", "version")
    running = Case(When(state=Plan.State.RUNNING, then=Value(0)), default=Value(1), output_field=IntegerField())
    return with_steps(list(found.order_by(running, "-started_at")[:most]))


def named(user: Any, rows: list[Plan]) -> list[Progress]:
    """Plans with their steps and the customers' names as this person may see them; `customer` is loaded already."""
    return [replace(one, name=shown_name(user, one.plan.customer)) for one in with_steps(rows)]


def with_steps(rows: list[Plan]) -> list[Progress]:
    """Plans with their steps; one query for all."""
    by_plan: dict[int, list[PlanStep]] = {plan.pk: [] for plan in rows}
    for step in PlanStep.objects.filter(plan__in=rows).select_related("plan__version", "task").order_by("due_on", "pk"):
        by_plan[step.plan_id].append(step)
    return [Progress(plan, by_plan[plan.pk]) for plan in rows]
