"""Which encoding a file is in, and a block of it brought to UTF-8."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from kajing.analytics.ingest.outcomes import Refused
from kajing.analytics.ingest.sources import MAX_LINE, BadLine, Block, blocks, is_gzip

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
SLAB = 64 * 1024
SAMPLES, SAMPLE = 32, 32 * 1024  # of a large file, for its encoding: so many pieces of so many bytes
_LONE_RETURN = re.compile(rb"\r(?!\n|\Z)")


class OtherEncoding(Exception):
    """A line is not UTF-8 in a file whose encoding nobody declared."""


def declared_encoding(path: Path, name: str | None) -> str | None:
    """Our name of a declared encoding. Raises Refused for one we do not read."""
    if not name:
        return None
    try:
        return ENCODINGS[name.strip().lower()]
    except KeyError:
        raise Refused("unknown_encoding", file=path.name, encoding=name) from None


def find_encoding(path: Path) -> str:
    """UTF-8 if every line is; else GB18030 if the lines that are not ASCII speak for it.

    A UTF-8 file with a few broken lines stays UTF-8 and those lines go to quarantine: Chinese text in GB18030 is valid
    UTF-8 only by rare chance, so the lines that are valid UTF-8 and not ASCII vote for UTF-8, the invalid ones against.
    Of a large file samples from all over vote; only when they say nothing all lines do.
    """
    for pieces in (_samples(path), (block.data for block in blocks(path))):
        chinese = broken = 0
        for data in pieces:
            for_it, against = _votes(data)
            chinese, broken = chinese + for_it, broken + against
        if chinese or broken:
            break
    return "gb18030" if broken > chinese else "utf-8"


def _samples(path: Path) -> Iterator[bytes]:
    """Whole lines from places all over the file; a packed one has to be unpacked for it."""
    size = path.stat().st_size
    if is_gzip(path):
        yield from (
            block.data[: block.data.index(b"\n", min(SAMPLE, len(block.data) - 1)) + 1] for block in blocks(path)
        )
        return
    step = max(size // SAMPLES, SAMPLE)
    with path.open("rb") as file:
        for at in range(0, size, step):
            file.seek(max(at - 1, 0))
            if at:
                file.readline(MAX_LINE)
            yield file.read(SAMPLE) + file.readline(MAX_LINE)


def _votes(data: bytes) -> tuple[int, int]:
    if data.isascii():
        return 0, 0
    lines = [line for line in data.split(b"\n") if not line.isascii()]
    valid = sum(error_at(line, "utf-8") is None for line in lines)
    return valid, len(lines) - valid


def error_at(data: bytes, encoding: str) -> int | None:
    """Where the first byte stands that is not of the encoding."""
    try:
        data.decode(encoding)
    except UnicodeDecodeError as error:
        return error.start
    return None


def slabs(data: bytes) -> Iterator[bytes]:
    """Stretches of whole lines, short enough that looking closely at one costs little."""
    at = 0
    while at < len(data):
        end = data.find(b"\n", at + SLAB) + 1 or len(data)
        yield data[at:end]
        at = end


def in_utf8(block: Block, encoding: str) -> Block:
    """The block in UTF-8, with the same lines; one that cannot be decoded, or is too long, is blank and told of."""
    if encoding == "utf-8":
        return block
    out: list[bytes] = []
    bad: list[BadLine] = []
    line = block.first_line
    for slab in slabs(block.data):
        if error_at(slab, encoding) is None and len(slab) < MAX_LINE:
            out.append(slab.decode(encoding).encode())
        else:
            out.extend(_line_by_line(slab, line, encoding, bad))
        line += slab.count(b"\n")
    # A line that was short enough may be half as long again in UTF-8.
    return replace(block, data=b"".join(out), bad=tuple(bad), longest=2 * MAX_LINE)


def _line_by_line(slab: bytes, first: int, encoding: str, bad: list[BadLine]) -> Iterator[bytes]:
    for n, raw in enumerate(slab[:-1].split(b"\n")):
        at = error_at(raw, encoding)
        if len(raw) > MAX_LINE:
            told = {"bytes": len(raw), "limit": MAX_LINE}
            bad.append(BadLine(first + n, "line_too_long", told, raw[: MAX_LINE + 1], encoding))
        elif at is not None:
            bad.append(_broken(first + n, raw, encoding, at))
        else:
            yield raw.decode(encoding).encode() + b"\n"
            continue
        yield b"\n"


def _broken(line: int, raw: bytes, encoding: str, at: int) -> BadLine:
    if b"\0" in raw:
        return BadLine(line, "nul_byte", {}, raw.rstrip(b"\r"), encoding)
    if _LONE_RETURN.search(raw):
        return BadLine(line, "control_character", {}, raw.rstrip(b"\r"), encoding)
    told = {"encoding": encoding.upper(), "byte": at + 1}
    return BadLine(line, "bad_encoding", told, raw.rstrip(b"\r"), encoding)
