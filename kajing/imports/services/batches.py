"""The life of one file: RECEIVED → CHECKED → (HELD) → LOADED → ABSORBED → DONE, or REFUSED.

The batch row is the truth. Every step can be run again after kill -9 at any moment: a check writes nothing that counts,
admission is one rename to a name made of the content, a chunk and its acknowledgement are one transaction. Nothing is
read or parsed inside a transaction, so that people can save while a million rows come in (platform G11).
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F

from kajing.analytics import ingest
from kajing.analytics.warehouse import Warehouse
from kajing.audit.services import record
from kajing.imports.models import Batch, BatchChunk, FeedMapping
from kajing.imports.registry import FeedDay, Row, targets
from kajing.imports.services.observations import observations
from kajing.imports.signals import batch_moved
from kajing.lib.errors import DomainError
from kajing.reference.selectors import NotInForce, parameter

CHUNK = 250  # rows of one transaction: people save in between (platform G11)
# On SQLite one writes at a time, and who waits looks again every 0.1 s: chunks may follow each other for so long (s),
# less when others have been writing, and then give way for REST.
WORK_ALONE, WORK_AMONG_OTHERS, REST = 2.0, 0.3, 0.15
EDITS = "imports.edits"
DEFAULT_SHARE = 0.05  # the contract's, should the parameter table be empty
State = Batch.State


class CannotLoad(DomainError):
    """The file of an unfinished batch is gone or has changed."""


@dataclass(frozen=True)
class Source:
    """A file to load, and what its manifest says of it; `path` is None for a batch that mends lines of another."""

    path: Path | None
    declared: ingest.Declared | None = None
    has_manifest: bool = False
    mapping: str = ""


def warehouse() -> Warehouse:
    """The warehouse of this installation; one object per folder, because it remembers the keys it has read."""
    return _warehouse(Path(settings.KAJING_WAREHOUSE))


@cache
def _warehouse(root: Path) -> Warehouse:
    return Warehouse(root, memory=settings.KAJING_WAREHOUSE_MEMORY, threads=settings.KAJING_WAREHOUSE_THREADS)


def receive(*, feed: str, business_date: date, source: Source, actor: str, at: datetime) -> tuple[Batch, bool]:
    """The batch of a file, new or known by its content; True when this very file was loaded before."""
    if source.path is None:
        raise CannotLoad
    digest = sha256_of(source.path)
    batch, fresh = Batch.objects.get_or_create(
        feed=feed,
        business_date=business_date,
        sha256=digest,
        mapping=source.mapping,
        defaults={
            "file_name": source.path.name[:200],
            "source": str(source.path.resolve()),
            "size": source.path.stat().st_size,
            "has_manifest": source.has_manifest,
            "created_at": at,
            "created_by": actor,
        },
    )
    if not fresh and batch.state == State.REFUSED:
        # A refused file may come again with a mended manifest; it starts from the beginning.
        _set(batch, state=State.RECEIVED, problem={}, finished_at=None)
    if not fresh and batch.state not in {State.DONE, State.ABSORBED, State.LOADED}:
        _set(batch, source=str(source.path.resolve()), has_manifest=source.has_manifest)
    _tell(batch, "received")
    return batch, not fresh and batch.state == State.DONE


def advance(*, batch: Batch, source: Source, actor: str, clock: Callable[[], datetime]) -> Batch:
    """Take a batch as far as it goes by itself, from whatever state it is in."""
    store = warehouse()
    if batch.state in {State.RECEIVED, State.CHECKED}:
        _check_and_admit(batch, source, store, clock)
    if batch.state == State.LOADED:
        absorb(batch=batch, store=store, actor=actor, at=clock())
        _set(batch, state=State.ABSORBED)
        _tell(batch, "absorbed")
    if batch.state == State.ABSORBED:
        finish(batch=batch, actor=actor, at=clock())
    return batch


def _check_and_admit(batch: Batch, source: Source, store: Warehouse, clock: Callable[[], datetime]) -> None:
    try:
        checked = _check(batch, source, store)
    except (ingest.Refused, ingest.MappingProblem) as problem:
        refuse(batch=batch, problem=problem, at=clock())
        return
    if checked.held:
        # Only the rejected rows are kept, to be looked at; the file is read again should a person let it in.
        ingest.admit(replace(checked, staged=None), warehouse=store)
    if batch.state == State.RECEIVED:
        _note_check(batch, checked)
    if batch.state != State.HELD:
        _tell(batch, "checked")
        ingest.admit(checked, warehouse=store)
        _tell(batch, "admitted")
        _set(batch, state=State.LOADED)


def _check(batch: Batch, source: Source, store: Warehouse) -> ingest.Checked:
    """Read the file (or the mended lines) to its end; raises Refused."""
    keys = settings.KAJING_KEYS
    limit = 1.0 if batch.released_by else _share_allowed(batch.business_date)
    if batch.mends is not None:
        edits = json.loads(keys.decrypt(EDITS, bytes(batch.edits_enc)))
        lines = {int(line): edit for line, edit in edits.items()}
        return ingest.recheck(
            store, feed=batch.feed, business_date=batch.business_date, part=batch.mends.part, edits=lines, keys=keys
        )
    if source.path is None:
        raise CannotLoad
    return ingest.check(
        source.path,
        feed=batch.feed,
        business_date=batch.business_date,
        declared=source.declared,
        mapping=_mapping(batch),
        keys=keys,
        warehouse=store,
        limit=limit,
        progress=lambda done, total: _tell(batch, "checking", done, total),
    )


def _mapping(batch: Batch) -> ingest.Mapping | None:
    if not batch.mapping:
        return None
    return ingest.read_mapping(FeedMapping.objects.get(name=batch.mapping).toml, feed=batch.feed)


def _share_allowed(business_date: date) -> float:
    try:
        return float(str(parameter("quarantine_share_max", business_date)))
    except NotInForce:
        return DEFAULT_SHARE


def _note_check(batch: Batch, checked: ingest.Checked) -> None:
    """Write the counts down once: after admission the same rows would all count as duplicates."""
    _set(
        batch,
        state=State.HELD if checked.held else State.CHECKED,
        part=checked.part,
        encoding=checked.encoding,
        rows=checked.rows,
        accepted=checked.accepted,
        duplicate=checked.duplicate,
        corrected=checked.corrected,
        quarantined=checked.quarantined,
        waiting=checked.pending,
        amount_sum=checked.amount_sum,
        unknown_columns=list(checked.unknown_columns),
        notes=[list(note) for note in checked.notes],
    )


def refuse(*, batch: Batch, problem: DomainError, at: datetime) -> None:
    """The file is refused whole; the reason is kept in both languages."""
    told = getattr(problem, "words", None)
    both = {"zh": told("zh"), "en": told("en")} if told else {"zh": str(problem), "en": str(problem)}
    with transaction.atomic():
        _set(batch, state=State.REFUSED, problem=both, finished_at=at)
        _audit(batch, "imports.refused", batch.created_by, at)


def absorb(*, batch: Batch, store: Warehouse, actor: str, at: datetime) -> None:
    """Hand the batch's rows to the rooms that want them, chunk by chunk, each chunk once."""
    if not targets(batch.feed):
        return
    done = set(BatchChunk.objects.filter(batch=batch).values_list("chunk", flat=True))
    turns = _Turns()
    for number, rows in ingest.winning_rows(store, batch.feed, part=_part(batch), chunk=CHUNK):
        if number not in done:
            with turns:
                waiting = _absorb_chunk(batch, rows, _day(batch, store, actor, at), number)
            batch.waiting += waiting
            _tell(batch, "absorbing", number)


