"""Taking an act back chunk by chunk from the end, each in one transaction; written down itself, to be redone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.audit.services import record
from kajing.lib.errors import DomainError, NotAllowed
from kajing.queue.services import enqueue
from kajing.records.models import BulkAct, Reversal, ReversalRow
from kajing.records.selectors import may_undo
from kajing.records.undo.conflicts import Conflict, conflicts
from kajing.records.undo.images import BATCH, Image, images_of, model_of, put_back, take_away
from kajing.records.undo.signals import undone
from kajing.records.undo.writing import Journal, recording

if TYPE_CHECKING:
    from kajing.org.models import Person

AT_ONCE = 2_000  # rows; more are a job
JOB = "records.undo"
TITLE = gettext_noop("Undone: %(act)s")
KEEP, RESTORE = "keep", "restore"


class CannotUndo(DomainError):
    """It is too late, it was undone already, or the tables no longer allow it."""


class MustDecide(DomainError):
    """Rows were changed since; a person says for each whether the newer state stays."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count

    def __str__(self) -> str:
        return _("%(count)s rows were changed since. Look at them and decide what shall happen.") % {
            "count": self.count
        }


@dataclass(frozen=True)
class Undone:
    """How many rows went back, or will when the job has run, and how many stayed as they are."""

    rows: int
    kept: int
    queued: bool


def undo(
    *, actor: Person, reversal: Reversal, at: datetime, decisions: Mapping[int, str] | None = None, default: str = ""
) -> Undone:
    """Take an act back. `decisions` says keep or restore by conflict (`Conflict.entry`), `default` for the rest.

    Raises NotAllowed, CannotUndo, MustDecide. More than 2,000 rows go as a job.
    """
    large = reversal.rows > AT_ONCE
    stays = _decided(reversal, decisions or {}, default) if large else []  # a long look, before the transaction
    with transaction.atomic():
        found = _locked(actor, reversal, at)
        _keep(found, stays if large else _decided(found, decisions or {}, default))
        return _queue(actor, found, at) if large else take_back(actor=actor, reversal=found, at=at)


def _locked(actor: Person, reversal: Reversal, at: datetime) -> Reversal:
    found = Reversal.objects.select_for_update().get(pk=reversal.pk)
    if not may_undo(actor, found):
        raise NotAllowed
    if found.state == Reversal.State.WRITING:
        raise CannotUndo(_("This act is still at work. Wait until it is done, or cancel it first."))
    if found.state != Reversal.State.OPEN:
        raise CannotUndo(_("This was undone already."))
    if found.until <= at:
        raise CannotUndo(_("It is too late to undo this."))
    return found


def _decided(reversal: Reversal, decisions: Mapping[int, str], default: str) -> list[Conflict]:
    """The rows that stay as they are now. Raises MustDecide."""
    open_ones, stays = 0, []
    for one in conflicts(reversal):
        answer = KEEP if one.stays else decisions.get(one.entry, default)
        if answer == KEEP:
            stays.append(one)
        elif answer != RESTORE:
            open_ones += 1
    if open_ones:
        raise MustDecide(open_ones)
    return stays


def _keep(reversal: Reversal, stays: list[Conflict]) -> None:
    by_model: defaultdict[str, list[str]] = defaultdict(list)
    for one in stays:
        by_model[one.model].append(one.key)
    for label, keys in by_model.items():
        for start in range(0, len(keys), BATCH):
            reversal.entries.filter(model=label, key__in=keys[start : start + BATCH]).update(keep=True)
    Reversal.objects.filter(pk=reversal.pk).update(kept=len(stays))
    reversal.kept = len(stays)


def _queue(actor: Person, reversal: Reversal, at: datetime) -> Undone:
    kwargs = {"reversal": reversal.pk, "actor": actor.person_no, "redo": _redo(actor, reversal, at).pk}
    job = enqueue(JOB, at=at, kwargs=kwargs, owner=actor.person_no)
    Reversal.objects.filter(pk=reversal.pk).update(state=Reversal.State.UNDOING, job_id=job.pk)
    return Undone(reversal.rows - reversal.kept, reversal.kept, queued=True)


def _redo(actor: Person, reversal: Reversal, at: datetime) -> Reversal:
    """The reversal of the undo: what it overwrites is kept as long as the act's own images."""
    return Reversal.objects.create(
        kind=JOB, title=TITLE, params={"act": reversal.title_text[:200]}, actor=actor.person_no, unit=actor.unit_id,
        at=at, until=reversal.until,
    )  # fmt: skip


