"""Pages: the audit trail, and the nights."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET, require_POST

from kajing.api import paging
from kajing.audit import asking, selectors, services
from kajing.audit.forms import TrailFilter
from kajing.audit.questions import questions
from kajing.lib.access import needs, staff
from kajing.lib.spreadsheets import TYPES


@require_GET
@needs("audit.view_any")
def trail(request: HttpRequest) -> HttpResponse:
    """Who did what, newest first; an administrator sees system events only."""
    return _trail(request)


def _trail(request: HttpRequest, too_long: str = "") -> HttpResponse:
    """The page; `too_long` says why the file is not handed out, and offers to ask for it."""
    form = TrailFilter(request.GET, actions=selectors.actions(request.user))
    found = selectors.rows(request.user, **form.values)
    cursor = request.GET.get("cursor", "")
    page = paging.page(found, order=("-id",), cursor=cursor, limit=50)
    data = {
        "form": form,
        "rows": selectors.named(page["items"]),
        "total": page["total"],
        "older": _next(request, page["next"]),
        "questions": questions(),
        "filtered": bool(form.values.keys() - {"question"}),
        "asked": form.values.get("question", ""),
        "query": urlencode(form.values),
        "too_long": too_long,
        "ask_url": reverse(asking.url_name()) if too_long and asking.url_name() else "",
    }
    return render(request, "audit/trail.html", data, status=422 if too_long else 200)


@require_POST
@needs("audit.view_any")
def export(request: HttpRequest) -> HttpResponse:
    """What the filters show, as a file."""
    form = TrailFilter(request.GET, actions=selectors.actions(request.user))
    kind = "xlsx" if request.POST.get("form") == "xlsx" else "csv"
    try:
        file = services.export_trail(actor=request.user, filters=form.values, at=timezone.now(), form=kind)
    except services.TooLong as error:
        return _trail(request, str(error))
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(file.content, content_type=TYPES[kind], headers=headers)


def _next(request: HttpRequest, cursor: str | None) -> str:
    if cursor is None:
        return ""
    given = request.GET.copy()
    given["cursor"] = cursor
    return given.urlencode()


@require_GET
@staff
def nights(request: HttpRequest) -> HttpResponse:
    """The last nights; the chosen one with its steps."""
    found = list(selectors.nights()[:60])
    chosen = _chosen(found, request.GET.get("as_of", ""))
    left = selectors.seconds_left(chosen) if chosen else None
    return render(request, "audit/nights.html", {"nights": found, "night": chosen, "left": left})


def _chosen(found: list[Any], as_of: str) -> Any:
    try:
        wanted = date.fromisoformat(as_of)
    except ValueError:
        wanted = None
    return next((night for night in found if night.as_of == wanted), found[0] if found else None)
