"""Next best actions over the API: the same calls as the pages."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Router, Schema

from kajing.api import paging
from kajing.api.schemas import BankId, Body, Cursor, Limit, ListOf, Note, Reason, RowId, Word
from kajing.customers.selectors import customer
from kajing.lib.access import needs
from kajing.lib.periods import SHANGHAI
from kajing.sales import selectors, services
from kajing.sales.models import Suggestion
from kajing.workflow.selectors import present_of

router = Router()


class SuggestionOut(Schema):
    """One action for one customer, with every factor of its rank."""

    id: int
    customer_id: str = Field(examples=["C0000123"])
    action: str = Field(examples=["instalment_offer"])
    title: str = Field(examples=["Offer instalments for the balance"])
    pitch: str
    purpose: str = Field(examples=["MARKETING"])
    as_of: date
    place: int = Field(description="1 is the customer's first", examples=[1])
    propensity: float = Field(description="Chance of success, 0–1", examples=[0.07])
    context: float = Field(examples=[1.5])
    value: int = Field(description="fen a year", examples=[64800])
    lever: float = Field(examples=[1.0])
    score: int = Field(description="fen: the product of the factors that are switched on", examples=[6804])
    value_words: str
    state: str = Field(examples=["OPEN"])
    until: date | None
    task_id: int | None
    succeeded: bool | None

    @staticmethod
    def resolve_action(one: Suggestion) -> str:
        return str(one.action_id)

    @staticmethod
    def resolve_title(one: Suggestion) -> str:
        return one.action.title_text

    @staticmethod
    def resolve_pitch(one: Suggestion) -> str:
        return one.action.pitch_text

    @staticmethod
    def resolve_purpose(one: Suggestion) -> str:
        return str(one.action.purpose)


class VerdictOut(Schema):
    """What became of one action for one customer."""

    action: str = Field(examples=["birthday"])
    verdict: str = Field(examples=["NOT_ELIGIBLE"])
    text: str = Field(examples=["Does not apply. Not fulfilled:"])
    rule_id: str = Field(description="The contact rule that forbids it, or empty", examples=["BP305"])
    unmet: list[str] = Field(
        description="Conditions that are not fulfilled", examples=[["Birthday within a week: yes"]]
    )
    place: int = Field(description="0: not ranked", examples=[0])
    score: int = Field(description="fen", examples=[0])


class AcceptIn(Body):
    """When the task is due; this evening when left out, or the next one before which the customer may be contacted."""

    due_at: datetime | None = None


class LaterIn(Body):
    """Not before a day."""

    until: date


class RejectIn(Body):
    """Why it does not fit."""

    reason: Literal["NOT_INTERESTED", "HAS_IT", "WRONG_TIME", "DATA_WRONG", "HARMFUL", "OTHER"]
    note: Note = ""


class ActionOut(Schema):
    """An action of the catalogue: how the bank weighs it, and what came of it."""

    code: str = Field(examples=["instalment_offer"])
    title: str = Field(examples=["Offer instalments for the balance"])
    pitch: str
    purpose: str = Field(examples=["MARKETING"])
    channel: str = Field(examples=["PHONE"])
    enabled: bool
    lever: float = Field(description="1 leaves the order alone, 2 doubles the score, 0 takes it out.", examples=[1.0])
    rest_days: int = Field(description='How long "not a fit" counts.', examples=[90])
    version: int
    open: int = Field(description="Suggested now, to customers I see.")
    accepted: int
    later: int
    rejected: int
    tried: int = Field(description="Judged outcomes of the whole bank.")
    succeeded: int
    share: float | None = Field(description="Succeeded ÷ tried.", examples=[0.12])
    bounds: tuple[float, float] | None = Field(description="The 95% interval of `share`.", examples=[[0.08, 0.17]])


class ActionsOut(Schema):
    """The catalogue."""

    items: list[ActionOut]


class ActionShapeIn(Body):
    """How the bank weighs an action from tonight on, and why."""

    enabled: bool = True
    lever: Decimal = Field(ge=0, le=5, max_digits=4, decimal_places=2, examples=[1.5])
    rest_days: int = Field(ge=0, le=3650, examples=[90])
    reason: Reason = Field(max_length=200, examples=["Board of November: instalments first"])


@router.get("/actions", response=ActionsOut, summary="The catalogue of actions")
@needs("sales.view_actions")
def catalogue(request: HttpRequest) -> dict[str, Any]:
    """Every action with what came of it."""
    return {"items": [_action(one) for one in selectors.track_records(request.user)]}


@router.put("/actions/{code}", response=ActionOut, summary="Switch an action, weigh it, let it rest")
@needs("sales.shape_actions")
def shape(request: HttpRequest, code: Word, body: ActionShapeIn) -> dict[str, Any]:
    """Counts from tonight on; the same values again change nothing."""
    services.shape_action(actor=request.user, action=_shaped(request, code).action, at=timezone.now(), **body.dict())
    return _action(_shaped(request, code))


def _shaped(request: HttpRequest, code: str) -> selectors.TrackRecord:
    found = selectors.track_record(request.user, code)
    if found is None:
        raise Http404
    return found


def _action(one: selectors.TrackRecord) -> dict[str, Any]:
    action, record = one.action, one.record
    plain = ("code", "purpose", "channel", "enabled", "lever", "rest_days", "version")
    counts = ("open", "accepted", "later", "rejected", "bounds")
    return {
        **{name: getattr(action, name) for name in plain}, **{name: getattr(one, name) for name in counts},
        "title": action.title_text, "pitch": action.pitch_text, "tried": record.tried, "succeeded": record.succeeded,
        "share": record.share,
    }  # fmt: skip


@router.get("/suggestions", response=ListOf[SuggestionOut], summary="Next best actions of customers I see")
@needs("sales.act")
def suggestions(
    request: HttpRequest,
    action: Word | None = None,
    customer_id: BankId | None = None,
    state: Literal["OPEN", "ACCEPTED", "LATER", "REJECTED"] = "OPEN",
    cursor: Cursor = "",
    limit: Limit = 50,
) -> dict[str, Any]:
    """The highest score first."""
    found = selectors.suggestions(request.user).filter(state=state).select_related("action")
    if action:
        found = found.filter(action=action)
    if customer_id:
        found = found.filter(customer=customer_id)
    return paging.page(found, order=("-score", "pk"), cursor=cursor, limit=limit)


@router.get("/customers/{customer_id}/actions", response=list[VerdictOut], summary="Why these actions, why not others")
@needs("sales.act")
def verdicts(request: HttpRequest, customer_id: BankId) -> list[dict[str, Any]]:
    """A verdict on every action of the catalogue, ranked ones first."""
    found = customer(request.user, customer_id)
    if found is None:
        raise Http404
    rows = selectors.explain(request.user, found, present_of(request.user).today, timezone.now())
    return [_verdict(one) for one in rows]


def _verdict(one: selectors.Explanation) -> dict[str, Any]:
    verdict = one.verdict
    return {
        "action": verdict.action.code,
        "verdict": verdict.kind.value,
        "text": one.words,
        "rule_id": verdict.against.rule_id if verdict.against else "",
        "unmet": list(one.conditions),
        "place": verdict.place,
        "score": verdict.score,
    }


@router.post("/suggestions/{suggestion_id}/accept", response=SuggestionOut, summary="Take an action on")
@needs("sales.act")
def accept(request: HttpRequest, suggestion_id: RowId, body: AcceptIn) -> Suggestion:
    """Opens a task for the customer's manager."""
    one = _own(request, suggestion_id)
    due = body.due_at.replace(tzinfo=body.due_at.tzinfo or SHANGHAI) if body.due_at else None
    services.accept(actor=request.user, suggestion=one, due_at=due, at=timezone.now())
    return _own(request, suggestion_id)


