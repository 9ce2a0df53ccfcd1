"""Work of the room that waits in the queue: one person's part of a report's run."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from kajing.insights.services import schedules
from kajing.queue.context import JobContext


def deliver_report(job: JobContext, run: int, person: int) -> int | None:
    """Make and tell; twice does nothing the second time."""
    made = schedules.deliver(run_id=run, person_id=person, at=timezone.now())
    return made.pk if made else None


def look_for_due(at: datetime) -> int:
    """The chore of every worker: start what is due, drop files past their day."""
    schedules.expire_files(at)
    return schedules.fire_due(at)
