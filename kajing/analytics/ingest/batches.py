"""A source as batches of text columns with line numbers, whatever its form: CSV, CSV in gzip, Parquet, mended lines."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kajing.analytics.ingest.encodings import SLAB, in_utf8
from kajing.analytics.ingest.outcomes import Refused
from kajing.analytics.ingest.records import Records, Shape, parse_line, read_block
from kajing.analytics.ingest.sources import BadLine, Block, blocks

BOM = codecs.BOM_UTF8
ROWS_PER_BATCH = 200_000
LINES_PER_BATCH = 2_000
PLACES = 2  # of an amount in yuan


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of a stretch of the source."""

    table: pa.Table  # text columns (or, from Parquet, typed ones) under the source's names; an empty field is null
    lines: npt.NDArray[np.int64]
    bad: list[BadLine]
    raw: Callable[[int], bytes]  # the text of a record in UTF-8 by its line number
    done: int


class Source(Protocol):
    """What the check reads from."""

    header: tuple[str, ...]
    encoding: str
    delimiter: str

    def batches(self, coded: frozenset[str] = frozenset()) -> Iterator[Batch]:
        """The records in order; `coded` columns have few values, which a reader may use."""
        ...

    def raws(self, lines: frozenset[int]) -> dict[int, bytes]:
        """The text of some records, read once more."""
        ...


class TextSource:
    """A CSV file, packed or not. Raises UnicodeDecodeError when the header is not of the encoding.

    With `sure` False a line that is not UTF-8 raises OtherEncoding.
    """

    def __init__(self, path: Path, *, encoding: str, delimiter: str, sure: bool = True) -> None:
        self.path, self.encoding, self.delimiter, self.sure = path, encoding, delimiter, sure
        first = next(blocks(path, SLAB), None)
        if first is None:
            raise Refused("empty_file", file=path.name)
        if first.data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            raise Refused("unknown_encoding", file=path.name, encoding="UTF-16")
        if first.data.startswith(BOM):
            self.encoding = "utf-8"
        self.header = self._header(first.data.removeprefix(BOM))

    def _header(self, data: bytes) -> tuple[str, ...]:
        text = data[: data.index(b"\n")].rstrip(b"\r").decode(self.encoding)
        names = parse_line(text, self.delimiter)
        if not names or not any(name.strip() for name in names):
            raise Refused("empty_file" if not text.strip() else "bad_header", file=self.path.name)
        return tuple(name.strip() for name in names)

    def _shape(self, coded: frozenset[str]) -> Shape:
        """How the lines are built. Repeated names are refused by the check, so a number keeps them apart until then."""
        seen: set[str] = set()
        names = []
        for n, name in enumerate(self.header):
            names.append(name if name and name not in seen else f"{name}\0{n}")
            seen.add(name)
        return Shape(tuple(names), self.delimiter, coded, self.sure)

    def batches(self, coded: frozenset[str] = frozenset()) -> Iterator[Batch]:
        shape, carry, last = self._shape(coded), b"", None
        bad: tuple[BadLine, ...] = ()
        for block in blocks(self.path):
            last = _with_carry(carry, bad, in_utf8(_without_header(block), self.encoding))
            if not last.data:
                continue
            records = read_block(last, shape)
            carry = records.carry
            bad = tuple(one for one in last.bad if one.line >= last.first_line + last.lines - carry.count(b"\n"))
            yield _batch(last, records)
        if carry and last is not None:
            rest = _with_carry(carry, bad, Block(b"", last.first_line + last.lines, 0, last.done, last=True))
            yield _batch(rest, read_block(rest, shape))

    def raws(self, lines: frozenset[int]) -> dict[int, bytes]:
        found: dict[int, bytes] = {}
        for block in blocks(self.path):
            wanted = [line for line in lines if 0 <= line - block.first_line < block.lines]
            if wanted:
                line_of = _lines_of(block.data)
                found |= {line: line_of(line - block.first_line) for line in wanted}
        if any(b'"' in raw for raw in found.values()):
            return _raws(self, lines)  # such a record may go on in the next line
        return {line: raw.decode(self.encoding).encode() for line, raw in found.items()}


def _raws(source: Source, lines: frozenset[int]) -> dict[int, bytes]:
    return {
        line: batch.raw(line) for batch in source.batches() for line in set(batch.lines.tolist()).intersection(lines)
    }


def _without_header(block: Block) -> Block:
    if block.first_line > 1:
        return block
    data = block.data[block.data.index(b"\n") + 1 :]
    return replace(block, data=data, first_line=2, lines=block.lines - 1)


def _with_carry(carry: bytes, bad: tuple[BadLine, ...], block: Block) -> Block:
    if not carry:
        return block
    lines = carry.count(b"\n")
    return replace(
        block,
        data=carry + block.data,
        first_line=block.first_line - lines,
        lines=block.lines + lines,
        bad=bad + block.bad,
    )


