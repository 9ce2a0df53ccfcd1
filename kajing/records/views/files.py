"""Files of a record: attach, download, take away."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from kajing.lib.access import needs, staff
from kajing.lib.errors import DomainError
from kajing.records import panels, selectors, services
from kajing.records.files import as_download, bytes_of
from kajing.records.forms import FileForm
from kajing.records.models import Attachment
from kajing.records.views.common import back, dialog, record_of

ATTACH = "records.attach"


@require_http_methods(["GET", "POST"])
@needs(ATTACH)
def attach(request: HttpRequest, kind: str, object_id: str) -> HttpResponse:
    """Attach a file."""
    on = record_of(request, kind, object_id)
    form = FileForm(request.POST, request.FILES) if request.method == "POST" else FileForm()
    if form.is_bound and form.is_valid():
        sent = form.cleaned_data["file"]
        try:
            services.attach(
                actor=request.user, kind=kind, object_id=object_id, name=sent.name, content=bytes_of(sent),
                at=timezone.now(), note=form.cleaned_data["note"], roles=form.cleaned_data["roles"],
                keep_place=form.cleaned_data["keep_place"],
            )  # fmt: skip
        except DomainError as error:
            form.add_error("file", str(error))
        else:
            return back(request, on.url(object_id), _("File attached"), changed="files")
    data = {"form": form, "kind": on, "object_id": object_id}
    return dialog(request, "records/attach.html", data, status=422 if form.is_bound else 200)


@require_GET
@staff
def panel(request: HttpRequest, kind: str, object_id: str) -> HttpResponse:
    """The panel of files again, after something changed."""
    on = record_of(request, kind, object_id)
    return render(request, "records/panels/files.html", panels.files_panel(on, request.user, object_id))


@require_GET
@staff
def download(request: HttpRequest, kind: str, object_id: str, pk: int) -> HttpResponse:
    """The file itself, always as a download and never as a page."""
    record_of(request, kind, object_id)
    found = _file(request, kind, object_id, pk)
    content = services.hand_out(actor=request.user, attachment=found, at=timezone.now())
    return as_download(found.name, found.file.media_type, content)


@require_POST
@needs(ATTACH)
def remove(request: HttpRequest, kind: str, object_id: str, pk: int) -> HttpResponse:
    """Take a file away."""
    on = record_of(request, kind, object_id)
    services.remove_file(actor=request.user, attachment=_file(request, kind, object_id, pk), at=timezone.now())
    return back(request, on.url(object_id), _("File taken away"), changed="files")


def _file(request: HttpRequest, kind: str, object_id: str, pk: int) -> Attachment:
    found = selectors.file_of(kind, request.user, object_id, pk)
    if found is None:
        raise Http404
    return found