def take_back(*, actor: Person, reversal: Reversal, at: datetime) -> Undone:
    """All chunks in the caller's transaction."""
    redo = _redo(actor, reversal, at)
    for chunk in range(reversal.chunks, 0, -1):
        undo_chunk(reversal=reversal, redo=redo, chunk=chunk)
    complete(actor=actor.person_no, reversal=reversal, redo=redo, at=at)
    return Undone(reversal.rows - reversal.kept, reversal.kept, queued=False)


@transaction.atomic
def undo_chunk(*, reversal: Reversal, redo: Reversal, chunk: int) -> int:
    """Put the rows of one chunk back; returns how many. Raises CannotUndo."""
    entries = list(reversal.entries.filter(chunk=chunk, keep=False))
    by_model: defaultdict[str, list[ReversalRow]] = defaultdict(list)
    for entry in entries:
        by_model[entry.model].append(entry)
    try:
        with transaction.atomic(), recording(redo) as log:
            _return(log, by_model)
    except IntegrityError as error:
        raise CannotUndo(_("Newer rows depend on this act, so it cannot be undone. Nothing was changed.")) from error
    return len(entries)


# Who writes down that rows of a table left or came back: (rows that left, rows that came back, undo), by table.
# An act told its own history row by row; so does its undo.
Witness = Callable[[Sequence[Image], Sequence[Image], Reversal], None]
WITNESSES: dict[str, Witness] = {}


def _return(log: Journal, by_model: Mapping[str, list[ReversalRow]]) -> None:
    """Added rows leave first, so that what comes back finds its place free."""
    left: dict[str, list[Image]] = {}
    tables = {label: found for label in by_model if (found := model_of(label))}
    for label, model in tables.items():
        keys = [entry.key for entry in by_model[label]]
        now = images_of(model, keys)
        log.touched |= {(label, key): now.get(key) for key in keys}
        gone = [entry.key for entry in by_model[label] if entry.before is None]
        take_away(model, gone)
        left[label] = [now[key] for key in gone if key in now]
    for label, model in _parents_first(tables):
        back = [_as_it_was(log, entry) for entry in by_model[label] if entry.before is not None]
        put_back(model, [image for image in back if image is not None])
        if witness := WITNESSES.get(label):
            absent = (entry for entry in by_model[label] if log.touched[(label, entry.key)] is None)
            witness(left[label], [dict(entry.before) for entry in absent if entry.before is not None], log.reversal)


def _as_it_was(log: Journal, entry: ReversalRow) -> Image | None:
    """The row to write: of a changed one only the act's columns go back; one that was deleted since stays so."""
    if entry.became is None:
        return dict(entry.before)
    now = log.touched[(entry.model, entry.key)]
    return None if now is None else now | entry.before


def _parents_first(tables: Mapping[str, type[models.Model]]) -> list[tuple[str, type[models.Model]]]:
    def depth(model: type[models.Model], seen: frozenset[Any] = frozenset()) -> int:
        to = {field.related_model for field in model._meta.concrete_fields if field.is_relation} - seen - {model}
        return 1 + max((depth(parent, seen | {model}) for parent in to if parent), default=0)

    return sorted(tables.items(), key=lambda item: depth(item[1]))


@transaction.atomic
def complete(*, actor: str, reversal: Reversal, redo: Reversal, at: datetime) -> None:
    """Say that the act is undone; its images go, those of the undo stay for a redo."""
    state = Reversal.State.PARTLY if reversal.kept else Reversal.State.UNDONE
    Reversal.objects.filter(pk=reversal.pk).update(state=state, undone_at=at, undone_by=actor)
    redo.refresh_from_db()
    if redo.rows:
        Reversal.objects.filter(pk=redo.pk).update(state=Reversal.State.OPEN)
    else:
        redo.delete()
    record(
        actor=actor, action="records.undo", object_kind="reversal", object_id=str(reversal.pk), at=at,
        changes={"act": reversal.kind, "rows": reversal.rows, "kept": reversal.kept},
    )  # fmt: skip
    undone.send(sender=Reversal, reversal=reversal, actor=actor, at=at)


def forget(at: datetime) -> int:
    """Delete reversals whose time is over, in portions; returns how many."""
    gone, late = 0, at - timedelta(days=1)
    for pk in Reversal.objects.filter(until__lte=late).values_list("pk", flat=True)[:500]:
        while keys := list(ReversalRow.objects.filter(reversal=pk).values_list("pk", flat=True)[:5000]):
            first, last = min(keys), max(keys)
            ReversalRow.objects.filter(reversal=pk, pk__gte=first, pk__lte=last).delete()
        gone += Reversal.objects.filter(pk=pk).delete()[0]
    old = list(BulkAct.objects.filter(until__lte=late).values_list("pk", flat=True)[:500])
    BulkAct.objects.filter(pk__in=old).delete()
    return gone
