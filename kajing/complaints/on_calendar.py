"""Deadlines of complaints in the shared calendar and in calendar programs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kajing.complaints import choices, selectors
from kajing.complaints.models import Complaint
from kajing.complaints.rows import complaint_rows
from kajing.lib.periods import SHANGHAI
from kajing.ui import registry as ui

MOST = 400


def due(user: Any, first: date, last: date) -> QuerySet[Complaint]:
    """Complaints this person handles whose last day lies in the span; for who gives them out, all they see."""
    found = selectors.with_all(selectors.complaints(user)).filter(due_on__gte=first, due_on__lte=last)
    mine = Q() if user.has_perm(selectors.ASSIGN) else Q(handler_id=user.person_no)
    return found.filter(mine, Q(state__in=choices.OPEN)).order_by("due_on", "pk")[:MOST]


def events(user: Any, first: date, last: date) -> Iterator[ui.CalendarEvent]:
    """For the page and the API."""
    for row in complaint_rows(user, due(user, first, last)):
        yield ui.CalendarEvent(
            key=str(row.pk), title=_title(row.complaint), start=_start(row.complaint), all_day=True, url=row.url,
            icon="message-report", tone=row.tone, note=row.name, state=str(row.complaint.get_state_display()),
            done=not row.complaint.is_running,
        )  # fmt: skip


def outside(user: Any, first: date, last: date) -> Iterator[ui.CalendarEvent]:
    """For calendar programs: the number alone."""
    for one in due(user, first, last):
        if one.is_running:
            yield ui.CalendarEvent(key=str(one.pk), title=_title(one), start=_start(one), all_day=True)


def _title(one: Complaint) -> str:
    return _("Answer complaint %(number)s") % {"number": one.number}


def _start(one: Complaint) -> datetime:
    return datetime.combine(one.due_on, time.min, SHANGHAI)


def register() -> None:
    """Say so to the calendar."""
    ui.calendar_sources.register(
        ui.CalendarSource(
            key="complaints", title=gettext_lazy("Deadlines of complaints"), events=events, outside=outside,
            permission=selectors.VIEW, order=30,
        )
    )  # fmt: skip
