"""The inbox and how one wants to be told. Every act works as a plain form and as a partial request."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.notifications import forms, selectors, services
from kajing.notifications.models import Notification
from kajing.ui.answers import toast, trigger

OWN = "notifications.read_own"


@require_GET
@needs(OWN)
def inbox(request: HttpRequest) -> HttpResponse:
    """What came in, by day; `?kind= ?unread=1 ?show=snoozed|done ?q=`."""
    return render(request, "notifications/inbox.html", _inbox(request))


@require_GET
@needs(OWN)
def items(request: HttpRequest) -> HttpResponse:
    """The items alone, for a refresh after an act."""
    return render(request, "notifications/inbox.html#items", _inbox(request))


def _inbox(request: HttpRequest) -> dict[str, Any]:
    query = {name: request.GET.get(name, "") for name in ("kind", "unread", "show", "q")}
    found = selectors.inbox(
        request.user, at=timezone.now(), kind=query["kind"], unread=query["unread"] == "1", show=query["show"] or "open"
    )
    rows = selectors.found_by_text(found, query["q"]) if query["q"] else list(found[: selectors.PAGE])
    return {
        "days": selectors.by_day(rows),
        "kinds": selectors.kinds_present(request.user),
        "asked": query,
        "query": urlencode({name: value for name, value in query.items() if value}),
        "snooze_form": forms.SnoozeForm(),
    }


@require_POST
@needs(OWN)
def open_item(request: HttpRequest, pk: int) -> HttpResponse:
    """Read it and go where it leads."""
    item = services.mark_read(actor=request.user, item=_item(request, pk), at=timezone.now())
    return HttpResponseRedirect(item.url if item.url.startswith("/") else reverse("notifications:inbox"), status=303)


@require_POST
@needs(OWN)
def finish(request: HttpRequest, pk: int) -> HttpResponse:
    """Out of the inbox."""
    item = services.mark_done(actor=request.user, item=_item(request, pk), at=timezone.now())
    return _answer(request, _("Done"), undo=reverse("notifications:back", args=[item.pk]))


@require_POST
@needs(OWN)
def back(request: HttpRequest, pk: int) -> HttpResponse:
    """Undo of done or snooze."""
    services.bring_back(actor=request.user, item=_item(request, pk), at=timezone.now())
    return _answer(request, _("Back in the inbox"))


@require_POST
@needs(OWN)
def snooze(request: HttpRequest, pk: int) -> HttpResponse:
    """Hide it for a while."""
    form = forms.SnoozeForm(request.POST)
    item = _item(request, pk)
    if not form.is_valid():
        return _answer(request, _("Choose how long."), tone="bad")
    at = timezone.now()
    services.snooze(actor=request.user, item=item, until=form.until(at), at=at)
    return _answer(request, _("Snoozed"), undo=reverse("notifications:back", args=[item.pk]))


@require_POST
@needs(OWN)
def finish_all(request: HttpRequest) -> HttpResponse:
    """Empty the inbox, of one kind or of all."""
    count = services.mark_all_done(actor=request.user, at=timezone.now(), kind=request.POST.get("kind", ""))
    return _answer(request, ngettext("%(n)s item done", "%(n)s items done", count) % {"n": count})


@require_http_methods(["GET", "POST"])
@needs(OWN)
def preferences(request: HttpRequest) -> HttpResponse:
    """Per kind: in the app, also by e-mail, or not at all."""
    kinds = selectors.choices(request.user)
    form = forms.ChannelsForm(request.POST or None, kinds=kinds)
    if request.method == "POST" and form.is_valid():
        try:
            services.choose_channels(actor=request.user, channels=form.cleaned_data, at=timezone.now())
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return toast(request, redirect("notifications:preferences"), _("Settings saved"))
    status = 422 if form.is_bound and not form.is_valid() else 200
    return render(request, "notifications/preferences.html", {"form": form}, status=status)


def _item(request: HttpRequest, pk: int) -> Notification:
    return get_object_or_404(selectors.notifications(request.user), pk=pk)


def _answer(request: HttpRequest, said: str, *, undo: str = "", tone: str = "") -> HttpResponse:
    # Any script's request, undo's too, which names no target.
    if request.htmx:  # type: ignore[attr-defined]
        news = {"text": said, "undo": undo, "tone": tone}
        return trigger(HttpResponse(status=204), inbox_changed=True, toast=news)
    answer = HttpResponseRedirect(reverse("notifications:inbox"), status=303)
    return toast(request, answer, said, undo=undo, tone=tone)
