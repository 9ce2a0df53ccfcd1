"""One act on many records: tried first, done in chunks, row by row told what was refused, undone as one.

A room registers its act (`BulkKind`); `look` is the dry run, `start` does it at once or as a job.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from kajing.lib.errors import DomainError, NotAllowed
from kajing.queue import services as queue
from kajing.queue.models import Job
from kajing.records.lists import LISTS
from kajing.records.models import BulkAct, BulkFailure
from kajing.records.undo.writing import begin, finish, recording

if TYPE_CHECKING:
    from kajing.org.models import Person

JOB = "records.bulk"
AT_ONCE = 100  # rows done while the person waits; more are a job
CHUNK = 100
MOST = 20_000
LOOKED_AT = 100  # rows a dry run tries: the person waits for it

Failures = dict[Any, str]  # key → why not, in the actor's language
Params = Mapping[str, Any]  # JSON: what the form said


class HeldBack(str):
    """A reason that is no refusal: the act keeps this row out because the person asked for it."""

    __slots__ = ()


@dataclass(frozen=True, kw_only=True)
class BulkKind:
    """An act on many records of a list.

    `title` is a message id filled with `count` and the params; `do(actor, ids, params, at)` does a chunk in the
    caller's transaction and returns the refused rows; `after(actor, act, at)` runs once at the end. An act for many
    lists names the one it is about in its params, as `list`. `more` gives the words and the address of a page that
    tells more of a finished act.
    """

    name: str
    title: str
    list: str
    right: str
    do: Callable[[Any, Sequence[Any], Params, datetime], Failures]
    after: Callable[[Any, BulkAct, datetime], None] | None = None
    more: Callable[[BulkAct], tuple[str, str] | None] | None = None


KINDS: dict[str, BulkKind] = {}


def register(kind: BulkKind) -> BulkKind:
    """Make an act known; the same name again replaces it."""
    KINDS[kind.name] = kind
    return kind


class CannotActOnMany(DomainError):
    """Nothing chosen, or more than one act takes."""

    status = 422


class CannotStop(DomainError):
    """The act is over."""


def each(ids: Sequence[Any], act: Callable[[Any], object]) -> Failures:
    """Do an act row by row; a refused row is told and leaves nothing behind."""
    failed: Failures = {}
    for pk in ids:
        try:
            with transaction.atomic():
                act(pk)
        except DomainError as error:
            failed[pk] = str(error) or why_not(error)
    return failed


def why_not(error: DomainError) -> str:
    """Words for a refusal that brings none of its own."""
    return _("Your role may not do this.") if isinstance(error, NotAllowed) else _("This is not possible.")


def look(*, actor: Person, kind: BulkKind, ids: Sequence[Any], params: Params, at: datetime) -> Failures:
    """Which of the first rows would be refused, by doing the act and taking it back. Raises NotAllowed."""
    check(actor, kind, ids)
    with transaction.atomic():
        failed = kind.do(actor, list(ids[:LOOKED_AT]), params, at)
        transaction.set_rollback(True)
    return failed


@transaction.atomic
def start(
    *, actor: Person, kind: BulkKind, ids: Sequence[Any], params: Params, at: datetime, until: datetime
) -> BulkAct:
    """Do the act at once, or as a job above a hundred rows; until a moment it can be undone as one.

    Raises NotAllowed, CannotActOnMany.
    """
    check(actor, kind, ids)
    told = {"count": len(ids), **params}
    back = begin(kind=kind.name, title=kind.title, params=told, actor=actor, at=at, until=until)
    act = BulkAct.objects.create(
        kind=kind.name, title=kind.title, params=told, actor=actor.person_no, unit=actor.unit_id, at=at,
        until=until, asked=len(ids), reversal=back,
    )  # fmt: skip
    if len(ids) > AT_ONCE:
        job = queue.enqueue(
            JOB, at=at, kwargs={"number": act.pk, "ids": list(ids)}, owner=actor.person_no, title=act.title_text
        )
        act.job_id = job.pk
        act.save(update_fields=["job_id"])
        return act
    do_chunk(act=act, actor=actor, ids=ids, at=at)
    return end(act=act, actor=actor, at=at)


def check(actor: Person, kind: BulkKind, ids: Sequence[Any]) -> None:
    """Whether a person may begin an act on so many. Raises NotAllowed, CannotActOnMany."""
    if not actor.has_perm(kind.right):
        raise NotAllowed
    if not ids:
        raise CannotActOnMany(_("Select at least one row."))
    if len(ids) > MOST:
        raise CannotActOnMany(_("Choose at most %(most)s rows at a time.") % {"most": MOST})


def do_chunk(*, act: BulkAct, actor: Person, ids: Sequence[Any], at: datetime) -> None:
    """Do some of the rows in the caller's transaction, and count them."""
    assert act.reversal is not None  # noqa: S101  only a finished act loses it
    with recording(act.reversal):
        failed = _done(act, actor, ids, at)
    refused = {pk: said for pk, said in failed.items() if not isinstance(said, HeldBack)}
    BulkFailure.objects.bulk_create(
        [BulkFailure(act=act, object_id=str(pk), reason=said[:300]) for pk, said in refused.items()]
    )
    done, held = len(ids) - len(failed), len(failed) - len(refused)
    BulkAct.objects.filter(pk=act.pk).update(
        done=F("done") + done, failed=F("failed") + len(refused), held=F("held") + held
    )


