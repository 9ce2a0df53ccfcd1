"""A source as batches of text columns with line numbers, whatever its form: CSV, CSV in gzip, Parquet, mended lines."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator
from collections.abc import Mapping as Map
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from kajing.analytics.ingest.outcomes import Refused
from kajing.analytics.ingest.records import BadLine, Records, Shape, parse_line, read_block
from kajing.analytics.ingest.sources import Block, blocks

BOM = codecs.BOM_UTF8
ROWS_PER_BATCH = 200_000


@dataclass(frozen=True, slots=True)
class Batch:
    """Records of a stretch of the source."""

    table: pa.Table  # text columns under the source's names
    lines: npt.NDArray[np.int64]
    bad: list[BadLine]
    raw: Callable[[int], bytes]  # the raw bytes of a record by its line number
    done: int


class Source(Protocol):
    """What the check reads from."""

    header: tuple[str, ...]
    encoding: str
    delimiter: str

    def batches(self) -> Iterator[Batch]: ...


class TextSource:
    """A CSV file, packed or not. Raises UnicodeDecodeError when the header is not of the encoding."""

    def __init__(self, path: Path, *, encoding: str, delimiter: str) -> None:
        self.path, self.encoding, self.delimiter = path, encoding, delimiter
        first = next(blocks(path), None)
        if first is None:
            raise Refused("empty_file", file=path.name)
        if first.data[:2] in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE):
            raise Refused("unknown_encoding", file=path.name, encoding="UTF-16")
        self.has_bom = first.data.startswith(BOM)
        if self.has_bom:
            self.encoding = "utf-8"
        self.header = self._header(first.data.removeprefix(BOM))

    def _header(self, data: bytes) -> tuple[str, ...]:
        text = data[: data.index(b"\n")].rstrip(b"\r").decode(self.encoding)
        names = parse_line(text, self.delimiter)
        if not names or not any(name.strip() for name in names):
            raise Refused("empty_file" if not text.strip() else "bad_header", file=self.path.name)
        return tuple(name.strip() for name in names)

    @property
    def shape(self) -> Shape:
        """How the lines are built. Repeated names are refused by the check, so a number keeps them apart until then."""
        seen: set[str] = set()
        names = []
        for n, name in enumerate(self.header):
            names.append(name if name and name not in seen else f"{name}\0{n}")
            seen.add(name)
        return Shape(tuple(names), self.delimiter, self.encoding)

    def batches(self) -> Iterator[Batch]:
        shape, carry, last = self.shape, b"", None
        for block in blocks(self.path):
            last = block
            data, line = carry + block.data, block.first_line - carry.count(b"\n")
            if line == 1:
                data, line = data[data.index(b"\n") + 1 :], 2
            if data:
                current = Block(data, line, block.done, block.last)
                records = read_block(current, shape)
                carry = records.carry
                yield _batch(current, records)
        if carry and last is not None:
            end = last.first_line + last.data.count(b"\n")
            rest = Block(carry, end - carry.count(b"\n"), last.done, last=True)
            yield _batch(rest, read_block(rest, shape))


def _batch(block: Block, records: Records) -> Batch:
    starts: list[npt.NDArray[np.int64]] = []

    def raw(line: int) -> bytes:
        if line in records.starts:
            return records.starts[line]
        if not starts:
            ends = np.flatnonzero(np.frombuffer(block.data, np.uint8) == 10)
            starts.append(np.concatenate(([0], ends + 1)))
        n = line - block.first_line
        return block.data[starts[0][n] : starts[0][n + 1]].rstrip(b"\r\n")

    return Batch(records.table, records.lines, records.bad, raw, block.done)


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

    def batches(self) -> Iterator[Batch]:
        line, size = 1, self.path.stat().st_size
        total = max(self.file.metadata.num_rows, 1)
        try:
            for piece in self.file.iter_batches(batch_size=ROWS_PER_BATCH):
                table = pa.table([_as_text(column) for column in piece.columns], names=list(self.header))
                lines = np.arange(line, line + piece.num_rows, dtype=np.int64)
                line += piece.num_rows
                yield Batch(table, lines, [], _raw_of(table, int(lines[0])), size * (line - 1) // total)
        except (pa.ArrowInvalid, OSError) as error:
            raise Refused("unreadable", file=self.path.name, why=str(error).splitlines()[0][:200]) from None


def _as_text(column: pa.Array) -> pa.Array:
    """The column as the contract writes it in CSV."""
    kind = column.type
    if pa.types.is_timestamp(kind):
        return column.cast(pa.timestamp("s"), safe=False).cast(pa.string())
    if pa.types.is_boolean(kind):
        return pc.if_else(column, "1", "0")
    if pa.types.is_dictionary(kind):
        return column.cast(pa.string())
    if pa.types.is_nested(kind) or pa.types.is_binary(kind):
        return pa.array([None if value is None else str(value) for value in column.to_pylist()], pa.string())
    if pa.types.is_floating(kind):
        # 12.5 and 12.50 are one amount; repr keeps what the file says and never adds places.
        return pa.array([None if value is None else _plain(value) for value in column.to_pylist()], pa.string())
    return column.cast(pa.string())


def _plain(value: float) -> str:
    return str(int(value)) if value == int(value) and abs(value) < 1e15 else repr(value)


def _raw_of(table: pa.Table, first: int) -> Callable[[int], bytes]:
    def raw(line: int) -> bytes:
        row = table.slice(line - first, 1).to_pylist()[0]
        return write_line([value or "" for value in row.values()], ",").encode()

    return raw


class MendedSource:
    """Lines of a quarantine file, mended by a person, under the header of the file they came from."""

    encoding = "utf-8"

    def __init__(self, header: tuple[str, ...], delimiter: str, texts: Map[int, str]) -> None:
        self.header, self.delimiter, self.texts = header, delimiter, dict(sorted(texts.items()))

    def batches(self) -> Iterator[Batch]:
        shape = Shape(self.header, self.delimiter, self.encoding)
        for line, text in self.texts.items():
            # One block each: a line that is still broken must not touch the next.
            data = text.encode().rstrip(b"\n") + b"\n"
            records = read_block(Block(data, line, 0, last=True), shape)
            yield Batch(records.table, records.lines, records.bad, _always(data.rstrip(b"\r\n")), 0)


def _always(raw: bytes) -> Callable[[int], bytes]:
    return lambda _line: raw


def write_line(values: list[Any], delimiter: str) -> str:
    """One CSV record without its line end."""
    sink = io.StringIO()
    csv.writer(sink, delimiter=delimiter, lineterminator="").writerow(values)
    return sink.getvalue()
