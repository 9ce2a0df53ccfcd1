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

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from kajing.analytics.feeds import FEEDS, Feed
from kajing.analytics.ingest import personal, quarantine
from kajing.analytics.ingest.batches import Batch, MendedSource, ParquetSource, Source, TextSource, as_text, write_line
from kajing.analytics.ingest.columns import Columns
from kajing.analytics.ingest.encodings import OtherEncoding, declared_encoding, find_encoding
from kajing.analytics.ingest.mapping import NO_MAPPING, Mapping
from kajing.analytics.ingest.outcomes import Checked, Declared, Refused, Reject
from kajing.analytics.ingest.parts import known_keys
from kajing.analytics.ingest.pile import Pile
from kajing.analytics.ingest.records import parse_line
from kajing.analytics.ingest.rules import Rules, explain
from kajing.analytics.ingest.sources import BadLine, is_gzip, is_parquet, sha256_of
from kajing.analytics.ingest.versions import compare_with_raw, take_out_repeats, waiting
from kajing.analytics.warehouse import Warehouse
from kajing.lib.crypto import KeyRing
from kajing.lib.money import yuan

LIMIT = 0.05
FEW_ROWS, ROWS_AT_ONCE = 5_000, 50_000
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
        lambda encoding, sure: _open(source, encoding, mapping.delimiter, sure=sure),
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
        lambda _encoding, _sure: MendedSource(header, mapping.delimiter, texts),
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


def _open(path: Path, encoding: str, delimiter: str, *, sure: bool) -> Source:
    if is_parquet(path) and not is_gzip(path):
        return ParquetSource(path)
    return TextSource(path, encoding=encoding, delimiter=delimiter, sure=sure)


def _always(raw: bytes) -> Callable[[int], bytes]:
    return lambda _line: raw


