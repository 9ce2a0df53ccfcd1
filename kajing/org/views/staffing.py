"""Pages for who runs the system: a new joiner, a move, somebody who is back, a new unit, a unit merged into another."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.org import forms, selectors, services
from kajing.org.views.people import act, other
from kajing.ui.answers import toast


@require_http_methods(["GET", "POST"])
@needs("org.manage")
def join(request: HttpRequest) -> HttpResponse:
    """A new joiner: number, sign-in name, role, place in the tree, and a first password."""
    today = timezone.localdate()
    unit = request.GET.get("unit", "")
    form = forms.JoinForm(request.POST or None, on=today, initial={"hired_on": today, "unit": unit})
    if request.method == "POST" and _done(request, form, services.add_person):
        return toast(request, redirect("org:person", form.cleaned_data["person_no"]), _("Person added"))
    return render(request, "org/join.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs("org.manage")
def found_unit(request: HttpRequest) -> HttpResponse:
    """A new unit below another."""
    today = timezone.localdate()
    initial = {"valid_from": today, "parent": request.GET.get("unit", "")}
    form = forms.UnitForm(request.POST or None, on=today, initial=initial)
    if request.method == "POST" and _done(request, form, services.add_unit):
        return toast(request, redirect("org:index"), _("Unit added"))
    return render(request, "org/unit.html", {"form": form}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs("org.manage")
def merge_unit(request: HttpRequest, unit_code: str) -> HttpResponse:
    """Close a unit in favour of another, from a day on."""
    today = timezone.localdate()
    unit = get_object_or_404(selectors.units(selectors.asker(request), today), pk=unit_code)
    form = forms.MergeForm(request.POST or None, on=today, initial={"on": today})
    if request.method == "POST" and _done(request, form, services.merge_unit, unit=unit):
        return toast(request, redirect("org:index"), _("Unit closed"))
    return render(request, "org/merge_unit.html", {"form": form, "unit": unit}, status=422 if form.errors else 200)


def _done(request: HttpRequest, form: Any, service: Any, **more: Any) -> bool:
    """Run a service on a valid form; what it refuses stands in the form."""
    if not form.is_valid():
        return False
    actor = selectors.asker(request).person_no
    try:
        service(actor=actor, at=timezone.now(), **form.cleaned_data, **more)
    except (DomainError, ValidationError) as error:
        form.add_error(None, error.messages if isinstance(error, ValidationError) else str(error))
        return False
    return True


@require_POST
@needs("org.manage")
def move(request: HttpRequest, person_no: str) -> HttpResponse:
    """Let somebody work in another unit."""
    form = forms.MoveForm(request.POST, on=timezone.localdate())
    return act(request, other(request, person_no), form, services.move_person, _("Works in the new unit"))


@require_POST
@needs("org.manage")
def come_back(request: HttpRequest, person_no: str) -> HttpResponse:
    """Somebody who left works here again."""
    form = forms.ReturnForm(request.POST)
    return act(request, other(request, person_no), form, services.return_to_work, _("Back at work"))
