"""Playbooks and plans over the API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Router, Schema, Status

from kajing.api import paging
from kajing.api.schemas import BankId, Body, Cursor, Limit, ListOf, Reason, RowId, Word
from kajing.customers.selectors import customers
from kajing.lib.access import needs
from kajing.workflow.models import Plan, PlanStep
from kajing.workflow.selectors import plans as selectors
from kajing.workflow.services import plans as services

router = Router()
RUN = "workflow.run_playbook"


class StepOut(Schema):
    """One step of a plan."""

    id: int
    key: str = Field(examples=["1"])
    title: str
    kind: str = Field(examples=["call_back"])
    due_on: date
    required: bool
    state: str = Field(description="WAITING, OPEN, HELD, DONE, SKIPPED", examples=["OPEN"])
    task_id: int | None
    note: str

    @staticmethod
    def resolve_title(step: PlanStep) -> str:
        return step.title_text


class PlanOut(Schema):
    """A playbook at work for one customer."""

    id: int
    playbook: str = Field(examples=["new-card-90"])
    version: int
    customer_id: str
    day_zero: date
    state: str = Field(description="RUNNING, DONE, STOPPED", examples=["RUNNING"])
    started_at: datetime
    reason: str
    steps: list[StepOut]

    @staticmethod
    def resolve_playbook(plan: Plan) -> str:
        return plan.playbook.code

    @staticmethod
    def resolve_version(plan: Plan) -> int:
        return plan.version.number

    @staticmethod
    def resolve_steps(plan: Plan) -> list[PlanStep]:
        return list(plan.steps.all())


class PlanIn(Body):
    """A playbook to start."""

    playbook: Word
    day_zero: date


class WhyIn(Body):
    """Why."""

    reason: Reason


@router.get("/plans", response=ListOf[PlanOut], summary="Plans of customers I see")
@needs(RUN)
def plans(
    request: HttpRequest,
    state: Literal["RUNNING", "DONE", "STOPPED"] = "RUNNING",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """With their steps."""
    found = selectors.plans(request.user).filter(state=state).select_related("playbook", "version")
    found = found.prefetch_related("steps__plan__version")
    return paging.page(found, order=("-started_at", "pk"), cursor=cursor, limit=limit)


@router.post("/customers/{customer_id}/plans", response={201: PlanOut}, summary="Start a playbook")
@needs(RUN)
def start(request: HttpRequest, customer_id: BankId, body: PlanIn) -> Status[Plan]:
    """By its version in force."""
    user: Any = request.user
    customer = get_object_or_404(customers(user), pk=customer_id)
    book = get_object_or_404(selectors.playbooks(), code=body.playbook)
    made = services.start_plan(actor=user, customer=customer, playbook=book, day_zero=body.day_zero, at=timezone.now())
    return Status(201, made)


@router.post("/plans/{plan_id}/stop", response=PlanOut, summary="Stop a plan")
@needs(RUN)
def stop(request: HttpRequest, plan_id: RowId, body: WhyIn) -> Plan:
    """Its open tasks are called off."""
    user: Any = request.user
    plan = get_object_or_404(selectors.plans(user), pk=plan_id)
    return services.stop_plan(actor=user, plan=plan, reason=body.reason, at=timezone.now())


@router.post("/plan-steps/{step_id}/skip", response=StepOut, summary="Skip a step of a plan")
@needs(RUN)
def skip(request: HttpRequest, step_id: RowId, body: WhyIn) -> PlanStep:
    """A required one only by a leader."""
    user: Any = request.user
    step = get_object_or_404(selectors.steps(user), pk=step_id)
    return services.skip_step(actor=user, step=step, reason=body.reason, at=timezone.now())
