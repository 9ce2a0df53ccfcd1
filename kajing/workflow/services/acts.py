"""Business acts on tasks: open, do, bring back, put off, hand on, call off."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from kajing.audit.services import record
from kajing.contact.services import ContactRefused
from kajing.customers.models import Customer
from kajing.customers.services.marks import mark_timeline
from kajing.lib.errors import DomainError, NotAllowed
from kajing.lib.masks import scrub_card_numbers
from kajing.lib.periods import SHANGHAI
from kajing.notifications.services import notify
from kajing.org.models import Person
from kajing.org.scoping import scope_of
from kajing.org.selectors import leader_of
from kajing.records.states import check_move
from kajing.workflow import selectors, signals
from kajing.workflow.contacting import refused_one
from kajing.workflow.models import Task

Actor = Person | None  # None is the system: the night, a rule

OUTCOMES = {
    "DONE": _("done"),
    "REACHED": _("reached the customer"),
    "NOT_REACHED": _("not reached"),
    "PROMISED": _("promised to pay"),
    "REFUSED": _("refused"),
    "NOT_NEEDED": _("not needed"),
}


class CannotOpen(DomainError):
    """The task would reach somebody who may not see its customer."""


class PastDay(DomainError):
    """A mistyped year would lead every list as years overdue; an hour that went by today is a person's own word."""

    status = 422

    def __str__(self) -> str:
        return str(_("This day has passed. Choose today or a later day."))


class NotOpen(DomainError):
    """The task is done or called off."""


class TooLate(DomainError):
    """The undo window is over, or somebody else did the task."""


class Stale(DomainError):
    """Somebody changed the task since the page was drawn; `current` is how it stands now."""

    def __init__(self, current: Task) -> None:
        super().__init__(_("Somebody changed this task in the meantime. Look at it again, then repeat."))
        self.current = current


@transaction.atomic
def open_task(
    *,
    actor: Actor,
    owner: Person,
    title: str,
    due_at: datetime,
    at: datetime,
    customer: Customer | None = None,
    kind: str = "follow_up",
    reason: str = "",
    params: Mapping[str, Any] | None = None,
    source: str = "",
    must_do: bool = False,
    severity: str = "",
    value_at_stake: int | None = None,
    checked: bool = False,
    news: bool = True,
) -> Task:
    """Open one task for `owner`; `title` and `reason` are message ids when `params` is filled, else own words.

    `value_at_stake` is fen; `checked` says that the contact gate was asked already, `news` whether the owner hears
    of it by itself. Raises CannotOpen when the owner
    does not see the customer, ContactRefused when the kind is a contact that the gate forbids up to the due day,
    NotAllowed when the actor may not give work to others.
    """
    _may_give(actor, owner, "workflow.open_task")
    _must_see(owner, customer, at)
    if customer is not None and not checked:
        _must_be_contactable(customer, owner, kind, due_at, at)
    task = Task.objects.create(
        customer=customer, owner=owner, unit_id=customer.unit_id if customer else owner.unit_id, kind=kind,
        title=scrub_card_numbers(title), reason=scrub_card_numbers(reason), params=dict(params or {}),
        source=source or f"person:{_no(actor)}", must_do=must_do, severity=severity, value_at_stake=value_at_stake,
        due_at=due_at, created_at=at, created_by=_no(actor),
    )  # fmt: skip
    _tell(task, actor, "open", at, changes={"owner": owner.person_no, "due_at": due_at.isoformat()})
    if actor is not None and actor != owner and news:
        _notify_owner(task, gettext_noop("New task: %(task)s"), at)
    signals.task_opened.send(sender=Task, task=task, actor=actor, at=at)
    return task


@transaction.atomic
def done_task(
    *, actor: Person, task: Task, outcome: str, at: datetime, note: str = "", version: int | None = None
) -> Task:
    """Finish a task with its outcome. Raises NotOpen, Stale, NotAllowed, MoveRefused."""
    task = _locked(task, actor, version)
    _must_be_open(task)
    if outcome not in OUTCOMES:
        raise DomainError(_("Choose how it ended."))
    _pass(task, Task.State.DONE, actor, at, note)
    task.state, task.outcome, task.outcome_note = Task.State.DONE, outcome, scrub_card_numbers(note)
    task.done_at, task.done_by, task.snoozed_until = at, actor.person_no, None
    _save(task)
    _tell(task, actor, "done", at, changes={"outcome": outcome})
    _mark(task, actor, gettext_noop("Task done: %(task)s"), at, body=task.outcome_note)
    signals.task_done.send(sender=Task, task=task, actor=actor, at=at)
    return task


