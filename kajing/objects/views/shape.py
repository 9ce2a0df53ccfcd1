"""Shaping objects: which there are, a new one, one changed, one switched off."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.objects import selectors, services
from kajing.objects.choices import MANAGE
from kajing.objects.forms import ObjectForm


@require_GET
@needs(MANAGE)
def index(request: HttpRequest) -> HttpResponse:
    """Every object, switched-off ones last."""
    return render(request, "objects/shape.html", {"rows": selectors.definitions()})


@require_http_methods(["GET", "POST"])
@needs(MANAGE)
def new(request: HttpRequest) -> HttpResponse:
    """Define an object."""
    form = ObjectForm(None, data=request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        data = form.cleaned_data
        try:
            made = services.define_object(
                actor=request.user, code=data["code"], belongs=data["belongs"], at=timezone.now(), **form.about()
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            said = _("Object %(name)s is there. Give it fields; its list, import and API are ready.")
            messages.success(request, said % {"name": made.name})
            return redirect("objects:definition", made.code)
    return _page(request, form, None)


@require_http_methods(["GET", "POST"])
@needs(MANAGE)
def one(request: HttpRequest, code: str) -> HttpResponse:
    """One object: its definition, its fields, and the way to its layouts."""
    about = get_object_or_404(selectors.definitions(), code=code)
    form = ObjectForm(about, data=request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        version = request.POST.get("version", "")
        try:
            services.change_object(
                actor=request.user, about=about, version=int(version) if version.isdecimal() else 0,
                at=timezone.now(), **form.about(),
            )  # fmt: skip
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Object saved"))
            return redirect("objects:shape")
    return _page(request, form, about)


@require_POST
@needs(MANAGE)
def switch(request: HttpRequest, code: str) -> HttpResponse:
    """Switch an object off with its records kept, or on again."""
    about = get_object_or_404(selectors.definitions(), code=code)
    on = about.archived_at is not None
    services.switch_object(actor=request.user, about=about, on=on, at=timezone.now())
    messages.success(request, _("Object switched on") if on else _("Object switched off; its records stay"))
    return redirect("objects:shape")


def _page(request: HttpRequest, form: ObjectForm, about: Any) -> HttpResponse:
    fields = selectors.fields_for_shaping(about) if about else []
    data = {"form": form, "about": about, "fields": fields}
    return render(request, "objects/definition.html", data, status=422 if form.is_bound else 200)
