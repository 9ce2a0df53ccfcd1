"""Acts on many tasks of the list: done, put off, handed on, must do, tagged. Tried row by row, undone as one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.lib.masks import scrub_card_numbers
from kajing.notifications.services import notify
from kajing.org.models import Person
from kajing.records import services as records
from kajing.records.services import bulk
from kajing.records.services.bulk import BulkKind, each, register
from kajing.reference.selectors import undo_until
from kajing.workflow import selectors
from kajing.workflow.services import acts, trials

if TYPE_CHECKING:
    from kajing.records.models import BulkAct
    from kajing.workflow.models import Task

Params = Mapping[str, Any]
WORK = "workflow.work_own_tasks"
FINISH, SNOOZE, REASSIGN = "workflow.finish_many", "workflow.snooze_many", "workflow.reassign_many"
PRIORITY, TAG, UNTAG = "workflow.priority_many", "workflow.tag_many", "workflow.untag_many"


def _each(actor: Person, ids: Sequence[int], act: Callable[[Task], object]) -> dict[Any, str]:
    """The act on every task the person sees; one out of reach by now is told like every other refusal."""
    found = {task.pk: task for task in selectors.tasks(actor).filter(pk__in=list(ids))}
    missing = {pk: _("This task is no longer in your area.") for pk in ids if pk not in found}
    return missing | each([pk for pk in ids if pk in found], lambda pk: act(found[pk]))


def _finish(actor: Person, ids: Sequence[int], params: Params, at: datetime) -> dict[Any, str]:
    do = partial(acts.done_task, actor=actor, outcome=params["outcome"], note=params.get("note", ""), at=at)
    return _each(actor, ids, lambda task: do(task=task))


def _snooze(actor: Person, ids: Sequence[int], params: Params, at: datetime) -> dict[Any, str]:
    until = parse_datetime(params["until"]) if params.get("until") else None
    return _each(actor, ids, lambda task: acts.snooze_task(actor=actor, task=task, until=until, at=at))


def _reassign(actor: Person, ids: Sequence[int], params: Params, at: datetime) -> dict[Any, str]:
    owner = Person.objects.select_related("unit").get(person_no=params["owner"])
    do = partial(acts.reassign_task, actor=actor, owner=owner, reason=params.get("reason", ""), at=at, news=False)
    return _each(actor, ids, lambda task: do(task=task))


def _told(actor: Person, act: BulkAct, at: datetime) -> None:
    """One piece of news for all tasks handed on; it stays when the act is undone."""
    owner = Person.objects.filter(person_no=act.params["owner"]).exclude(pk=actor.pk).first()
    if owner is not None and act.done:
        notify(
            person=owner, kind="task.assigned", title=gettext_noop("%(count)s tasks handed to you"),
            params={"count": act.done}, url="/tasks/", group=f"bulk:{act.pk}", at=at,
        )  # fmt: skip


def _priority(actor: Person, ids: Sequence[int], params: Params, at: datetime) -> dict[Any, str]:
    must_do = bool(params["must_do"])
    return _each(actor, ids, lambda task: acts.set_priority(actor=actor, task=task, must_do=must_do, at=at))


KINDS = (
    BulkKind(name=FINISH, title=gettext_noop("Tasks done: %(count)s"), list="tasks", right=WORK, do=_finish),
    BulkKind(name=SNOOZE, title=gettext_noop("Tasks snoozed: %(count)s"), list="tasks", right=WORK, do=_snooze),
    BulkKind(
        name=REASSIGN, title=gettext_noop("Tasks handed on: %(count)s"), list="tasks", right="workflow.reassign_task",
        do=_reassign, after=_told,
    ),
    BulkKind(
        name=PRIORITY, title=gettext_noop("Priority of tasks changed: %(count)s"), list="tasks", right=WORK,
        do=_priority,
    ),
    BulkKind(
        name=TAG, title=gettext_noop("Tasks tagged “%(tag)s”: %(count)s"), list="tasks", right="records.tag",
        do=records.tag_many("task"),
    ),
    BulkKind(
        name=UNTAG, title=gettext_noop("Tag “%(tag)s” taken off tasks: %(count)s"), list="tasks", right="records.tag",
        do=records.tag_many("task"),
    ),
)  # fmt: skip


def register_many() -> None:
    """Make the acts known to the worker and to the pages of acts on many."""
    for kind in KINDS:
        register(kind)


def look_at_many(
    *, actor: Person, kind: str, ids: Sequence[Any], params: Params, at: datetime
) -> dict[Any, str]:  # fmt: skip
    """Which of the first hundred rows would be refused or held back, and why.

    Raises NotAllowed, CannotActOnMany, CannotTag, PastDay, CannotHoldBack.
    """
    asked = _asked(kind, ids, params, at)
    return records.look(actor=actor, kind=bulk.KINDS[kind], ids=ids, params=asked, at=at)


@transaction.atomic
def act_on_many(*, actor: Person, kind: str, ids: Sequence[Any], params: Params, at: datetime) -> BulkAct:
    """Do it, at once or as a job; with a hold-out the act is a trial.

    Raises NotAllowed, CannotActOnMany, CannotTag, PastDay, CannotHoldBack.
    """
    bulk.check(actor, bulk.KINDS[kind], ids)
    asked = _asked(kind, ids, params, at)
    if share := asked.get("holdout"):
        made = trials.begin_trial(actor=actor, title=asked["title"], kind=asked["kind"], share=share, at=at)
        asked["trial"] = made.pk
    return records.start(actor=actor, kind=bulk.KINDS[kind], ids=ids, params=asked, at=at, until=undo_until(at))


def _asked(kind: str, ids: Sequence[Any], params: Params, at: datetime) -> dict[str, Any]:
    """The act as it is kept, once nothing in it is wrong for all rows alike."""
    asked = _clean(kind, params)
    if due_at := parse_datetime(asked.get("due_at", "")):
        acts.must_not_have_passed(due_at, at)
    if asked.get("holdout"):
        trials.check_share(share=asked["holdout"], count=len(ids), at=at)
    return asked


def _clean(kind: str, params: Params) -> dict[str, Any]:
    """What is kept of the act: no card numbers in words, and a tag by its own name."""
    if kind in {TAG, UNTAG}:
        return {"tag": records.check_tag(params["tag"]), "off": kind == UNTAG}
    words = {name: scrub_card_numbers(params[name]) for name in ("note", "reason", "title") if params.get(name)}
    return {**params, **words}
