"""The check of one file: read to its end, every row judged, totals compared, good rows staged aside."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
import uuid
from collections.abc import Callable
from collections.abc import Mapping as Map
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from kajing.analytics.feeds import FEEDS, Feed
from kajing.analytics.ingest import personal, quarantine
from kajing.analytics.ingest.batches import Batch, MendedSource, ParquetSource, Source, TextSource, write_line
from kajing.analytics.ingest.mapping import NO_MAPPING, Mapping
from kajing.analytics.ingest.outcomes import Checked, Declared, Refused, Reject
from kajing.analytics.ingest.parts import known_keys, values_hash
from kajing.analytics.ingest.records import BadLine, parse_line
from kajing.analytics.ingest.rules import Rules, explain
from kajing.analytics.ingest.sources import declared_encoding, find_encoding, is_gzip, is_parquet, sha256_of
from kajing.analytics.warehouse import Warehouse
from kajing.lib.crypto import KeyRing
from kajing.lib.money import yuan

LIMIT = 0.05
Progress = Callable[[int, int], None]


def check(
    source: Path,
    *,
    feed: str,
    business_date: date,
    declared: Declared | None = None,
    mapping: Mapping | None = None,
    keys: KeyRing,
    warehouse: Warehouse,
    limit: float = LIMIT,
    progress: Progress | None = None,
) -> Checked:
    """Read a file to its end and stage its good rows; nothing is in the warehouse before `admit`.

    `limit` is the share of quarantined rows above which the result is `held`. `progress(done, total)` counts bytes
    of the
    file. Raises Refused when the file as a whole cannot be trusted or read; nothing is left behind then.
    """
    source = Path(source)
    rules = _feed(feed)
    if not source.is_file():
        raise Refused("no_file", file=source.name)
    digest = sha256_of(source)
    if declared and declared.sha256 and declared.sha256 != digest:
        raise Refused("wrong_hash", file=source.name, found=digest, declared=declared.sha256)
    mapping = mapping or NO_MAPPING
    name = f"{_part_digest(digest, mapping)}.parquet"
    job = _Check(rules, business_date, mapping, keys, warehouse, digest, name, source.name)
    total = max(source.stat().st_size, 1)
    return job.run(
        lambda encoding: _open(source, encoding, mapping.delimiter),
        wanted=declared_encoding(source, declared.encoding if declared else None),
        find=None if is_parquet(source) else lambda: find_encoding(source),
        declared=declared,
        limit=limit,
        tell=(lambda done: progress(min(done, total), total)) if progress else None,
    )


def recheck(
    warehouse: Warehouse,
    *,
    feed: str,
    business_date: date,
    part: str,
    edits: Map[int, str | Map[str, str] | None],
    keys: KeyRing,
    limit: float = 1.0,
) -> Checked:
    """Quarantined lines of a part again, with a person's edits: line → new text, {column: value}, or None = as it is.

    Only the lines named are run; their numbers stay those of the original file. The result is a part of its own
    (`m….parquet`) of the same business date, to be admitted like any other.
    """
    rules = _feed(feed)
    path = warehouse.quarantine_path(feed, business_date, part)
    told = quarantine.about(path)
    mapping = Mapping(**told["mapping"])
    header = tuple(told["header"])
    texts = {}
    for one in quarantine.rejects(warehouse, feed=feed, business_date=business_date, part=part, soft=False):
        if one.line in edits:
            raw = quarantine.reveal(one, keys)
            texts[one.line] = _edited(raw, edits[one.line], header, mapping)
    digest = hashlib.sha256(json.dumps([part, sorted(texts.items())]).encode()).hexdigest()
    name = f"m{digest[:16]}.parquet"
    job = _Check(rules, business_date, mapping, keys, warehouse, digest, name, part)
    return job.run(
        lambda _encoding: MendedSource(header, mapping.delimiter, texts),
        wanted="utf-8",
        find=None,
        declared=None,
        limit=limit,
        tell=None,
    )


def _edited(raw: str, edit: str | Map[str, str] | None, header: tuple[str, ...], mapping: Mapping) -> str:
    if edit is None:
        return raw
    if isinstance(edit, str):
        return edit
    values = parse_line(raw, mapping.delimiter) or raw.split(mapping.delimiter)
    values = (values + [""] * len(header))[: len(header)]
    for n, name in enumerate(header):
        for wanted in (name, mapping.contract_name(name)):
            values[n] = edit.get(wanted, values[n])
    return write_line(values, mapping.delimiter)


def _feed(name: str) -> Feed:
    try:
        return FEEDS[name]
    except KeyError:
        raise Refused("unknown_feed", feed=name) from None


def _part_digest(digest: str, mapping: Mapping) -> str:
    """The first 16 of the file's hash; the same file under another mapping is another part."""
    if mapping == NO_MAPPING:
        return digest[:16]
    text = digest + json.dumps(mapping.as_dict(), sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _open(path: Path, encoding: str, delimiter: str) -> Source:
    if is_parquet(path) and not is_gzip(path):
        return ParquetSource(path)
    return TextSource(path, encoding=encoding, delimiter=delimiter)


class _OtherEncoding(Exception):
    """A line is not UTF-8 in a file whose encoding nobody declared."""


class _Check:
    """One run over one source."""

    def __init__(
        self,
        feed: Feed,
        business_date: date,
        mapping: Mapping,
        keys: KeyRing,
        warehouse: Warehouse,
        digest: str,
        part: str,
        file: str,
    ) -> None:
        self.feed, self.business_date, self.mapping = feed, business_date, mapping
        self.keys, self.warehouse, self.digest, self.part, self.file = keys, warehouse, digest, part, file
        self.folder = warehouse.incoming / uuid.uuid4().hex
        self.notes: list[tuple[str, dict[str, Any]]] = []

    def run(
        self,
        opened: Callable[[str], Source],
        *,
        wanted: str | None,
        find: Callable[[], str] | None,
        declared: Declared | None,
        limit: float,
        tell: Callable[[int], None] | None,
    ) -> Checked:
        began = time.monotonic()
        try:
            self._read_in_its_encoding(opened, wanted, find, tell)
            if declared and declared.encoding and wanted != self.source.encoding:
                self.notes.append(("encoding_differs", {"declared": wanted, "found": self.source.encoding.upper()}))
            self._compare_totals(declared)
            return self._finish(limit, began)
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise
        finally:
            self.con.close() if hasattr(self, "con") else None

    # --- reading ----------------------------------------------------------------------------------

    def _read_in_its_encoding(
        self,
        opened: Callable[[str], Source],
        wanted: str | None,
        find: Callable[[], str] | None,
        tell: Callable[[int], None] | None,
    ) -> None:
        """UTF-8 first where nobody named the encoding; a line that is not sends us to look at the whole file."""
        try:
            try:
                self._read(opened(wanted or "utf-8"), tell, sure=wanted is not None or find is None)
            except (_OtherEncoding, UnicodeDecodeError):
                if wanted is not None or find is None:
                    raise
                self._read(opened(find()), tell, sure=True)
        except UnicodeDecodeError:
            raise Refused("bad_header", file=self.file) from None

    def _read(self, source: Source, tell: Callable[[int], None] | None, *, sure: bool) -> None:
        self.source, self.rejects = source, list[Reject]()
        self.names = [self.mapping.contract_name(name) for name in source.header]
        self._check_header()
        present = frozenset(name for name in self.names if name in self.feed.names)
        self.rules = Rules(self.feed, present, self.business_date, self.mapping)
        self.con = self.warehouse.scratch(self.folder)
        columns = ", ".join(f"{name} {kind}" for name, kind in self.feed.stored)
        self.con.execute(f"CREATE TABLE rows ({columns}, bad BOOLEAN)")
        self.rows = 0
        for batch in source.batches():
            if not sure and any(bad.code == "bad_encoding" for bad in batch.bad):
                self.con.close()
                raise _OtherEncoding
            self._take(batch)
            if tell:
                tell(batch.done)

    def _check_header(self) -> None:
        repeated = sorted({name for name in self.names if self.names.count(name) > 1 and name})
        if repeated:
            raise Refused("repeated_columns", file=self.file, columns=repeated)
        given = {*self.names, *self.mapping.constants}
        missing = [name for name in self.feed.required if name not in given]
        if missing:
            raise Refused("missing_columns", file=self.file, columns=missing)
        self.unknown = tuple(name for name in self.names if name not in self.feed.names)
        if self.unknown:
            self.notes.append(("unknown_columns", {"columns": list(self.unknown)}))

    def _take(self, batch: Batch) -> None:
        for bad in batch.bad:
            self._broken(bad)
        self.rows += len(batch.bad) + batch.table.num_rows
        if not batch.table.num_rows:
            return
        table = batch.table.rename_columns(self.names)
        table = table.select([name for name in self.names if name in self.feed.names])
        table = personal.seal(table.append_column("line", pa.array(batch.lines)), self.feed, self.keys)
        self.con.register("block", table)
        before = self._scalar("SELECT count(*) FROM rows")
        stored = ", ".join(f"{sql} AS {name}" for name, sql in self.rules.stored())
        self.con.execute(f"INSERT INTO rows SELECT {stored}, {self.rules.bad()} FROM block")
        flagged = self.con.execute("SELECT line FROM rows WHERE rowid >= ? AND bad", [before]).fetchall()
        if flagged:
            self._explain([line for (line,) in flagged], batch)
        self.con.unregister("block")

    def _broken(self, bad: BadLine) -> None:
        text = bad.raw.decode(self.source.encoding, "replace").replace("\0", "␀")
        masked = personal.mask_broken(self.feed, text[:4000])
        raw = quarantine.seal(self.keys, bad.raw, self.source.encoding)
        self.rejects.append(Reject(bad.line, "", bad.code, bad.params, masked, raw))

    def _explain(self, lines: list[int], batch: Batch) -> None:
        """The first error of each flagged row, in words' figures; the raw text from the batch."""
        self.con.register("flagged", pa.table({"line": pa.array(lines, pa.int64())}))
        texts = ", ".join(f"{self.rules.text(column)}" for column in self.rules.columns)
        rows = self.con.execute(
            f"SELECT line, {self.rules.reason()}, [{texts}] FROM block"
            f" WHERE line IN (SELECT line FROM flagged) ORDER BY line"
        ).fetchall()
        self.con.unregister("flagged")
        order = {column.name: n for n, column in enumerate(self.rules.columns)}
        for line, reason, values in rows:
            column, _, code = reason.partition(":")
            params = explain(self.feed, column, code, values[order[column]] or "", self.business_date)
            self._quarantine(line, column, code, params, batch.raw(line))

    def _quarantine(self, line: int, column: str, code: str, params: dict[str, Any], raw: bytes) -> None:
        text = raw.decode(self.source.encoding, "replace")
        values = parse_line(text, self.source.delimiter)
        if values is None:
            masked = personal.mask_broken(self.feed, text)
        else:
            masked = personal.mask_row(self.feed, self.names, values, self.source.delimiter)
        sealed = quarantine.seal(self.keys, raw, self.source.encoding)
        self.rejects.append(Reject(line, column, code, params, masked, sealed))

    # --- totals -----------------------------------------------------------------------------------

    def _compare_totals(self, declared: Declared | None) -> None:
        control = self.feed.control
        self.amount_sum = int(self._scalar(f"SELECT coalesce(sum({control}), 0) FROM rows")) if control else None
        if declared is None:
            return
        if declared.rows is not None and declared.rows != self.rows:
            difference = self.rows - declared.rows
            raise Refused("wrong_rows", file=self.file, found=self.rows, declared=declared.rows, difference=difference)
        if declared.amount_sum is None or self.amount_sum is None or declared.amount_sum == self.amount_sum:
            return
        figures = {
            "file": self.file,
            "column": control,
            "found": str(yuan(self.amount_sum)),
            "declared": str(yuan(declared.amount_sum)),
            "difference": str(yuan(self.amount_sum - declared.amount_sum)),
        }
        # A row whose amount cannot be read makes the sum unprovable; such rows are in quarantine one by one.
        if any(one.column in ("", control) for one in self.rejects):
            self.notes.append(("sum_not_comparable", figures))
        else:
            raise Refused("wrong_sum", **figures)

    # --- rows among rows --------------------------------------------------------------------------

    def _finish(self, limit: float, began: float) -> Checked:
        repeated = self._repeats()
        soft = self._waiting()
        known, corrected = self._compare_with_raw()
        quarantined = len(self.rejects)
        accepted = self.rows - quarantined - repeated - known - corrected
        pending = min(soft.num_rows, accepted)
        staged = self._stage()
        return Checked(
            feed=self.feed.name,
            business_date=self.business_date,
            sha256=self.digest,
            part=self.part,
            encoding=self.source.encoding,
            rows=self.rows,
            accepted=accepted - pending,
            duplicate=repeated + known,
            corrected=corrected,
            quarantined=quarantined,
            pending=pending,
            amount_sum=self.amount_sum,
            unknown_columns=self.unknown,
            notes=tuple(self.notes),
            held=bool(self.rows) and quarantined / self.rows > limit,
            staged=staged,
            staged_rejects=self._stage_rejects(soft),
            seconds=time.monotonic() - began,
        )

    def _repeats(self) -> int:
        """Take out rows whose key came before in the file: equal values are duplicates, others are quarantined."""
        key = ", ".join(self.feed.key)
        self.con.execute("DELETE FROM rows WHERE bad")
        twice = self._scalar(f"SELECT count(*) - count(DISTINCT hash({key})) FROM rows")
        if not twice:
            return 0
        ordered = self.con.execute(
            f"SELECT line, first_value({values_hash(self.feed)}) OVER w = {values_hash(self.feed)},"
            f" first_value(line) OVER w FROM rows"
            f" WHERE hash({key}) IN (SELECT hash({key}) FROM rows GROUP BY ALL HAVING count(*) > 1)"
            f" WINDOW w AS (PARTITION BY {key} ORDER BY line)"
        ).fetchall()
        later = [(line, same, first) for line, same, first in ordered if line != first]
        self.con.register("gone", pa.table({"line": pa.array([line for line, _s, _f in later], pa.int64())}))
        self.con.execute("DELETE FROM rows WHERE line IN (SELECT line FROM gone)")
        self._conflicts({line: first for line, same, first in later if not same})
        return sum(same for _line, same, _first in later)

    def _conflicts(self, first_lines: dict[int, int]) -> None:
        """Read the source once more for the raw text of lines that contradict an earlier one."""
        if not first_lines:
            return
        for batch in self.source.batches():
            for line in set(batch.lines.tolist()) & first_lines.keys():
                params = {"first_line": first_lines[line]}
                self._quarantine(line, self.feed.key[0], "key_conflict", params, batch.raw(line))

    def _waiting(self) -> pa.Table:
        """Soft rejects: rows that refer to something that has not come yet, each with the first such column."""
        known = known_keys(self.warehouse)
        found = []
        references = [column for column in self.feed.columns if column.refers]
        for column in references:
            table = known.table(column.refers)
            self.con.register("there", known.con.sql(f"SELECT DISTINCT k FROM {table}").to_arrow_table())
            found.append(self._waiting_for(column.name, column.refers))
            self.con.unregister("there")
        seen: set[int] = set()
        tables = []
        for table in found:
            lines = table.column("line").to_pylist()
            tables.append(table.filter(pa.array([line not in seen for line in lines], pa.bool_())) if seen else table)
            seen |= set(lines)
        return pa.concat_tables([*tables, quarantine.SCHEMA.empty_table()])

    def _waiting_for(self, column: str, feed: str) -> pa.Table:
        own = ", ".join(f"'{name}=' || {name}" for name in self.feed.key)
        table = self.con.sql(
            f"SELECT line, '{column}' AS \"column\", 'unknown_{feed}' AS code,"
            f" to_json({{'value': {column}}})::VARCHAR AS params,"
            f" concat_ws(', ', {own}, '{column}=' || {column}) AS masked,"
            f" ''::BLOB AS raw_enc, true AS soft FROM rows"
            f" WHERE {column} IS NOT NULL AND hash({column}) NOT IN (SELECT k FROM there) ORDER BY line"
        ).to_arrow_table()
        return table.cast(quarantine.SCHEMA)

    def _compare_with_raw(self) -> tuple[int, int]:
        """How many rows the warehouse has already, with equal and with other values."""
        known = known_keys(self.warehouse)
        table = known.table(self.feed.name)
        hashes = self.con.sql(
            f"SELECT hash({', '.join(self.feed.key)}) AS k, {values_hash(self.feed)} AS v FROM rows"
        ).to_arrow_table()
        known.con.register("mine", hashes)
        [row] = known.con.execute(
            f"SELECT count(*) FILTER (newest.v = mine.v), count(*) FILTER (newest.v <> mine.v) FROM mine JOIN"
            f" (SELECT k, arg_max(v, (bd, part)) AS v FROM {table} WHERE k IN (SELECT k FROM mine) GROUP BY k) newest"
            f" USING (k)"
        ).fetchall()
        known.con.unregister("mine")
        return int(row[0]), int(row[1])

    # --- files ------------------------------------------------------------------------------------

    def _stage(self) -> Path:
        path = self.folder / self.part
        names = ", ".join(name for name, _kind in self.feed.stored)
        self.con.execute(
            f"COPY (SELECT {names} FROM rows) TO '{path}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
        )
        return path

    def _stage_rejects(self, soft: pa.Table) -> Path | None:
        if not self.rejects and not soft.num_rows:
            return None
        path = self.folder / f"rejects-{self.part}"
        self.rejects.sort(key=lambda one: one.line)
        told = {"header": list(self.source.header), "mapping": self.mapping.as_dict(), "encoding": self.source.encoding}
        quarantine.write(path, self.rejects, soft, told)
        return path

    def _scalar(self, sql: str) -> int:
        return self.con.execute(sql).fetchall()[0][0]
