"""Plans at work: steps become tasks when their day is near and what they wait for is done."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.audit.services import record
from kajing.customers.models import Customer
from kajing.customers.services.marks import mark_timeline
from kajing.lib.errors import DomainError, NotAllowed
from kajing.lib.masks import scrub_card_numbers
from kajing.lib.periods import SHANGHAI
from kajing.org.models import Person
from kajing.org.selectors import leader_of
from kajing.records.states import check_move
from kajing.records.undo import surrounding
from kajing.workflow import selectors
from kajing.workflow.clock import policy
from kajing.workflow.models import Plan, PlanStep, Playbook, PlaybookVersion, Task
from kajing.workflow.services.acts import cancel_task, open_task

EVENING = time(17, 30)
DAYS_AHEAD = 7  # where the policy is not loaded
RIGHT = "workflow.run_playbook"
State, StepState = Plan.State, PlanStep.State
OVER = (StepState.DONE, StepState.SKIPPED)


class CannotStart(DomainError):
    """The playbook has no version in force, or runs for this customer already."""


@transaction.atomic
def start_plan(
    *,
    actor: Person | None,
    customer: Customer,
    playbook: Playbook,
    day_zero: date,
    at: datetime,
    event_key: str = "",
) -> Plan:
    """Begin a playbook for a customer by its version in force; `actor` None is the night.

    Raises NotAllowed, CannotStart.
    """
    if actor is not None and not actor.has_perm(RIGHT):
        raise NotAllowed(_("Your role may not start playbooks."))
    version = playbook.versions.filter(state=PlaybookVersion.State.LIVE).first()
    if version is None:
        raise CannotStart(_("No version of this playbook is in force."))
    key = event_key or f"hand:{at.isoformat(timespec='microseconds')}"
    if _runs(customer, playbook, key):
        raise CannotStart(_("This playbook runs for this customer already, or has been run for this event."))
    plan = Plan.objects.create(
        customer=customer, playbook=playbook, version=version, day_zero=day_zero, event_key=key, started_by=_no(actor),
        started_at=at,
    )  # fmt: skip
    steps = PlanStep.objects.bulk_create(
        PlanStep(
            plan=plan, key=step["key"], title=step["title"], kind=step["kind"], required=bool(step.get("required")),
            due_on=day_zero + timedelta(days=step["day"]), after=step.get("after", []),
        )
        for step in version.steps
    )  # fmt: skip
    if log := surrounding():
        log.added(steps)
    _tell(plan, actor, "start", at)
    _mark(plan, actor, gettext_noop("Plan started: %(plan)s"), at)
    open_due_steps(plan=plan, today=selectors.moment(at).today, at=at)
    return plan


def _runs(customer: Customer, playbook: Playbook, key: str) -> bool:
    found = Plan.objects.filter(customer=customer, playbook=playbook)
    return found.filter(state=State.RUNNING).exists() or found.filter(event_key=key).exists()


@transaction.atomic
def open_due_steps(*, plan: Plan, today: date, at: datetime) -> int:
    """Open the task of every step whose day is near and whose forerunners are over; returns how many."""
    if plan.state != State.RUNNING:
        return 0
    steps = list(plan.steps.all())
    over = {step.key for step in steps if step.state in OVER}
    horizon = today + timedelta(days=policy("plan_open_days_before", today, DAYS_AHEAD))
    ready = [
        step for step in steps
        if step.state in {StepState.WAITING, StepState.HELD} and step.due_on <= horizon and over.issuperset(step.after)
    ]  # fmt: skip
    return sum(_open_step(plan, step, today, at) for step in ready)


def _open_step(plan: Plan, step: PlanStep, today: date, at: datetime) -> int:
    owner = plan.customer.manager or leader_of(plan.customer.unit)
    if owner is None:
        return _hold(step, gettext_noop("Nobody manages this customer."))
    due = datetime.combine(max(step.due_on, today), EVENING, SHANGHAI)
    params = {"plan": plan.playbook.name, "_translate": ["plan"]} if plan.version.author == "system" else {}
    try:
        with transaction.atomic():
            task = open_task(
                actor=None, owner=owner, customer=plan.customer, title=step.title, due_at=due, at=at, kind=step.kind,
                reason=gettext_noop("Plan: %(plan)s") if params else plan.playbook.name, params=params,
                source=f"plan:{plan.pk}:{step.key}", must_do=step.required,
            )  # fmt: skip
    except DomainError as error:
        return _hold(step, str(error))
    step.state, step.task, step.note = StepState.OPEN, task, ""
    step.save(update_fields=["state", "task", "note"])
    return 1


def _hold(step: PlanStep, note: str) -> int:
    if (step.state, step.note) != (StepState.HELD, note[:400]):
        step.state, step.note = StepState.HELD, note[:400]
        step.save(update_fields=["state", "note"])
    return 0


@transaction.atomic
def step_ended(*, task: Task, at: datetime) -> None:
    """A plan's task was done or called off: its step is over, the next ones open, the last one ends the plan."""
    step = (
        PlanStep.objects.select_related(
            "plan__customer__unit", "plan__customer__manager", "plan__playbook", "plan__version"
        )
        .filter(task=task)
        .first()
    )
    if step is None or step.state in OVER:
        return
    done = task.state == Task.State.DONE
    step.state, step.ended_at = StepState.DONE if done else StepState.SKIPPED, at
    step.note = task.outcome_note[:400]
    step.save(update_fields=["state", "ended_at", "note"])
    _go_on(step.plan, at)


