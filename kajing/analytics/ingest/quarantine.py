"""Quarantine files: rejected lines with exact number, column and reason; the raw text encrypted, a masked form to show.

Beside the rows, the file's own metadata keeps what a re-run needs: header, delimiter, mapping.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from kajing.analytics.ingest.batches import write_line
from kajing.analytics.ingest.outcomes import Reject
from kajing.analytics.warehouse import Warehouse
from kajing.lib.crypto import KeyRing

RAW_COLUMN = "quarantine.raw"
SCHEMA = pa.schema(
    [
        ("line", pa.int64()),
        ("column", pa.string()),
        ("code", pa.string()),
        ("params", pa.string()),
        ("masked", pa.string()),
        ("raw_enc", pa.binary()),
        ("soft", pa.bool_()),
    ]
)


def write(path: Path, hard: Sequence[Reject], soft: pa.Table, about: dict[str, Any]) -> None:
    """Write a quarantine file; `about` holds header, delimiter and mapping of the source."""
    rows = pa.table(
        [
            [one.line for one in hard],
            [one.column for one in hard],
            [one.code for one in hard],
            [json.dumps(one.params, ensure_ascii=False) for one in hard],
            [one.masked for one in hard],
            [one.raw_enc for one in hard],
            [one.soft for one in hard],
        ],
        schema=SCHEMA,
    )
    both = pa.concat_tables([rows, soft.cast(SCHEMA)]).replace_schema_metadata(
        {"about": json.dumps(about, ensure_ascii=False)}
    )
    pq.write_table(both, path, compression="zstd")


def about(path: Path) -> dict[str, Any]:
    """What `write` was told about the source."""
    content: dict[str, Any] = json.loads(pq.read_schema(path).metadata[b"about"])
    return content


def rejects(
    warehouse: Warehouse,
    *,
    feed: str,
    business_date: date,
    part: str,
    offset: int = 0,
    limit: int | None = None,
    soft: bool | None = None,
    staged: Path | None = None,
    lines: Sequence[int] | None = None,
) -> list[Reject]:
    """The rejects of a part in line order, of all lines or some; `staged`: of a check that is not admitted yet."""
    path = staged or warehouse.quarantine_path(feed, business_date, part)
    if not path.exists():
        return []
    wanted = ["soft = " + str(soft)] if soft is not None else []
    if lines is not None:
        wanted.append(f"line IN ({', '.join(str(int(line)) for line in lines) or 'NULL'})")
    condition = f" WHERE {' AND '.join(wanted)}" if wanted else ""
    bound = "" if limit is None else f" LIMIT {int(limit)}"
    with duckdb.connect() as con:
        rows = con.execute(
            f'SELECT line, "column", code, params, masked, raw_enc, soft FROM read_parquet(?){condition}'
            f' ORDER BY line, "column"{bound} OFFSET {int(offset)}',
            [str(path)],
        ).fetchall()
    return [Reject(r[0], r[1], r[2], json.loads(r[3]), r[4], bytes(r[5] or b""), r[6]) for r in rows]


def columns_of(warehouse: Warehouse, *, feed: str, business_date: date, part: str) -> set[str]:
    """The names by which an edit may call the columns of a part with rejects: the file's own and the contract's."""
    path = warehouse.quarantine_path(feed, business_date, part)
    if not path.exists():
        return set()
    told = about(path)
    header, named = told["header"], told["mapping"]["columns"]
    return {*header, *(named.get(name, name) for name in header)}


def reject_lines(
    warehouse: Warehouse, *, feed: str, business_date: date, part: str, language: str, **which: Any
) -> Iterator[str]:
    """The error download: a CSV of line, column, reason and the masked row, safe to open in a spreadsheet."""
    zh = language.lower().startswith("zh")
    yield ("\ufeff行号,列,原因,内容（已脱敏）" if zh else "\ufeffline,column,reason,row (masked)") + "\r\n"
    for one in rejects(warehouse, feed=feed, business_date=business_date, part=part, **which):
        cells = [one.line, one.column, _safe(one.words(language)), _safe(one.masked)]
        yield write_line(cells, ",") + "\r\n"


def _safe(text: str) -> str:
    """No cell may begin a formula (platform R12)."""
    return f"'{text}" if text[:1] in "=+-@\t\r\n＝＋－＠" and text else text


def seal(keys: KeyRing, raw: bytes, encoding: str) -> bytes:
    """The raw text encrypted; bytes that are no text of the encoding are kept one character a byte."""
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError:
        text = raw.decode("latin-1")
    return keys.encrypt(RAW_COLUMN, text)


def reveal(reject: Reject, keys: KeyRing) -> str:
    """The raw text of a reject. The caller asks for the right and writes the audit row. Raises CannotDecrypt."""
    return keys.decrypt(RAW_COLUMN, reject.raw_enc) if reject.raw_enc else reject.masked