@transaction.atomic
def reopen_task(*, actor: Person, task: Task, at: datetime, version: int | None = None) -> Task:
    """Undo of done, by the same person within the undo window. Raises TooLate, Stale."""
    task = _locked(task, actor, version)
    if task.state == Task.State.OPEN:
        return task
    late = task.done_at is None or at - task.done_at > selectors.UNDO_WINDOW
    if task.state != Task.State.DONE or late or task.done_by != actor.person_no:
        raise TooLate(_("This can no longer be undone. Open a new task instead."))
    task.state, task.outcome, task.outcome_note, task.done_at, task.done_by = Task.State.OPEN, "", "", None, ""
    _save(task)
    _tell(task, actor, "reopen", at)
    _mark(task, actor, gettext_noop("Task opened again: %(task)s"), at)
    signals.task_reopened.send(sender=Task, task=task, actor=actor, at=at)
    return task


@transaction.atomic
def snooze_task(*, actor: Person, task: Task, until: datetime | None, at: datetime, version: int | None = None) -> Task:
    """Put a task to sleep until a moment on the page's calendar, or wake it (`until` None).

    A must-do task sleeps no longer than its due time. Raises NotOpen, Stale, NotAllowed, DomainError.
    """
    task = _locked(task, actor, version)
    _must_be_open(task)
    if until is not None and until <= selectors.moment(at).now:
        raise DomainError(_("Choose a time that lies ahead."))
    if until is not None and task.must_do and until > max(task.due_at, selectors.moment(at).day_end):
        raise DomainError(_("A must-do task cannot sleep past its due time."))
    before, task.snoozed_until = task.snoozed_until, until
    _save(task)
    _tell(task, actor, "snooze", at, changes={"until": [_iso(before), _iso(until)]})
    return task


@transaction.atomic
def change_due(*, actor: Actor, task: Task, due_at: datetime, at: datetime, version: int | None = None) -> Task:
    """Move the due time; a must-do task to a later one only by somebody who may reassign.

    Raises NotOpen, Stale, NotAllowed, PastDay (of a person; a rule says what it says).
    """
    task = _locked(task, actor, version)
    _must_be_open(task)
    if actor is not None:
        must_not_have_passed(due_at, at)
    if task.must_do and due_at > task.due_at and actor is not None and not actor.has_perm("workflow.reassign_task"):
        raise NotAllowed(_("Only a leader may move a must-do task to a later time."))
    before, task.due_at = task.due_at, due_at
    _save(task)
    _tell(task, actor, "change_due", at, changes={"due_at": [_iso(before), _iso(due_at)]})
    return task


@transaction.atomic
def reassign_task(
    *, actor: Actor, task: Task, owner: Person, at: datetime, reason: str = "", version: int | None = None,
    news: bool = True,
) -> Task:  # fmt: skip
    """Hand a task on; the receiver must see the customer, and hears of it when `news`.

    Raises NotOpen, Stale, NotAllowed, CannotOpen.
    """
    if actor is not None and not actor.has_perm("workflow.reassign_task"):
        raise NotAllowed(_("Only a leader may hand a task to somebody else."))
    task = _locked(task, actor, version)
    _must_be_open(task)
    _must_see(owner, task.customer, at)
    before, task.owner = task.owner, owner
    if before == owner:
        return task
    task.unit_id = task.customer.unit_id if task.customer else owner.unit_id
    _save(task)
    changes = {"owner": [before.person_no, owner.person_no]}
    _tell(task, actor, "reassign", at, changes=changes, reason=scrub_card_numbers(reason))
    _mark(task, actor, gettext_noop("Task handed on: %(task)s"), at)
    if news:
        _notify_owner(task, gettext_noop("Task handed to you: %(task)s"), at)
    signals.task_reassigned.send(sender=Task, task=task, before=before, actor=actor, at=at)
    return task


@transaction.atomic
def set_priority(*, actor: Person, task: Task, must_do: bool, at: datetime, version: int | None = None) -> Task:
    """Say that a task must be done, or that it need not; only a leader lifts it. Raises NotOpen, Stale, NotAllowed."""
    task = _locked(task, actor, version)
    _must_be_open(task)
    if task.must_do == must_do:
        return task
    if not must_do and not actor.has_perm("workflow.reassign_task"):
        raise NotAllowed(_("Only a leader may say that a must-do task need not be done."))
    task.must_do = must_do
    if must_do and task.snoozed_until and task.snoozed_until > task.due_at:
        task.snoozed_until = None
    _save(task)
    _tell(task, actor, "set_priority", at, changes={"must_do": [not must_do, must_do]})
    return task


@transaction.atomic
def cancel_task(*, actor: Actor, task: Task, reason: str, at: datetime, version: int | None = None) -> Task:
    """Call a task off with a reason. Raises NotOpen, Stale, NotAllowed."""
    task = _locked(task, actor, version)
    _must_be_open(task)
    if task.must_do and actor is not None and not actor.has_perm("workflow.reassign_task"):
        raise NotAllowed(_("Only a leader may call off a must-do task."))
    if actor is not None:  # what the system calls off follows from something else that ended
        _pass(task, Task.State.CANCELLED, actor, at, reason)
    task.state, task.outcome_note = Task.State.CANCELLED, scrub_card_numbers(reason)
    task.done_at, task.done_by = at, _no(actor)
    _save(task)
    _tell(task, actor, "cancel", at, reason=task.outcome_note)
    signals.task_cancelled.send(sender=Task, task=task, reason=reason, actor=actor, at=at)
    return task


