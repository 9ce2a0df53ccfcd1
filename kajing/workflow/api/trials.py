"""Trials over the API: what tasks with a hold-out achieved, and ending one early."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Router, Schema

from kajing.api import paging
from kajing.api.schemas import Body, Cursor, Limit, ListOf, Reason, RowId
from kajing.lib.access import needs
from kajing.workflow import services
from kajing.workflow.models import Trial
from kajing.workflow.selectors import trials as selectors

router = Router()
SEE = "workflow.open_task"


class TrialGroupOut(Schema):
    """One of the two groups; rates are 0 to 1, null without customers."""

    size: int = Field(description="Everybody assigned, whatever came of the task.")
    used: int = Field(description="Who made a purchase within the days.")
    share: float | None
    interval: tuple[float, float] | None = Field(description="95 %, Wilson's.")


class TrialOut(Schema):
    """Tasks for many customers of whom some were held back by lot."""

    id: int
    title: str = Field(examples=["Explain the annual fee"])
    kind: str = Field(examples=["call"])
    holdout: int = Field(alias="share", description="Percent held back.")
    made_by: str
    made_at: datetime
    starts_on: date
    ends_on: date = Field(description="The last day that counts.")
    state: str = Field(examples=["RUNNING"], description="RUNNING, OVER or ENDED.")
    with_task: TrialGroupOut
    held_back: TrialGroupOut
    uplift: float | None = Field(description="Rate with the task minus rate without.")
    interval: tuple[float, float] | None = Field(description="95 % of the uplift, Newcombe's.")
    proven: bool = Field(description="Whether the interval leaves 0 out.")
    extra: int | None = Field(description="Customers more who used a card, as far as the uplift is true.")

    @staticmethod
    def resolve_with_task(trial: Trial) -> object:
        return selectors.outcome(trial).treated

    @staticmethod
    def resolve_held_back(trial: Trial) -> object:
        return selectors.outcome(trial).held

    @staticmethod
    def resolve_uplift(trial: Trial) -> float | None:
        return selectors.outcome(trial).uplift

    @staticmethod
    def resolve_interval(trial: Trial) -> Any:
        return selectors.outcome(trial).interval

    @staticmethod
    def resolve_proven(trial: Trial) -> bool:
        return selectors.outcome(trial).proven

    @staticmethod
    def resolve_extra(trial: Trial) -> int | None:
        return selectors.outcome(trial).extra


class EndTrialIn(Body):
    """Why a trial ends early."""

    reason: Reason


@router.get("/trials", response=ListOf[TrialOut], summary="Trials I see")
@needs(SEE)
def trials(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """My own, and those of my units for leaders and risk; the newest first."""
    return paging.page(selectors.trials(request.user), order=("-made_at", "-pk"), cursor=cursor, limit=limit)


@router.get("/trials/{trial_id}", response=TrialOut, summary="One trial")
@needs(SEE)
def one_trial(request: HttpRequest, trial_id: RowId) -> object:
    """Figures are those of the last night."""
    return get_object_or_404(selectors.trials(request.user), pk=trial_id)


@router.post("/trials/{trial_id}/end", response=TrialOut, summary="End a trial early")
@needs(SEE)
def end_trial(request: HttpRequest, trial_id: RowId, body: EndTrialIn) -> object:
    """What was counted stays; those held back may be contacted again."""
    found = get_object_or_404(selectors.trials(request.user), pk=trial_id)
    services.end_trial(actor=request.user, trial=found, reason=body.reason, at=timezone.now())
    return get_object_or_404(selectors.trials(request.user), pk=trial_id)
