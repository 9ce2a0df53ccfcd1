"""The end of the day over the API, by the same selector and service as its page."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any

from django.http import HttpRequest
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from kajing.api.schemas import Body, RowId
from kajing.lib.access import needs
from kajing.workbench import selectors
from kajing.workflow import services as workflow

router = Router()
RIGHT = "workflow.work_own_tasks"
Ids = Annotated[list[RowId], Field(min_length=1, max_length=200)]


class DayEndOut(Schema):
    """What is left of my day: ids of tasks under `/tasks`."""

    left: list[int] = Field(description="Unfinished, may be moved.", examples=[[41, 42]])
    must: list[int] = Field(description="Must be done, or handed on by a leader.")
    done: int = Field(description="Finished today.")
    next_day: date = Field(description="The next workday by the bank's calendar.")
    tomorrow: list[int] = Field(description="What the next workday begins with, at most five.")
    more_tomorrow: int


class DayEndIn(Body):
    """Which unfinished tasks get which day."""

    tasks: Ids = Field(examples=[[41, 42]])
    day: date = Field(examples=["2026-11-24"])


class DayOrderIn(Body):
    """The tasks that come first, in their order; empty accepts the list as it stands."""

    tasks: Annotated[list[RowId], Field(max_length=60)] = Field(default_factory=list, examples=[[42, 41]])


class DayOrderOut(Schema):
    """The order of my day."""

    tasks: list[int] = Field(description="All arranged tasks; what came later stands behind.", examples=[[42, 41]])


class DayClosedOut(Schema):
    """How many tasks got the day."""

    moved: int
    undo: int | None = Field(description="The number under `/undo`.")


@router.get("/day-end", response=DayEndOut, summary="What is left of my day")
@needs(RIGHT)
def day_end(request: HttpRequest) -> dict[str, Any]:
    """Unfinished tasks, what was done, and the next workday."""
    shown = selectors.closing(request.user)
    ids = {name: [row.task.pk for row in getattr(shown, name)] for name in ("left", "must", "tomorrow")}
    return ids | {"done": shown.done, "next_day": shown.next_day, "more_tomorrow": shown.more_tomorrow}


@router.post("/day-end", response=DayClosedOut, summary="Close my day")
@needs(RIGHT)
def close_my_day(request: HttpRequest, body: DayEndIn) -> Any:
    """One act, undone as one. Tasks that are not mine, over or must be done today stay as they are."""
    tasks = selectors.chosen_tasks(request.user, [str(one) for one in body.tasks])
    return workflow.close_day(actor=request.user, tasks=tasks, day=body.day, at=timezone.now())


@router.put("/day-order", response=DayOrderOut, summary="Arrange my day")
@needs(RIGHT)
def arrange_my_day(request: HttpRequest, body: DayOrderIn) -> Any:
    """For today only. News of the day no longer moves what is arranged."""
    return {"tasks": workflow.arrange_day(actor=request.user, ids=body.tasks, at=timezone.now())}


@router.delete("/day-order", response=DayOrderOut, summary="Back to the suggested order")
@needs(RIGHT)
def forget_my_order(request: HttpRequest) -> Any:
    """Nothing happens where no order was chosen."""
    workflow.forget_order(actor=request.user, at=timezone.now())
    return {"tasks": []}
