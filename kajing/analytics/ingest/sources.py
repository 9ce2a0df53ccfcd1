"""The bytes of a source file: hashed, unpacked, cut into blocks of whole lines."""

from __future__ import annotations

import gzip
import hashlib
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from kajing.analytics.ingest.outcomes import Refused

BLOCK = 16 * 1024 * 1024
MAX_BLOCK = 4 * BLOCK
MAX_LINE = 1024 * 1024
MAX_RATIO = 1000  # gzip of real feeds reaches about 50


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that is no record; `raw` are bytes of `encoding`, as far as they are text at all."""

    line: int
    code: str
    params: dict[str, Any]
    raw: bytes
    encoding: str = "utf-8"


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines, the last one ended by a line feed; `first_line` is the physical number of the first."""

    data: bytes
    first_line: int
    lines: int
    done: int  # packed bytes read so far, for progress
    last: bool
    bad: tuple[BadLine, ...] = ()  # lines known to be none before any parser sees them; they are blank in `data`
    longest: int = MAX_LINE


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


def blocks(path: Path, size: int = BLOCK) -> Iterator[Block]:
    """The file in blocks of whole lines. Raises Refused for a gzip file that ends early or cannot be unpacked."""
    with path.open("rb") as raw:
        stream: BinaryIO = gzip.GzipFile(fileobj=raw) if is_gzip(path) else raw  # type: ignore[assignment]
        line, unpacked = 1, 0
        while data := _whole_lines(stream, size, path, unpacked):
            unpacked += len(data)
            _refuse_bomb(path, unpacked)
            ended = data.endswith(b"\n")
            lines = data.count(b"\n") + (not ended)
            yield Block(data if ended else data + b"\n", line, lines, raw.tell(), last=not ended)
            line += lines


def _whole_lines(stream: BinaryIO, size: int, path: Path, unpacked: int) -> bytes:
    """The next `size` bytes and the rest of the line they end in."""
    data = _unpack(lambda: stream.read(size), path, unpacked)
    if not data or data.endswith(b"\n"):
        return data
    data += _unpack(lambda: stream.readline(MAX_BLOCK), path, unpacked + len(data))
    if len(data) > MAX_BLOCK and not data.endswith(b"\n"):
        raise Refused("no_line_ends", file=path.name, bytes=len(data))
    return data


def _unpack(read: Callable[[], bytes], path: Path, unpacked: int) -> bytes:
    try:
        return read()
    except EOFError:
        raise Refused("truncated_gzip", file=path.name, bytes=unpacked) from None
    except (zlib.error, gzip.BadGzipFile):
        raise Refused("corrupt_gzip", file=path.name) from None


def _refuse_bomb(path: Path, unpacked: int) -> None:
    if unpacked > MAX_BLOCK and unpacked > MAX_RATIO * path.stat().st_size:
        raise Refused("packed_too_well", file=path.name)