def _all_text(table: pa.Table) -> pa.Table:
    """The columns of the feed as text; sealed ones and the line number as they are."""
    kept = (pa.binary(), pa.int64())
    arrays = [
        column if column.type in kept and name.endswith(("line", "_enc")) else as_text(column.combine_chunks())
        for name, column in zip(table.column_names, table.columns, strict=True)
    ]
    return pa.table(arrays, names=table.column_names)


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
        opened: Callable[[str, bool], Source],
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
            self._let_go()

    def _let_go(self) -> None:
        if hasattr(self, "pile"):
            self.pile.discard()
            self.con.close()

    # --- reading ----------------------------------------------------------------------------------

    def _read_in_its_encoding(
        self,
        opened: Callable[[str, bool], Source],
        wanted: str | None,
        find: Callable[[], str] | None,
        tell: Callable[[int], None] | None,
    ) -> None:
        """UTF-8 first where nobody named the encoding; a line that is not sends us to look at the whole file."""
        try:
            try:
                self._read(opened(wanted or "utf-8", wanted is not None or find is None), tell)
            except (OtherEncoding, UnicodeDecodeError):
                if wanted is not None or find is None:
                    raise
                self._read(opened(find(), True), tell)
        except UnicodeDecodeError:
            raise Refused("bad_header", file=self.file) from None

    def _read(self, source: Source, tell: Callable[[int], None] | None) -> None:
        self.source, self.rejects, self.notes = source, list[Reject](), list[tuple[str, dict[str, Any]]]()
        self.names = [self.mapping.contract_name(name) for name in source.header]
        self._check_header()
        present = frozenset(name for name in self.names if name in self.feed.names)
        self.rules = Rules(self.feed, present, self.business_date, self.mapping)
        self.con = self.warehouse.scratch(self.folder)
        self.columns = Columns(self.rules, self.con)
        self.pile = Pile(self.folder, self.columns.schema, self.con)
        self.rows, self.amount_sum = 0, 0 if self.feed.control else None
        self.doubtful: list[pa.Table] = []
        self.raw_of: dict[int, Callable[[int], bytes]] = {}
        coded = self.columns.coded
        few = frozenset(one for one, name in zip(source.header, self.names, strict=True) if name in coded)
        try:
            for batch in source.batches(few):
                self._take(batch)
                if tell:
                    tell(batch.done)
            self._judge_doubtful()
        except OtherEncoding:
            self._let_go()
            raise

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
        texts = batch.table.rename_columns(self.names)
        texts = texts.select([name for name in self.names if name in self.feed.names])
        texts = personal.seal(texts.append_column("line", pa.array(batch.lines)), self.feed, self.keys)
        rows, doubtful = self.columns.read(texts)
        if doubtful.any():
            self._put_aside(_all_text(texts.filter(pa.array(doubtful))), batch)
        self._add_up(rows, ~doubtful)
        self.pile.add(rows, but=doubtful)

    def _put_aside(self, texts: pa.Table, batch: Batch) -> None:
        """Doubtful rows of some blocks are judged at once, because SQL has its price; a block is not kept for a few."""
        self.doubtful.append(texts)
        lines = texts.column("line").to_pylist()
        few = len(lines) < FEW_ROWS
        self.raw_of |= {line: _always(batch.raw(line)) if few else batch.raw for line in lines}
        if not few or len(self.raw_of) > ROWS_AT_ONCE:
            self._judge_doubtful()

    def _judge_doubtful(self) -> None:
        """The rules themselves judge: good rows are kept, the others explained."""
        if not self.doubtful:
            return
        self.con.register("block", pa.concat_tables(self.doubtful))
        stored = ", ".join(f"{sql} AS {name}" for name, sql in self.rules.stored())
        rows = self.con.sql(f"SELECT {stored}, {self.rules.bad()} AS bad FROM block").to_arrow_table()
        bad = rows.column("bad")
        rows = rows.drop_columns("bad").cast(self.columns.schema)
        self._add_up(rows)
        self.pile.add(rows.filter(pc.invert(bad)))
        self._explain(rows.filter(bad).column("line").to_pylist())
        self.con.unregister("block")
        self.doubtful, self.raw_of = [], {}

    def _add_up(self, rows: pa.Table, counted: npt.NDArray[np.bool_] | None = None) -> None:
        if self.amount_sum is not None:
            amounts = rows.column(self.feed.control)
            if counted is not None and not counted.all():
                amounts = amounts.filter(pa.array(counted))
            self.amount_sum += pc.sum(amounts).as_py() or 0

    def _broken(self, bad: BadLine) -> None:
        text = bad.raw.decode(bad.encoding, "replace").replace("\0", "␀")
        masked = personal.mask_broken(self.feed, text[:4000])
        raw = quarantine.seal(self.keys, bad.raw, bad.encoding)
        self.rejects.append(Reject(bad.line, "", bad.code, bad.params, masked, raw))

    def _explain(self, lines: list[int]) -> None:
        """The first error of each flagged row, in words' figures; the raw text from its batch."""
        if not lines:
            return
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
            self._quarantine(line, column, code, params, self.raw_of[line](line))

    def _quarantine(self, line: int, column: str, code: str, params: dict[str, Any], raw: bytes) -> None:
        text = raw.decode("utf-8", "replace")
        values = parse_line(text, self.source.delimiter)
        if values is None:
            masked = personal.mask_broken(self.feed, text)
        else:
            masked = personal.mask_row(self.feed, self.names, values, self.source.delimiter)
        sealed = quarantine.seal(self.keys, raw, "utf-8")
        self.rejects.append(Reject(line, column, code, params, masked, sealed))

    # --- totals -----------------------------------------------------------------------------------

    def _compare_totals(self, declared: Declared | None) -> None:
        control = self.feed.control
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
        self.pile.open()
        known = known_keys(self.warehouse)
        repeated, conflicts = take_out_repeats(self.pile, self.feed)
        self._conflicts(conflicts)
        soft = waiting(self.pile, self.feed, known)
        same, corrected = compare_with_raw(self.pile, self.feed, known)
        quarantined = len(self.rejects)
        accepted = self.rows - quarantined - repeated - same - corrected
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
            duplicate=repeated + same,
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

    def _conflicts(self, first_lines: dict[int, int]) -> None:
        """Rows that contradict an earlier one; their text is read from the source once more."""
        if not first_lines:
            return
        for line, raw in self.source.raws(frozenset(first_lines)).items():
            self._quarantine(line, self.feed.key[0], "key_conflict", {"first_line": first_lines[line]}, raw)

    # --- files ------------------------------------------------------------------------------------

    def _stage(self) -> Path:
        path = self.folder / self.part
        self.pile.write(path, self.feed)
        return path

    def _stage_rejects(self, soft: pa.Table) -> Path | None:
        if not self.rejects and not soft.num_rows:
            return None
        path = self.folder / f"rejects-{self.part}"
        self.rejects.sort(key=lambda one: one.line)
        told = {"header": list(self.source.header), "mapping": self.mapping.as_dict(), "encoding": self.source.encoding}
        quarantine.write(path, self.rejects, soft, told)
        return path
