"""Evidence of a contact: the photo of a visit, the pointer to a recording and how long it must be kept."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from kajing.contact import photos
from kajing.contact.choices import Channel, Purpose, State
from kajing.contact.models import Interaction
from kajing.contact.services.access import locked, save
from kajing.contact.services.errors import SHORTEST_REASON, BadChoice, NoReason, NotOpen
from kajing.contact.services.telling import audit
from kajing.lib.errors import DomainError, NotAllowed
from kajing.lib.masks import scrub_card_numbers
from kajing.lib.periods import SHANGHAI, add_months
from kajing.org.models import Person
from kajing.records import services as records
from kajing.records.files import FileRefused
from kajing.reference.selectors import NotInForce, parameter

KEEP = "contact.keep_recording"
_HEX = frozenset("0123456789abcdef")
_SHA256 = 64


class BadPhoto(DomainError):
    """The file is no photo, or too large."""

    status = 422


class BadRecording(DomainError):
    """The pointer or the hash of a recording is not one."""

    status = 422

    def __str__(self) -> str:
        return str(_("A recording needs its place in the bank's store and its SHA-256 (64 hexadecimal digits)."))


@transaction.atomic
def attach_photo(*, actor: Person, contact: Interaction, file: Any, at: datetime) -> Interaction:
    """Keep a photo of a running or ended visit among the customer's files, with its hash, place and time.

    Raises BadPhoto, NotOpen, NotAllowed.
    """
    contact = locked(contact, actor)
    if contact.channel != Channel.VISIT or contact.state not in {State.STARTED, State.DONE}:
        raise NotOpen(_("A photo belongs to a visit that has begun."))
    most = _number("photo_size_max", at)
    if file.size > most * 1024 * 1024:
        raise BadPhoto(_("The photo is larger than %(most)s MB. Send a smaller one.") % {"most": most})
    content = file.read()
    if photos.suffix_of(content) is None:
        raise BadPhoto(_("This is no JPEG or PNG photo. Choose another file."))
    try:
        kept = records.attach(
            actor=actor, kind="customer", object_id=contact.customer_id, content=content, at=at, keep_place=True,
            name=f"visit-{contact.pk}.{photos.suffix_of(content)}", note=_("Photo of a visit"), right="contact.log",
        )  # fmt: skip
    except FileRefused as error:
        raise BadPhoto(str(error)) from error
    contact.photo, contact.photo_sha256 = photos.name_of(kept), kept.file_id
    save(contact)
    audit(contact, actor, "photo", at, sha256=contact.photo_sha256)
    return contact


def show_photo(*, actor: Person, contact: Interaction, at: datetime) -> tuple[bytes, str] | None:
    """The bytes and the type of a visit's photo, told to the audit trail; None when there is none to be seen."""
    kept = photos.attachment_of(contact)
    if kept is None:
        return photos.from_before(contact)
    try:
        return records.hand_out(actor=actor, attachment=kept, at=at), kept.file.media_type
    except (NotAllowed, FileRefused):
        return None


@transaction.atomic
def attach_recording(*, actor: Person, contact: Interaction, pointer: str, sha256: str, at: datetime) -> Interaction:
    """Note where the recording of a call lies; it must be kept for the years of its rule (RG004, RG022).

    Raises BadRecording, NotOpen when there is one already, NotAllowed.
    """
    contact = locked(contact, actor)
    digest = sha256.lower()
    if not pointer.strip() or len(digest) != _SHA256 or not set(digest) <= _HEX:
        raise BadRecording
    if contact.recording:
        raise NotOpen(_("This contact has its recording already; a recording is never replaced."))
    contact.recording, contact.recording_sha256 = pointer.strip()[:400], digest
    contact.retention_until = _retention(contact, at)
    save(contact)
    audit(contact, actor, "recording", at, sha256=digest, retention_until=contact.retention_until.isoformat())
    return contact


def _retention(contact: Interaction, at: datetime) -> date:
    collects = contact.purpose == Purpose.COLLECTION
    years = _number("collection_recording_min" if collects else "telemarketing_recording_min", at)
    return add_months((contact.ended_at or contact.at).astimezone(SHANGHAI).date(), years * 12)


def _number(key: str, at: datetime) -> int:
    try:
        value = parameter(key, timezone.localdate(at))
    except NotInForce:
        value = 0
    if not isinstance(value, int) or value < 1:
        raise BadChoice(key)
    return value


@transaction.atomic
def keep_recording(*, actor: Person, contact: Interaction, keep: bool, reason: str, at: datetime) -> Interaction:
    """Set or lift a legal hold on a recording: it outlives its time while it is held.

    Raises NotAllowed, NoReason, NotOpen.
    """
    if not actor.has_perm(KEEP):
        raise NotAllowed
    reason = scrub_card_numbers(reason.strip())
    if len(reason) < SHORTEST_REASON:
        raise NoReason(_("Say in a few words why the recording is held or let go."))
    found = Interaction.objects.select_for_update(of=("self",)).get(pk=contact.pk)
    if not found.recording:
        raise NotOpen(_("There is no recording to keep."))
    found.legal_hold = keep
    save(found)
    audit(found, actor, "legal_hold", at, reason=reason, keep=keep)
    return found
