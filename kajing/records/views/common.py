"""Finding the record an address names, and answering in a dialog or on a page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kajing.records.kinds import Kind, kind_of
from kajing.records.models import BulkAct
from kajing.ui.answers import done, is_partial, toast


def record_of(request: HttpRequest, kind: str, object_id: str) -> Kind:
    """The kind of a record the person may see; anything else is missing."""
    found = kind_of(kind)
    if found is None or found.find(request.user, object_id) is None:
        raise Http404
    return found


def dialog(request: HttpRequest, template: str, data: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """The dialog alone for a partial request, on a page of its own without script."""
    return render(request, f"{template}#dialog" if is_partial(request) else template, data, status=status)


def bulk_answer(request: HttpRequest, act: BulkAct, url: str, said: str) -> HttpResponse:
    """After an act on many: back to `url`, with undo; to the act's own page when it goes on or left rows alone."""
    open_act = act.state == act.State.WORKING
    if open_act:
        said = _("Working in the background: this page shows how far it is.")
    else:
        said = " · ".join([said, *_apart(act)])
    go = reverse("bulk:look", args=[act.pk]) if open_act or act.failed or act.held else url
    undo = reverse("undo:act", args=[act.reversal_id]) if act.reversal_id and not open_act else ""
    answer = HttpResponse(status=204, headers={"HX-Redirect": go}) if is_partial(request) else redirect(go)
    return toast(request, answer, said, undo=undo)


def _apart(act: BulkAct) -> list[str]:
    """How many rows the act did not touch, and in which way."""
    held = ngettext("%(count)s held back by lot", "%(count)s held back by lot", act.held)
    alone = ngettext("%(count)s left alone", "%(count)s left alone", act.failed)
    return [said % {"count": count} for said, count in ((held, act.held), (alone, act.failed)) if count]


def back(request: HttpRequest, url: str, said: str, *, changed: str = "", tone: str = "") -> HttpResponse:
    """Close the dialog and announce what changed; without script go to the record's page."""
    if is_partial(request) and not tone:
        return done(request, said, changed=changed)
    if is_partial(request):
        return toast(request, HttpResponse(status=204), said, tone=tone)
    messages.add_message(request, messages.ERROR if tone == "bad" else messages.SUCCESS, said)
    return redirect(url or "/")