def _done(act: BulkAct, actor: Person, ids: Sequence[Any], at: datetime) -> Failures:
    """A refusal of the whole chunk is an error of the form while the person waits, and of each row in a job."""
    try:
        with transaction.atomic():
            return KINDS[act.kind].do(actor, ids, _asked(act), at)
    except DomainError as error:
        if act.job_id is None:
            raise
        return dict.fromkeys(ids, str(error) or why_not(error))


def _asked(act: BulkAct) -> Params:
    return {name: value for name, value in act.params.items() if name != "count"}


def end(*, act: BulkAct, actor: Person, at: datetime) -> BulkAct:
    """All rows were tried: what was done can be undone from now on."""
    kind = KINDS[act.kind]
    act.refresh_from_db()
    if kind.after is not None:
        kind.after(actor, act, at)
    return _close(act, BulkAct.State.DONE, at)


def _close(act: BulkAct, state: str, at: datetime) -> BulkAct:
    act.refresh_from_db()
    if act.reversal is not None:
        act.reversal = finish(act.reversal)
    act.state, act.ended_at = state, at
    act.save(update_fields=["state", "ended_at", "reversal"])
    return act


@transaction.atomic
def stop(*, actor: Person, act: BulkAct, at: datetime) -> BulkAct:
    """Stop an act at work; what it has done stays and can be undone. Raises CannotStop, NotAllowed."""
    found = BulkAct.objects.select_for_update().get(pk=act.pk)
    if found.actor != actor.person_no:
        raise NotAllowed
    if found.state != BulkAct.State.WORKING:
        raise CannotStop(_("This is over already."))
    job = Job.objects.filter(pk=found.job_id).first() if found.job_id else None
    if job is not None and not job.is_over:
        queue.cancel(actor=actor.person_no, job=job, at=at)
    return _close(found, BulkAct.State.STOPPED, at)


def list_of(act: BulkAct) -> str:
    """The name of the list whose rows an act is about; empty when its room has left the product."""
    kind = KINDS.get(act.kind)
    return str(act.params.get("list") or kind.list) if kind else ""


def more_of(act: BulkAct) -> tuple[str, str] | None:
    """The words and the address of a page that tells more of a finished act, if its room has one."""
    kind = KINDS.get(act.kind)
    return kind.more(act) if kind and kind.more and act.state != BulkAct.State.WORKING else None


def back_to(act: BulkAct) -> str:
    """The page of that list."""
    spec = LISTS.get(list_of(act))
    return spec.url if spec else ""
