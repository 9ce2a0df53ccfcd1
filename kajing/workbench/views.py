"""The first page of the day for each role, and the team board."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kajing.contact.selectors import road
from kajing.lib.access import needs, staff
from kajing.org.selectors import substitutions_today
from kajing.ui.answers import is_partial, toast
from kajing.workbench import selectors
from kajing.workbench.forms import CloseDayForm
from kajing.workbench.selectors.today import watch
from kajing.workflow import services as workflow

Home = tuple[str, Callable[[Any], dict[str, Any]]]
HOMES: dict[str, Home] = {
    "RISK": ("workbench/risk_home.html", selectors.risk_home),
    "SERVICE": ("workbench/service_home.html", selectors.service_home),
    "COMPLIANCE": ("workbench/review_home.html", selectors.review_home),
    "AUDITOR": ("workbench/review_home.html", selectors.review_home),
    "ADMIN": ("workbench/admin_home.html", selectors.admin_home),
}


@require_GET
@staff
def today(request: HttpRequest) -> HttpResponse:
    """Today: for managers and leaders their book, for everybody else what their work begins with."""
    user: Any = request.user
    if user.role in HOMES:
        template, load = HOMES[user.role]
        return render(request, template, load(user) | _links(user))
    return render(request, "workbench/today.html", _book(request))


@require_GET
@needs("workbench.today")
def numbers(request: HttpRequest) -> HttpResponse:
    """The headline figures alone, after a task was done."""
    data = {"today": selectors.today(request.user, limit=0), "book": selectors.book(request.user)}
    return render(request, "workbench/today.html#numbers", data)


@require_GET
@needs("workbench.today")
def day_list(request: HttpRequest) -> HttpResponse:
    """The day's list alone, after a task was snoozed or handed on."""
    data = {"today": _today(request), "by": _by(request)}
    return render(request, "workbench/today.html#list", data)


@require_GET
@needs("workbench.today")
def best_actions(request: HttpRequest) -> HttpResponse:
    """Whom to talk to about what, loaded after the page so that the day's list does not wait for it."""
    return render(request, "workbench/actions.html", {"actions": selectors.best_actions(request.user)})


@require_POST
@needs("workflow.work_own_tasks")
def order(request: HttpRequest) -> HttpResponse:
    """The order of my day: accepted as it stands, changed by `ids` (`41,42`), or forgotten again (`forget`)."""
    ids = [int(one) for one in request.POST.get("ids", "").split(",") if one.isdecimal() and len(one) < 19]
    try:
        if request.POST.get("forget"):
            workflow.forget_order(actor=request.user, at=timezone.now())
        else:
            workflow.arrange_day(actor=request.user, ids=ids, at=timezone.now())
    except workflow.CannotArrange as error:
        answer = _list(request)
        answer["HX-Reswap"] = "outerHTML"  # the page shows an order that is not kept
        return toast(request, answer, str(error), tone="bad")
    if ids:
        return _list(request)
    return toast(
        request, _list(request), _("The suggested order") if request.POST.get("forget") else _("Order accepted")
    )


def _list(request: HttpRequest) -> HttpResponse:
    if not is_partial(request):
        return HttpResponseRedirect(reverse("workbench:today"), status=303)
    return render(request, "workbench/today.html#list", {"today": selectors.today(request.user), "by": ""})


@require_http_methods(["GET", "POST"])
@needs("workflow.work_own_tasks")
def close_day(request: HttpRequest) -> HttpResponse:
    """Give what was not done a date, and see what tomorrow begins with."""
    shown = selectors.closing(request.user)
    form = CloseDayForm(request.POST or None, initial={"day": shown.next_day})
    if form.is_valid():
        try:
            tasks = selectors.chosen_tasks(request.user, request.POST.getlist("ids"))
            closed = workflow.close_day(
                actor=request.user, tasks=tasks, day=form.cleaned_data["day"], at=timezone.now()
            )
        except workflow.CannotClose as error:
            form.add_error(None, str(error))
        else:
            said = ngettext("%(count)s task moved", "%(count)s tasks moved", closed.moved) % {"count": closed.moved}
            undo = reverse("undo:act", args=[closed.undo]) if closed.undo else ""
            return toast(request, HttpResponseRedirect(reverse("workbench:close_day"), status=303), said, undo=undo)
    status = 422 if form.is_bound else 200
    return render(request, "workbench/close.html", {"closing": shown, "form": form}, status=status)


@require_GET
@needs("workbench.team_board")
def team(request: HttpRequest) -> HttpResponse:
    """The team board; `?order=&page=`."""
    order, page = request.GET.get("order", "load"), request.GET.get("page", "")
    board = selectors.board(request.user, order=order, page=int(page[:6]) if page.isdecimal() else 1)
    return render(request, "workbench/team.html", {"board": board, "order": order})


def _links(user: Any) -> dict[str, str]:
    """Where the homes' "All" links lead, empty where the person may not go."""
    pages = {
        "nights_url": ("audit:nights", "org.sign_in"),
        "files_url": ("imports:list", "imports.view"),
        "jobs_url": ("queue:index", "queue.view"),
        "trail_url": ("audit:trail", "audit.view_any"),
    }
    return {name: reverse(page) if user.has_perm(right) else "" for name, (page, right) in pages.items()}


def _today(request: HttpRequest) -> Any:
    return selectors.today(request.user, by=_by(request))


def _by(request: HttpRequest) -> str:
    asked = request.GET.get("by", "")
    return asked if asked in {"time", "priority"} else ""


def _book(request: HttpRequest) -> dict[str, Any]:
    user = request.user
    seen = watch(user)
    return {
        "today": _today(request),
        "by": _by(request),
        "book": selectors.book(user),
        "watch": seen,
        "changes": seen.changes,
        "weeks": selectors.weeks(user),
        "standing": substitutions_today(user),
        "road": road(user, timezone.localdate()) if user.has_perm("contact.view") else None,
    }
