"""Reading an uploaded file in its child, into encrypted chunks."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kajing.imports.models import Sheet, SheetChunk, SheetMapping
from kajing.imports.services.uploads import uploads
from kajing.imports.sheets.cleaning import guess, header_key
from kajing.imports.sheets.own import target_for
from kajing.org.models import Person

CHUNK = 500
PATIENCE = 180.0  # seconds of wall clock for the whole file
COLUMN = "imports.sheet"

# Why a file cannot be read, by the child's code.
PROBLEMS = {
    "not_xlsx": _("This is not an XLSX file that can be read. Save it again as .xlsx or as CSV."),
    "too_large": _("The file unpacks to too much. Save the rows as CSV, or in smaller files."),
    "too_many_rows": _("The file has more than 100,000 rows. Split it."),
    "too_wide": _("The file has more than 60 columns. Delete those that are not imported."),
    "broken_quotes": _("The file's quotation marks do not match. Save it again as CSV or XLSX."),
    "empty": _("The file has a heading but no rows."),
    "stopped": _("Reading took too much memory or time. Save the rows as CSV, or in smaller files."),
}


class Refused(Exception):
    """The file cannot be read; `args[0]` is one of PROBLEMS."""


def read_sheet(*, sheet: Sheet) -> Sheet:
    """Read the file into chunks and propose a mapping; again after a crash from the beginning."""
    path = uploads() / sheet.folder / f"sheet{Path(sheet.file_name).suffix.lower()}"
    try:
        header, count, told = _store(sheet, path)
    except Refused as error:
        sheet.state, sheet.problem = Sheet.State.REFUSED, error.args[0]
    else:
        sheet.header, sheet.rows, sheet.state = header, count, Sheet.State.MAPPING
        sheet.encoding, sheet.delimiter = told.get("encoding", ""), told.get("delimiter", "")
        sheet.mapping, sheet.mode = _proposal(sheet)
    with transaction.atomic():
        folder, sheet.folder = sheet.folder, ""
        sheet.save()
    shutil.rmtree(uploads() / folder, ignore_errors=True)
    return sheet


def _store(sheet: Sheet, path: Path) -> tuple[list[str], int, dict[str, Any]]:
    SheetChunk.objects.filter(sheet=sheet).delete()
    header: list[str] = []
    told: dict[str, Any] = {}
    chunk: list[Any] = []
    number = 0
    for row in _rows(path):
        if isinstance(row, dict):
            if "problem" in row:
                raise Refused(row["problem"])
            told = row
        elif not header:
            header = row[1]
        else:
            chunk.append(row)
        if len(chunk) == CHUNK:
            _keep(sheet, number, chunk)
            chunk, number = [], number + 1
    if not told:
        raise Refused("stopped")
    if chunk:
        _keep(sheet, number, chunk)
    if not told["end"]:
        raise Refused("empty")
    return header, told["end"], told


def _rows(path: Path) -> Iterator[Any]:
    """What the child writes, line by line. A child that dies says no last word."""
    command = [sys.executable, "-m", "kajing.imports.sheets.child", str(path)]
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": str(Path(__file__).resolve().parents[3])}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment) as child:
        assert child.stdout is not None  # noqa: S101  asked for above
        try:
            yield from _lines(child.stdout)
            child.wait(PATIENCE)
        finally:
            child.kill()


def _lines(source: IO[bytes]) -> Iterator[Any]:
    for line in source:
        try:
            yield json.loads(line)
        except ValueError:
            return  # cut off in the middle: the child was stopped


def _keep(sheet: Sheet, number: int, rows: list[Any]) -> None:
    SheetChunk.objects.create(sheet=sheet, number=number, content_enc=seal(rows))


def seal(rows: list[Any]) -> bytes:
    """Rows of a chunk, packed and encrypted."""
    packed = zlib.compress(json.dumps(rows, ensure_ascii=False).encode())
    return settings.KAJING_KEYS.encrypt(COLUMN, packed.hex())


def rows_of(chunk: SheetChunk) -> list[tuple[int, list[str]]]:
    """The rows of a chunk: (line, cells)."""
    packed = bytes.fromhex(settings.KAJING_KEYS.decrypt(COLUMN, bytes(chunk.content_enc)))
    return [(line, cells) for line, cells in json.loads(zlib.decompress(packed))]


def _proposal(sheet: Sheet) -> tuple[dict[str, int], str]:
    """What this person chose for the same headings before, else a guess by names."""
    target = target_for(sheet.kind, Person.objects.select_related("unit").get(person_no=sheet.uploaded_by))
    assert target is not None  # noqa: S101  `receive` asked for it
    known = SheetMapping.objects.filter(
        owner=sheet.uploaded_by, kind=sheet.kind, header_key=header_key(sheet.header)
    ).first()
    if known:
        return dict(known.mapping), known.mode
    return guess(target, sheet.header), target.modes[0].value


def forget_contents(*, before: datetime) -> int:
    """Rows people typed are kept no longer than the import can be undone."""
    return int(SheetChunk.objects.filter(sheet__uploaded_at__lt=before).delete()[0])
