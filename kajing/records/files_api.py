"""Files of any record over the API: what there is, attach, download, take away."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import AfterValidator, Field

from kajing.api.schemas import BankId, Body, RowId, Word, no_control, only_parts
from kajing.lib.access import needs, staff
from kajing.org.models import Role
from kajing.records import selectors, services
from kajing.records.api import record_here
from kajing.records.files import as_download, bytes_of
from kajing.records.models import Attachment

router = Router()
ATTACH = "records.attach"
_BYTES: dict[str, Any] = {
    "responses": {
        200: {
            "description": "The file as it was kept, always as a download",
            "content": {"application/octet-stream": {"schema": {"type": "string", "examples": ["%PDF-1.7 …"]}}},
        }
    }
}


class FileOut(Schema):
    """A file of a record."""

    id: int
    name: str = Field(examples=["contract.pdf"])
    media_type: str = Field(examples=["application/pdf"])
    size: int = Field(description="Bytes.", examples=[48213])
    sha256: str
    at: datetime
    by: str = Field(examples=["P0007"])
    note: str
    roles: list[str] = Field(description="Who may see it; empty: everybody who sees the record.", examples=[[]])


class FilesOut(Schema):
    """The files of a record that the asking person's role may see."""

    items: list[FileOut]


class FileTakenOffOut(Schema):
    """What was taken off, and the files that are left."""

    removed: int = Field(examples=[12])
    items: list[FileOut]


class AboutFileIn(Body):
    """What goes with a file, as fields of the form."""

    note: Annotated[str, Field(max_length=200), AfterValidator(no_control)] = ""
    roles: list[Role] = Field(default_factory=list, max_length=20, description="Repeat the field for several.")
    keep_place: bool = Field(False, description="A photo that proves a visit keeps its place and time.")


@router.get("/records/{kind}/{object_id}/files", response=FilesOut, summary="Files of a record")
@staff
def read_files(request: HttpRequest, kind: Word, object_id: BankId) -> dict[str, Any]:
    """The newest first."""
    record_here(request, kind, object_id)
    return {"items": _files(request, kind, object_id)}


@router.post("/records/{kind}/{object_id}/files", response={201: FileOut}, summary="Attach a file to a record")
@needs(ATTACH)
def attach_file(
    request: HttpRequest, kind: Word, object_id: BankId, about: Form[AboutFileIn], file: File[UploadedFile]
) -> Status[dict[str, Any]]:
    """JPEG, PNG, WebP, PDF, docx, xlsx or text, known by its content; its name must agree. 422 says why not."""
    record_here(request, kind, object_id)
    only_parts(request, "file", *AboutFileIn.model_fields)  # a mistyped `roles` would show the file to everybody
    made = services.attach(
        actor=request.user, kind=kind, object_id=object_id, name=file.name or "", content=bytes_of(file),
        at=timezone.now(), **about.dict(),
    )  # fmt: skip
    return Status(201, _out(made))


@router.get("/records/{kind}/{object_id}/files/{file_id}", summary="Download a file of a record", openapi_extra=_BYTES)
@staff
def download_file(request: HttpRequest, kind: Word, object_id: BankId, file_id: RowId) -> HttpResponse:
    """Told to the audit trail."""
    found = _file(request, kind, object_id, file_id)
    content = services.hand_out(actor=request.user, attachment=found, at=timezone.now())
    return as_download(found.name, found.file.media_type, content)


@router.post(
    "/records/{kind}/{object_id}/files/{file_id}/remove", response=FileTakenOffOut, summary="Take a file off a record"
)
@needs(ATTACH)
def remove_file(request: HttpRequest, kind: Word, object_id: BankId, file_id: RowId) -> dict[str, Any]:
    """Its bytes are kept for the retention period, and nobody reads them any more."""
    found = _file(request, kind, object_id, file_id)
    services.remove_file(actor=request.user, attachment=found, at=timezone.now())
    return {"removed": file_id, "items": _files(request, kind, object_id)}


def _files(request: HttpRequest, kind: str, object_id: str) -> list[dict[str, Any]]:
    return [_out(row) for row in selectors.files_of(kind, request.user, object_id)]


def _file(request: HttpRequest, kind: str, object_id: str, pk: int) -> Attachment:
    record_here(request, kind, object_id)
    found = selectors.file_of(kind, request.user, object_id, pk)
    if found is None:
        raise Http404
    return found


def _out(row: Attachment) -> dict[str, Any]:
    return {
        "id": row.pk, "name": row.name, "media_type": row.file.media_type, "size": row.file.size,
        "sha256": row.file_id, "at": row.at, "by": row.by, "note": row.note, "roles": row.roles,
    }  # fmt: skip
