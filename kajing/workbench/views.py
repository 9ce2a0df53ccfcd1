"""The first page of the day for each role, and the team board."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from kajing.lib.access import needs, staff
from kajing.org.selectors import substitutions_today
from kajing.workbench import selectors
from kajing.workbench.selectors.today import watch

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
    data = {"today": _today(request), "by_time": request.GET.get("by") == "time"}
    return render(request, "workbench/today.html#list", data)


@require_GET
@needs("workbench.today")
def best_actions(request: HttpRequest) -> HttpResponse:
    """Whom to talk to about what, loaded after the page so that the day's list does not wait for it."""
    return render(request, "workbench/actions.html", {"actions": selectors.best_actions(request.user)})


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
    return selectors.today(request.user, by_time=request.GET.get("by") == "time")


def _book(request: HttpRequest) -> dict[str, Any]:
    user = request.user
    seen = watch(user)
    return {
        "today": _today(request),
        "by_time": request.GET.get("by") == "time",
        "book": selectors.book(user),
        "watch": seen,
        "changes": seen.changes,
        "weeks": selectors.weeks(user),
        "standing": substitutions_today(user),
    }
