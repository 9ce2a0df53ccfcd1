"""Reads of jobs, schedules and messages. Who runs the system sees all jobs, everybody else their own."""

from __future__ import annotations

from typing import Any

from django.db.models import Q, QuerySet

from kajing.queue.models import Job, OutboxMessage, Schedule
from kajing.queue.registry import JOBS


def jobs(user: Any, *, state: str = "") -> QuerySet[Job]:
    """The jobs this person may follow, newest first."""
    seen = Q() if user.has_perm("queue.view") else Q(owner=user.person_no)
    found = Job.objects.filter(seen)
    return found.filter(state=state) if state in Job.State.values else found


def title_of(job: Job) -> str:
    """The job in words: its own title, else the one it was registered with, else its name."""
    kind = JOBS.get(job.task)
    return job.title or str(kind.title if kind and kind.title else job.task)


def schedules() -> QuerySet[Schedule]:
    """What is due by itself."""
    return Schedule.objects.order_by("name")


def unsent_messages() -> QuerySet[OutboxMessage]:
    """Messages that wait after a failure, and those given up."""
    troubled = Q(state=OutboxMessage.State.DEAD) | Q(state=OutboxMessage.State.WAITING, attempts__gt=0)
    return OutboxMessage.objects.filter(troubled).order_by("-id")
