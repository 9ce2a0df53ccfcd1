"""A block of lines cut into records: the plain ones as one clean buffer for a fast parser, the odd ones one by one.

Standard quoting with one unterminated quotation mark silently swallows up to half a file, so every line is looked at
first: counts of quotes and of fields, encoding, NUL. What a line is worth is decided before any parser sees it, and the
parser's row count must equal the number of lines given to it, otherwise the block is read line by line.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.csv as pacsv

from kajing.analytics.ingest.encodings import OtherEncoding, error_at, slabs
from kajing.analytics.ingest.sources import MAX_LINE, BadLine, Block

LF, CR, QUOTE = 10, 13, 34
MAX_LINES_IN_RECORD = 1000
Bools = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]

csv.field_size_limit(2 * MAX_LINE)


@dataclass(slots=True)
class Records:
    """What a block holds: records as text columns with their line numbers, lines that are none, and a tail to carry."""

    table: pa.Table  # one text column per header name
    lines: Numbers  # physical line of each record
    bad: list[BadLine]
    carry: bytes = b""  # an unfinished quoted record, to be put before the next block
    starts: dict[int, bytes] = field(default_factory=dict)  # raw text of records that span lines


@dataclass(frozen=True, slots=True)
class Shape:
    """How the lines of one file are built."""

    names: tuple[str, ...]
    delimiter: str
    coded: frozenset[str] = frozenset()  # columns of few values, to be read as codes and a list of the values
    sure: bool = True  # False: a line that is not UTF-8 may mean that the file is in another encoding

    @property
    def width(self) -> int:
        """The number of fields a line must have."""
        return len(self.names)

    @property
    def schema(self) -> pa.Schema:
        """The table a block becomes; an empty field is null."""
        return pa.schema([(name, CODED if name in self.coded else pa.string()) for name in self.names])


CODED = pa.dictionary(pa.int32(), pa.string())


def read_block(block: Block, shape: Shape) -> Records:
    """Cut a block of UTF-8. Never loses a line: each ends in the table, in `bad`, in the carry, or is blank."""
    if _is_plain(block):
        table = _parse(block.data, shape, quoted=False)
        if table is not None and table.num_rows == block.lines:
            return Records(table, block.first_line + np.arange(block.lines, dtype=np.int64), [])
    return _Careful(block, shape).read()


def _is_plain(block: Block) -> bool:
    """Nothing in it that a parser could take for more than one character of one field."""
    data = block.data
    if block.bad or b'"' in data or b"\0" in data:
        return False
    return b"\r" not in data or data.count(b"\r") == data.count(b"\r\n")


def _parse(
    data: bytes, shape: Shape, *, quoted: bool, misfit: Callable[[pacsv.InvalidRow], str] | None = None
) -> pa.Table | None:
    """All columns as text by Arrow's parser; None when it does not accept every line.

    `misfit` is told of lines with too few or too many fields, which are then left out.
    """
    if not data:
        return shape.schema.empty_table()
    try:
        return pacsv.read_csv(
            pa.BufferReader(data),
            # One chunk: a column is then one array with one list of values. Rows are numbered without threads only.
            read_options=pacsv.ReadOptions(
                column_names=list(shape.names), block_size=len(data) + 1, use_threads=misfit is None
            ),
            parse_options=pacsv.ParseOptions(
                delimiter=shape.delimiter,
                quote_char='"' if quoted else False,
                ignore_empty_lines=True,
                invalid_row_handler=misfit,
            ),
            convert_options=pacsv.ConvertOptions(column_types=shape.schema, strings_can_be_null=True, null_values=[""]),
        )
    except pa.ArrowInvalid:
        return None


def _table(rows: list[list[str]], shape: Shape) -> pa.Table:
    columns = [pa.array([row[n] or None for row in rows], pa.string()) for n in range(shape.width)]
    return pa.table(columns, names=list(shape.names)).cast(shape.schema)


def parse_line(text: str, delimiter: str) -> list[str] | None:
    """The fields of one record by strict RFC 4180 rules; None when quotes are misplaced or it is no single record."""
    try:
        rows = list(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


class _Careful:
    """The slow, exact way through a block; vectorised over lines, Python only over lines with a peculiarity."""

    def __init__(self, block: Block, shape: Shape) -> None:
        self.block, self.shape, self.data = block, shape, block.data
        self.bytes = np.frombuffer(block.data, np.uint8)
        self.ends = np.flatnonzero(self.bytes == LF)
        self.starts = np.concatenate(([0], self.ends[:-1] + 1)).astype(np.int64)
        self.count = len(self.ends)
        self.gone: Bools = np.zeros(self.count, bool)
        self.bad: list[BadLine] = list(block.bad)
        self.odd: list[tuple[int, list[str]]] = []
        self.spans: dict[int, bytes] = {}
        self.carry = b""
        self.quotes = np.flatnonzero(self.bytes == QUOTE) if b'"' in self.data else np.array([], np.int64)
        for bad in self.bad:
            self.gone[bad.line - block.first_line] = True

    def read(self) -> Records:
        self._too_long()
        self._control_bytes()
        self._encoding()
        self._quotes()
        self._blank()
        return self._result()

    # --- single lines -----------------------------------------------------------------------------

    def _raw(self, n: Any) -> bytes:
        return self.data[self.starts[n] : self.ends[n]].rstrip(b"\r")

    def _reject(self, n: Any, code: str, **params: Any) -> None:
        if not self.gone[n]:
            self.gone[n] = True
            self.bad.append(BadLine(self.block.first_line + int(n), code, params, self._raw(n)[: MAX_LINE + 1]))

    def _line_of(self, positions: Numbers) -> Numbers:
        return np.searchsorted(self.ends, positions)

    def _too_long(self) -> None:
        sizes = self.ends - self.starts
        for n in np.flatnonzero(sizes > self.block.longest):
            self._reject(n, "line_too_long", bytes=int(sizes[n]), limit=MAX_LINE)

    def _control_bytes(self) -> None:
        if b"\0" in self.data:
            for n in np.unique(self._line_of(np.flatnonzero(self.bytes == 0))):
                self._reject(n, "nul_byte")
        if b"\r" in self.data:
            returns = np.flatnonzero(self.bytes == CR)
            for n in np.unique(self._line_of(returns[self.bytes[returns + 1] != LF])):
                self._reject(n, "control_character")

    def _encoding(self) -> None:
        """Lines that are not UTF-8. Decoding slab by slab: an error carries a copy of all that is decoded with it."""
        at = 0
        for slab in slabs(self.data):
            if error_at(slab, "utf-8") is not None:
                self._broken_lines(at, at + len(slab))
            at += len(slab)

    def _broken_lines(self, at: int, end: int) -> None:
        while at < end and (error := error_at(self.data[at:end], "utf-8")) is not None:
            n = int(self._line_of(np.array([at + error]))[0])
            if not self.shape.sure and not self.gone[n]:
                raise OtherEncoding
            self._reject(n, "bad_encoding", encoding="UTF-8", byte=at + error - int(self.starts[n]) + 1)
            at = int(self.ends[n]) + 1

    def _blank(self) -> None:
        sizes = self.ends - self.starts
        blank = (sizes == 0) | ((sizes == 1) & (self.bytes[self.starts] == CR))
        self.gone |= blank

    # --- quotes -----------------------------------------------------------------------------------

    def _quotes(self) -> None:
        """Lines whose quotes do not open and close whole fields, in turn, are read one by one by strict rules."""
        if not len(self.quotes):
            return
        per_line = np.diff(np.searchsorted(self.quotes, np.append(self.starts, len(self.bytes))))
        self._odd_lines(np.flatnonzero((per_line % 2 == 1) & ~self.gone))
        nth = np.arange(len(self.quotes)) - np.repeat(np.cumsum(per_line) - per_line, per_line)
        for n in np.unique(self._line_of(self.quotes[~self._well_placed(nth)])):
            if not self.gone[n]:
                self._one_record(int(n), int(n))

    def _well_placed(self, nth: Numbers) -> Bools:
        """Whether the first quote of a line stands where a field begins, the second where one ends, and so on."""
        opens, closes = np.zeros(256, bool), np.zeros(256, bool)
        delimiter = ord(self.shape.delimiter)
        opens[[delimiter, LF, QUOTE]] = closes[[delimiter, LF, CR, QUOTE]] = True
        before = np.where(self.quotes > 0, self.bytes[self.quotes - 1], LF)
        after = self.bytes[np.minimum(self.quotes + 1, len(self.bytes) - 1)]
        return np.where(nth % 2 == 0, opens[before], closes[after])

    def _odd_lines(self, odd: Numbers) -> None:
        pending = [int(n) for n in odd]
        while pending:
            first = pending.pop(0)
            last = self._closing_line(first, pending[0] if pending else None)
            if last is None:
                self._reject(first, "unterminated_quote")
            elif last == self.count:
                self._carry_from(first)
                return
            elif self._one_record(first, last):
                pending = [n for n in pending if n > last]

    def _closing_line(self, first: int, closing: int | None) -> int | None:
        """The line where a quoted record that opens in `first` ends; None: it never does; count: in the next block."""
        end = self.count if closing is None else closing
        for n in range(first + 1, min(end + 1, self.count)):
            # A line that is a whole record by itself is not the inside of a quoted field.
            if self.gone[n] or n - first > MAX_LINES_IN_RECORD or self._plain_width(n) == self.shape.width:
                return None
        if closing is not None:
            return closing
        fits = not self.block.last and int(self.ends[-1] - self.starts[first]) < MAX_LINE
        return self.count if fits else None

    def _plain_width(self, n: int) -> int:
        return self.data.count(self.shape.delimiter.encode(), int(self.starts[n]), int(self.ends[n])) + 1

    def _carry_from(self, first: int) -> None:
        self.carry = self.data[int(self.starts[first]) :]
        self.gone[first:] = True
        self.bad = [bad for bad in self.bad if bad.line < self.block.first_line + first]

    def _one_record(self, first: int, last: int) -> bool:
        """Read lines first..last as one record by strict rules; reject the first line when they are none."""
        raw = self.data[int(self.starts[first]) : int(self.ends[last])].rstrip(b"\r")
        row = parse_line(raw.decode(), self.shape.delimiter)
        if row is None or (last > first and len(row) != self.shape.width):
            self._reject(first, "bad_quote" if last == first else "unterminated_quote")
            return False
        if len(row) != self.shape.width:
            self._reject(first, "column_count", found=len(row), expected=self.shape.width)
            return False
        self.gone[first : last + 1] = True
        line = self.block.first_line + first
        self.odd.append((line, row))
        self.spans[line] = raw
        return True

    # --- fields -----------------------------------------------------------------------------------

    def _widths(self) -> None:
        delimiters = np.flatnonzero(self.bytes == ord(self.shape.delimiter))
        found = np.diff(np.searchsorted(delimiters, np.append(self.starts, len(self.bytes))))
        if len(self.quotes):
            # Inside quotes = an odd number of quotes since the start of the line.
            owner = np.repeat(np.arange(self.count), found)
            before_line = np.searchsorted(self.quotes, self.starts)
            inside = (np.searchsorted(self.quotes, delimiters) - before_line[owner]) % 2 == 1
            found = np.bincount(owner[~inside], minlength=self.count)
        for n in np.flatnonzero((found + 1 != self.shape.width) & ~self.gone):
            self._reject(n, "column_count", found=int(found[n]) + 1, expected=self.shape.width)

    def _result(self) -> Records:
        table, keep = self._kept()
        if table is None:
            self._widths()
            keep = np.flatnonzero(~self.gone)
            table, keep = self._line_by_line(keep)
        lines = keep + self.block.first_line
        if self.odd:
            table = pa.concat_tables([table, _table([row for _line, row in self.odd], self.shape)])
            table = table.unify_dictionaries().combine_chunks()
            lines = np.concatenate((lines, np.array([line for line, _row in self.odd], np.int64)))
        self.bad.sort(key=lambda bad: bad.line)
        return Records(table, lines, self.bad, self.carry, self.spans)

    def _kept(self) -> tuple[pa.Table | None, Numbers]:
        """The lines that are left, read as one text; None when the parser does not see them as one record each."""
        keep = np.flatnonzero(~self.gone)
        data = self.data
        if len(keep) < self.count:
            data = b"".join(data[self.starts[a] : self.ends[b] + 1] for a, b in _runs(keep))
        misfits: list[tuple[int, int]] = []

        def misfit(row: pacsv.InvalidRow) -> str:
            misfits.append((row.number - 1, row.actual_columns))
            return "skip"

        table = _parse(data, self.shape, quoted=len(self.quotes) > 0, misfit=misfit)
        if table is None or table.num_rows + len(misfits) != len(keep):
            return None, keep
        for n, found in misfits:
            self._reject(keep[n], "column_count", found=found, expected=self.shape.width)
        return table, np.delete(keep, [n for n, _found in misfits])

    def _line_by_line(self, keep: Numbers) -> tuple[pa.Table, Numbers]:
        rows, lines = [], []
        for n in keep:
            row = parse_line(self._raw(n).decode(), self.shape.delimiter)
            if row is None or len(row) != self.shape.width:
                self._reject(n, "bad_quote")
            else:
                rows.append(row)
                lines.append(n)
        return _table(rows, self.shape), np.array(lines, np.int64)


def _runs(numbers: Numbers) -> Iterator[tuple[int, int]]:
    """First and last of each run of consecutive numbers."""
    if len(numbers):
        breaks = np.flatnonzero(np.diff(numbers) > 1)
        yield from zip(
            numbers[np.concatenate(([0], breaks + 1))],
            numbers[np.concatenate((breaks, [len(numbers) - 1]))],
            strict=True,
        )
