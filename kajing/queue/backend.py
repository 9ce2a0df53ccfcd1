"""The job backend behind `django_tasks`: rows with leases (platform 2.1, rule R21)."""

from __future__ import annotations

from typing import Any

from django.utils import timezone
from django_tasks.backends.base import BaseTaskBackend
from django_tasks.base import Task, TaskResult, TaskResultStatus
from django_tasks.utils import get_random_id

from kajing.queue.models import Job


class LeasedBackend(BaseTaskBackend):
    """Enqueues a row in the caller's transaction; workers take it by lease."""

    supports_defer = True
    supports_priority = True

    def enqueue(self, task: Task[Any, Any], args: Any, kwargs: Any) -> TaskResult[Any]:
        """Queue a task as a row."""
        raise RuntimeError(Job.__name__ + str(timezone.now()) + str(TaskResultStatus.READY) + get_random_id())
