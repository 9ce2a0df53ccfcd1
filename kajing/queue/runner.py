"""Doing one job: find its body, run it in the right kind of transaction, acknowledge or put back."""

from __future__ import annotations

import logging
from contextlib import nullcontext
from typing import Any

from django.db import transaction
from django.utils.module_loading import import_string
from django_tasks.base import Task, TaskContext

from kajing.queue import leases
from kajing.queue.context import JobContext
from kajing.queue.models import Job
from kajing.queue.registry import JOBS, JobKind, UnknownJob, kind_of

log = logging.getLogger(__name__)


def run(job: Job, context: JobContext) -> None:
    """Do a job that we hold; every outcome ends in its row, and a lost lease in nothing."""
    retry_seconds = 10.0
    try:
        kind = find(job)
        retry_seconds = kind.retry_seconds
        with transaction.atomic() if not kind.chunked else nullcontext():
            if not kind.chunked:
                leases.hold(job)
            result = kind.run(context, *job.args, **job.kwargs)
            leases.finish(job, result)
    except leases.LeaseLost:
        log.warning("job lost its lease or was cancelled", extra={"job": str(job.pk)})
    except Exception as error:  # noqa: BLE001  whatever a body raises is the job's outcome
        log.warning("job failed: %s %s", job.task, type(error).__name__)
        leases.fail(job, error, retry_seconds)


def find(job: Job) -> JobKind:
    """The registered body, or the function behind a `django_tasks` task. Raises UnknownJob."""
    if job.task in JOBS or "." not in job.task:
        return kind_of(job.task)
    try:
        task = import_string(job.task)
    except ImportError as error:
        raise UnknownJob(f"no job is registered as {job.task!r}") from error
    if not isinstance(task, Task):
        raise UnknownJob(f"{job.task!r} is no task")
    return JobKind(name=job.task, run=_body(task))


def _body(task: Task[Any, Any]) -> Any:
    def body(context: JobContext, *args: Any, **kwargs: Any) -> Any:
        if task.takes_context:
            from kajing.queue.backend import result_of

            return task.call(TaskContext(task_result=result_of(context.job, task)), *args, **kwargs)
        return task.call(*args, **kwargs)

    return body
