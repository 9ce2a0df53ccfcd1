"""Rules over the API: versions, the test on 90 days, what they did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Router, Schema, Status

from kajing.api import paging
from kajing.api.schemas import Body, Cursor, Limit, Line, ListOf, Note, RowId, Word
from kajing.lib.access import needs
from kajing.workflow import rules as rules_now
from kajing.workflow.models import RuleRun, RuleVersion, WorkflowRule
from kajing.workflow.selectors import present_of
from kajing.workflow.selectors import rules as selectors
from kajing.workflow.services import rules as services

router = Router()
SEE, EDIT = "workflow.view_process", "workflow.edit_process"


class RuleOut(Schema):
    """One rule."""

    code: str = Field(examples=["refused-follow-up"])
    name: str


class VersionOut(Schema):
    """One version of a rule."""

    number: int
    state: str = Field(description="DRAFT, TESTED, SHADOW, LIVE, RETIRED", examples=["SHADOW"])
    trigger: dict[str, Any]
    condition: str
    actions: list[dict[str, Any]]
    author: str
    published_by: str
    test: dict[str, Any] = Field(description="what the test on 90 days found; samples only of customers you see")
    notes: list[str] = Field(description="what to know before it is put to work: actions that do nothing for some")


class RunOut(Schema):
    """What a version did, or would have done, for one customer or record."""

    id: int
    version: int
    customer_id: str | None = Field(description="empty when the rule is about other records", examples=["C0000012"])
    subject_kind: str = Field(description="kind of the record that was met: customer, lead", examples=["lead"])
    subject_id: str = Field(description="its number", examples=["12"])
    event_key: str
    result: str = Field(description="DONE, WOULD, FAILED, LIMITED, LOOP", examples=["DONE"])
    detail: list[dict[str, Any]]
    problem: str
    at: datetime

    @staticmethod
    def resolve_version(run: RuleRun) -> int:
        return run.version.number

    @staticmethod
    def resolve_subject_kind(run: RuleRun) -> str:
        return run.about[0]

    @staticmethod
    def resolve_subject_id(run: RuleRun) -> str:
        return run.about[1]


class StepIn(Body):
    """Why, where it is asked."""

    reason: Note = ""


class RuleIn(Body):
    """A rule to make."""

    code: Word = Field(max_length=40, pattern=r"^[A-Za-z0-9_-]+$", examples=["refused-follow-up"])
    name: Line = Field(max_length=80)


class RuleVersionIn(Body):
    """The next version of a rule: trigger and actions as the reference of rules describes them."""

    trigger: dict[str, Any] = Field(
        examples=[{"kind": "act", "action": "workflow.done", "field": "outcome", "to": "REFUSED"}]
    )
    condition: str = Field(
        default="",
        max_length=6000,
        description="in the words of the customers list, or of the list of the trigger's subject",
    )
    actions: list[dict[str, Any]] = Field(
        max_length=5, examples=[[{"kind": "tag", "way": "add", "on": "customer", "tag": "vip"}]]
    )
    priority: int = Field(default=100, ge=1, le=999)
    stops: bool = False
    hourly_limit: int = Field(default=500, ge=1, le=20_000)


@router.get("/rules", response=ListOf[RuleOut], summary="Rules")
@needs(SEE)
def rules(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """By their codes."""
    return paging.page(selectors.rules(), order=("code",), cursor=cursor, limit=limit)


@router.get("/rules/{code}", response=RuleOut, summary="One rule")
@needs(SEE)
def rule(request: HttpRequest, code: Word) -> WorkflowRule:
    """By its code."""
    return get_object_or_404(selectors.rules(), code=code)


@router.post("/rules", response={201: RuleOut}, summary="Make a rule")
@needs(EDIT)
def new_rule(request: HttpRequest, body: RuleIn) -> Status[WorkflowRule]:
    """Empty; its first version is written next."""
    user: Any = request.user
    return Status(201, services.new_rule(actor=user, code=body.code, name=body.name, at=timezone.now()))


@router.post("/rules/{code}/versions", response={201: VersionOut}, summary="Write the next version of a rule")
@needs(EDIT)
def draft_rule(request: HttpRequest, code: Word, body: RuleVersionIn) -> Status[VersionOut]:
    """A draft; one in the making is replaced and begins anew, the live one stays at work. 422 says what is wrong."""
    user: Any = request.user
    found = get_object_or_404(selectors.rules(), code=code)
    made = services.draft_rule(actor=user, rule=found, at=timezone.now(), **body.model_dump())
    return Status(201, _out(request, made))


@router.get("/rules/{code}/versions", response=list[VersionOut], summary="Versions of a rule")
@needs(SEE)
def versions(request: HttpRequest, code: Word) -> list[VersionOut]:
    """The newest first."""
    found = selectors.versions(get_object_or_404(selectors.rules(), code=code))
    return [_out(request, one) for one in found]


@router.get("/rules/{code}/runs", response=ListOf[RunOut], summary="What a rule did")
@needs(SEE)
def runs(request: HttpRequest, code: Word, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """As far as you see the customers and records it met."""
    found = selectors.runs(request.user, get_object_or_404(selectors.rules(), code=code))
    return paging.page(found, order=("-at", "pk"), cursor=cursor, limit=limit)


@router.post("/rules/{code}/versions/{number}/test", response=VersionOut, summary="Test a version on 90 days")
@needs("workflow.edit_process")
def try_out(request: HttpRequest, code: Word, number: RowId) -> VersionOut:
    """Nothing is done and nothing sent."""
    user: Any = request.user
    version = _version(code, number)
    return _out(request, services.try_out(actor=user, version=version, today=present_of(user).today, at=timezone.now()))


@router.post("/rules/{code}/versions/{number}/shadow", response=VersionOut, summary="Run a version in shadow")
@needs("workflow.edit_process")
def shadow(request: HttpRequest, code: Word, number: RowId) -> VersionOut:
    """It writes what it would do."""
    user: Any = request.user
    return _out(request, services.start_shadow(actor=user, version=_version(code, number), at=timezone.now()))


@router.post("/rules/{code}/versions/{number}/publish", response=VersionOut, summary="Put a version to work")
@needs("workflow.publish_process")
def publish(request: HttpRequest, code: Word, number: RowId, body: StepIn) -> VersionOut:
    """Never by its author; before its days in shadow only with a reason."""
    user: Any = request.user
    version = _version(code, number)
    return _out(request, services.publish(actor=user, version=version, reason=body.reason, at=timezone.now()))


@router.post("/rules/{code}/versions/{number}/retire", response=VersionOut, summary="Take a version out of work")
@needs("workflow.publish_process")
def retire_rule(request: HttpRequest, code: Word, number: RowId, body: StepIn) -> VersionOut:
    """It acts no more, nor in shadow."""
    user: Any = request.user
    version = _version(code, number)
    return _out(request, services.retire(actor=user, version=version, reason=body.reason, at=timezone.now()))


def _version(code: str, number: int) -> RuleVersion:
    found = get_object_or_404(selectors.rules(), code=code)
    return get_object_or_404(selectors.versions(found).select_related("rule"), number=number)


def _out(request: HttpRequest, one: RuleVersion) -> VersionOut:
    names = ("number", "state", "trigger", "condition", "actions", "author", "published_by")
    return VersionOut(
        **{name: getattr(one, name) for name in names},
        test=selectors.tried(request.user, one),
        notes=rules_now.notes(one.trigger, one.actions),
    )
