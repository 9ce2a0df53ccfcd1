"""Feed days in: which folders are days, in which order files go, what was interrupted, and one importer at a time."""

from __future__ import annotations

import fcntl
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from django.conf import settings
from django.db import OperationalError
from django.utils.translation import gettext as _

from kajing.analytics import ingest
from kajing.analytics.feeds import FEEDS
from kajing.imports.models import Batch
from kajing.imports.services.batches import CannotLoad, Source, absorb_again, advance, receive, refuse, warehouse
from kajing.imports.services.batches import sha256_of as _sha256_of
from kajing.imports.signals import day_loaded
from kajing.lib.errors import DomainError

log = logging.getLogger(__name__)
Clock = Callable[[], datetime]
State = Batch.State
UNFINISHED = (State.RECEIVED, State.CHECKED, State.LOADED, State.ABSORBED)
# Feeds whose rows a room keeps waiting by itself, beside those that the contract says refer to another feed.
WAITS_IN_ROOMS = {"units": ("customers",)}


class ImportRunning(DomainError):
    """Another import is at work; two at once would only wait for each other's writes."""


@dataclass
class DayReport:
    """What became of one feed day. `again` are files that were loaded before; `unknown` are files of no feed."""

    business_date: date | None
    folder: str
    loaded: list[Batch] = field(default_factory=list)
    again: list[Batch] = field(default_factory=list)
    unknown: tuple[str, ...] = ()
    problem: ingest.ManifestProblem | None = None

    @property
    def files(self) -> list[tuple[Batch, bool]]:
        """Every file with whether it was loaded before."""
        return [*((batch, False) for batch in self.loaded), *((batch, True) for batch in self.again)]

    @property
    def exit_code(self) -> int:
        """The contract's: 1 refused, 2 something quarantined or held, 0 all good."""
        if self.problem or any(batch.state == State.REFUSED for batch in self.loaded):
            return 1
        return 2 if any(batch.quarantined or batch.state == State.HELD for batch in self.loaded) else 0


def feed_days(paths: Sequence[Path], *, need_manifest: bool) -> list[ingest.Manifest | DayReport]:
    """The feed days in these folders, oldest first; a folder is a day or holds days. What is none comes as a report."""
    days: list[ingest.Manifest] = []
    problems: list[DayReport] = []
    for folder in [day for path in paths for day in _day_folders(path)]:
        try:
            days.append(ingest.read_manifest(folder, need_manifest=need_manifest))
        except ingest.ManifestProblem as problem:
            problems.append(DayReport(business_date=None, folder=folder.name, problem=problem))
    return [*problems, *sorted(days, key=lambda day: day.business_date)]


def _day_folders(path: Path) -> list[Path]:
    if not path.is_dir() or _is_day(path):
        return [path]
    return [child for child in sorted(path.iterdir()) if child.is_dir() and _is_day(child)] or [path]


def _is_day(folder: Path) -> bool:
    return any(child.is_file() for child in folder.iterdir())


def import_directories(
    *,
    paths: Sequence[Path],
    actor: str,
    clock: Clock,
    mapping: str = "",
    need_manifest: bool = True,
    after_day: Callable[[DayReport], None] = lambda report: None,
) -> list[DayReport]:
    """Load feed days, oldest first, after finishing what an earlier import left behind. Raises ImportRunning."""
    with one_importer():
        _resume(actor, clock)
        reports = []
        for day in feed_days(paths, need_manifest=need_manifest):
            report = day if isinstance(day, DayReport) else import_day(day, actor=actor, clock=clock, mapping=mapping)
            reports.append(report)
            after_day(report)
        return reports


def import_day(day: ingest.Manifest, *, actor: str, clock: Clock, mapping: str = "") -> DayReport:
    """Load the files of one day in the order in which they refer to each other."""
    report = DayReport(business_date=day.business_date, folder=day.directory.name, unknown=day.unknown_files)
    for feed in ingest.in_order(day.files):
        source = Source(day.path(feed), day.files[feed], day.declared, mapping)
        batch, again = _load(feed, day.business_date, source, actor, clock)
        (report.again if again else report.loaded).append(batch)
    fresh = [batch.feed for batch in report.loaded if batch.state == State.DONE]
    offer_again(feeds=fresh, actor=actor, at=clock())
    if fresh:
        day_loaded.send(sender=Batch, business_date=day.business_date, feeds=fresh, actor=actor, at=clock())
    return report


