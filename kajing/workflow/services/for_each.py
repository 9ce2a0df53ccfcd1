"""Acts for each of many customers: a task, a plan. Tried first, row by row told what was left alone, undone as one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.urls import reverse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.contact.gate import Answer
from kajing.customers.models import Customer
from kajing.customers.selectors import customers
from kajing.lib.periods import SHANGHAI
from kajing.notifications.services import notify
from kajing.org.models import Person
from kajing.records.services.bulk import BulkKind, each, register
from kajing.workflow.contacting import CONTACT_KINDS, owners_for, refused
from kajing.workflow.models import Playbook, PlaybookVersion, Task, Trial
from kajing.workflow.services import trials
from kajing.workflow.services.acts import open_task
from kajing.workflow.services.plans import start_plan
from kajing.workflow.services.plans.running import EVENING, RIGHT

if TYPE_CHECKING:
    from kajing.records.models import BulkAct

Params = Mapping[str, Any]
TASKS, PLANS = "workflow.tasks_for_many", "workflow.plans_for_many"


def _found(actor: Person, ids: Sequence[str]) -> tuple[dict[str, Customer], dict[Any, str]]:
    """The customers the person still sees, and a word about the others."""
    found = {one.pk: one for one in customers(actor).filter(pk__in=list(ids)).select_related("manager", "unit")}
    return found, {pk: _("This customer is no longer in your area.") for pk in ids if pk not in found}


def _said(closed: Mapping[str, Answer]) -> dict[Any, str]:
    """The gate's sentences with the rule that says so."""
    return {pk: " ".join(filter(None, (str(one.sentence), str(one.rule_id)))) for pk, one in closed.items()}


def _tasks(actor: Person, ids: Sequence[str], params: Params, at: datetime) -> dict[Any, str]:
    """The same task about each; whoever may hand tasks on gives each to the customer's manager.

    With a hold-out, those who may be contacted draw lots first, and everybody drawn for the task counts as tasked.
    """
    found, missing = _found(actor, ids)
    due_at = parse_datetime(params["due_at"])
    assert due_at is not None  # noqa: S101  written by the form or the schema
    owners = owners_for(actor, found.values())
    closed = refused(owners, kind=params["kind"], due_at=due_at, at=at)
    words = {name: params.get(name, "") for name in ("title", "kind", "reason")}

    def act(pk: str) -> object:
        return open_task(
            actor=actor, owner=owners[found[pk]], customer=found[pk], due_at=due_at, at=at, checked=True,
            must_do=bool(params.get("must_do")), news=False, **words,
        )  # fmt: skip

    going = [pk for pk in found if pk not in closed]
    if not params.get("holdout"):
        return missing | _said(closed) | each(going, act)
    trial = Trial.objects.select_for_update().get(pk=params["trial"]) if params.get("trial") else None
    if trial is not None and trial.state != Trial.State.RUNNING:  # ended while the job was still at work
        return missing | _said(closed) | each(going, act)
    drawn = trials.draw(customer_ids=going, share=params["holdout"], trial=trial, at=at)
    if trial is not None:
        trials.enrol(actor=actor, trial=trial, drawn=drawn, at=at)
    return missing | _said(closed) | drawn.busy | each(drawn.treated, act) | drawn.held


def _told(actor: Person, act: BulkAct, at: datetime) -> None:
    """One piece of news for everybody who got tasks of somebody else; it stays when the act is undone.

    A trial that nobody joined, because all were refused, is none.
    """
    Trial.objects.filter(pk=act.params.get("trial"), members=None).delete()
    keys = (
        list(act.reversal.entries.filter(model="workflow.task").values_list("key", flat=True)) if act.reversal else []
    )
    got: Counter[int] = Counter()
    for start in range(0, len(keys), 500):
        of_others = Task.objects.filter(pk__in=keys[start : start + 500]).exclude(owner=actor)
        got.update(of_others.values_list("owner__pk", flat=True))
    for owner in Person.objects.filter(pk__in=got):
        notify(
            person=owner, kind="task.assigned", title=gettext_noop("%(count)s tasks handed to you"),
            params={"count": got[owner.pk]}, url="/tasks/", group=f"bulk:{act.pk}", at=at,
        )  # fmt: skip


def _trial_page(act: BulkAct) -> tuple[str, str] | None:
    number = act.params.get("trial")
    there = number and Trial.objects.filter(pk=number).exists()
    return (_("Open the trial"), reverse("workflow:trial", args=[number])) if there else None


def _plans(actor: Person, ids: Sequence[str], params: Params, at: datetime) -> dict[Any, str]:
    """A plan for each; left alone is who has one, and whom the gate closes for the first contact of the plan."""
    found, missing = _found(actor, ids)
    book = Playbook.objects.get(code=params["playbook"])
    day_zero = date.fromisoformat(params["day_zero"])
    closed = _closed_for(book, found, day_zero, at)

    def act(pk: str) -> object:
        return start_plan(actor=actor, customer=found[pk], playbook=book, day_zero=day_zero, at=at)

    return missing | _said(closed) | each([pk for pk in found if pk not in closed], act)


def _closed_for(book: Playbook, found: Mapping[str, Customer], day_zero: date, at: datetime) -> dict[str, Answer]:
    """Whom the manager may not contact up to the day of the plan's first step that means a contact."""
    version = book.versions.filter(state=PlaybookVersion.State.LIVE).first()
    steps = [one for one in version.steps if one["kind"] in CONTACT_KINDS] if version else []
    if not steps:
        return {}
    first = min(steps, key=lambda one: int(one["day"]))
    due_at = datetime.combine(day_zero + timedelta(days=int(first["day"])), EVENING, SHANGHAI)
    return refused({one: one.manager for one in found.values()}, kind=first["kind"], due_at=due_at, at=at)


KINDS = (
    BulkKind(
        name=TASKS, title=gettext_noop("Tasks opened for many customers: %(count)s"), list="customers",
        right="workflow.open_task", do=_tasks, after=_told, more=_trial_page,
    ),
    BulkKind(
        name=PLANS, title=gettext_noop("Plans started for many customers: %(count)s"), list="customers", right=RIGHT,
        do=_plans,
    ),
)  # fmt: skip


def register_for_each() -> None:
    """Make the acts known to the worker and to the pages of acts on many."""
    for kind in KINDS:
        register(kind)
