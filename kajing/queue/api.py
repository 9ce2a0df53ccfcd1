"""Jobs over the API: how far one is, trying again, stopping; and messages that did not leave."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router, Schema
from pydantic import Field

from kajing.api import paging
from kajing.api.schemas import Cursor, Limit, ListOf, RowId, Word
from kajing.lib import masks
from kajing.lib.access import needs, staff
from kajing.queue import selectors, services
from kajing.queue.models import Job, OutboxMessage

router = Router()


class JobOut(Schema):
    """One piece of work."""

    id: UUID
    task: str = Field(examples=["customers.assign"])
    title: str
    state: str = Field(examples=["RUNNING"])
    done_units: int
    total_units: int = Field(description="0 where the job does not count its work.")
    attempts: int
    problem: str = Field(description="What went wrong last, in its first line.")
    enqueued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @staticmethod
    def resolve_title(job: Job) -> str:
        return selectors.title_of(job)


class UnsentOut(Schema):
    """A message of the system that failed, or was given up; who gets it is masked."""

    id: int
    channel: str = Field(examples=["email"])
    recipient: str = Field(examples=["w***@bank.example"])
    state: str = Field(description="WAITING for its next attempt, or DEAD: given up.", examples=["DEAD"])
    attempts: int
    problem: str = Field(description="What was in the way the last time.")
    created_at: datetime
    not_before: datetime = Field(description="When it is tried next.")

    @staticmethod
    def resolve_recipient(message: OutboxMessage) -> str:
        return masks.email(message.recipient)


@router.get("/jobs", response=ListOf[JobOut], summary="Jobs, newest first: all for who runs the system, else my own")
@staff
def jobs(request: HttpRequest, state: Word | None = None, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    found = selectors.jobs(request.user, state=state or "")
    return paging.page(found, order=("-enqueued_at", "-pk"), cursor=cursor, limit=limit)


@router.get("/jobs/{job_id}", response=JobOut, summary="How far a job is")
@staff
def job(request: HttpRequest, job_id: UUID) -> object:
    return _job(request, job_id)


@router.post("/jobs/{job_id}/retry", response=JobOut, summary="Try a job again that was given up")
@needs("queue.manage")
def retry_job(request: HttpRequest, job_id: UUID) -> object:
    return services.retry(actor=request.user.person_no, job=_job(request, job_id), at=timezone.now())


@router.post("/jobs/{job_id}/cancel", response=JobOut, summary="Stop a job at its next checkpoint")
@needs("queue.manage")
def cancel_job(request: HttpRequest, job_id: UUID) -> object:
    return services.cancel(actor=request.user.person_no, job=_job(request, job_id), at=timezone.now())


@router.get("/unsent-messages", response=ListOf[UnsentOut], summary="Messages that failed or were given up")
@needs("queue.view")
def unsent_messages(request: HttpRequest, cursor: Cursor = "", limit: Limit = 50) -> dict[str, Any]:
    """Newest first: mails and calls of webhooks."""
    return paging.page(selectors.unsent_messages(), order=("-pk",), cursor=cursor, limit=limit)


@router.post("/unsent-messages/{message_no}/send-again", response=UnsentOut, summary="Try a message again")
@needs("queue.manage")
def send_again(request: HttpRequest, message_no: RowId) -> object:
    """Another round of attempts under its old id; 404 once it waits for them or has left."""
    message = get_object_or_404(selectors.unsent_messages(), pk=message_no)
    return services.send_again(actor=request.user.person_no, message=message, at=timezone.now())


def _job(request: HttpRequest, job_id: UUID) -> Job:
    return get_object_or_404(selectors.jobs(request.user), pk=job_id)
