"""Acts on chosen records of an object: first the question and what would be refused, then the act."""

from __future__ import annotations

from typing import Any

from django import forms as django_forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods

from kajing.customers.views.exporting import export_page
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.objects import forms, services
from kajing.objects.choices import ASSIGN, EXPORT, WORK
from kajing.objects.models import ObjectDefinition
from kajing.objects.services import many
from kajing.objects.views.common import chosen, object_of, owners
from kajing.records.selectors import name_rows
from kajing.records.selectors import tags as known_tags
from kajing.records.services.bulk import LOOKED_AT, MOST
from kajing.records.views.common import bulk_answer
from kajing.ui.answers import is_partial

TITLES = {
    many.FIELD: gettext_lazy("Set a field"),
    many.REASSIGN: gettext_lazy("Hand records on"),
    many.REMOVE: gettext_lazy("Remove records"),
    many.TAG: gettext_lazy("Tag records"),
    many.UNTAG: gettext_lazy("Tag records"),
}


@require_http_methods(["GET", "POST"])
@needs(WORK)
def field(request: HttpRequest, code: str) -> HttpResponse:
    """One own field of all chosen records."""
    about = object_of(request, code, "edits")
    offered = [(name, one.label) for name, one in many.fields_for_many(request.user, about.kind).items()]
    return _many(request, about, many.FIELD, forms.ManyFieldForm(_sent(request, "field"), fields=offered))


@require_http_methods(["GET", "POST"])
@needs(ASSIGN)
def owner(request: HttpRequest, code: str) -> HttpResponse:
    """All chosen records go to somebody else."""
    about = object_of(request, code, "edits")
    return _many(
        request, about, many.REASSIGN, forms.ManyOwnerForm(_sent(request, "owner"), owners=owners(request.user))
    )


@require_http_methods(["GET", "POST"])
@needs("records.tag")
def tag(request: HttpRequest, code: str) -> HttpResponse:
    """A tag for all chosen records, put on or taken off."""
    about = object_of(request, code)
    off = request.POST.get("off") in {"on", "1"}
    return _many(request, about, many.UNTAG if off else many.TAG, forms.ManyTagForm(_sent(request, "tag")))


@require_http_methods(["GET", "POST"])
@needs(WORK)
def remove(request: HttpRequest, code: str) -> HttpResponse:
    """All chosen records leave the lists."""
    about = object_of(request, code, "edits")
    return _many(request, about, many.REMOVE, forms.ReasonForm(_sent(request, "reason")))


@require_http_methods(["GET", "POST"])
@needs(EXPORT)
def export(request: HttpRequest, code: str) -> HttpResponse:
    """The chosen records as a file, masked as on the screen."""
    return export_page(request, chosen(request, object_of(request, code)), "objects:export", code)


def _sent(request: HttpRequest, name: str) -> Any:
    """The form's data once it was filled in; the first request comes from the bulk bar and brings rows only."""
    return request.POST if name in request.POST else None


def _many(request: HttpRequest, about: ObjectDefinition, kind: str, form: django_forms.Form) -> HttpResponse:
    """Nothing is done while rows would be refused, until the person says to go on without them."""
    rows = chosen(request, about)
    refused: list[Any] = []
    if form.is_bound and form.is_valid():
        asked: dict[str, Any] = {
            "actor": request.user, "kind": kind, "of": about.kind, "ids": rows.keys(MOST), "params": form.cleaned_data,
            "at": timezone.now(),
        }  # fmt: skip
        try:
            failed = {} if "without" in request.POST else services.look_at_many(**asked)
            if not failed:
                act = services.act_on_many(**asked)
                said = ngettext("%(count)s record changed", "%(count)s records changed", act.done)
                return bulk_answer(request, act, f"{rows.spec.url}?{rows.address}", said % {"count": act.done})
            refused = name_rows(request.user, about.kind, {str(pk): said for pk, said in failed.items()})
        except DomainError as error:
            form.add_error(None, str(error))
    count = min(rows.count, MOST)
    data = {
        "form": form, "chosen": rows, "refused": refused, "title": TITLES[kind], "url": request.path,
        "left": count - len(refused), "tried": LOOKED_AT if count > LOOKED_AT else 0,
        "known_tags": known_tags()[:200] if kind in {many.TAG, many.UNTAG} else (),
    }  # fmt: skip
    template = "objects/many.html#dialog" if is_partial(request) else "objects/many.html"
    return render(request, template, data, status=422 if form.is_bound and (form.errors or refused) else 200)
