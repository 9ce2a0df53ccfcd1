"""Photos of visits: files of the customer's record (`records.files`), named in the contact by the attachment's number.

Photos of before lie under KAJING_HOME/photos by a path of their own; they are still shown from there.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files.storage import FileSystemStorage

from kajing.records.models import Attachment

if TYPE_CHECKING:
    from kajing.contact.models import Interaction

# What a file begins with → how it ends and what it is.
_KINDS = {b"\xff\xd8\xff": ("jpg", "image/jpeg"), b"\x89PNG\r\n\x1a\n": ("png", "image/png")}
_FILE = "file:"


def suffix_of(content: bytes) -> str | None:
    """How the file's name ends, None for what is neither JPEG nor PNG."""
    return next((end for begin, (end, _kind) in _KINDS.items() if content.startswith(begin)), None)


def name_of(kept: Attachment) -> str:
    """How a contact names its photo."""
    return f"{_FILE}{kept.pk}"


def attachment_of(contact: Interaction) -> Attachment | None:
    """The file of a contact's photo; None when it has none, or when somebody took it off the record."""
    number = contact.photo.removeprefix(_FILE)
    if number == contact.photo:
        return None
    return Attachment.objects.select_related("file").filter(pk=int(number), removed_at=None).first()


def from_before(contact: Interaction) -> tuple[bytes, str] | None:
    """The bytes and the type of a photo that lies where photos lay before they became files of records."""
    where = FileSystemStorage(location=settings.KAJING_HOME / "photos")
    if not contact.photo or contact.photo.startswith(_FILE) or not where.exists(contact.photo):
        return None
    with where.open(contact.photo) as file:
        return file.read(), next(kind for end, kind in _KINDS.values() if contact.photo.endswith(end))
