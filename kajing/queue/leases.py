"""Holding a job: take, renew, finish, fail, and give back what a dead worker held.

A lease ends by database time. The fence number goes up whenever the holder changes, and every write of a holder asks
for its own number, so the late answer of a worker that lost its job changes nothing (platform R4).
"""

from __future__ import annotations

import re
import traceback
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import F, Q
from django.utils import timezone

from kajing.queue import liveness
from kajing.queue.models import Job

LEASE = timedelta(seconds=60)
_RETRY_CAP = 3600.0
_PERSONAL = re.compile(r"\d{6,}|[^\s@]+@[^\s@]+")
_WAITING = Q(state=Job.State.READY) | Q(state=Job.State.FAILED)


class LeaseLost(Exception):
    """The job belongs to another worker now, or a person cancelled it; whatever is not committed must go."""


def db_now() -> datetime:
    """The database server's clock: workers on several machines agree on it."""
    if connection.vendor == "sqlite":
        return timezone.now()  # the file lives on this machine, so does the clock
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        moment: datetime = cursor.fetchone()[0]
    return moment


@transaction.atomic
def take(worker: str, queues: tuple[str, ...]) -> Job | None:
    """The most urgent job that is due, now held by this worker; None when nothing is due."""
    now = db_now()
    due = Job.objects.filter(_WAITING, queue__in=queues, run_after__lte=now).order_by("-priority", "run_after")
    if connection.features.has_select_for_update_skip_locked:
        due = due.select_for_update(skip_locked=True)
    job = due.first()
    if job is None:
        return None
    job.state, job.worker, job.lease_until = Job.State.RUNNING, worker, now + LEASE
    job.fence, job.attempts = job.fence + 1, job.attempts + 1
    job.started_at, job.finished_at = job.started_at or now, None
    job.save(update_fields=["state", "worker", "lease_until", "fence", "attempts", "started_at", "finished_at"])
    return job


def _mine(job: Job) -> Any:
    return Job.objects.filter(pk=job.pk, fence=job.fence, state=Job.State.RUNNING)


def hold(job: Job) -> None:
    """Lock the row for the caller's transaction and make sure it is still ours. Raises LeaseLost."""
    if _mine(job).select_for_update().values_list("pk", flat=True).first() is None:
        raise LeaseLost(str(job.pk))


def renew(job: Job, **progress: Any) -> None:
    """Put the lease off and write progress, in the caller's transaction. Raises LeaseLost."""
    if not _mine(job).update(lease_until=db_now() + LEASE, **progress):
        raise LeaseLost(str(job.pk))


def finish(job: Job, result: Any) -> None:
    """Acknowledge, in the transaction of the last effect. Raises LeaseLost."""
    done = {"state": Job.State.DONE, "finished_at": db_now(), "lease_until": None, "result": result, "error": ""}
    if not _mine(job).update(**done, done_units=F("total_units")):
        raise LeaseLost(str(job.pk))


def fail(job: Job, error: BaseException, retry_seconds: float) -> None:
    """Put a failed job back with growing patience, or on the dead list after its last attempt."""
    now = db_now()
    dead = job.attempts >= job.max_attempts
    wait = min(retry_seconds * 2 ** (job.attempts - 1), _RETRY_CAP)
    _mine(job).update(
        state=Job.State.DEAD if dead else Job.State.FAILED,
        finished_at=now if dead else None,
        run_after=now + timedelta(seconds=wait),
        lease_until=None,
        error=told(error),
    )


def told(error: BaseException) -> str:
    """What went wrong without values of people: type, redacted message, and the lines of code it passed."""
    where = "".join(traceback.format_tb(error.__traceback__)[-6:])
    return f"{type(error).__name__}: {_PERSONAL.sub('[redacted]', str(error))[:500]}\n{where}"[:4000]


@transaction.atomic
def reap() -> int:
    """Give back the jobs of dead workers; returns how many.

    A worker of this machine is dead when its life line is free, whatever the clock says: so a clock that jumps takes
    nothing from a living worker, and a killed worker's job goes on at once. Of other machines the lease decides.
    """
    now = db_now()
    held = Job.objects.filter(state=Job.State.RUNNING)
    if connection.features.has_select_for_update_skip_locked:
        held = held.select_for_update(skip_locked=True)
    orphans = [job for job in held if _is_orphan(job, now)]
    for job in orphans:
        dead = job.attempts >= job.max_attempts
        Job.objects.filter(pk=job.pk, fence=job.fence).update(
            state=Job.State.DEAD if dead else Job.State.READY,
            finished_at=now if dead else None,
            fence=F("fence") + 1,
            lease_until=None,
            error="The worker died while it did this job.",
        )
    return len(orphans)


def _is_orphan(job: Job, now: datetime) -> bool:
    alive = liveness.is_alive(job.worker)
    if alive is None:
        return job.lease_until is None or job.lease_until < now
    return not alive
