"""The list of contacts, one contact, and the forms that log, plan and allow."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms as django_forms
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from kajing.contact import forms, lists, selectors, services
from kajing.contact.models import Interaction
from kajing.customers.models import Customer
from kajing.customers.selectors import customer, shown_name
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.org.selectors import person as person_of
from kajing.ui.answers import done, is_partial, toast

VIEW, LOG, OVERRIDE = "contact.view", "contact.log", "contact.override"


@require_GET
@needs(VIEW)
def contact_list(request: HttpRequest) -> HttpResponse:
    """The list under the filters of its address."""
    template = "contact/list.html#rows" if is_partial(request) else "contact/list.html"
    return render(request, template, lists.page(request.user, request.GET, timezone.now()))


@require_GET
@needs(VIEW)
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One contact with everything one can do with it."""
    return _detail(request, _contact(request, pk))


def _detail(
    request: HttpRequest, contact: Interaction, *, error: str = "", status: int = 200, **bound: Any
) -> HttpResponse:
    mine = selectors.may_change(request.user, contact)
    data = {
        "contact": contact,
        "name": shown_name(request.user, contact.customer),
        "may_change": mine and request.user.has_perm(LOG),
        "may_keep": request.user.has_perm("contact.keep_recording"),
        "note_form": forms.NoteForm(
            initial={"note": contact.note, "material_version": contact.material_version, "version": contact.version}
        ),
        "move_form": forms.MoveForm(initial={"planned_at": contact.planned_at}),
        "check_form": forms.CheckInForm(initial={"place": contact.place}),
        "photo_form": forms.PhotoForm(),
        "off_form": forms.CallOffForm(),
        "error": error,
        **bound,
    }
    template = "contact/detail.html#contact" if is_partial(request) else "contact/detail.html"
    return render(request, template, data, status=status)


@require_http_methods(["GET", "POST"])
@needs(LOG)
def log(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Enter a contact that happened already."""
    about = _customer(request, customer_id)
    initial = {"began_at": timezone.localtime(), "direction": "OUT", "outcome": "REACHED", "channel": "PHONE"}
    form = forms.LogForm(request.POST or None, initial={**initial, **_asked(request)})
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        minutes = data.pop("minutes") or 0
        try:
            contact = services.log_contact(
                actor=request.user, customer=about, at=timezone.now(),
                ended_at=data["began_at"] + timedelta(minutes=minutes), **data,
            )  # fmt: skip
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return _after(request, _("Contact logged"), reverse("contact:detail", args=[contact.pk]))
    return _form(request, form, "contact:log", about, _("Log a contact"), _("Log it"))


@require_http_methods(["GET", "POST"])
@needs(LOG)
def plan(request: HttpRequest, customer_id: str) -> HttpResponse:
    """Plan a call or visit."""
    about = _customer(request, customer_id)
    initial = {"channel": "VISIT", "purpose": "CARE", "planned_at": _tomorrow(timezone.localtime())}
    form = forms.PlanForm(request.POST or None, initial={**initial, **_asked(request)})
    if request.method == "POST" and form.is_valid():
        try:
            contact = services.plan_contact(actor=request.user, customer=about, at=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return _after(request, _("Contact planned"), reverse("contact:detail", args=[contact.pk]))
    return _form(request, form, "contact:plan", about, _("Plan a contact"), _("Plan it"))


@require_http_methods(["GET", "POST"])
@needs(OVERRIDE)
def override(request: HttpRequest, customer_id: str) -> HttpResponse:
    """A leader's decision about one contact."""
    about = _customer(request, customer_id)
    people = [(one.person_no, f"{one.name} {one.person_no}") for one in selectors.askers(request.user, about.pk)]
    asked = {name: request.GET[name] for name in ("person", "channel", "purpose") if name in request.GET}
    form = forms.OverrideForm(request.POST or None, people=people, initial={"channel": "PHONE", **asked})
    if request.method == "POST" and form.is_valid():
        try:
            services.grant_override(
                actor=request.user, person=_person(form.cleaned_data.pop("person")), customer=about,
                at=timezone.now(), **form.cleaned_data,
            )  # fmt: skip
        except DomainError as error:
            form.add_error(None, str(error) or _("You may not decide this."))
        else:
            return _after(request, _("One contact is allowed"), reverse("contact:call-sheet", args=[about.pk]))
    return _form(request, form, "contact:override", about, _("Allow one contact"), _("Allow one contact"))


def _person(person_no: str) -> Any:
    found = person_of(person_no)
    if found is None:
        raise Http404
    return found


def _asked(request: HttpRequest) -> dict[str, str]:
    return {name: request.GET[name] for name in ("channel", "purpose", "outcome", "direction") if name in request.GET}


def _tomorrow(now: datetime) -> datetime:
    return (now + timedelta(days=1)).replace(hour=10, minute=0, second=0, microsecond=0)


def _form(
    request: HttpRequest, form: django_forms.Form, name: str, about: Customer, title: str, button: str
) -> HttpResponse:
    template = "contact/form.html#form" if is_partial(request) else "contact/form.html"
    data = {
        "form": form, "title": title, "button": button, "url": reverse(name, args=[about.pk]), "customer": about,
        "name": shown_name(request.user, about),
        "districts": list(selectors.districts(request.user)) if "district" in form.fields else [],
    }  # fmt: skip
    return render(request, template, data, status=422 if form.is_bound else 200)


def _after(request: HttpRequest, text: str, url: str) -> HttpResponse:
    if is_partial(request):
        return done(request, text, changed="contacts")
    return toast(request, HttpResponseRedirect(url, status=303), text)


def _customer(request: HttpRequest, customer_id: str) -> Customer:
    found = customer(request.user, customer_id)
    if found is None:
        raise Http404
    return found


def _contact(request: HttpRequest, pk: int) -> Interaction:
    found: Interaction = get_object_or_404(
        selectors.contacts(request.user).select_related("customer__figures", "customer__unit", "person", "override"),
        pk=pk,
    )
    return found
