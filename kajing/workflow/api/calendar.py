"""The calendar over the API: what stands in it between two days. Visits are planned and moved under /contacts."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Field, Router, Schema

from kajing.api.schemas import ListOf
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.workflow import agenda
from kajing.workflow.selectors import present_of

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


def _line(day: agenda.Day, entry: agenda.Entry) -> dict[str, Any]:
    names = ("key", "kind", "at", "title", "note", "state", "done", "url")
    return {"day": day.day, "workday": day.workday} | {name: getattr(entry, name) for name in names}
