"""Tasks that the night opens, brings up to date and calls off, thousands at a time.

One audit row tells of a whole chunk: the tasks themselves say who opened them, when, and from what source.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from kajing.audit.services import record
from kajing.customers.models import Customer
from kajing.org.models import Person
from kajing.workflow.contacting import CONTACT_KINDS, refused
from kajing.workflow.models import Task

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Draft:
    """A task to be: `title` is a message id filled with `params`; `value_at_stake` is fen."""

    source: str
    owner_no: str
    unit_code: str
    customer_id: str
    kind: str
    title: str
    due_at: datetime
    params: Mapping[str, Any] = field(default_factory=dict)
    severity: str = ""
    must_do: bool = False
    value_at_stake: int | None = None


@transaction.atomic
def open_tasks(*, drafts: Iterable[Draft], at: datetime, by: str) -> int:
    """Open a task for each draft whose source has no open task yet; returns how many were opened.

    A draft that means a contact is left out while the contact gate closes its customer.
    """
    wanted = {draft.source: draft for draft in drafts}
    taken = set(_open_of(wanted).values_list("source", flat=True))
    missing = [draft for source, draft in wanted.items() if source not in taken]
    closed = _closed(missing, at)
    tasks = [_task(draft, at) for draft in missing if draft.source not in closed]
    Task.objects.bulk_create(tasks, batch_size=CHUNK)
    _tell("open_many", len(tasks), at, by)
    return len(tasks)


@transaction.atomic
def sync_tasks(*, drafts: Iterable[Draft], at: datetime, by: str) -> int:
    """Bring open tasks up to date with what stands behind them; a due time only ever moves nearer."""
    wanted = {draft.source: draft for draft in drafts}
    changed = [task for task in _open_of(wanted).select_for_update(of=("self",)) if _refresh(task, wanted[task.source])]
    fields = ["params", "severity", "must_do", "value_at_stake", "due_at", "snoozed_until", "version"]
    Task.objects.bulk_update(changed, fields, batch_size=CHUNK)
    _tell("sync_many", len(changed), at, by)
    return len(changed)


@transaction.atomic
def cancel_tasks(*, sources: Sequence[str], reason: str, at: datetime, by: str) -> int:
    """Call off the open tasks of these sources; `reason` is a message id."""
    found = _open_of(sources)
    count = found.update(state=Task.State.CANCELLED, outcome_note=reason, done_at=at, done_by="system")
    _tell("cancel_many", count, at, by)
    return count


def _closed(drafts: Iterable[Draft], at: datetime) -> set[str]:
    """Sources of drafts whose contact the gate forbids up to their due day."""
    contacts = [draft for draft in drafts if draft.kind in CONTACT_KINDS]
    known = Customer.objects.in_bulk({draft.customer_id for draft in contacts})
    people = Person.objects.in_bulk({draft.owner_no for draft in contacts}, field_name="person_no")
    groups: dict[tuple[str, datetime], dict[Customer, Person | None]] = defaultdict(dict)
    for draft in contacts:
        if draft.customer_id in known:
            groups[draft.kind, draft.due_at][known[draft.customer_id]] = people.get(draft.owner_no)
    closed = {
        (kind, due_at, pk)
        for (kind, due_at), owners in groups.items()
        for pk in refused(owners, kind=kind, due_at=due_at, at=at)
    }
    return {draft.source for draft in contacts if (draft.kind, draft.due_at, draft.customer_id) in closed}


def _open_of(sources: Iterable[str]) -> Any:
    return Task.objects.filter(state=Task.State.OPEN, source__in=list(sources))


def _task(draft: Draft, at: datetime) -> Task:
    return Task(
        customer_id=draft.customer_id, owner_id=draft.owner_no, unit_id=draft.unit_code, kind=draft.kind,
        title=draft.title, params=dict(draft.params), source=draft.source, must_do=draft.must_do,
        severity=draft.severity, value_at_stake=draft.value_at_stake, due_at=draft.due_at,
        created_at=at, created_by="system",
    )  # fmt: skip


def _refresh(task: Task, draft: Draft) -> bool:
    """Take over what the draft says; True when something changed. A task that became must-do wakes up."""
    before = (task.params, task.severity, task.must_do, task.value_at_stake, task.due_at)
    if draft.must_do and not task.must_do:
        task.snoozed_until = None
    task.params, task.severity, task.value_at_stake = dict(draft.params), draft.severity, draft.value_at_stake
    task.must_do, task.due_at = task.must_do or draft.must_do, min(task.due_at, draft.due_at)
    changed = before != (task.params, task.severity, task.must_do, task.value_at_stake, task.due_at)
    task.version += changed
    return changed


def _tell(act: str, count: int, at: datetime, by: str) -> None:
    if count:
        record(
            actor="system", action=f"workflow.{act}", object_kind="tasks", object_id=by, at=at, changes={"tasks": count}
        )
