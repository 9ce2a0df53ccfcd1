"""Jobs over the API: how far one is, trying again, stopping."""

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
from kajing.api.schemas import Cursor, Limit, ListOf, Word
from kajing.lib.access import needs, staff
from kajing.queue import selectors, services
from kajing.queue.models import Job

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


def _job(request: HttpRequest, job_id: UUID) -> Job:
    return get_object_or_404(selectors.jobs(request.user), pk=job_id)
