"""Shaping the bank's own fields: add one, change it, say what each role may do, archive it."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.records import selectors, services
from kajing.records.forms import FieldForm
from kajing.records.kinds import KINDS
from kajing.records.models import FieldDefinition

RIGHT = "records.manage_fields"


@require_GET
@needs(RIGHT)
def fields(request: HttpRequest) -> HttpResponse:
    """Every field by kind of record."""
    rows = list(selectors.definitions())
    kinds = [(kind, [row for row in rows if row.kind == kind.name]) for kind in KINDS.everything()]
    return render(request, "records/fields.html", {"kinds": kinds})


@require_http_methods(["GET", "POST"])
@needs(RIGHT)
def new(request: HttpRequest) -> HttpResponse:
    """Add a field."""
    form = (
        FieldForm(data=request.POST) if request.method == "POST" else FieldForm(None, kind=request.GET.get("kind", ""))
    )
    if form.is_bound and form.is_valid():
        try:
            made = _add(request, form)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(
                request, _("Field %(label)s added: it is in forms, lists and filters now") % {"label": made.label}
            )
            return redirect("record:fields")
    return render(request, "records/field.html", {"form": form, "field": None}, status=422 if form.is_bound else 200)


def _add(request: HttpRequest, form: FieldForm) -> FieldDefinition:
    first, *others = form.places()
    data = form.cleaned_data
    made = services.define_field(
        actor=request.user, kind=data["kind"], name=data["name"], type=data["type"], at=timezone.now(),
        section=first["section"], place=first["place"], access={"": first["access"]}, **form.about(),
    )  # fmt: skip
    for place in others:
        if place["access"]:
            services.place_field(actor=request.user, field=made, at=timezone.now(), **place)
    return made


@require_http_methods(["GET", "POST"])
@needs(RIGHT)
def field(request: HttpRequest, field_id: int) -> HttpResponse:
    """One field: its definition and what each role may do."""
    found = get_object_or_404(selectors.definitions(), pk=field_id)
    form = FieldForm(found, data=request.POST) if request.method == "POST" else FieldForm(found)
    if form.is_bound and form.is_valid():
        version = request.POST.get("version", "")
        try:
            services.reshape_field(
                actor=request.user, field=found, version=int(version) if version.isdecimal() else 0,
                places=list(form.places()), at=timezone.now(), **form.about(),
            )  # fmt: skip
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Field saved"))
            return redirect("record:fields")
    return render(request, "records/field.html", {"form": form, "field": found}, status=422 if form.is_bound else 200)


@require_POST
@needs(RIGHT)
def archive(request: HttpRequest, field_id: int) -> HttpResponse:
    """Take a field out of use, or bring it back."""
    found = get_object_or_404(selectors.definitions(), pk=field_id)
    act = services.restore_field if found.archived_at else services.archive_field
    act(actor=request.user, field=found, at=timezone.now())
    messages.success(request, _("Field brought back") if found.archived_at else _("Field archived; its values stay"))
    return redirect("record:fields")
