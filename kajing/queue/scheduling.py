"""When scheduled jobs are due. A unique row per due time makes two schedulers, or a clock that jumps, fire once."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from kajing.lib.periods import SHANGHAI
from kajing.queue.models import Schedule, ScheduleFiring
from kajing.queue.registry import SCHEDULES, ScheduledJob
from kajing.queue.services import enqueue

_KEPT = timedelta(days=40)


def declare() -> None:
    """Bring the rows in line with what rooms registered; switching one off is a person's act and stays."""
    for entry in SCHEDULES.values():
        Schedule.objects.update_or_create(
            name=entry.name,
            defaults={
                "task": entry.task,
                "kwargs": entry.kwargs,
                "at_time": entry.at_time,
                "every_seconds": entry.every_seconds,
            },
        )


def due_time(schedule: Schedule | ScheduledJob, now: datetime) -> datetime | None:
    """The newest moment at or before `now` that the schedule names; missed older ones are not made up for."""
    if schedule.at_time is not None:
        local = now.astimezone(SHANGHAI)
        today = datetime.combine(local.date(), schedule.at_time, SHANGHAI)
        return today if today <= local else today - timedelta(days=1)
    if schedule.every_seconds:
        return datetime.fromtimestamp(now.timestamp() // schedule.every_seconds * schedule.every_seconds, SHANGHAI)
    return None


def fire_due(now: datetime) -> int:
    """Queue the job of every schedule that is due; returns how many. A schedule seen first waits for its next time."""
    fired = 0
    for schedule in Schedule.objects.filter(enabled=True, name__in=SCHEDULES):
        due = due_time(schedule, now)
        newest = ScheduleFiring.objects.filter(schedule=schedule).order_by("-due_at").first()
        if due is None or (newest is not None and newest.due_at >= due):
            continue
        fired += _fire(schedule, due, now, first=newest is None)
    return fired


def _fire(schedule: Schedule, due: datetime, now: datetime, *, first: bool) -> int:
    try:
        with transaction.atomic():
            firing = ScheduleFiring.objects.create(schedule=schedule, due_at=due)
            if first:
                return 0
            firing.job_id = enqueue(schedule.task, at=now, kwargs=schedule.kwargs).pk
            firing.save(update_fields=["job_id"])
    except IntegrityError:  # another scheduler was quicker
        return 0
    return 1


def forget(now: datetime) -> None:
    """Drop firings long past; the newest of each schedule always stays."""
    for schedule in Schedule.objects.all():
        newest = schedule.schedulefiring_set.order_by("-due_at").values_list("pk", flat=True).first()
        old = schedule.schedulefiring_set.filter(due_at__lt=now - _KEPT)
        old.exclude(pk__in=[newest]).delete()
