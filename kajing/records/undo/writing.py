"""Writing down what rows were before an act.

    with journal(kind="customers.assign", title=…, actor=actor, at=at, until=until) as log:
        log.before(Assignment.objects.filter(…))      # rows that are about to be changed or deleted in bulk
        …
        log.added(Assignment.objects.bulk_create(…))  # rows that were created in bulk

Rows that are written by `save()` or `create()` are seen by themselves, in whatever room they lie. Only bulk writes
have to be told. What the rows became is read when the block ends, so a later change shows when the act is undone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import models, transaction
from django.db.models import F
from django.db.models.signals import post_save, pre_save
from django.utils.translation import gettext as _

from kajing.lib.errors import DomainError
from kajing.records.models import Reversal, ReversalRow
from kajing.records.undo.images import BATCH, Image, digest, images, images_of, label_of, model_of

if TYPE_CHECKING:
    from kajing.org.models import Person

MOST_ROWS = 600_000  # of one act: 100,000 lines of a sheet and what each of them writes
# Never put back: the audit only grows, jobs and sessions are the machine's own.
LEFT_ALONE = {
    "audit", "queue", "sessions", "contenttypes", "records.reversal", "records.reversalrow", "records.bulkact",
    "records.bulkfailure",
}  # fmt: skip


class TooMuchToUndo(DomainError):
    """The act would touch more rows than can be kept for undo."""

    status = 422

    def __str__(self) -> str:
        return _("This is too much for one act that can be undone. Do it in smaller parts.")


class Journal:
    """What one chunk of an act touched."""

    def __init__(self, reversal: Reversal) -> None:
        self.reversal = reversal
        self.touched: dict[tuple[str, str], Image | None] = {}

    @property
    def undo(self) -> int | None:
        """The number under which the act can be undone, once its block has ended; None when it touched nothing."""
        return self.reversal.pk

    def before(self, rows: models.QuerySet[Any]) -> None:
        """Keep rows that are about to be changed or deleted."""
        label = label_of(rows.model)
        for key, image in images(rows).items():
            self.touched.setdefault((label, key), image)

    def added(self, rows: Iterable[models.Model]) -> None:
        """Name rows that were just created."""
        for row in rows:
            self.touched.setdefault((label_of(type(row)), str(row.pk)), None)


_current: ContextVar[Journal | None] = ContextVar("kajing_undo_journal", default=None)


def surrounding() -> Journal | None:
    """The journal of the act around this one, for bulk writes of rooms that others' acts build on; None outside."""
    return _current.get()


def begin(
    *, kind: str, title: str, actor: Person, at: datetime, until: datetime, params: Mapping[str, Any] | None = None
) -> Reversal:
    """Open the reversal of an act in chunks: `recording` each chunk, `finish` at the end."""
    return Reversal.objects.create(
        kind=kind, title=title, params=dict(params or {}), actor=actor.person_no, unit=actor.unit_id, at=at, until=until
    )


@contextmanager
def recording(reversal: Reversal) -> Iterator[Journal]:
    """One chunk, inside the caller's transaction; inside another recording the outer one keeps all.

    Raises TooMuchToUndo.
    """
    outer = _current.get()
    if outer is not None:
        yield outer
        return
    log = Journal(reversal)
    token = _current.set(log)
    try:
        with transaction.atomic():
            yield log
            _current.reset(token)
            token = None  # type: ignore[assignment]
            _write(log)
    finally:
        if token is not None:
            _current.reset(token)


@transaction.atomic
def finish(reversal: Reversal) -> Reversal | None:
    """Say that the act is complete; a reversal that touched nothing goes away."""
    reversal.refresh_from_db()
    if not reversal.rows:
        reversal.delete()
        return None
    Reversal.objects.filter(pk=reversal.pk, state=Reversal.State.WRITING).update(state=Reversal.State.OPEN)
    reversal.state = Reversal.State.OPEN
    return reversal


@contextmanager
def journal(
    *, kind: str, title: str, actor: Person, at: datetime, until: datetime, params: Mapping[str, Any] | None = None
) -> Iterator[Journal]:
    """An act of one transaction that can be undone until a moment; `title` is a message id filled with `params`."""
    outer = _current.get()
    if outer is not None:
        yield outer
        return
    with transaction.atomic():
        reversal = begin(kind=kind, title=title, actor=actor, at=at, until=until, params=params)
        with recording(reversal) as log:
            yield log
        log.reversal = finish(reversal) or reversal


def _write(log: Journal) -> None:
    """Store the images of rows that really differ now."""
    by_model: defaultdict[str, list[str]] = defaultdict(list)
    for label, key in log.touched:
        by_model[label].append(key)
    rows = [row for label, keys in by_model.items() for row in _entries(log, label, keys)]
    if not rows:
        return
    if log.reversal.rows + len(rows) > MOST_ROWS:
        raise TooMuchToUndo
    Reversal.objects.filter(pk=log.reversal.pk).update(chunks=F("chunks") + 1, rows=F("rows") + len(rows))
    log.reversal.refresh_from_db(fields=["chunks", "rows"])
    for row in rows:
        row.chunk = log.reversal.chunks
    ReversalRow.objects.bulk_create(rows, batch_size=BATCH)


def _entries(log: Journal, label: str, keys: list[str]) -> Iterator[ReversalRow]:
    model = model_of(label)
    now = images_of(model, keys) if model else {}
    for key in keys:
        before, after = log.touched[(label, key)], now.get(key)
        if before != after:
            yield _entry(log.reversal, label, key, before, after)


def _entry(reversal: Reversal, label: str, key: str, before: Image | None, after: Image | None) -> ReversalRow:
    row = ReversalRow(reversal=reversal, chunk=0, model=label, key=key, before=before, after=digest(after))
    if before is not None and after is not None:
        changed = [name for name, value in after.items() if before.get(name) != value]
        row.before, row.became = {name: before.get(name) for name in changed}, {name: after[name] for name in changed}
    return row


def _watched(sender: type[models.Model]) -> Journal | None:
    log = _current.get()
    return log if log and not {sender._meta.app_label, sender._meta.label_lower} & LEFT_ALONE else None


def _saving(sender: type[models.Model], instance: models.Model, **news: Any) -> None:
    log = _watched(sender)
    if log is None or news.get("raw") or instance.pk is None or (label_of(sender), str(instance.pk)) in log.touched:
        return
    log.before(sender._base_manager.filter(pk=instance.pk))


def _saved(sender: type[models.Model], instance: models.Model, **news: Any) -> None:
    log = _watched(sender)
    if log is not None and news.get("created"):
        log.added([instance])


def watch() -> None:
    """Listen to every `save`; it costs nothing outside a recording."""
    pre_save.connect(_saving, dispatch_uid="records.undo.saving")
    post_save.connect(_saved, dispatch_uid="records.undo.saved")
