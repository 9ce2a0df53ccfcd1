"""Acts on many records: my own, one of them with its progress and what was refused, its file, and stopping it."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kajing.api import paging
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.records import selectors, services
from kajing.records.services.tables import bulk_file
from kajing.ui.answers import toast

RIGHT = "records.undo"
FIRST = 200  # refused rows on the page; the file holds all


@require_GET
@needs(RIGHT)
def index(request: HttpRequest) -> HttpResponse:
    """My acts on many, newest first."""
    cursor = request.GET.get("cursor", "")
    page = paging.page(selectors.bulk_acts(request.user), order=("-at", "-pk"), cursor=cursor, limit=50)
    data = {"rows": page["items"], "total": page["total"], "next": page["next"]}
    return render(request, "records/bulk/list.html", data)


@require_GET
@needs(RIGHT)
def look(request: HttpRequest, pk: int) -> HttpResponse:
    """One act: how far it is, what was refused and why."""
    act = _act(request, pk)
    failures = list(act.failures.order_by("pk")[:FIRST])
    data = {
        "act": act,
        "job": selectors.job_of_act(act),
        "refused": selectors.refused_rows(request.user, services.list_of(act), failures),
        "back": services.back_to(act),
        "more": services.more_of(act),
        "working": act.state == act.State.WORKING,
        "can_undo": act.reversal is not None and act.reversal.state == "OPEN" and act.until > timezone.now(),
    }
    return render(request, "records/bulk/look.html", data)


@require_GET
@needs(RIGHT)
def refused(request: HttpRequest, pk: int, form: str) -> HttpResponse:
    """The refused rows as a file."""
    if form not in {"csv", "xlsx"}:
        raise Http404
    file = bulk_file(request.user, _act(request, pk), form)
    headers = {"Content-Disposition": f'attachment; filename="{file.name}"', "X-Content-Type-Options": "nosniff"}
    return HttpResponse(file.content, content_type=file.media_type, headers=headers)


@require_POST
@needs(RIGHT)
def stop(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop an act at work."""
    act, answer = _act(request, pk), redirect("bulk:look", pk)
    try:
        services.stop(actor=request.user, act=act, at=timezone.now())
    except DomainError as error:
        return toast(request, answer, str(error), tone="bad")
    return toast(request, answer, _("Stopped. What was done so far can be undone."))


def _act(request: HttpRequest, pk: int) -> Any:
    return get_object_or_404(selectors.bulk_acts(request.user).select_related("reversal"), pk=pk)
