"""Tasks over the API, by the contract's names."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Query, Router, Schema, Status

from kajing.api.schemas import BankId, Body, Cursor, Limit, Line, ListOf, Note, Reason, RowId, Search
from kajing.audit.selectors import today_for
from kajing.customers.selectors import customers, listed, rows_under
from kajing.lib.access import needs
from kajing.records.api import raw_values
from kajing.records.bulk_api import BulkActOut
from kajing.records.fields.listing import VALUES
from kajing.records.selectors import fields_of, tallies
from kajing.records.selectors.tags import PAGE
from kajing.records.services.bulk import LOOKED_AT
from kajing.workflow import selectors, services
from kajing.workflow.models import Task
from kajing.workflow.rows import ListedTask, load_tasks, unlisted
from kajing.workflow.services import many
from kajing.workflow.task_list import TASK_BOARD, TASKS

router = Router()
Words = Annotated[str, Field(max_length=200, description="One value, or several with commas between.")]
ACTS = {
    "done": many.FINISH, "snooze": many.SNOOZE, "reassign": many.REASSIGN, "priority": many.PRIORITY, "tag": many.TAG,
    "untag": many.UNTAG,
}  # fmt: skip


class TaskOut(Schema):
    """One task."""

    id: int
    title: str = Field(examples=["Remind of the missed payment"])
    reason: str = Field(examples=["The minimum payment is 8 days late; usually paid on time"])
    due_at: datetime
    source: str = Field(examples=["alert:7"])
    customer_id: str | None = Field(examples=["C0000123"])
    owner: str = Field(description="person_no", examples=["P0007"])
    state: str = Field(examples=["OPEN"])
    must_do: bool
    severity: str = Field(description="L1 … L5 of the alert behind it, or empty", examples=["L2"])
    value_at_stake: int | None = Field(description="fen", examples=[128450])
    outcome: str = Field(examples=[""])
    kind: str = Field(examples=["call"])
    snoozed_until: datetime | None
    done_at: datetime | None
    version: int
    tags: list[str] = Field(examples=[["vip"]])
    fields: dict[str, Any] = Field(
        description="The bank's own fields by name: fen, numbers, days, codes; masked as on the page.",
        examples=[{"budget": 800000}],
    )


class TaskIn(Body):
    """A task to open."""

    title: Line
    due_at: datetime
    reason: Note = ""
    customer_id: BankId | None = None
    owner: BankId | None = None
    kind: Literal["follow_up", "call", "call_back", "care", "visit"] = "follow_up"
    must_do: bool = False
    tags: list[Line] = Field(default_factory=list, max_length=20, examples=[["vip"]])
    fields: dict[str, Any] | None = Field(
        None, max_length=200, description="Own fields; when given, every required one must be there. Money is fen.",
        examples=[{"budget": 800000}],
    )  # fmt: skip


class TaskQuery(Schema):
    """Filters of the task list; the others of the page are taken by the same names."""

    due: date | None = Field(None, description="Due on that day or before.")
    owner: BankId | None = None
    state: Literal["OPEN", "DONE", "CANCELLED"] | None = Field(
        None, description="OPEN where neither `show` nor `where` is given."
    )
    search: Search = ""
    whose: Words = Field("", examples=["mine"])
    show: Words = Field("", examples=["today"])
    kind: Words = ""
    severity: Words = ""
    unit: Words = ""
    customer: Words = ""
    outcome: Words = ""
    source: Words = Field("", examples=["alert"])
    must_do: Words = Field("", examples=["1"])
    value: Words = Field("", examples=["1000.."], description="Yuan at stake, from..to.")
    created: Words = Field("", examples=["-7d.."])
    finished: Words = ""
    tag: Words = ""
    where: str = Field(
        "",
        max_length=6000,
        examples=["must_do and due < today and not tag = vip"],
        description="A condition in the filter language; own fields by their names.",
    )
    order: str = Field("due", max_length=40, examples=["work", "-value"])
    cursor: Cursor = ""
    limit: Limit = 50


class TaskColumnOut(Schema):
    """A column of the board."""

    state: str = Field(examples=["OPEN"])
    count: int
    value_at_stake: int = Field(description="fen, summed", examples=[128450])
    first: list[int] = Field(description="Ids of the first cards.", examples=[[7]])


class ManyIn(Body):
    """One act on many tasks; each act reads what it needs."""

    act: Literal["done", "snooze", "reassign", "priority", "tag", "untag"]
    ids: list[RowId] = Field(min_length=1, max_length=20_000)
    outcome: str = Field("DONE", max_length=30, description="done: a code as in `/tasks/{task_id}/done`.")
    note: Note = ""
    until: datetime | None = Field(None, description="snooze: null wakes.")
    owner: BankId | None = Field(None, description="reassign: who gets them.")
    reason: Note = ""
    must_do: bool = True
    tag: str = Field("", max_length=30)


class RefusedTaskOut(Schema):
    """A task that would be left alone, and why."""

    id: int
    reason: str


class TriedOut(Schema):
    """A dry run over the first hundred tasks."""

    asked: int
    tried: int
    refused: list[RefusedTaskOut]


class DoneIn(Body):
    """How it ended: a code in any case (DONE REACHED NOT_REACHED PROMISED REFUSED NOT_NEEDED), or own words."""

    outcome: Note = Field(min_length=1, examples=["REACHED"])
    note: Note = ""
    version: RowId | None = None


class DueIn(Body):
    """Another time."""

    due_at: datetime
    version: RowId | None = None


class CancelIn(Body):
    """Why the task is called off."""

    reason: Reason
    version: RowId | None = None


@router.get("/tasks", response=ListOf[TaskOut], summary="Tasks I see")
@needs("workflow.work_own_tasks")
def tasks(request: HttpRequest, query: Query[TaskQuery]) -> dict[str, Any]:
    """The task list under its filters, in any of its orders."""
    asked = query.dict()
    state, due = asked.pop("state"), asked.pop("due")
    if state is None and not (query.show or query.where):
        state = Task.State.OPEN.value
    found = [f"state = {state}"] if state else []
    found += [f"due <= {due.isoformat()}"] if due else []
    found += [f"({query.where})"] if query.where else []
    page = listed(request.user, TASKS, {**asked, "where": " and ".join(found)}, today_for(request.user))
    return {"items": _rows(request.user, page.rows), "next": page.next or None, "total": page.total_value}


@router.get("/tasks/board", response=list[TaskColumnOut], summary="Tasks by state")
@needs("workflow.work_own_tasks")
def board(request: HttpRequest, whose: Words = "", show: Words = "", where: str = "") -> list[dict[str, Any]]:
    """Every state with count, sum at stake and the first cards, under filters of the list."""
    rows = rows_under(request.user, TASKS, {"whose": whose, "show": show, "where": where}, today_for(request.user))
    return [
        {"state": one.state, "count": one.count, "value_at_stake": one.total, "first": list(one.keys)}
        for one in tallies(TASK_BOARD, rows)
    ]


def _rows(user: Any, rows: Sequence[ListedTask]) -> list[dict[str, Any]]:
    met = fields_of("task", user)
    return [_out(row, met) for row in rows]


def _out(row: ListedTask, met: Sequence[Any]) -> dict[str, Any]:
    task, values, tags = row.task, row.extra[VALUES], row.extra[PAGE].found.get(str(row.pk), [])
    plain = ("due_at", "source", "customer_id", "state", "must_do", "severity", "value_at_stake", "outcome", "kind",
             "snoozed_until", "done_at", "version")  # fmt: skip
    found = {one.definition.name: values.of(str(row.pk), one.definition.pk) for one in met}
    return {
        "id": task.pk, "title": task.title_text, "reason": task.reason_text, "owner": str(task.owner_id),
        **{name: getattr(task, name) for name in plain}, "tags": [tag.name for tag in tags],
        "fields": {name: value.out if value else None for name, value in found.items()},
    }  # fmt: skip


def _one(user: Any, task: Task) -> dict[str, Any]:
    """A task as its reader sees it; who gave it to somebody out of their own area still reads what they wrote."""
    return _rows(user, load_tasks(user, [task.pk]) or [unlisted(user, task)])[0]


@router.post("/tasks", response={201: TaskOut}, summary="Open a task")
@needs("workflow.open_task")
def open_task(request: HttpRequest, body: TaskIn) -> Status[dict[str, Any]]:
    """For myself, or, for leaders, for somebody who sees the customer; with own fields and tags, or not at all."""
    user: Any = request.user
    about = get_object_or_404(customers(user), pk=body.customer_id) if body.customer_id else None
    owner = selectors.person(user, body.owner or user.person_no)
    task = services.open_with(
        actor=user, owner=owner, customer=about, title=body.title, reason=body.reason, kind=body.kind,
        due_at=_aware(body.due_at), must_do=body.must_do, at=timezone.now(), tags=body.tags,
        values=None if body.fields is None else raw_values("task", user, body.fields),
    )  # fmt: skip
    return Status(201, _one(user, task))


@router.post("/tasks/many", response={201: BulkActOut}, summary="Act on many tasks")
@needs("workflow.work_own_tasks")
def many_tasks(request: HttpRequest, body: ManyIn) -> Status[Any]:
    """At once up to a hundred, else in the background: follow it under `/bulk/{act_id}`; `/undo` takes it back."""
    return Status(201, services.act_on_many(actor=request.user, at=timezone.now(), **_asked(request, body)))


@router.post("/tasks/many/try", response=TriedOut, summary="Try an act on many tasks")
@needs("workflow.work_own_tasks")
def try_many_tasks(request: HttpRequest, body: ManyIn) -> dict[str, Any]:
    """Which of the first hundred would be left alone, and why; nothing is written."""
    failed = services.look_at_many(actor=request.user, at=timezone.now(), **_asked(request, body))
    refused = [{"id": pk, "reason": said} for pk, said in failed.items()]
    return {"asked": len(body.ids), "tried": min(len(body.ids), LOOKED_AT), "refused": refused}


def _asked(request: HttpRequest, body: ManyIn) -> dict[str, Any]:
    user: Any = request.user
    params: dict[str, Any] = {"tag": body.tag}
    if body.act == "done":
        params = {"outcome": body.outcome.upper(), "note": body.note}
    elif body.act == "snooze":
        params = {"until": _aware(body.until).isoformat() if body.until else None}
    elif body.act == "reassign":
        params = {"owner": selectors.person(user, body.owner or user.person_no).person_no, "reason": body.reason}
    elif body.act == "priority":
        params = {"must_do": body.must_do}
    return {"kind": ACTS[body.act], "ids": list(dict.fromkeys(body.ids)), "params": params}


@router.post("/tasks/{task_id}/done", response=TaskOut, summary="Finish a task")
@needs("workflow.work_own_tasks")
def done(request: HttpRequest, task_id: RowId, body: DoneIn) -> dict[str, Any]:
    """With its outcome; a version that is not the newest is refused with 409."""
    user: Any = request.user
    task = get_object_or_404(selectors.tasks(user), pk=task_id)
    outcome, note = _outcome(body)
    services.done_task(actor=user, task=task, outcome=outcome, note=note, version=body.version, at=timezone.now())
    return _one(user, task)


@router.post("/tasks/{task_id}/reopen", response=TaskOut, summary="Take back that a task is done")
@needs("workflow.work_own_tasks")
def reopen(request: HttpRequest, task_id: RowId) -> dict[str, Any]:
    """By who finished it, within the undo window."""
    services.reopen_task(actor=request.user, task=_task(request, task_id), at=timezone.now())
    return _one(request.user, _task(request, task_id))


@router.post("/tasks/{task_id}/due", response=TaskOut, summary="Move a task to another time")
@needs("workflow.work_own_tasks")
def due(request: HttpRequest, task_id: RowId, body: DueIn) -> dict[str, Any]:
    """A must-do task is moved to a later time by who may hand tasks on."""
    task, due_at = _task(request, task_id), _aware(body.due_at)
    services.change_due(actor=request.user, task=task, due_at=due_at, version=body.version, at=timezone.now())
    return _one(request.user, _task(request, task_id))


@router.post("/tasks/{task_id}/cancel", response=TaskOut, summary="Call a task off")
@needs("workflow.work_own_tasks")
def cancel(request: HttpRequest, task_id: RowId, body: CancelIn) -> dict[str, Any]:
    """With a reason; a must-do task by who may hand tasks on."""
    task = _task(request, task_id)
    services.cancel_task(actor=request.user, task=task, reason=body.reason, version=body.version, at=timezone.now())
    return _one(request.user, _task(request, task_id))


def _task(request: HttpRequest, task_id: int) -> Task:
    return get_object_or_404(selectors.tasks(request.user), pk=task_id)


def _outcome(body: DoneIn) -> tuple[str, str]:
    """The code and the note; an outcome in own words is done, with the words as its note."""
    code = body.outcome.strip().upper().replace(" ", "_")
    if code in services.OUTCOMES:
        return code, body.note
    return "DONE", ": ".join(part for part in (body.outcome.strip(), body.note) if part)[:400]


def _aware(moment: datetime) -> datetime:
    """A time without zone is Shanghai time."""
    return moment if moment.tzinfo else timezone.make_aware(moment)
