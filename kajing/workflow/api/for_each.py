"""A task or a plan for each of many customers over the API: tried first, then done as one act on many."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from kajing.api.schemas import BankId, Body, Line, Note, Word
from kajing.lib.access import needs
from kajing.records.bulk_api import BulkActOut
from kajing.records.services.bulk import LOOKED_AT, HeldBack
from kajing.workflow import services
from kajing.workflow.selectors.plans import playbooks
from kajing.workflow.services import for_each

router = Router()
OPEN, RUN = "workflow.open_task", "workflow.run_playbook"
Ids = Annotated[list[BankId], Field(min_length=1, max_length=20_000)]


class TaskForEachIn(Body):
    """The same task about each customer; who may hand tasks on gives each to the customer's manager."""

    customer_ids: Ids
    title: Line = Field(examples=["Explain the annual fee"])
    due_at: datetime
    kind: Literal["follow_up", "call", "call_back", "care", "visit"] = "follow_up"
    reason: Note = ""
    must_do: bool = False
    holdout: int = Field(
        default=0, ge=0, le=100, examples=[10],
        description="Percent held back by lot: no task, no offers for the days of `trial_days`; 0 for nobody.",
    )  # fmt: skip


class PlanForEachIn(Body):
    """A playbook by its version in force, for each customer."""

    customer_ids: Ids
    playbook: Word
    day_zero: date


class RefusedCustomerOut(Schema):
    """A customer who would be left alone, and why."""

    customer_id: str
    reason: str


class TriedCustomersOut(Schema):
    """A dry run over the first hundred customers."""

    asked: int
    tried: int
    refused: list[RefusedCustomerOut]
    held_back: list[BankId] = Field(description="Customers that the lot keeps out, the same all day long.")


@router.post("/tasks/for-customers", response={201: BulkActOut}, summary="Open a task for each of many customers")
@needs(OPEN)
def task_for_each(request: HttpRequest, body: TaskForEachIn) -> Status[Any]:
    """At once up to a hundred, else in the background: follow it under `/bulk/{act_id}`; `/undo` takes it back."""
    return _do(request, for_each.TASKS, body.customer_ids, _task(body))


@router.post("/tasks/for-customers/try", response=TriedCustomersOut, summary="Try a task for each of many customers")
@needs(OPEN)
def try_task_for_each(request: HttpRequest, body: TaskForEachIn) -> dict[str, Any]:
    """Whom the contact gate, a right or the lot keeps out among the first hundred; nothing is written."""
    return _try(request, for_each.TASKS, body.customer_ids, _task(body))


@router.post("/plans/for-customers", response={201: BulkActOut}, summary="Start a playbook for many customers")
@needs(RUN)
def plan_for_each(request: HttpRequest, body: PlanForEachIn) -> Status[Any]:
    """Left alone is who has the plan already, and whom the gate closes for its first contact."""
    return _do(request, for_each.PLANS, body.customer_ids, _plan(body))


@router.post("/plans/for-customers/try", response=TriedCustomersOut, summary="Try a playbook for many customers")
@needs(RUN)
def try_plan_for_each(request: HttpRequest, body: PlanForEachIn) -> dict[str, Any]:
    """Who would be left alone among the first hundred; nothing is written."""
    return _try(request, for_each.PLANS, body.customer_ids, _plan(body))


def _task(body: TaskForEachIn) -> dict[str, Any]:
    due_at = body.due_at if body.due_at.tzinfo else timezone.make_aware(body.due_at)
    return body.dict(exclude={"customer_ids", "due_at"}) | {"due_at": due_at.isoformat()}


def _plan(body: PlanForEachIn) -> dict[str, Any]:
    book = get_object_or_404(playbooks(), code=body.playbook)
    return {"playbook": book.code, "day_zero": body.day_zero.isoformat()}


def _do(request: HttpRequest, kind: str, ids: list[str], params: Mapping[str, Any]) -> Status[Any]:
    once = list(dict.fromkeys(ids))
    made = services.act_on_many(actor=request.user, kind=kind, ids=once, params=params, at=timezone.now())
    return Status(201, made)


def _try(request: HttpRequest, kind: str, ids: list[str], params: Mapping[str, Any]) -> dict[str, Any]:
    once = list(dict.fromkeys(ids))
    failed = services.look_at_many(actor=request.user, kind=kind, ids=once, params=params, at=timezone.now())
    held = [pk for pk, said in failed.items() if isinstance(said, HeldBack)]
    refused = [{"customer_id": pk, "reason": said} for pk, said in failed.items() if pk not in held]
    return {"asked": len(once), "tried": min(len(once), LOOKED_AT), "refused": refused, "held_back": held}