def _batch(block: Block, records: Records) -> Batch:
    lines: list[Callable[[int], bytes]] = []

    def raw(line: int) -> bytes:
        if line in records.starts:
            return records.starts[line]
        if not lines:
            lines.append(_lines_of(block.data))
        return lines[0](line - block.first_line)

    return Batch(records.table, records.lines, records.bad, raw, block.done)


def _lines_of(data: bytes) -> Callable[[int], bytes]:
    """The nth line of some lines, from 0, without its end."""
    ends = np.flatnonzero(np.frombuffer(data, np.uint8) == ord("\n"))
    starts = np.concatenate(([0], ends + 1))
    return lambda n: data[starts[n] : starts[n + 1]].rstrip(b"\r\n")


class ParquetSource:
    """A Parquet file; the line of a record is its row number, from 1."""

    encoding, delimiter = "utf-8", ","

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.file = pq.ParquetFile(path)
        except (pa.ArrowInvalid, pa.ArrowException, OSError) as error:
            raise Refused("unreadable", file=path.name, why=str(error).splitlines()[0][:200]) from None
        self.header = tuple(self.file.schema_arrow.names)

    def batches(self, coded: frozenset[str] = frozenset()) -> Iterator[Batch]:
        line, size = 1, self.path.stat().st_size
        total = max(self.file.metadata.num_rows, 1)
        try:
            for piece in self.file.iter_batches(batch_size=ROWS_PER_BATCH):
                table = pa.table([_readable(column) for column in piece.columns], names=list(self.header))
                lines = np.arange(line, line + piece.num_rows, dtype=np.int64)
                line += piece.num_rows
                yield Batch(table, lines, [], _raw_of(table, int(lines[0])), size * (line - 1) // total)
        except (pa.ArrowInvalid, OSError) as error:
            raise Refused("unreadable", file=self.path.name, why=str(error).splitlines()[0][:200]) from None

    def raws(self, lines: frozenset[int]) -> dict[int, bytes]:
        return _raws(self, lines)


def _readable(column: pa.Array) -> pa.Array:
    """Columns that keep their own type because it says what the text would say; all others become text."""
    kind = column.type
    if pa.types.is_date32(kind) or kind == pa.timestamp("s") or pa.types.is_integer(kind):
        return column
    if pa.types.is_timestamp(kind) and kind.tz is None:
        return column.cast(pa.timestamp("s"), safe=False)
    if pa.types.is_decimal128(kind) and 0 <= kind.scale <= PLACES:
        return column
    return as_text(column)


def as_text(column: pa.Array) -> pa.Array:
    """The column as the contract writes it in CSV; empty is null."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        return column.cast(pa.timestamp("s"), safe=False).cast(pa.string())
    if pa.types.is_boolean(kind):
        return pc.if_else(column, "1", "0")
    if pa.types.is_nested(kind) or pa.types.is_binary(kind):
        return pa.array([None if value is None else str(value) for value in column.to_pylist()], pa.string())
    if pa.types.is_floating(kind):
        # 12.5 and 12.50 are one amount; repr keeps what the file says and never adds places.
        return pa.array([None if value is None else _plain(value) for value in column.to_pylist()], pa.string())
    text = column.cast(pa.string())
    return pc.if_else(pc.equal(text, ""), pa.scalar(None, pa.string()), text)


def _plain(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def _raw_of(table: pa.Table, first: int) -> Callable[[int], bytes]:
    def raw(line: int) -> bytes:
        row = [as_text(column.combine_chunks())[0].as_py() or "" for column in table.slice(line - first, 1).columns]
        return write_line(row, ",").encode()

    return raw


class MendedSource:
    """Lines of a quarantine file, mended by a person, under the header of the file they came from."""

    encoding = "utf-8"

    def __init__(self, header: tuple[str, ...], delimiter: str, texts: Map[int, str]) -> None:
        self.header, self.delimiter, self.texts = header, delimiter, dict(sorted(texts.items()))

    def batches(self, coded: frozenset[str] = frozenset()) -> Iterator[Batch]:
        shape = Shape(self.header, self.delimiter, coded)
        texts = list(self.texts.items())
        for at in range(0, len(texts), LINES_PER_BATCH):
            yield _mended(dict(texts[at : at + LINES_PER_BATCH]), shape)

    def raws(self, lines: frozenset[int]) -> dict[int, bytes]:
        return _raws(self, lines)


def _mended(texts: Map[int, str], shape: Shape) -> Batch:
    raw = {line: text.encode().rstrip(b"\n") + b"\n" for line, text in texts.items()}
    # One block each: a line that is still broken must not touch the next.
    read = [read_block(Block(data, line, data.count(b"\n"), 0, last=True), shape) for line, data in raw.items()]
    return Batch(
        pa.concat_tables([records.table for records in read]),
        np.concatenate([records.lines for records in read]),
        [bad for records in read for bad in records.bad],
        lambda line: raw[line].rstrip(b"\r\n"),
        0,
    )


def write_line(values: list[Any], delimiter: str) -> str:
    """One CSV record without its line end."""
    sink = io.StringIO()
    csv.writer(sink, delimiter=delimiter, lineterminator="").writerow(values)
    return sink.getvalue()
