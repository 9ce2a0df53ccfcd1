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
    return job.title or _words(job.task)


def _words(task: str) -> str:
    kind = JOBS.get(task)
    return str(kind.title if kind and kind.title else task)


def schedules() -> list[tuple[Schedule, str]]:
    """What is due by itself, each with its job in words."""
    return [(one, _words(one.task)) for one in Schedule.objects.order_by("name")]


def unsent_messages() -> QuerySet[OutboxMessage]:
    """Messages that wait after a failure, and those given up; one that a sender holds has no error yet."""
    failed = Q(state=OutboxMessage.State.WAITING, attempts__gt=0) & ~Q(error="")
    return OutboxMessage.objects.filter(failed | Q(state=OutboxMessage.State.DEAD)).order_by("-id")
