"""Bytes on disk: encrypted, named by the hash of their content, each content once."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

COLUMN = "records.file"


def path_of(sha256: str) -> Path:
    """Where the bytes of a hash lie."""
    folder: Path = settings.KAJING_FILES
    return folder / sha256[:2] / sha256


def store(sha256: str, content: bytes) -> None:
    """Write the bytes unless they are there. A second writer of the same content does no harm, nor does a rollback."""
    target = path_of(sha256)
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    scratch = target.with_name(f".{sha256}.{os.getpid()}.{os.urandom(4).hex()}.part")
    handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(settings.KAJING_KEYS.encrypt_bytes(COLUMN, content))
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(target)


def bytes_of(upload: UploadedFile) -> bytes:
    """The bytes of what somebody sends; of more than is taken only as much as shows that it is too much."""
    content: bytes = upload.read(settings.KAJING_FILE_MB * 1024 * 1024 + 1)
    return content


def load(sha256: str) -> bytes:
    """The bytes in clear. Raises FileNotFoundError, CannotDecrypt."""
    content: bytes = settings.KAJING_KEYS.decrypt_bytes(COLUMN, path_of(sha256).read_bytes())
    return content
