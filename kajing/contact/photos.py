"""Photos of visits: files under KAJING_HOME, named by the contact, checked by what they hold, not by their name."""

from __future__ import annotations

import hashlib
from typing import IO, Any

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage

# What a file begins with → how it ends and what it is.
_KINDS = {b"\xff\xd8\xff": ("jpg", "image/jpeg"), b"\x89PNG\r\n\x1a\n": ("png", "image/png")}


def storage() -> FileSystemStorage:
    """Where photos lie; nothing there is served but through the contact's page."""
    return FileSystemStorage(location=settings.KAJING_HOME / "photos", file_permissions_mode=0o600,
                             directory_permissions_mode=0o700)  # fmt: skip


def suffix_of(content: bytes) -> str | None:
    """How the file's name ends, None for what is neither JPEG nor PNG."""
    return next((end for begin, (end, _kind) in _KINDS.items() if content.startswith(begin)), None)


def keep(contact_id: int, content: bytes) -> tuple[str, str]:
    """Store a photo; its name in the storage and its SHA-256. The same bytes again give the same name."""
    digest = hashlib.sha256(content).hexdigest()
    name = f"visits/{contact_id}-{digest[:16]}.{suffix_of(content)}"
    where = storage()
    if not where.exists(name):
        where.save(name, ContentFile(content))
    return name, digest


def opened(name: str) -> IO[Any] | None:
    """The photo to read, None when there is none."""
    where = storage()
    return where.open(name) if name and where.exists(name) else None


def content_type(name: str) -> str:
    """The type by the name this module gave."""
    return next(kind for end, kind in _KINDS.values() if name.endswith(end))
