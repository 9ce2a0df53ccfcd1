"""Finding the record an address names, and answering in a dialog or on a page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from kajing.records.kinds import Kind, kind_of
from kajing.ui.answers import done, is_partial


def record_of(request: HttpRequest, kind: str, object_id: str) -> Kind:
    """The kind of a record the person may see; anything else is missing."""
    found = kind_of(kind)
    if found is None or found.find(request.user, object_id) is None:
        raise Http404
    return found


def dialog(request: HttpRequest, template: str, data: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """The dialog alone for a partial request, on a page of its own without script."""
    return render(request, f"{template}#dialog" if is_partial(request) else template, data, status=status)


def back(request: HttpRequest, url: str, said: str, *, changed: str = "", tone: str = "") -> HttpResponse:
    """Close the dialog and announce what changed; without script go to the record's page."""
    if is_partial(request) and not tone:
        return done(request, said, changed=changed)
    if is_partial(request):
        from kajing.ui.answers import toast

        return toast(request, HttpResponse(status=204), said, tone=tone)
    messages.add_message(request, messages.ERROR if tone == "bad" else messages.SUCCESS, said)
    return redirect(url or "/")
