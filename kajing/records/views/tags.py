"""Tags: on one record, and the tags themselves."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.records import panels, selectors, services
from kajing.records.forms import MergeForm, TagForm
from kajing.records.models import Tag
from kajing.records.views.common import back, dialog, record_of
from kajing.ui.answers import fresh_page, is_partial, toast

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
    """Every tag with its colour and how often it is used, a page at a time."""
    page = selectors.tags_page(request.GET.get("search", ""), request.GET.get("page", ""))
    return render(request, "records/tags.html", {"page": page})


@require_http_methods(["GET", "POST"])
@needs(SHAPE)
def shape(request: HttpRequest, tag_id: int) -> HttpResponse:
    """The dialog of one tag; another name or colour."""
    found = get_object_or_404(selectors.counted(), pk=tag_id)
    if request.method == "GET":
        return _ask(request, found, TagForm(initial={"name": found.name, "colour": found.colour}))
    form = TagForm(request.POST)
    if form.is_valid():
        try:
            services.shape_tag(actor=request.user, tag=found, at=timezone.now(), **form.cleaned_data)
        except DomainError as error:
            form.add_error("name", str(error))
        else:
            return _done(request, _("Tag saved"))
    return _ask(request, found, form)


@require_POST
@needs(SHAPE)
def merge(request: HttpRequest, tag_id: int) -> HttpResponse:
    """Let a tag go into another."""
    found = get_object_or_404(selectors.counted(), pk=tag_id)
    form = MergeForm(request.POST, others=selectors.other_tags(found))
    if form.is_valid():
        into = get_object_or_404(selectors.tags(), pk=form.cleaned_data["into"])
        try:
            moved = services.merge_tags(actor=request.user, tag=found, into=into, at=timezone.now())
        except DomainError as error:
            form.add_error("into", str(error))
        else:
            said = ngettext("Merged; %(count)s record changed", "Merged; %(count)s records changed", moved)
            return _done(request, said % {"count": moved})
    shape_form = TagForm(initial={"name": found.name, "colour": found.colour})
    return _ask(request, found, shape_form, form)


@require_POST
@needs(SHAPE)
def delete(request: HttpRequest, tag_id: int) -> HttpResponse:
    """A tag that nothing carries goes."""
    found = get_object_or_404(selectors.counted(), pk=tag_id)
    try:
        services.delete_tag(actor=request.user, tag=found, at=timezone.now())
    except DomainError as error:
        return _done(request, str(error), tone="bad")
    return _done(request, _("Tag deleted"))


def _ask(request: HttpRequest, tag: Tag, form: TagForm, merging: MergeForm | None = None) -> HttpResponse:
    merging = merging or MergeForm(others=selectors.other_tags(tag))
    data = {"tag": tag, "form": form, "merging": merging}
    return dialog(request, "records/tag.html", data, status=422 if form.is_bound or merging.is_bound else 200)


def _done(request: HttpRequest, said: str, tone: str = "") -> HttpResponse:
    """The page anew, under the same search; without script from its beginning."""
    if is_partial(request):
        return fresh_page(request, said, tone=tone)
    return toast(request, redirect("record:tags"), said, tone=tone)
