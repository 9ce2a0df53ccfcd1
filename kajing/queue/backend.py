"""The job backend behind `django_tasks` (rule R21): its tasks become rows that our workers hold by lease."""

from __future__ import annotations

import uuid
from typing import Any

from django.utils import timezone
from django.utils.module_loading import import_string
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskError, TaskResult, TaskResultStatus
from django_tasks.exceptions import TaskResultDoesNotExist
from django_tasks.signals import task_enqueued
from django_tasks.utils import normalize_json

from kajing.queue.models import Job

_STATUS = {
    Job.State.READY: TaskResultStatus.READY,
    Job.State.FAILED: TaskResultStatus.READY,  # waits for its next attempt
    Job.State.RUNNING: TaskResultStatus.RUNNING,
    Job.State.DONE: TaskResultStatus.SUCCESSFUL,
    Job.State.DEAD: TaskResultStatus.FAILED,
    Job.State.CANCELLED: TaskResultStatus.FAILED,
}


class LeasedBackend(BaseTaskBackend):
    """Enqueues a row in the caller's transaction: the task exists if and only if the transaction commits."""

    supports_defer = True
    supports_priority = True
    supports_get_result = True

    def enqueue(self, task: Task[Any, Any], args: Any, kwargs: Any) -> TaskResult[Any]:
        """Queue one call; the moment comes from the clock because the interface gives none."""
        self.validate_task(task)
        now = timezone.now()
        job = Job.objects.create(
            id=uuid.uuid4(),
            task=task.module_path,
            queue=task.queue_name,
            priority=task.priority,
            args=normalize_json(list(args)),
            kwargs=normalize_json(kwargs),
            run_after=task.run_after or now,
            enqueued_at=now,
        )
        result = result_of(job, task)
        task_enqueued.send(type(self), task_result=result)
        return result

    def get_result(self, result_id: str) -> TaskResult[Any]:
        """How far a call has come. Raises TaskResultDoesNotExist."""
        try:
            job = Job.objects.get(pk=uuid.UUID(result_id))
            task = import_string(job.task)
        except (Job.DoesNotExist, ValueError, ImportError) as error:
            raise TaskResultDoesNotExist(result_id) from error
        return result_of(job, task)


def result_of(job: Job, task: Task[Any, Any]) -> TaskResult[Any]:
    """The interface's view of a row."""
    failed = [TaskError(exception_class_path="builtins.Exception", traceback=job.error)] if job.error else []
    result: TaskResult[Any] = TaskResult(
        task=task,
        id=str(job.pk),
        status=_STATUS[Job.State(job.state)],
        enqueued_at=job.enqueued_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        last_attempted_at=job.started_at,
        args=job.args,
        kwargs=job.kwargs,
        backend="default",
        errors=failed,
        worker_ids=[job.worker] * job.attempts,
    )
    object.__setattr__(result, "_return_value", job.result)
    return result