@transaction.atomic
def step_reopened(*, task: Task) -> None:
    """The tick was undone: the step waits again, and so does its plan."""
    step = PlanStep.objects.select_related("plan").filter(task=task).first()
    if step is None:
        return
    step.state, step.ended_at = StepState.OPEN, None
    step.save(update_fields=["state", "ended_at"])
    Plan.objects.filter(pk=step.plan_id, state=State.DONE).update(state=State.RUNNING, ended_at=None, ended_by="")


def _go_on(plan: Plan, at: datetime) -> None:
    if plan.state != State.RUNNING:
        return
    open_due_steps(plan=plan, today=selectors.moment(at).today, at=at)
    if not plan.steps.exclude(state__in=OVER).exists():
        plan.state, plan.ended_at, plan.ended_by = State.DONE, at, "system"
        plan.save(update_fields=["state", "ended_at", "ended_by"])
        _tell(plan, None, "finish", at)
        _mark(plan, None, gettext_noop("Plan finished: %(plan)s"), at)


@transaction.atomic
def skip_step(*, actor: Person, step: PlanStep, reason: str, at: datetime) -> PlanStep:
    """Leave a step out, with the reason; a required one only by a leader. Raises NotAllowed, DomainError."""
    _may_change(actor, reason)
    if step.required and not actor.has_perm("workflow.reassign_task"):
        raise NotAllowed(_("Only a leader may skip a required step."))
    step = PlanStep.objects.select_related(
        "plan__customer__unit", "plan__customer__manager", "plan__playbook", "plan__version", "task"
    ).get(pk=step.pk)
    if step.state in OVER or step.plan.state != State.RUNNING:
        raise DomainError(_("This step is over already."))
    task, step.state, step.note, step.ended_at = step.task, StepState.SKIPPED, scrub_card_numbers(reason)[:400], at
    step.save(update_fields=["state", "note", "ended_at"])
    if task is not None and task.state == Task.State.OPEN:
        cancel_task(actor=None, task=task, reason=step.note, at=at)
    _tell(step.plan, actor, "skip", at, reason=step.note, step=step.key)
    _go_on(step.plan, at)
    return step


@transaction.atomic
def stop_plan(*, actor: Person | None, plan: Plan, reason: str, at: datetime) -> Plan:
    """End a plan early, with the reason; its open tasks are called off. Raises NotAllowed, DomainError."""
    if actor is not None:
        _may_change(actor, reason)
    plan = (
        Plan.objects.select_for_update(of=("self",)).select_related("playbook", "version", "customer").get(pk=plan.pk)
    )
    if plan.state != State.RUNNING:
        raise DomainError(_("This plan has ended already."))
    if actor is not None:
        check_move(
            kind="plan", object_id=str(plan.pk), before=plan.state, to=State.STOPPED, actor=actor, at=at, note=reason
        )
    plan.state, plan.ended_at, plan.ended_by, plan.reason = (
        State.STOPPED,
        at,
        _no(actor),
        scrub_card_numbers(reason)[:400],
    )
    plan.save(update_fields=["state", "ended_at", "ended_by", "reason"])
    for task in Task.objects.filter(pk__in=plan.steps.values("task"), state=Task.State.OPEN):
        cancel_task(actor=None, task=task, reason=plan.reason, at=at)
    _tell(plan, actor, "stop", at, reason=plan.reason)
    _mark(plan, actor, gettext_noop("Plan stopped: %(plan)s"), at, body=plan.reason)
    return plan


def _may_change(actor: Person, reason: str) -> None:
    if not actor.has_perm(RIGHT):
        raise NotAllowed(_("Your role may not change plans."))
    if not reason.strip():
        raise DomainError(_("Say why: the plan's history keeps it."))


def _tell(plan: Plan, actor: Person | None, act: str, at: datetime, *, reason: str = "", step: str = "") -> None:
    record(
        actor=_no(actor), action=f"workflow.plan_{act}", object_kind="plan", object_id=str(plan.pk), at=at,
        customer_id=plan.customer_id, reason=reason,
        changes={"playbook": plan.playbook.code, "version": plan.version.number, "event": plan.event_key, "step": step},
    )  # fmt: skip


def _mark(plan: Plan, actor: Person | None, title: str, at: datetime, *, body: str = "") -> None:
    delivered = plan.playbook.made_by == "system"
    mark_timeline(
        customer_id=plan.customer_id, at=at, kind="plan", title=title, body=body, source=f"plan:{plan.pk}",
        icon="route",
        params={"plan": plan.playbook.name, "_translate": ["plan"] if delivered else []}, actor=_no(actor),
    )  # fmt: skip


def _no(actor: Person | None) -> str:
    return actor.person_no if actor is not None else "system"
