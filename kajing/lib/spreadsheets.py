"""Files that people open in a spreadsheet: rows of cells as CSV or XLSX. No cell ever runs as a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from kajing.lib.cells import harmless

Row = Sequence[Any]
BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # tells a spreadsheet that a CSV is UTF-8
LONGEST = 32_000  # characters of a cell; the format takes 32,767
CSV_TYPE = "text/csv; charset=utf-8"
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TYPES = {"csv": CSV_TYPE, "xlsx": XLSX_TYPE}


def csv_text(rows: Iterable[Row]) -> str:
    """Rows as the lines of a CSV; days as 2026-11-23."""
    out = io.StringIO()
    csv.writer(out).writerows([_text(cell) for cell in row] for row in rows)
    return out.getvalue()


def as_csv(rows: Iterable[Row]) -> bytes:
    """A whole CSV file."""
    return BYTE_ORDER_MARK + csv_text(rows).encode()


def as_xlsx(pages: Sequence[tuple[str, Iterable[Row]]], *, made_at: datetime | None = None) -> bytes:
    """A workbook with a page for each (name, rows); the first row of a page stays in sight.

    The same rows and the same `made_at` give the same bytes, so that a digest of the file stays true.
    """
    import xlsxwriter  # a heavy import that only files need

    out = io.BytesIO()
    options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        if made_at is not None:
            book.set_properties({"created": made_at.replace(tzinfo=None, microsecond=0)})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        for name, rows in pages:
            page = book.add_worksheet(name[:31])
            page.freeze_panes(1, 0)
            for number, row in enumerate(rows):
                for place, cell in enumerate(row):
                    _write(page, number, place, cell, day)
    return out.getvalue()


def _text(cell: Any) -> Any:
    return harmless(cell.isoformat() if isinstance(cell, date) else cell)


def _write(page: Any, number: int, place: int, cell: Any, day: Any) -> None:
    if cell is None or cell == "":
        return
    if isinstance(cell, (int, float, Decimal)) and not isinstance(cell, bool):
        page.write_number(number, place, cell)
    elif isinstance(cell, date) and not isinstance(cell, datetime):
        page.write_datetime(number, place, datetime(cell.year, cell.month, cell.day), day)  # noqa: DTZ001  a day
    else:
        page.write_string(number, place, str(_text(str(cell)))[:LONGEST])
