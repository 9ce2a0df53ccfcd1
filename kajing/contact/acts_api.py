"""Acts on one contact over the API: begin a plan, take an outcome back, note, photo, legal hold of its recording."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from ninja import Field, File, Router
from ninja.files import UploadedFile

from kajing.api.schemas import LINES, Body, Reason, RowId, only_parts
from kajing.contact import services
from kajing.contact.api import LOG, VIEW, ContactOut, contact_seen
from kajing.contact.models import Interaction
from kajing.lib.access import needs

router = Router()
_PICTURE: dict[str, Any] = {
    "responses": {
        200: {
            "description": "The photo, as it was taken",
            "content": {"image/jpeg": {"schema": {"type": "string", "examples": ["JPEG or PNG"]}}},
        }
    }
}


class ContactNoteIn(Body):
    """The note as it shall stand; material that is not named stays."""

    note: Annotated[str, Field(max_length=2000, examples=["Wants the bill by e-mail"]), LINES]
    material_version: Annotated[str, Field(max_length=40, examples=["M012 v3"]), LINES] | None = None
    version: RowId | None = Field(None, description="409 when the contact has another by now.")


class LegalHoldIn(Body):
    """Keep a recording past its time, or let it go again."""

    keep: bool
    reason: Reason = Field(examples=["claim 2026-118"])


@router.get("/contacts/{contact_id}", response=ContactOut, summary="One contact")
@needs(VIEW)
def contact(request: HttpRequest, contact_id: RowId) -> Interaction:
    return contact_seen(request, contact_id)


@router.post("/contacts/{contact_id}/begin", response=ContactOut, summary="Begin a planned contact")
@needs(LOG)
def begin(request: HttpRequest, contact_id: RowId) -> Interaction:
    """The gate is asked again: 409 when it is red, or when this is no plan any more. One that runs goes on."""
    plan = contact_seen(request, contact_id)
    return services.start_contact(
        actor=_user(request), customer=plan.customer, channel=plan.channel, purpose=plan.purpose, plan=plan,
        at=timezone.now(),
    )  # fmt: skip


@router.post("/contacts/{contact_id}/reopen", response=ContactOut, summary="Take an outcome back")
@needs(LOG)
def reopen(request: HttpRequest, contact_id: RowId) -> Interaction:
    """Within 30 minutes and before it is said what follows: the contact runs on, a hold it placed is lifted."""
    return services.reopen_contact(actor=_user(request), contact=contact_seen(request, contact_id), at=timezone.now())


@router.post("/contacts/{contact_id}/note", response=ContactOut, summary="Change the note of a contact")
@needs(LOG)
def note(request: HttpRequest, contact_id: RowId, body: ContactNoteIn) -> Interaction:
    """In place of the one before, which the audit trail tells without its words; card numbers are masked."""
    found = contact_seen(request, contact_id)
    material = found.material_version if body.material_version is None else body.material_version
    return services.note_contact(
        actor=_user(request), contact=found, note=body.note, material_version=material, version=body.version,
        at=timezone.now(),
    )  # fmt: skip


@router.post("/contacts/{contact_id}/photo", response=ContactOut, summary="Keep a photo of a visit")
@needs(LOG)
def photo(request: HttpRequest, contact_id: RowId, file: File[UploadedFile]) -> Interaction:
    """A JPEG or PNG of a visit that has begun, kept among the customer's files with its place and time."""
    found = contact_seen(request, contact_id)
    only_parts(request, "file")
    return services.attach_photo(actor=_user(request), contact=found, file=file, at=timezone.now())


@router.get("/contacts/{contact_id}/photo", summary="The photo of a visit", openapi_extra=_PICTURE)
@needs(VIEW)
def picture(request: HttpRequest, contact_id: RowId) -> HttpResponse:
    """Told to the audit trail."""
    shown = services.show_photo(actor=_user(request), contact=contact_seen(request, contact_id), at=timezone.now())
    if shown is None:
        raise Http404
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    return HttpResponse(shown[0], content_type=shown[1], headers=headers)


@router.post("/contacts/{contact_id}/legal-hold", response=ContactOut, summary="Hold a recording, or let it go")
@needs("contact.keep_recording")
def legal_hold(request: HttpRequest, contact_id: RowId, body: LegalHoldIn) -> Interaction:
    """A recording that is held outlives its time; 409 where there is none."""
    return services.keep_recording(
        actor=_user(request), contact=contact_seen(request, contact_id), keep=body.keep, reason=body.reason,
        at=timezone.now(),
    )  # fmt: skip


def _user(request: HttpRequest) -> Any:
    return request.user
