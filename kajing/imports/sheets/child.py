"""The reader of a spreadsheet, a process of its own with limited memory and time: a bad file ends it and nothing else.

    python -m kajing.imports.sheets.child FILE

writes one JSON line per row: the header first, then `[line, [cell, …]]`; last `{"end": rows, "encoding": …,
"delimiter": …}`, or `{"problem": code}`. Cells are texts as people see them. Plain Python: no Django here.
"""

from __future__ import annotations

import csv
import json
import resource
import sys
import zipfile
from collections.abc import Iterator
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

MEMORY = 1_200 * 1024 * 1024  # bytes of address space
SECONDS = 120  # of processor
MOST_ROWS = 100_000
MOST_COLUMNS = 60
LONGEST_CELL = 2_000
UNPACKED = 300 * 1024 * 1024
RATIO = 120  # of packed to unpacked size: people's sheets pack 5 to 20 times
DELIMITERS = ",;\t|"


class Unreadable(Exception):
    """The file as a whole; `args[0]` is a code of `reading.PROBLEMS`."""


def main(path: Path) -> None:
    """Read the file, write its rows."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    out = sys.stdout
    try:
        found, told = (_workbook(path), {}) if path.suffix == ".xlsx" else _text(path)
        count = _write(found, out)
        out.write(json.dumps({"end": count, **told}) + "\n")
    except Unreadable as error:
        out.write(json.dumps({"problem": error.args[0]}) + "\n")
    except MemoryError:
        out.write('{"problem": "too_large"}\n')


def _write(rows: Iterator[tuple[int, list[str]]], out: Any) -> int:
    count = -1
    for line, cells in rows:
        if not any(cells):
            continue
        if count < 0 and len(cells) > MOST_COLUMNS:
            raise Unreadable("too_wide")
        count += 1
        if count > MOST_ROWS:
            raise Unreadable("too_many_rows")
        out.write(json.dumps([line, cells[:MOST_COLUMNS]], ensure_ascii=True) + "\n")
    if count < 0:
        raise Unreadable("empty")
    return count


def _workbook(path: Path) -> Iterator[tuple[int, list[str]]]:
    """The first sheet of an XLSX, after a look at what the packed file claims to hold."""
    try:
        with zipfile.ZipFile(path) as packed:
            entries = packed.infolist()
    except (zipfile.BadZipFile, OSError, ValueError) as error:
        raise Unreadable("not_xlsx") from error
    unpacked, packed_size = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    if unpacked > UNPACKED or unpacked > RATIO * max(packed_size, 1):
        raise Unreadable("too_large")
    from python_calamine import CalamineError, CalamineWorkbook

    try:
        sheet = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0)
        for line, row in enumerate(sheet.iter_rows(), start=1):
            yield line, [_shown(value) for value in row]
    except (CalamineError, IndexError, OSError, ValueError) as error:
        raise Unreadable("not_xlsx") from error


def _shown(value: object) -> str:
    """A cell as people see it: 13800000000.0 is 13800000000, a day is 2026-11-23."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d" if value.time() == time() else "%Y-%m-%d %H:%M")
    if isinstance(value, (date, time)):
        return value.isoformat()
    return str(value)[: LONGEST_CELL + 1].strip()


def _text(path: Path) -> tuple[Iterator[tuple[int, list[str]]], dict[str, str]]:
    """Rows of a CSV: UTF-8, else GB18030; what cannot be decoded shows as U+FFFD and is told row by row."""
    raw = path.read_bytes()
    text, encoding = _decoded(raw)
    head = text[: text.find("\n") if "\n" in text else len(text)]
    delimiter = max(DELIMITERS, key=lambda one: _outside_quotes(head, one))
    csv.field_size_limit(1_000_000)
    return _records(text, delimiter), {"encoding": encoding, "delimiter": delimiter}


def _decoded(raw: bytes) -> tuple[str, str]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return raw.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return raw.decode("gb18030", errors="replace"), "gb18030"


def _outside_quotes(line: str, delimiter: str) -> int:
    return sum(part.count(delimiter) for part in line.split('"')[::2])


def _records(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    try:
        line = 1
        for row in reader:
            yield line, [cell[: LONGEST_CELL + 1].strip() for cell in row]
            line = reader.line_num + 1
    except csv.Error as error:
        raise Unreadable("broken_quotes") from error


if __name__ == "__main__":
    main(Path(sys.argv[1]))
