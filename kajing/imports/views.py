"""Pages: files by day, upload, one file with its rejected rows, the mapping maker."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kajing.imports import selectors, services
from kajing.imports.forms import BatchFilter, DecisionForm, HeaderForm, MappingForm, UploadForm, edits_of
from kajing.lib.access import needs
from kajing.lib.errors import DomainError
from kajing.ui.answers import toast

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase

    from kajing.org.models import Person


def _me(request: HttpRequest) -> Person:
    return request.user


@require_GET
@needs("imports.view")
def batches(request: HttpRequest) -> HttpResponse:
    """Files by business date; the days alone while files are on their way."""
    form = BatchFilter(request.GET)
    data = {
        "form": form,
        "days": selectors.days(request.user, **form.values),
        "held": selectors.held(request.user),
        "at_work": selectors.at_work(request.user),
        "uploads": selectors.uploads(request.user)[:5],
        "may_load": request.user.has_perm("imports.load"),
    }
    page = "imports/list.html#days" if request.GET.get("part") == "days" else "imports/list.html"
    return render(request, page, data)


@require_http_methods(["GET", "POST"])
@needs("imports.load")
def upload(request: HttpRequest) -> HttpResponse:
    """Take files of a day; loading is a job."""
    form = _upload_form(request)
    if request.method == "POST" and form.is_valid():
        try:
            services.receive_upload(actor=_me(request), at=timezone.now(), **form.values)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return toast(request, redirect("imports:list"), _("The files are being loaded."))
    status = 422 if request.method == "POST" else 200
    return render(request, "imports/upload.html", {"form": form}, status=status)


def _upload_form(request: HttpRequest) -> UploadForm:
    names = [mapping.name for mapping in selectors.mappings(request.user)]
    return UploadForm(request.POST or None, request.FILES or None, mappings=names)


@require_GET
@needs("imports.view")
def batch(request: HttpRequest, pk: int) -> HttpResponse:
    """One file: counts, notes, rejected rows, what may be done about it."""
    return _batch_page(request, _batch(request, pk), DecisionForm())


def _batch(request: HttpRequest, pk: int) -> Any:
    return get_object_or_404(selectors.batches(request.user), pk=pk)


def _batch_page(request: HttpRequest, found: Any, form: DecisionForm, status: int = 200) -> HttpResponse:
    page = _page_number(request)
    rows = selectors.rejects(found, offset=page * selectors.PAGE)
    data = {
        "batch": found,
        "form": form,
        "rows": rows,
        "first": page * selectors.PAGE + 1,
        "last": page * selectors.PAGE + len(rows),
        "before": page - 1 if page else None,
        "after": page + 1 if len(rows) == selectors.PAGE else None,
        "notes": selectors.notes(found),
        "may_mend": found.state == "DONE" and request.user.has_perm("imports.load"),
        "may_decide": found.state == "HELD" and request.user.has_perm("imports.release"),
        "mended_by": found.mended_by.all(),
    }
    return render(request, "imports/batch.html", data, status=status)


def _page_number(request: HttpRequest) -> int:
    text = request.GET.get("page", "0")
    return min(int(text), 100_000) if text.isdigit() and len(text) < 7 else 0


@require_GET
@needs("imports.view")
def rejects(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The rejected rows as a CSV to mend elsewhere; masked."""
    found = _batch(request, pk)
    lines = selectors.reject_file(found)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="rejects-{found.business_date}-{found.feed}.csv"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_POST
@needs("imports.release")
def decide(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Let a held file in, or refuse it."""
    found = _batch(request, pk)
    form = DecisionForm(request.POST)
    service, told = {
        "release": (services.release, _("The file is being loaded.")),
        "refuse": (services.refuse, _("The file is refused; nothing of it was loaded.")),
    }[act]
    if form.is_valid():
        try:
            service(actor=_me(request), batch=found, reason=form.cleaned_data["reason"], at=timezone.now())
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return toast(request, redirect("imports:batch", pk=found.pk), told)
    return _batch_page(request, found, form, status=422)


@require_POST
@needs("imports.load")
def mend(request: HttpRequest, pk: int) -> HttpResponse:
    """Run chosen rejected rows again with what was typed."""
    found = _batch(request, pk)
    try:
        mended = services.mend(actor=_me(request), batch=found, edits=edits_of(request.POST), at=timezone.now())
    except DomainError as error:
        form = DecisionForm({})
        form.add_error(None, str(error))
        return _batch_page(request, found, form, status=422)
    return toast(request, redirect("imports:batch", pk=mended.pk), _("The rows are being run again."))


@require_GET
@needs("imports.load")
def mappings(request: HttpRequest) -> HttpResponse:
    """The mappings there are, and the beginning of a new one."""
    data = {"mappings": selectors.mappings(request.user), "form": HeaderForm()}
    return render(request, "imports/mappings.html", data)


@require_POST
@needs("imports.load")
def make_mapping(request: HttpRequest) -> HttpResponse:
    """From a header line to a mapping: first the choices, then (with a name) the saved text."""
    header = HeaderForm(request.POST)
    if not header.is_valid():
        data = {"mappings": selectors.mappings(request.user), "form": header}
        return render(request, "imports/mappings.html", data, status=422)
    feed, sources = header.cleaned_data["feed"], header.sources
    if "name" not in request.POST:
        form = MappingForm(initial=selectors.suggestion(feed, sources), feed=feed, sources=sources)
        return render(request, "imports/mapping.html", {"form": form, "header": header})
    form = MappingForm(request.POST, feed=feed, sources=sources)
    if form.is_valid():
        toml = services.compose(feed=feed, delimiter=header.separator, parts=form.parts)
        try:
            services.save_mapping(actor=_me(request), name=form.cleaned_data["name"], toml=toml, at=timezone.now())
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return toast(request, redirect("imports:mappings"), _("The mapping is saved."))
    return render(request, "imports/mapping.html", {"form": form, "header": header}, status=422)


@require_GET
@needs("imports.load")
def mapping(request: HttpRequest, name: str) -> HttpResponse:
    """The text of a mapping, to look at or take along for `kajing import --mapping`."""
    found = get_object_or_404(selectors.mappings(request.user), name=name)
    response = HttpResponse(found.toml, content_type="application/toml; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{found.name}.toml"'
    response["X-Content-Type-Options"] = "nosniff"
    return response
