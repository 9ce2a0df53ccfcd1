"""Files that came with messages: checked by what they are, kept once by their hash in the store of record files.

They are written before the transaction that names them (platform R3); one that a crash left unnamed is found again by
its hash when the same mail is read the next time.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from django.utils.translation import gettext_noop

from kajing.records.files import load, store

LARGEST = 10 * 1024 * 1024  # bytes of one file
MOST = 20  # files of one message
# What a file begins with, by the types that are kept. Office files are zip archives; text has no sign of its own.
_SIGNS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
    (b"PK\x03\x04", "application/zip"),
)
_OFFICE = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_TEXTS = {".txt": "text/plain", ".csv": "text/csv"}

TOO_LARGE = gettext_noop("larger than 10 MB")
WRONG_TYPE = gettext_noop("of a kind that is not kept")
TOO_MANY = gettext_noop("one file too many")


def refusal(name: str, content: bytes, place: int) -> str:
    """Why the bytes of the file at a place are not kept: a message id, or empty."""
    if place >= MOST:
        return TOO_MANY
    if len(content) > LARGEST:
        return TOO_LARGE
    return "" if type_of(name, content) else WRONG_TYPE


def type_of(name: str, content: bytes) -> str:
    """The type by what the bytes say, not by what the sender says; empty for one that is not kept."""
    ending = Path(name.lower()).suffix
    found = next((kind for sign, kind in _SIGNS if content.startswith(sign)), "")
    if found == "application/zip":
        return _OFFICE.get(ending, "")
    if found or ending not in _TEXTS or b"\0" in content:
        return found
    return _TEXTS[ending]


def keep(content: bytes) -> str:
    """Write the bytes, once; gives their hash."""
    digest = hashlib.sha256(content).hexdigest()
    store(digest, content)
    return digest


def read(digest: str) -> bytes:
    """The bytes of a hash. Raises FileNotFoundError."""
    return load(digest)
