"""The calendar over the API: what stands in it between two days. Visits are planned and moved under /contacts."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema

from kajing.api.schemas import ListOf
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.workflow import agenda
from kajing.workflow.selectors import present_of
from kajing.workflow.services import feeds

router = Router()
LONGEST = timedelta(days=62)
FIRST, LAST = date(2000, 1, 1), date(2100, 12, 31)


class BadSpan(DomainError):
    """The days asked for are the wrong way round or too many."""

    status = 422

    def __str__(self) -> str:
        return str(_("Ask for at most 62 days between 2000 and 2100, the first no later than the last."))


class CalendarEntryOut(Schema):
    """One line of a day."""

    key: str = Field(description="Unique among the lines: task-41, contacts-7.", examples=["contacts-7"])
    kind: str = Field(description="task, date, or another room's source such as contacts", examples=["contacts"])
    day: date
    at: datetime | None = Field(description="null: the whole day")
    title: str = Field(examples=["Visit: 王小明"])
    note: str = Field(examples=["浦东新区, front desk"])
    state: str
    done: bool
    workday: bool = Field(description="Of the day, by the bank's calendar of holidays and make-up workdays.")
    url: str = Field(examples=["/contact/7/"])


class CalendarFeedOut(Schema):
    """Whether a calendar program reads my open tasks under a secret address; the address itself is never told again."""

    open: bool
    made_at: datetime | None = Field(description="When the address in force was made.")


@router.get("/calendar", response=ListOf[CalendarEntryOut], summary="My calendar between two days")
@needs("workflow.work_own_tasks")
def calendar(request: HttpRequest, first: date, last: date | None = None) -> dict[str, Any]:
    """Tasks, visits and calls, birthdays, ends of temporary limits; both days are in it, `last` defaults to `first`."""
    end = last or first
    if not FIRST <= first <= end <= LAST or end - first > LONGEST:
        raise BadSpan
    days = agenda.calendar(request.user, first, end, month=None, today=present_of(request.user).today)
    items = [_line(day, entry) for day in days for entry in day.entries]
    return {"items": items, "next": None, "total": len(items)}


@router.get("/calendar/feed", response=CalendarFeedOut, summary="The secret address of my calendar")
@needs("workflow.work_own_tasks")
def calendar_feed(request: HttpRequest) -> dict[str, Any]:
    """Only whether there is one: it is made on the calendar's page, by who signs in, and shown once."""
    return _feed(request)


@router.delete("/calendar/feed", response=CalendarFeedOut, summary="Take the secret address back")
@needs("workflow.work_own_tasks")
def end_calendar_feed(request: HttpRequest) -> dict[str, Any]:
    """Whoever has it reads nothing any more. Nothing happens where there is none."""
    user: Any = request.user
    feeds.end_feed(actor=user, at=timezone.now())
    return _feed(request)


def _feed(request: HttpRequest) -> dict[str, Any]:
    found = agenda.feed_of(request.user)
    return {"open": found is not None, "made_at": found.made_at if found else None}


def _line(day: agenda.Day, entry: agenda.Entry) -> dict[str, Any]:
    names = ("key", "kind", "at", "title", "note", "state", "done", "url")
    return {"day": day.day, "workday": day.workday} | {name: getattr(entry, name) for name in names}