def cannot_cancel(*, actor: Person, task: Task, at: datetime) -> str:
    """Why a task cannot be called off whatever the reason, empty when it can; nothing is written either way."""
    try:
        with transaction.atomic():
            cancel_task(actor=actor, task=task, reason="—" * 2, at=at)
            transaction.set_rollback(True)
    except DomainError as error:
        return str(error) or str(_("Your role may not do this."))
    return ""


@transaction.atomic
def follow_customers(*, customer_ids: Sequence[str], at: datetime, by: str) -> int:
    """After a hand-over of customers: open tasks of the former manager go to the new one; returns how many moved.

    Tasks of people who are not account managers (a leader, a risk officer) stay with them. Customers who go to the
    pool leave their tasks with the leader of the unit, so that nothing is lost.
    """
    found = Task.objects.filter(customer__in=customer_ids, state=Task.State.OPEN, owner__role="MANAGER")
    moved = 0
    for task in found.select_related("customer__manager", "customer__unit", "owner"):
        if task.customer is None:
            continue
        heir = task.customer.manager or leader_of(task.customer.unit)
        if heir is not None and heir != task.owner:
            reassign_task(actor=None, task=task, owner=heir, at=at, reason=f"hand-over by {by}")
            moved += 1
    return moved


def _locked(task: Task, actor: Actor, version: int | None) -> Task:
    found = Task.objects.select_for_update(of=("self",)).select_related("customer", "owner").get(pk=task.pk)
    if actor is not None and not selectors.can_work(actor, found):
        raise NotAllowed(_("This task belongs to somebody else."))
    if version is not None and version != found.version:
        raise Stale(found)
    return found


def _pass(task: Task, to: str, actor: Actor, at: datetime, note: str) -> None:
    check_move(kind="task", object_id=str(task.pk), before=task.state, to=to, actor=actor, at=at, note=note)


def _save(task: Task) -> None:
    task.version += 1
    task.save()


def _must_be_open(task: Task) -> None:
    if task.state != Task.State.OPEN:
        raise NotOpen(_("This task is already finished."))


def _may_give(actor: Actor, owner: Person, right: str) -> None:
    if actor is None:
        return
    if not actor.has_perm(right):
        raise NotAllowed(_("Your role opens no tasks."))
    if actor != owner and not actor.has_perm("workflow.reassign_task"):
        raise NotAllowed(_("Only a leader may give tasks to somebody else."))


def must_not_have_passed(due_at: datetime, at: datetime) -> None:
    """Raises PastDay."""
    if due_at.astimezone(SHANGHAI).date() < selectors.first_due_day(at):
        raise PastDay


def _must_see(owner: Person, customer: Customer | None, at: datetime) -> None:
    if not owner.is_active:
        raise CannotOpen(_("This person has left."))
    if customer is None:
        return
    scope = scope_of(owner, at.astimezone(SHANGHAI).date())
    if not scope.sees(unit=customer.unit_id, manager=customer.manager_id, customer=customer.customer_id):
        raise CannotOpen(_("This person does not look after the customer and may not see it."))


def _must_be_contactable(customer: Customer, owner: Person, kind: str, due_at: datetime, at: datetime) -> None:
    answer = refused_one(customer, owner, kind=kind, due_at=due_at, at=at)
    if answer is not None:
        raise ContactRefused(answer)


def _tell(
    task: Task, actor: Actor, act: str, at: datetime, *, changes: dict[str, Any] | None = None, reason: str = ""
) -> None:
    record(
        actor=_no(actor), action=f"workflow.{act}", object_kind="task", object_id=str(task.pk),
        customer_id=task.customer_id or "", at=at, changes=changes, reason=reason,
    )  # fmt: skip


def _mark(task: Task, actor: Actor, title: str, at: datetime, *, body: str = "") -> None:
    if task.customer_id is None:
        return
    mark_timeline(
        customer_id=task.customer_id, at=at, kind="task", title=title, body=body, params=task_params(task),
        source=f"task:{task.pk}", actor=_no(actor), icon="circle-check",
    )  # fmt: skip


def _notify_owner(task: Task, title: str, at: datetime) -> None:
    notify(
        person=task.owner, kind="task.assigned", title=title, params=task_params(task),
        url=f"/tasks/{task.pk}/", group=f"task:{task.pk}", at=at,
    )  # fmt: skip


def task_params(task: Task) -> dict[str, Any]:
    """The task's title as a parameter of other texts: where it is a message id, in the language of who reads it."""
    if not task.params:
        return {"task": task.title}
    filled = {name: value for name, value in task.params.items() if f"%({name})" in task.title or name == "_translate"}
    return {"task": {"text": {"id": task.title, "params": {"_translate": [], **filled}}}}


def _no(actor: Actor) -> str:
    return actor.person_no if actor is not None else "system"


def _iso(value: datetime | None) -> str | None:
    return value.isoformat() if value else None
