"""The calendar, and the secret address for calendar programs."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kajing.lib.access import needs, public
from kajing.ui.answers import toast
from kajing.workflow import agenda as selectors
from kajing.workflow.selectors import moment, present_of
from kajing.workflow.services import feeds as services

WORK = "workflow.work_own_tasks"


@require_GET
@needs(WORK)
def calendar(request: HttpRequest) -> HttpResponse:
    """A month or a week."""
    today = present_of(request.user).today
    return render(request, "workflow/calendar.html", _shown(request, today))


def _shown(request: HttpRequest, today: date, **more: object) -> dict[str, object]:
    shown, week = _day(request.GET.get("day", ""), today), request.GET.get("by") == "week"
    first, last = selectors.week_days(shown) if week else selectors.month_days(shown)
    days = selectors.calendar(request.user, first, last, month=None if week else shown.month, today=today)
    before = first - timedelta(days=1) if week else shown.replace(day=1) - timedelta(days=1)
    after = last + timedelta(days=1) if week else (shown.replace(day=1) + timedelta(days=32)).replace(day=1)
    weeks = [days[start : start + 7] for start in range(0, len(days), 7)]
    # On a phone the past of the current month or week only stands in the way.
    agenda = [one for one in days if one.day >= today] if first <= today <= last else days
    return {
        "agenda": agenda,
        "weeks": weeks, "days": days, "shown": shown, "by": "week" if week else "month", "before": before,
        "after": after,
        "first": first, "last": last, "feed": selectors.feed_of(request.user), "today": today,
        **more,
    }  # fmt: skip


def _day(text: str, otherwise: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return otherwise
    return day if 2000 <= day.year <= 2100 else otherwise


@require_POST
@needs(WORK)
def new_feed(request: HttpRequest) -> HttpResponse:
    """Make the secret address; it is shown once."""
    secret = services.new_feed(actor=request.user, at=timezone.now())
    address = request.build_absolute_uri(reverse("workflow:feed", args=[secret]))
    today = present_of(request.user).today
    answer = render(request, "workflow/calendar.html", _shown(request, today, address=address))
    answer.headers["Cache-Control"] = "no-store"
    return answer


@require_POST
@needs(WORK)
def end_feed(request: HttpRequest) -> HttpResponse:
    """Take the address back."""
    services.end_feed(actor=request.user, at=timezone.now())
    return toast(request, redirect("workflow:calendar"), _("The address no longer works"))


@require_GET
@public
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """Open tasks for a calendar program; a wrong or ended address is not there."""
    person, at = selectors.person_of_feed(secret), timezone.now()
    if person is None:
        raise Http404
    text = selectors.ics(person, today=moment(at).today, at=at)
    headers = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}
    return HttpResponse(text, content_type="text/calendar; charset=utf-8", headers=headers)
