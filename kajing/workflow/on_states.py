"""Tasks and plans as records with states."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kajing.lib.errors import DomainError
from kajing.org.models import Person, Unit
from kajing.records import states
from kajing.records.states import Fact, Given, Input, StateKind
from kajing.workflow import on_records
from kajing.workflow.models import Plan, Task
from kajing.workflow.selectors import may_end, plans, tasks
from kajing.workflow.services.acts import OUTCOMES, cancel_task, done_task
from kajing.workflow.services.plans import stop_plan

DONE, CANCELLED = Task.State.DONE, Task.State.CANCELLED


def is_key(text: str) -> bool:
    """Whether a text from an address can be a row's number."""
    return text.isdecimal() and len(text) < 19


def _task(user: Any, pk: str) -> Task | None:
    if not user.has_perm(on_records.RIGHT) or not is_key(pk):
        return None
    return tasks(user).filter(pk=pk).first()


def _move_task(actor: Person, pk: str, to: str, given: Given, note: str, at: datetime) -> object:
    task = Task.objects.get(pk=pk)
    if to == DONE:
        return done_task(actor=actor, task=task, outcome=given.get("outcome", ""), note=note[:400], at=at)
    if to == CANCELLED:
        return cancel_task(actor=actor, task=task, reason=note[:400], at=at)
    raise DomainError(_("A task goes no such way."))


def _task_inputs(to: str) -> tuple[Input, ...]:
    if to != DONE:
        return ()
    return (Input(name="outcome", label=_("How it ended"), choices=list(OUTCOMES.items())),)


def _plan(user: Any, pk: str) -> Plan | None:
    if not user.has_perm("workflow.run_playbook") or not is_key(pk):
        return None
    return plans.plans(user).filter(pk=pk).first()


def _move_plan(actor: Person, pk: str, to: str, given: Given, note: str, at: datetime) -> object:
    if to != Plan.State.STOPPED:
        raise DomainError(_("A plan goes no such way."))
    return stop_plan(actor=actor, plan=Plan.objects.get(pk=pk), reason=note[:400], at=at)


def _customer_of_plan(pk: str) -> str:
    return str(Plan.objects.filter(pk=pk).values_list("customer", flat=True).first() or "")


def _place_of_plan(pk: str) -> Unit | None:
    return Unit.objects.filter(pk__in=Plan.objects.filter(pk=pk).values("customer__unit")).first()


def register() -> None:
    """Make them kinds with states."""
    states.register(
        StateKind(
            name="task", label=_("Task"), moves=lambda: [("OPEN", DONE), ("OPEN", CANCELLED)], find=_task,
            apply=_move_task, inputs=_task_inputs, may=may_end, final=frozenset({DONE, CANCELLED}),
            place=on_records.place,
            customer_of=on_records.customer_of, url=lambda pk: reverse("workflow:detail", args=[pk]),
            since=states.by_moment(Task, "created_at"), carrier=lambda pk: ("task", pk), carrier_kind="task",
            facts={
                "customer": Fact(label=_("Customer"), lacking=states.by_query(Task, customer=None)),
                "reason": Fact(label=pgettext_lazy("task", "Why"), lacking=states.by_query(Task, reason="")),
                "value": Fact(label=_("At stake"), lacking=states.by_query(Task, value_at_stake=None)),
            },
            **states.by_column(Task),
        )
    )  # fmt: skip
    states.register(
        StateKind(
            name="plan", label=pgettext_lazy("playbook", "Plan"), find=_plan, apply=_move_plan,
            moves=lambda: [(Plan.State.RUNNING, Plan.State.STOPPED)],
            final=frozenset({Plan.State.DONE, Plan.State.STOPPED}), place=_place_of_plan,
            customer_of=_customer_of_plan, url=lambda pk: reverse("customers:page", args=[_customer_of_plan(pk)]),
            since=states.by_moment(Plan, "started_at"), carrier=lambda pk: ("customer", _customer_of_plan(pk)),
            carrier_kind="customer", **states.by_column(Plan),
        )
    )  # fmt: skip