@router.post("/suggestions/{suggestion_id}/later", response=SuggestionOut, summary="Put an action off")
@needs("sales.act")
def later(request: HttpRequest, suggestion_id: RowId, body: LaterIn) -> Suggestion:
    """It is not suggested again before the day."""
    one = _own(request, suggestion_id)
    return services.put_off(actor=request.user, suggestion=one, until=body.until, at=timezone.now())


@router.post("/suggestions/{suggestion_id}/reject", response=SuggestionOut, summary="Mark an action as not a fit")
@needs("sales.act")
def reject(request: HttpRequest, suggestion_id: RowId, body: RejectIn) -> Suggestion:
    """With the reason, which keeps it away for the action's days of rest."""
    one = _own(request, suggestion_id)
    return services.reject(actor=request.user, suggestion=one, reason=body.reason, note=body.note, at=timezone.now())


@router.post("/suggestions/{suggestion_id}/take-back", response=SuggestionOut, summary="Take my decision back")
@needs("sales.act")
def take_back(request: HttpRequest, suggestion_id: RowId) -> Suggestion:
    """Within half an hour; a task that came of it is called off."""
    services.take_back(actor=request.user, suggestion=_own(request, suggestion_id), at=timezone.now())
    return _own(request, suggestion_id)


def _own(request: HttpRequest, pk: int) -> Suggestion:
    found: Suggestion = get_object_or_404(
        selectors.suggestions(request.user).select_related("action", "customer__manager"), pk=pk
    )
    return found
