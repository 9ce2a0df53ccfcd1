"""Tasks over the API, by the contract's names."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Router, Schema, Status

from kajing.api import paging
from kajing.api.schemas import BankId, Body, Cursor, Limit, Line, ListOf, Note, RowId
from kajing.customers.selectors import customers
from kajing.lib.access import needs
from kajing.workflow import selectors, services
from kajing.workflow.models import Task

router = Router()
ORDER = ("due_at", "pk")


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
    version: int

    @staticmethod
    def resolve_title(task: Task) -> str:
        return task.title_text

    @staticmethod
    def resolve_reason(task: Task) -> str:
        return task.reason_text

    @staticmethod
    def resolve_owner(task: Task) -> str:
        return str(task.owner_id)


class TaskIn(Body):
    """A task to open."""

    title: Line
    due_at: datetime
    reason: Note = ""
    customer_id: BankId | None = None
    owner: BankId | None = None
    kind: Literal["follow_up", "call", "call_back", "care", "visit"] = "follow_up"
    must_do: bool = False


class DoneIn(Body):
    """How it ended: a code in any case (DONE REACHED NOT_REACHED PROMISED REFUSED NOT_NEEDED), or own words."""

    outcome: Note = Field(min_length=1, examples=["REACHED"])
    note: Note = ""
    version: RowId | None = None


@router.get("/tasks", response=ListOf[TaskOut], summary="Tasks I see")
@needs("workflow.work_own_tasks")
def tasks(
    request: HttpRequest,
    due: date | None = None,
    owner: BankId | None = None,
    state: Literal["OPEN", "DONE", "CANCELLED"] = "OPEN",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """`due` keeps tasks due on that day or before; `owner` is a person number."""
    found = selectors.tasks(request.user).filter(state=state)
    if due:
        found = found.filter(due_at__lt=selectors.day_bounds(due)[1])
    if owner:
        found = found.filter(owner__person_no=owner)
    return paging.page(found, order=ORDER, cursor=cursor, limit=limit)


@router.post("/tasks", response={201: TaskOut}, summary="Open a task")
@needs("workflow.open_task")
def open_task(request: HttpRequest, body: TaskIn) -> Status[Task]:
    """A task for myself, or, for leaders, for somebody who sees the customer."""
    user: Any = request.user
    about = get_object_or_404(customers(user), pk=body.customer_id) if body.customer_id else None
    owner = selectors.person(user, body.owner or user.person_no)
    task = services.open_task(
        actor=user, owner=owner, customer=about, title=body.title, reason=body.reason, kind=body.kind,
        due_at=_aware(body.due_at), must_do=body.must_do, at=timezone.now(),
    )  # fmt: skip
    return Status(201, task)


@router.post("/tasks/{task_id}/done", response=TaskOut, summary="Finish a task")
@needs("workflow.work_own_tasks")
def done(request: HttpRequest, task_id: RowId, body: DoneIn) -> Task:
    """With its outcome; a version that is not the newest is refused with 409."""
    user: Any = request.user
    task = get_object_or_404(selectors.tasks(user), pk=task_id)
    outcome, note = _outcome(body)
    return services.done_task(
        actor=user, task=task, outcome=outcome, note=note, version=body.version, at=timezone.now()
    )


def _outcome(body: DoneIn) -> tuple[str, str]:
    """The code and the note; an outcome in own words is done, with the words as its note."""
    code = body.outcome.strip().upper().replace(" ", "_")
    if code in services.OUTCOMES:
        return code, body.note
    return "DONE", ": ".join(part for part in (body.outcome.strip(), body.note) if part)[:400]


def _aware(moment: datetime) -> datetime:
    """A time without zone is Shanghai time."""
    return moment if moment.tzinfo else timezone.make_aware(moment)
