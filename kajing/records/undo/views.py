"""Pages: acts that can be taken back, and what taking one back will touch."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from kajing.api import paging
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.records import selectors
from kajing.records.undo.conflicts import preview
from kajing.records.undo.returning import KEEP, RESTORE, MustDecide, Undone, undo
from kajing.ui.answers import is_partial, toast


@require_GET
@needs("records.undo")
def index(request: HttpRequest) -> HttpResponse:
    """The acts of the last days, newest first."""
    found = selectors.reversals(request.user)
    page = paging.page(found, order=("-at", "-pk"), cursor=request.GET.get("cursor", ""), limit=50)
    data = {
        "rows": page["items"],
        "total": page["total"],
        "next": page["next"],
        "now": timezone.now(),
        "mine": request.user.person_no,
        "others": request.user.has_perm("records.undo_any") or request.user.has_perm("records.undo_team"),
        "opens": set(
            selectors.undoable(request.user)
            .filter(pk__in=[one.pk for one in page["items"]])
            .values_list("pk", flat=True)
        ),
    }
    return render(request, "records/undo/list.html", data)


@require_GET
@needs("records.undo")
def look(request: HttpRequest, reversal_id: int) -> HttpResponse:
    """What undo will touch, and rows that changed since."""
    found = get_object_or_404(selectors.undoable(request.user), pk=reversal_id)
    return _page(request, found)


@require_POST
@needs("records.undo")
def act(request: HttpRequest, reversal_id: int) -> HttpResponse:
    """Take the act back; where rows changed since and nobody decided, the page asks."""
    found = get_object_or_404(selectors.undoable(request.user), pk=reversal_id)
    decisions, default = _decisions(request.POST)
    try:
        done = undo(actor=request.user, reversal=found, at=timezone.now(), decisions=decisions, default=default)
    except MustDecide as error:
        return _ask(request, found, error)
    except DomainError as error:
        found.refresh_from_db()
        return toast(request, _leave(request, reverse("undo:list")), str(error), tone="bad")
    return toast(request, _leave(request, reverse("undo:list")), _told(done))


def _ask(request: HttpRequest, found: Any, error: MustDecide) -> HttpResponse:
    if is_partial(request):
        return toast(request, _leave(request, reverse("undo:look", args=[found.pk])), str(error), tone="bad")
    return _page(request, found, error=str(error), status=409)


def _page(request: HttpRequest, found: Any, error: str = "", status: int = 200) -> HttpResponse:
    can = found.state == found.State.OPEN and found.until > timezone.now()
    data = {"reversal": found, "preview": preview(found, request.user) if can else None, "error": error, "can": can}
    return render(request, "records/undo/look.html", data, status=status)


def _leave(request: HttpRequest, url: str) -> HttpResponse:
    if is_partial(request):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return redirect(url)


def _decisions(given: QueryDict) -> tuple[dict[int, str], str]:
    chosen = {}
    for name, answer in given.items():
        number = name.removeprefix("row-")
        if name != number and number.isdecimal() and len(number) < 19 and answer in {KEEP, RESTORE}:
            chosen[int(number)] = answer
    default = given.get("default", "")
    return chosen, default if default in {KEEP, RESTORE} else ""


def _told(done: Undone) -> str:
    if done.queued:
        return _("Undo is running in the background; this page shows when it is done.")
    said = ngettext("%(count)s row put back", "%(count)s rows put back", done.rows) % {"count": done.rows}
    if done.kept:
        said += " " + ngettext("(%(count)s kept as changed since)", "(%(count)s kept as changed since)", done.kept) % {
            "count": done.kept
        }
    return said