def absorb_again(*, batch: Batch, store: Warehouse, actor: str, at: datetime) -> int:
    """Offer all rows of a loaded batch again, for those that waited; returns how many still wait in the rooms."""
    if not targets(batch.feed):
        return 0
    day, turns, waiting = _day(batch, store, actor, at), _Turns(), 0
    for _number, rows in ingest.winning_rows(store, batch.feed, part=_part(batch), chunk=CHUNK):
        with turns:
            waiting += _absorb_chunk(batch, rows, day, None)
    return waiting


class _Turns:
    """Lets the others write: chunks that kept them waiting for long enough are followed by a rest (SQLite only)."""

    def __init__(self) -> None:
        self.began, self.worked, self.version = 0.0, 0.0, 0

    def __enter__(self) -> None:
        self.began = time.monotonic()

    def __exit__(self, *_error: object) -> None:
        if connection.vendor != "sqlite":
            return
        self.worked += time.monotonic() - self.began
        version = _data_version()
        if self.worked >= (WORK_ALONE if version == self.version else WORK_AMONG_OTHERS):
            time.sleep(REST)
            self.worked, self.version = 0.0, version


def _data_version() -> int:
    """A number that another connection's commit changes."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA data_version")
        return int(cursor.fetchone()[0])


def _absorb_chunk(batch: Batch, rows: Sequence[Row], day: FeedDay, number: int | None) -> int:
    """One transaction: the rooms' writes, the acknowledgement, and how many rows wait."""
    prepared = [target.prepare(rows=rows, day=day) if target.prepare else None for target in targets(batch.feed)]
    with transaction.atomic():
        waiting = sum(
            target.absorb(rows=rows, day=day, prepared=ready).waiting
            for target, ready in zip(targets(batch.feed), prepared, strict=True)
        )
        if number is not None:
            BatchChunk.objects.create(batch=batch, chunk=number)
            Batch.objects.filter(pk=batch.pk).update(waiting=F("waiting") + waiting)
    return waiting


def _day(batch: Batch, store: Warehouse, actor: str, at: datetime) -> FeedDay:
    def look(keys: Sequence[str], columns: Sequence[str]) -> list[dict[str, Any]]:
        return observations(store, batch.feed, keys, columns)

    return FeedDay(business_date=batch.business_date, actor=actor, at=at, observations=look)


def _part(batch: Batch) -> tuple[date, str]:
    return batch.business_date, batch.part


def finish(*, batch: Batch, actor: str, at: datetime) -> None:
    """Everything of the file is where it belongs."""
    with transaction.atomic():
        _set(batch, state=State.DONE, finished_at=at, edits_enc=b"")
        BatchChunk.objects.filter(batch=batch).delete()
        _audit(batch, "imports.loaded", actor, at)
    _tell(batch, "done")


def _audit(batch: Batch, action: str, actor: str, at: datetime) -> None:
    counts = {name: getattr(batch, name) for name in ("rows", "accepted", "duplicate", "corrected", "quarantined")}
    record(
        actor=actor,
        action=action,
        object_kind="batch",
        object_id=str(batch.pk),
        at=at,
        changes={"feed": batch.feed, "business_date": batch.business_date.isoformat(), **counts},
    )


def _set(batch: Batch, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(batch, name, value)
    batch.save(update_fields=list(fields))


def _tell(batch: Batch, place: str, done: int = 0, total: int = 0) -> None:
    batch_moved.send(sender=Batch, batch=batch, place=place, done=done, total=total)


def sha256_of(path: Path) -> str:
    """The hash of a file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
