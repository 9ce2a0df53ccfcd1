"""Planned visits: planned from anywhere, moved in the calendar, driven in the order of the day."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kajing.contact import forms, selectors, services
from kajing.contact.models import Interaction
from kajing.contact.views.pages import LOG, VIEW, _contact
from kajing.customers.selectors import customer, shown_name
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.lib.periods import SHANGHAI
from kajing.ui import formats
from kajing.ui.answers import is_partial, toast, trigger

MORNING = time(10, 0)


@require_GET
@needs(VIEW)
def route(request: HttpRequest) -> HttpResponse:
    """The visits of a day, by time or district by district."""
    at, by = timezone.now(), request.GET.get("by", "")
    day = _day(request.GET.get("day", ""), timezone.localdate(at))
    found = selectors.route(request.user, day, at, by_district=by == "district")
    return render(request, "contact/route.html", {"route": found, "by": by, "today": timezone.localdate(at)})


@require_http_methods(["GET", "POST"])
@needs(LOG)
def new_visit(request: HttpRequest) -> HttpResponse:
    """Plan a visit to a customer that is looked up here."""
    form = forms.VisitForm(request.POST or None, initial=_initial(request))
    if request.method == "POST" and form.is_valid():
        made = _plan(request, form)
        if made is not None:
            return _planned(request, made)
    return _form(request, form)


def _plan(request: HttpRequest, form: forms.VisitForm) -> Interaction | None:
    data = dict(form.cleaned_data)
    about = customer(request.user, data.pop("customer"))
    if about is None:
        form.add_error("customer", _("There is no customer of yours with this number. Look them up by name."))
        return None
    try:
        return services.plan_contact(actor=request.user, customer=about, channel="VISIT", at=timezone.now(), **data)
    except DomainError as error:
        form.add_error(None, str(error) or _("You may not do this."))
        return None


def _planned(request: HttpRequest, made: Interaction) -> HttpResponse:
    url = reverse("contact:detail", args=[made.pk])
    said = _("Visit planned for %(moment)s") % {"moment": formats.minute(made.at)}
    if not is_partial(request):
        return toast(request, HttpResponseRedirect(url, status=303), said)
    told = {"dialog_close": True, "calendar_changed": True, "contacts_changed": True}
    return toast(request, trigger(HttpResponse(status=204), **told), said)


def _form(request: HttpRequest, form: forms.VisitForm) -> HttpResponse:
    number = str(form["customer"].value() or "")
    chosen = customer(request.user, number[:64]) if number and "\0" not in number else None
    data = {
        "form": form, "districts": list(selectors.districts(request.user)), "chosen": chosen,
        "name": shown_name(request.user, chosen) if chosen else "",
    }  # fmt: skip
    template = "contact/visit_new.html#form" if is_partial(request) else "contact/visit_new.html"
    return render(request, template, data, status=422 if form.is_bound else 200)


def _initial(request: HttpRequest) -> dict[str, Any]:
    tomorrow = timezone.localdate() + timedelta(days=1)
    day = max(_day(request.GET.get("day", ""), tomorrow), timezone.localdate())
    return {
        "customer": request.GET.get("customer", "")[:64], "purpose": "SERVICE",
        "planned_at": datetime.combine(day, MORNING, SHANGHAI),
    }  # fmt: skip


@require_http_methods(["GET", "POST"])
@needs(LOG)
def shift(request: HttpRequest, pk: int) -> HttpResponse:
    """Another time for a plan, from the calendar: by a form, or dropped on a day (`quick`), with a way back."""
    contact = _contact(request, pk)
    form = forms.MoveForm(_sent(request), initial={"planned_at": contact.planned_at})
    if not (form.is_bound and form.is_valid()):
        why = form.errors["planned_at"][0] if form.is_bound else ""
        return _refused(request, str(why)) if why and _quick(request) else _shift_form(request, contact, form)
    before = contact.at
    try:
        moved = services.move_plan(
            actor=request.user, contact=contact, planned_at=form.cleaned_data["planned_at"], at=timezone.now()
        )
    except DomainError as error:
        why = str(error) or _("You may not do this.")
        if _quick(request):
            return _refused(request, why)
        form.add_error(None, why)
        return _shift_form(request, contact, form)
    return _shifted(request, moved, before)


def _shifted(request: HttpRequest, moved: Interaction, before: datetime) -> HttpResponse:
    back = f"{before.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}"
    undo = f"{reverse('contact:shift', args=[moved.pk])}?planned_at={back}" if before > timezone.now() else ""
    said = _("Moved to %(moment)s") % {"moment": formats.minute(moved.at)}
    if not is_partial(request):
        return toast(request, HttpResponseRedirect(reverse("contact:detail", args=[moved.pk]), status=303), said)
    told = {"dialog_close": True, "calendar_changed": True, "contacts_changed": True}
    return toast(request, trigger(HttpResponse(status=204), **told), said, undo=undo)


def _sent(request: HttpRequest) -> Any:
    """What was posted; "undo" posts its time in the address."""
    if request.method != "POST":
        return None
    return request.POST if "planned_at" in request.POST else request.GET


def _quick(request: HttpRequest) -> bool:
    """Dropped on a day, or undone: there is no form to show an error in."""
    return request.POST.get("quick") == "1" or "planned_at" in request.GET


def _refused(request: HttpRequest, why: str) -> HttpResponse:
    """The entry goes back to its day, and the page says why."""
    answer = trigger(HttpResponse(status=204), calendar_changed=True)
    return toast(request, answer, why, tone="bad") if is_partial(request) else HttpResponse(why, status=409)


def _shift_form(request: HttpRequest, contact: Interaction, form: forms.MoveForm) -> HttpResponse:
    data = {"form": form, "contact": contact, "name": shown_name(request.user, contact.customer)}
    template = "contact/shift.html#form" if is_partial(request) else "contact/shift.html"
    return render(request, template, data, status=422 if form.is_bound else 200)


def _day(text: str, otherwise: date) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return otherwise
    return day if 2000 <= day.year <= 2100 else otherwise
