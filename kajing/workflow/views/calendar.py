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
from kajing.ui.answers import is_partial, toast
from kajing.workflow import agenda as selectors
from kajing.workflow.selectors import moment, present_of
from kajing.workflow.services import feeds as services

WORK = "workflow.work_own_tasks"


SPANS = {"month": selectors.month_days, "week": selectors.week_days, "day": selectors.day_only}


@require_GET
@needs(WORK)
def calendar(request: HttpRequest) -> HttpResponse:
    """A month, a week or a day; a partial request gets the days alone."""
    template = "workflow/calendar.html#days" if is_partial(request) else "workflow/calendar.html"
    return render(request, template, _shown(request, present_of(request.user).today))


def _shown(request: HttpRequest, today: date, **more: object) -> dict[str, object]:
    by = request.GET.get("by", "")
    by = by if by in SPANS else "month"
    shown = _day(request.GET.get("day", ""), today)
    first, last = SPANS[by](shown)
    days = selectors.calendar(request.user, first, last, month=shown.month if by == "month" else None, today=today)
    # On a phone the past of the current month or week only stands in the way.
    agenda = [one for one in days if one.day >= today] if first <= today <= last else days
    return {
        "agenda": agenda, "weeks": [days[start : start + 7] for start in range(0, len(days), 7)], "days": days,
        "shown": shown, "by": by, "before": _before(by, shown, first), "after": _after(by, shown, last), "first": first,
        "last": last, "feed": selectors.feed_of(request.user), "today": today,
        **more,
    }  # fmt: skip


def _before(by: str, shown: date, first: date) -> date:
    return (shown.replace(day=1) if by == "month" else first) - timedelta(days=1)


def _after(by: str, shown: date, last: date) -> date:
    return (shown.replace(day=1) + timedelta(days=32)).replace(day=1) if by == "month" else last + timedelta(days=1)


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
    """Open tasks and planned visits for a calendar program; a wrong or ended address is not there."""
    person, at = selectors.person_of_feed(secret), timezone.now()
    if person is None:
        raise Http404
    text = selectors.ics(person, today=moment(at).today, at=at)
    headers = {"Cache-Control": "private, no-store", "X-Robots-Tag": "noindex"}
    return HttpResponse(text, content_type="text/calendar; charset=utf-8", headers=headers)