def _load(feed: str, business_date: date, source: Source, actor: str, clock: Clock) -> tuple[Batch, bool]:
    if source.path is None or not source.path.is_file():
        return _missing(feed, business_date, source, actor, clock()), False
    batch, again = receive(feed=feed, business_date=business_date, source=source, actor=actor, at=clock())
    return (batch, True) if again else (advance(batch=batch, source=source, actor=actor, clock=clock), False)


def _missing(feed: str, business_date: date, source: Source, actor: str, at: datetime) -> Batch:
    """A file that the manifest names and nobody delivered: a refused batch without content."""
    name = source.declared.file if source.declared else feed
    batch, _fresh = Batch.objects.get_or_create(
        feed=feed,
        business_date=business_date,
        sha256=(source.declared.sha256 if source.declared else None) or f"missing:{name}"[:64],
        mapping=source.mapping,
        defaults={"file_name": name, "source": str(source.path), "created_at": at, "created_by": actor},
    )
    if batch.state == State.RECEIVED:
        refuse(batch=batch, problem=ingest.Refused("no_file", file=name), at=at)
    return batch


def resume_all(*, actor: str, clock: Clock) -> int:
    """Finish every batch that was interrupted; returns how many. Raises ImportRunning."""
    with one_importer():
        return _resume(actor, clock)


def _resume(actor: str, clock: Clock) -> int:
    ingest.sweep(warehouse())
    unfinished = list(Batch.objects.filter(state__in=UNFINISHED).order_by("business_date", "pk"))
    order = {feed: place for place, feed in enumerate(FEEDS)}
    for batch in sorted(unfinished, key=lambda one: (one.business_date, order.get(one.feed, len(order)))):
        log.info("import resumed: batch %s, %s, %s", batch.pk, batch.feed, batch.state)
        try:
            _resume_one(batch, actor, clock)
        except (OperationalError, OSError):
            raise  # a full disk or a lost database concerns every file
        except Exception:
            # One file that cannot be finished keeps its state and must not stop the files of the days after it.
            log.exception("import of batch %s (%s) could not go on", batch.pk, batch.feed)
    offer_again(feeds=[batch.feed for batch in unfinished], actor=actor, at=clock())
    return len(unfinished)


def _resume_one(batch: Batch, actor: str, clock: Clock) -> None:
    try:
        source = _source_of(batch)
    except CannotLoad as problem:
        refuse(batch=batch, problem=problem, at=clock())
        return
    advance(batch=batch, source=source, actor=actor, clock=clock)


def _source_of(batch: Batch) -> Source:
    """The file of an unfinished batch and its manifest entry, as they are now. Raises CannotLoad."""
    path = Path(batch.source)
    if batch.mends_id or batch.state in {State.LOADED, State.ABSORBED}:
        return Source(None)
    if not path.is_file() or _sha256_of(path) != batch.sha256:
        raise CannotLoad(_("The file %(file)s is gone or has changed since; load it again.") % {"file": path.name})
    if not batch.has_manifest:
        return Source(path, None, mapping=batch.mapping)
    try:
        declared = ingest.read_manifest(path.parent).files.get(batch.feed)
    except ingest.ManifestProblem as problem:
        raise CannotLoad(str(problem)) from problem
    return Source(path, declared, has_manifest=True, mapping=batch.mapping)


def offer_again(*, feeds: Sequence[str], actor: str, at: datetime) -> None:
    """Rows that waited for a row of these feeds: absorb their batches again, in the order of reference."""
    store = warehouse()
    for feed in ingest.in_order(_referring(feeds)):
        batches = list(Batch.objects.filter(feed=feed, waiting__gt=0, state=State.DONE).order_by("business_date", "pk"))
        pending = ingest.count_pending(store, feed) if batches else 0
        for batch in batches:
            in_rooms = absorb_again(batch=batch, store=store, actor=actor, at=at)
            batch.waiting = in_rooms + min(pending, max(batch.waiting - in_rooms, 0))
            batch.save(update_fields=["waiting"])


def _referring(feeds: Sequence[str]) -> set[str]:
    """Feeds with a column that refers to one of these, and those that refer to them in turn."""
    found: set[str] = set()
    front = set(feeds)
    while front:
        named = {name for name, feed in FEEDS.items() if any(column.refers in front for column in feed.columns)}
        named |= {name for parent in front for name in WAITS_IN_ROOMS.get(parent, ())}
        front = named - found
        found |= named
    return found


@contextmanager
def one_importer() -> Iterator[None]:
    """Hold the importer's lock; the system lets it go with the process, however that ends. Raises ImportRunning."""
    path = Path(settings.KAJING_HOME) / "imports.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ImportRunning(_("Another import is running; this one can start when it has ended.")) from error
        yield
