"""Personal data at rest: AES-256-GCM with the column bound in, and an HMAC blind index for exact search.

A stored value is ``key id (1 byte) | nonce (12) | ciphertext | tag (16)``. The key id lets a background job move
rows to a new key while old ones stay readable. The index key differs from every data key, so that a stolen index
does not help to read and a stolen data key does not help to search.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_NONCE = 12


class CannotDecrypt(ValueError):
    """The value was changed, belongs to another column, or its key is missing."""


@dataclass(frozen=True)
class KeyRing:
    """Data keys by id (the newest encrypts), one index key and one audit key; 32 bytes each."""

    data: dict[int, bytes]
    index: bytes
    audit: bytes

    @property
    def current(self) -> int:
        """The id of the key that encrypts new values."""
        return max(self.data)

    def encrypt(self, column: str, text: str) -> bytes:
        """Encrypt text for a column such as ``customer.mobile``; the same text gives another value each time."""
        nonce = os.urandom(_NONCE)
        sealed = AESGCM(self.data[self.current]).encrypt(nonce, text.encode(), column.encode())
        return bytes([self.current]) + nonce + sealed

    def encrypt_bytes(self, column: str, content: bytes) -> bytes:
        """Encrypt a file for a column such as ``records.file``."""
        nonce = os.urandom(_NONCE)
        return bytes([self.current]) + nonce + AESGCM(self.data[self.current]).encrypt(nonce, content, column.encode())

    def decrypt_bytes(self, column: str, value: bytes) -> bytes:
        """The bytes back. Raises CannotDecrypt."""
        try:
            key = self.data[value[0]]
            return AESGCM(key).decrypt(value[1 : 1 + _NONCE], value[1 + _NONCE :], column.encode())
        except (InvalidTag, KeyError, IndexError) as error:
            raise CannotDecrypt(f"cannot decrypt a value of {column}") from error

    def encrypt_all(self, column: str, texts: Iterable[str | None]) -> list[bytes | None]:
        """Encrypt a whole column; empty and None stay None. Several times faster than one by one."""
        seal, bound, head = AESGCM(self.data[self.current]).encrypt, column.encode(), bytes([self.current])
        out: list[bytes | None] = []
        for text in texts:
            if not text:
                out.append(None)
                continue
            nonce = os.urandom(_NONCE)
            out.append(head + nonce + seal(nonce, text.encode(), bound))
        return out

    def blind_all(self, column: str, texts: Iterable[str | None]) -> list[str | None]:
        """Blind index values of a whole column; empty and None stay None."""
        head = column.encode() + b"\0"
        digest = hmac.digest
        return [digest(self.index, head + text.encode(), "sha256").hex()[:32] if text else None for text in texts]

    def decrypt(self, column: str, value: bytes) -> str:
        """The text back. Raises CannotDecrypt."""
        return self.decrypt_bytes(column, bytes(value)).decode()

    def blind(self, column: str, text: str) -> str:
        """A 128-bit index value: equal texts of one column have equal values, and nothing else shows."""
        return hmac.new(self.index, f"{column}\0{text}".encode(), hashlib.sha256).hexdigest()[:32]


def new_keys() -> dict[str, str]:
    """Fresh random keys, as hex text by name."""
    return {name: os.urandom(32).hex() for name in ("data_1", "index", "audit", "session")}


def load_keys(path: Path) -> KeyRing:
    """Read a key file of ``name=hex`` lines (mode 0600, made at first start)."""
    named = read_key_file(path)
    data = {int(k.removeprefix("data_")): bytes.fromhex(v) for k, v in named.items() if k.startswith("data_")}
    return KeyRing(data=data, index=bytes.fromhex(named["index"]), audit=bytes.fromhex(named["audit"]))


def read_key_file(path: Path) -> dict[str, str]:
    """The ``name=hex`` lines of a key file."""
    lines = (line.strip() for line in path.read_text(encoding="ascii").splitlines())
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def ensure_key_file(path: Path) -> Path:
    """Make the key file at first start, readable by its owner only; two starters at once make one file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "".join(f"{name}={value}\n" for name, value in new_keys().items())
    scratch = path.with_name(f".{path.name}.{os.getpid()}")
    handle = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="ascii") as file:
        file.write(text)
    try:
        os.link(scratch, path)
    except FileExistsError:
        pass
    finally:
        scratch.unlink()
    return path
