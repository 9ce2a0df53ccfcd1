"""Writes feed directories as the feed contract asks: one file per feed and a manifest.

Used by the demo bank and by the converters of public data sets.
"""

import hashlib
import json
from collections.abc import Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from kajing.analytics.feeds import FEEDS

# Columns of few distinct values.
REPEATED = ("kind", "currency", "country", "channel", "method")


class FolderNotEmpty(ValueError):
    """The target folder holds files already; a feed is never written over another."""


@dataclass
class Made:
    """What was written: folder, number of feed days, rows by feed."""

    folder: Path
    days: int = 0
    rows: dict[str, int] = field(default_factory=dict)

    def count(self, feed: str, rows: int) -> None:
        self.rows[feed] = self.rows.get(feed, 0) + rows


class FeedWriter:
    """Collects the files of many business dates and closes each with its manifest."""

    def __init__(self, folder: Path) -> None:
        if folder.exists() and any(folder.iterdir()):
            raise FolderNotEmpty(f"{folder} is not empty. Choose a new folder or empty this one first.")
        folder.mkdir(parents=True, exist_ok=True)
        self.made = Made(folder)
        self._manifests: dict[date, dict[str, Future[dict[str, Any]]]] = {}
        # Compression releases Python's lock: two files are packed while the next month is computed.
        self._packers = ThreadPoolExecutor(max_workers=2)

    def add(self, day: date, feed: str, rows: pa.Table, form: str) -> None:
        """Write one feed of one business date; `form` is 'csv' (gzip) or 'parquet'."""
        folder = self.made.folder / day.isoformat()
        folder.mkdir(exist_ok=True)
        packed = self._packers.submit(_write, folder, feed, rows, form)
        self._manifests.setdefault(day, {})[feed] = packed
        self.made.count(feed, rows.num_rows)

    def close(self, every_day: Iterable[date] = ()) -> Made:
        """Write the manifests, also for days without any row, and return the counts."""
        for day in sorted({*self._manifests, *every_day}):
            folder = self.made.folder / day.isoformat()
            folder.mkdir(exist_ok=True)
            manifest = {"business_date": day.isoformat(), "files": self._files(day)}
            text = json.dumps(manifest, ensure_ascii=False, indent=1, sort_keys=True)
            (folder / "manifest.json").write_text(text + "\n", encoding="utf-8")
            self.made.days += 1
        self._packers.shutdown()
        return self.made

    def _files(self, day: date) -> dict[str, dict[str, Any]]:
        return {feed: packed.result() for feed, packed in self._manifests.get(day, {}).items()}


def _write(folder: Path, feed: str, rows: pa.Table, form: str) -> dict[str, Any]:
    name = f"{feed}.parquet" if form == "parquet" else f"{feed}.csv.gz"
    content = _parquet(rows) if form == "parquet" else _csv(rows)
    (folder / name).write_bytes(content)
    return _entry(feed, name, rows, content)


def _entry(feed: str, name: str, rows: pa.Table, content: bytes) -> dict[str, Any]:
    entry: dict[str, Any] = {"file": name, "rows": rows.num_rows, "encoding": "utf-8"}
    if FEEDS[feed].control:
        total = pc.sum(rows.column(FEEDS[feed].control)).as_py() or Decimal(0)
        entry["amount_sum"] = f"{total:.2f}"
    entry["sha256"] = hashlib.sha256(content).hexdigest()
    return entry


def _parquet(rows: pa.Table) -> bytes:
    """Zstandard at its fastest; a dictionary pays for repeated text only in a long file (measured)."""
    sink = pa.BufferOutputStream()
    long = rows.num_rows > 50_000
    repeated = [field.name for field in rows.schema if field.name in REPEATED or pa.types.is_dictionary(field.type)]
    pq.write_table(
        rows,
        sink,
        compression="zstd",
        compression_level=1,
        write_statistics=False,  # a feed is read whole
        use_dictionary=repeated if long else False,
        store_schema=False,  # text is text, however it lay in memory
    )
    return sink.getvalue().to_pybytes()


def _csv(rows: pa.Table) -> bytes:
    """UTF-8 CSV in gzip. Arrow's gzip header carries no time stamp, so equal rows give equal bytes."""
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "gzip") as packed:
        pacsv.write_csv(_as_text(rows), packed, pacsv.WriteOptions(quoting_style="needed"))
    return sink.getvalue().to_pybytes()


def _as_text(rows: pa.Table) -> pa.Table:
    """Times as the contract writes them (YYYY-MM-DDTHH:MM:SS); other types print right by themselves."""
    for n, column in enumerate(rows.schema):
        if pa.types.is_dictionary(column.type):
            rows = rows.set_column(n, column.name, rows.column(n).cast(pa.string()))
        if pa.types.is_timestamp(column.type):
            seconds = rows.column(n).cast(pa.timestamp("s"))
            rows = rows.set_column(n, column.name, pc.strftime(seconds, format="%Y-%m-%dT%H:%M:%S"))
    return rows
