"""Acts on jobs and messages: all write rows in the caller's transaction, nothing waits for a commit hook."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext_lazy as _

from kajing.audit.services import record
from kajing.lib.errors import DomainError
from kajing.queue.models import Job, OutboxMessage
from kajing.queue.registry import kind_of

_OVER = (Job.State.DONE, Job.State.CANCELLED, Job.State.DEAD)


class CannotRetry(DomainError):
    """Only a job that failed or was cancelled can be tried again."""


class CannotCancel(DomainError):
    """The job is over already."""


class CannotSendAgain(DomainError):
    """The message has left, was called off or is being sent."""

    def __str__(self) -> str:
        return str(_("This message is being sent, has left or was called off meanwhile; reload the list."))


def enqueue(
    task: str,
    *,
    at: datetime,
    kwargs: dict[str, Any] | None = None,
    owner: str = "",
    title: str = "",
    priority: int = 0,
    run_after: datetime | None = None,
) -> Job:
    """Queue the job registered as ``task``; it exists if and only if the caller's transaction commits.

    ``kwargs`` are JSON and hold ids, never personal data; ``owner`` is the person_no who may follow it;
    a higher ``priority`` runs first. Raises UnknownJob.
    """
    kind = kind_of(task)
    return Job.objects.create(
        id=uuid.uuid4(),
        task=task,
        queue=kind.queue,
        kwargs=kwargs or {},
        priority=priority,
        run_after=run_after or at,
        enqueued_at=at,
        max_attempts=kind.max_attempts,
        owner=owner,
        title=title,
    )


@transaction.atomic
def retry(*, actor: str, job: Job, at: datetime) -> Job:
    """Try a failed, dead or cancelled job again from its last checkpoint. Raises CannotRetry."""
    again = (Job.State.FAILED, Job.State.DEAD, Job.State.CANCELLED)
    done = Job.objects.filter(pk=job.pk, state__in=again).update(
        state=Job.State.READY, attempts=0, run_after=at, finished_at=None, error="", fence=F("fence") + 1
    )
    if not done:
        raise CannotRetry(_("This job is waiting, running or done; there is nothing to try again."))
    record(actor=actor, action="queue.retry", object_kind="job", object_id=str(job.pk), at=at)
    job.refresh_from_db()
    return job


@transaction.atomic
def cancel(*, actor: str, job: Job, at: datetime) -> Job:
    """Stop a job; a running one stops at its next checkpoint and what it has done so far stays. Raises CannotCancel."""
    done = (
        Job.objects.filter(pk=job.pk)
        .exclude(state__in=_OVER)
        .update(state=Job.State.CANCELLED, finished_at=at, lease_until=None, fence=F("fence") + 1)
    )
    if not done:
        raise CannotCancel(_("This job is over already."))
    record(actor=actor, action="queue.cancel", object_kind="job", object_id=str(job.pk), at=at)
    job.refresh_from_db()
    return job


def post(
    *,
    channel: str,
    recipient: str,
    body: str,
    at: datetime,
    subject: str = "",
    headers: dict[str, Any] | None = None,
    not_before: datetime | None = None,
) -> OutboxMessage:
    """Write a message for a channel; the worker sends it at least once under one stable id after the commit.

    `not_before` puts it off; the three days after which it is stale begin then.
    """
    return OutboxMessage.objects.create(
        message_id=uuid.uuid4(),
        channel=channel,
        recipient=recipient,
        subject=subject[:200],
        body=body,
        headers=headers or {},
        not_before=not_before or at,
        created_at=not_before or at,
    )


def drop(*, message: OutboxMessage, reason: str) -> bool:
    """Call a waiting message off; False when it was sent or given up before."""
    waiting = OutboxMessage.objects.filter(pk=message.pk, state=OutboxMessage.State.WAITING)
    return bool(waiting.update(state=OutboxMessage.State.DROPPED, error=reason[:400]))


def send_email(*, to: str, subject: str, body: str, at: datetime) -> OutboxMessage:
    """Write a plain-text e-mail to one address."""
    return post(channel="email", recipient=to, subject=subject, body=body, at=at)


@transaction.atomic
def send_again(*, actor: str, message: OutboxMessage, at: datetime) -> OutboxMessage:
    """Give a message another round of attempts under the same id. Raises CannotSendAgain.

    Only as it stood when it was read: what has left or is in a sender's hands by now would go out twice.
    """
    now = OutboxMessage.objects.select_for_update().get(pk=message.pk)
    if (now.state, now.attempts) != (message.state, message.attempts):
        raise CannotSendAgain
    message.state, message.attempts, message.not_before, message.created_at = OutboxMessage.State.WAITING, 0, at, at
    message.save(update_fields=["state", "attempts", "not_before", "created_at"])
    record(actor=actor, action="queue.send_again", object_kind="message", object_id=str(message.pk), at=at)
    return message
