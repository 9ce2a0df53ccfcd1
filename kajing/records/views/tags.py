"""Tags: on one record, and the tags themselves."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_POST

from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.records import panels, selectors, services
from kajing.records.forms import TagForm
from kajing.records.views.common import back, record_of
from kajing.ui.answers import is_partial, toast

TAG = "records.tag"
SHAPE = "records.manage_tags"


@require_POST
@needs(TAG)
def put(request: HttpRequest, kind: str, object_id: str) -> HttpResponse:
    """Put a tag on a record."""
    return _change(request, kind, object_id, services.tag)


@require_POST
@needs(TAG)
def take(request: HttpRequest, kind: str, object_id: str) -> HttpResponse:
    """Take a tag off a record."""
    return _change(request, kind, object_id, services.untag)


def _change(request: HttpRequest, kind: str, object_id: str, act: object) -> HttpResponse:
    on = record_of(request, kind, object_id)
    try:
        act(actor=request.user, kind=kind, ids=[object_id], name=request.POST.get("tag", ""), at=timezone.now())  # type: ignore[operator]
    except DomainError as error:
        if is_partial(request):
            return toast(request, _panel(request, kind, object_id), str(error), tone="bad")
        return back(request, on.url(object_id), str(error), tone="bad")
    return _panel(request, kind, object_id) if is_partial(request) else redirect(on.url(object_id) or "/")


def _panel(request: HttpRequest, kind: str, object_id: str) -> HttpResponse:
    on = record_of(request, kind, object_id)
    return render(request, "records/panels/fields.html", panels.fields_panel(on, request.user, object_id))


@require_GET
@needs(SHAPE)
def tags(request: HttpRequest) -> HttpResponse:
    """Every tag with its colour and how often it is used."""
    rows = list(selectors.counted())
    forms = [TagForm(initial={"name": one.name, "colour": one.colour}, prefix=f"t{one.pk}") for one in rows]
    data = {"rows": list(zip(rows, forms, strict=True)), "tags": rows}
    return render(request, "records/tags.html", data)


@require_POST
@needs(SHAPE)
def shape(request: HttpRequest, tag_id: int) -> HttpResponse:
    """Another name or colour."""
    found = get_object_or_404(selectors.counted(), pk=tag_id)
    form = TagForm(request.POST, prefix=f"t{tag_id}")
    try:
        if not form.is_valid():
            raise services.CannotTag(
                _("A tag has 1 to 30 characters, without commas, semicolons and exclamation marks.")
            )
        services.shape_tag(actor=request.user, tag=found, at=timezone.now(), **form.cleaned_data)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Tag saved"))
    return redirect("record:tags")


@require_POST
@needs(SHAPE)
def merge(request: HttpRequest, tag_id: int) -> HttpResponse:
    """Let a tag go into another."""
    found = get_object_or_404(selectors.counted(), pk=tag_id)
    chosen = request.POST.get("into", "")
    into = selectors.counted().filter(pk=int(chosen)).first() if chosen.isdecimal() and len(chosen) < 10 else None
    try:
        if into is None:
            raise services.CannotTag(_("Choose another tag to merge into."))
        moved = services.merge_tags(actor=request.user, tag=found, into=into, at=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
    else:
        said = ngettext("Merged; %(count)s record changed", "Merged; %(count)s records changed", moved)
        messages.success(request, said % {"count": moved})
    return redirect("record:tags")


@require_POST
@needs(SHAPE)
def delete(request: HttpRequest, tag_id: int) -> HttpResponse:
    """A tag that nothing carries goes."""
    found = get_object_or_404(selectors.counted(), pk=tag_id)
    try:
        services.delete_tag(actor=request.user, tag=found, at=timezone.now())
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Tag deleted"))
    return redirect("record:tags")
