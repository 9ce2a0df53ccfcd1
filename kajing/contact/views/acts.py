"""Acts on one contact from its page: start, check in, move, call off, note, photo."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from kajing.contact import forms, services
from kajing.contact.models import Interaction
from kajing.contact.views.pages import LOG, VIEW, _contact, _detail
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.org.later import with_moment
from kajing.ui.answers import is_partial, toast


@require_POST
@needs(LOG)
def begin(request: HttpRequest, pk: int) -> HttpResponse:
    """Start a planned call: the sheet goes on with it."""
    contact = _contact(request, pk)

    def act() -> Interaction:
        return services.start_contact(
            actor=request.user, customer=contact.customer, channel=contact.channel, purpose=contact.purpose,
            plan=contact, at=timezone.now(),
        )  # fmt: skip

    return _act(request, contact, act, _("Started"), url=reverse("contact:call-sheet", args=[contact.customer_id]))


@require_POST
@needs(LOG)
def check_in(request: HttpRequest, pk: int) -> HttpResponse:
    """At the door: place and time."""
    contact, form = _contact(request, pk), forms.CheckInForm(request.POST)
    if not form.is_valid():
        return _detail(request, contact, status=422, check_form=form)
    now, place = timezone.now(), form.where()
    if place.known:
        place = replace(place, words=with_moment(request, place.words, now)[:200])
    return _act(
        request, contact, lambda: services.check_in(actor=request.user, contact=contact, place=place, at=now),
        _("Checked in"),
    )  # fmt: skip


@require_POST
@needs(LOG)
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Another time for a plan."""
    contact, form = _contact(request, pk), forms.MoveForm(request.POST)
    if not form.is_valid():
        return _detail(request, contact, status=422, move_form=form)
    planned_at = form.cleaned_data["planned_at"]
    return _act(
        request, contact,
        lambda: services.move_plan(actor=request.user, contact=contact, planned_at=planned_at, at=timezone.now()),
        _("Moved"),
    )  # fmt: skip


@require_POST
@needs(LOG)
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Call a plan off."""
    contact, form = _contact(request, pk), forms.CallOffForm(request.POST)
    if not form.is_valid():
        return _detail(request, contact, status=422, off_form=form)
    return _act(
        request, contact,
        lambda: services.cancel_plan(
            actor=request.user, contact=contact, at=timezone.now(), reason=form.cleaned_data["reason"]
        ),
        _("Called off"),
    )  # fmt: skip


@require_POST
@needs(LOG)
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the note and the material's version."""
    contact, form = _contact(request, pk), forms.NoteForm(request.POST)
    if not form.is_valid():
        return _detail(request, contact, status=422, note_form=form)
    return _act(
        request, contact,
        lambda: services.note_contact(actor=request.user, contact=contact, at=timezone.now(), **form.cleaned_data),
        _("Saved"),
    )  # fmt: skip


@require_POST
@needs(LOG)
def photo(request: HttpRequest, pk: int) -> HttpResponse:
    """A photo of a visit."""
    contact, form = _contact(request, pk), forms.PhotoForm(request.POST, request.FILES)
    if not form.is_valid():
        return _detail(request, contact, status=422, photo_form=form)
    return _act(
        request, contact,
        lambda: services.attach_photo(
            actor=request.user, contact=contact, file=form.cleaned_data["photo"], at=timezone.now()
        ),
        _("Photo kept"),
    )  # fmt: skip


@require_GET
@needs(VIEW)
def picture(request: HttpRequest, pk: int) -> HttpResponse:
    """The photo of a visit; never kept by the browser."""
    found = services.show_photo(actor=request.user, contact=_contact(request, pk), at=timezone.now())
    if found is None:
        raise Http404
    answer = HttpResponse(found[0], content_type=found[1], headers={"X-Content-Type-Options": "nosniff"})
    answer.headers["Cache-Control"] = "no-store"
    return answer


@require_POST
@needs("contact.keep_recording")
def legal_hold(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep a recording past its time, or let it go again."""
    contact, keep = _contact(request, pk), request.POST.get("keep") == "1"
    reason = request.POST.get("reason", "")[:400]
    return _act(
        request, contact,
        lambda: services.keep_recording(
            actor=request.user, contact=contact, keep=keep, reason=reason, at=timezone.now()
        ),
        _("Saved"),
    )  # fmt: skip


def _act(
    request: HttpRequest, contact: Interaction, act: Callable[[], Any], said: str, *, url: str = ""
) -> HttpResponse:
    try:
        act()
    except DomainError as error:
        return _detail(request, _contact(request, contact.pk), error=str(error) or _("You may not do this."),
                       status=error.status)  # fmt: skip
    if is_partial(request) and not url:
        return toast(request, _detail(request, _contact(request, contact.pk)), said)
    answer = HttpResponseRedirect(url or reverse("contact:detail", args=[contact.pk]), status=303)
    if is_partial(request):
        answer = HttpResponse(headers={"HX-Redirect": url})  # type: ignore[assignment]
    return toast(request, answer, said)
