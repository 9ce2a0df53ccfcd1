"""The bytes of a source file: hashed, unpacked, cut into blocks of whole lines, its encoding found."""

from __future__ import annotations

import codecs
import gzip
import hashlib
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from kajing.analytics.ingest.outcomes import Refused

BLOCK = 16 * 1024 * 1024
MAX_BLOCK = 4 * BLOCK
MAX_LINE = 1024 * 1024
MAX_RATIO = 1000  # gzip of real feeds reaches about 50
ENCODINGS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-8-sig": "utf-8",
    "ascii": "utf-8",
    "us-ascii": "utf-8",
    "gb18030": "gb18030",
    "gbk": "gb18030",  # GB18030 holds every GBK text
    "gb2312": "gb18030",
    "cp936": "gb18030",
}


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines, the last one ended by a line feed; `first_line` is the physical number of the first."""

    data: bytes
    first_line: int
    done: int  # packed bytes read so far, for progress
    last: bool


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file as hex text."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_gzip(path: Path) -> bool:
    """By its first bytes, not its name."""
    with path.open("rb") as file:
        return file.read(2) == b"\x1f\x8b"


def is_parquet(path: Path) -> bool:
    """By its first bytes, not its name."""
    with path.open("rb") as file:
        return file.read(4) == b"PAR1"


def declared_encoding(path: Path, name: str | None) -> str | None:
    """Our name of a declared encoding. Raises Refused for one we do not read."""
    if not name:
        return None
    try:
        return ENCODINGS[name.strip().lower()]
    except KeyError:
        raise Refused("unknown_encoding", file=path.name, encoding=name) from None


def blocks(path: Path, size: int = BLOCK) -> Iterator[Block]:
    """The file in blocks of whole lines. Raises Refused for a gzip file that ends early or cannot be unpacked."""
    with path.open("rb") as raw:
        stream: BinaryIO = gzip.GzipFile(fileobj=raw) if is_gzip(path) else raw  # type: ignore[assignment]
        line, carry, unpacked = 1, b"", 0
        while True:
            piece = _read(stream, size, path, unpacked)
            unpacked += len(piece)
            _refuse_bomb(path, unpacked)
            data = carry + piece
            if not piece:
                if data:
                    yield Block(data if data.endswith(b"\n") else data + b"\n", line, raw.tell(), last=True)
                return
            cut = data.rfind(b"\n") + 1
            if not cut and len(data) > MAX_BLOCK:
                raise Refused("no_line_ends", file=path.name, bytes=len(data))
            carry = data[cut:]
            if cut:
                block = data[:cut] if carry else data
                yield Block(block, line, raw.tell(), last=False)
                line += block.count(b"\n")


def _read(stream: BinaryIO, size: int, path: Path, unpacked: int) -> bytes:
    try:
        return stream.read(size)
    except EOFError:
        raise Refused("truncated_gzip", file=path.name, bytes=unpacked) from None
    except (zlib.error, gzip.BadGzipFile):
        raise Refused("corrupt_gzip", file=path.name) from None


def _refuse_bomb(path: Path, unpacked: int) -> None:
    if unpacked > MAX_BLOCK and unpacked > MAX_RATIO * path.stat().st_size:
        raise Refused("packed_too_well", file=path.name)


def find_encoding(path: Path) -> str:
    """UTF-8 if every line is; else GB18030 if the lines that are not ASCII speak for it.

    A UTF-8 file with a few broken lines stays UTF-8 and those lines go to quarantine: Chinese text in GB18030 is valid
    UTF-8 only by rare chance, so the lines that are valid UTF-8 and not ASCII vote for UTF-8, the invalid ones against.
    """
    chinese = broken = 0
    for block in blocks(path):
        if _is_valid(block.data, "utf-8"):
            chinese += 0 if block.data.isascii() else _lines_with_high_bytes(block.data)
            continue
        for line in block.data.split(b"\n"):
            if not line.isascii():
                valid = _is_valid(line, "utf-8")
                chinese, broken = chinese + valid, broken + (not valid)
    return "gb18030" if broken > chinese else "utf-8"


def _lines_with_high_bytes(data: bytes) -> int:
    return sum(not line.isascii() for line in data.split(b"\n"))


def _is_valid(data: bytes, encoding: str) -> bool:
    try:
        codecs.decode(data, encoding)
    except UnicodeDecodeError:
        return False
    return True
