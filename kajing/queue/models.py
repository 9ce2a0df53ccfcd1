"""Jobs with leases, schedules, and the outbox of messages to the world."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

SHARED_TABLES = ("Job", "Schedule", "ScheduleFiring", "OutboxMessage")


class Job(models.Model):
    """One piece of work. A worker holds it by a lease; the fence number refuses the answer of a worker that lost it."""

    class State(models.TextChoices):
        READY = "READY", _("waiting")
        RUNNING = "RUNNING", _("running")
        DONE = "DONE", _("done")
        FAILED = "FAILED", _("will be tried again")
        DEAD = "DEAD", _("given up")  # tried often enough; a person decides
        CANCELLED = "CANCELLED", _("cancelled")

    id = models.UUIDField(primary_key=True)
    task = models.CharField(max_length=200)
    queue = models.CharField(max_length=32, default="default")
    priority = models.IntegerField(default=0)
    args: models.JSONField[Any, Any] = models.JSONField(default=list)
    kwargs: models.JSONField[Any, Any] = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.READY)
    run_after = models.DateTimeField()
    enqueued_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=64, blank=True)
    fence = models.BigIntegerField(default=0)
    attempts = models.IntegerField(default=0)
    max_attempts = models.IntegerField(default=5)
    done_units = models.BigIntegerField(default=0)
    total_units = models.BigIntegerField(default=0)
    checkpoint: models.JSONField[Any, Any] = models.JSONField(default=dict)
    result: models.JSONField[Any, Any] = models.JSONField(null=True)
    error = models.TextField(blank=True)
    owner = models.CharField(max_length=64, blank=True)  # person_no who asked for it
    title = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-enqueued_at"]
        indexes = [models.Index(fields=["state", "queue", "-priority", "run_after"])]

    def __str__(self) -> str:
        return f"{self.task} {self.state}"

    @property
    def tone(self) -> str:
        """The colour of the state's badge."""
        return {"RUNNING": "pri", "DONE": "ok", "FAILED": "warn", "DEAD": "bad"}.get(self.state, "")

    @property
    def share(self) -> float | None:
        """How much of the work is done, 0 to 1; None where the job does not count it."""
        return min(self.done_units / self.total_units, 1.0) if self.total_units else None

    @property
    def is_over(self) -> bool:
        """Whether nothing more happens by itself."""
        return self.state in (self.State.DONE, self.State.DEAD, self.State.CANCELLED)

    @property
    def problem(self) -> str:
        """What went wrong, in its first line."""
        return self.error.partition("\n")[0]


class Schedule(models.Model):
    """When a job is due: a time of day in Asia/Shanghai, or every N seconds."""

    name = models.CharField(max_length=64, primary_key=True)
    task = models.CharField(max_length=200)
    kwargs: models.JSONField[Any, Any] = models.JSONField(default=dict)
    at_time = models.TimeField(null=True)
    every_seconds = models.IntegerField(null=True)
    enabled = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class ScheduleFiring(models.Model):
    """One due time of one schedule; unique, so two schedulers or a clock jump fire once."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE)
    due_at = models.DateTimeField()
    job_id = models.UUIDField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["schedule", "due_at"], name="fire_once")]

    def __str__(self) -> str:
        return f"{self.schedule_id} {self.due_at:%Y-%m-%d %H:%M}"


class OutboxMessage(models.Model):
    """A message written in the business transaction and sent at least once afterwards, under one stable id."""

    class State(models.TextChoices):
        WAITING = "WAITING", _("waiting")
        SENT = "SENT", _("sent")
        DEAD = "DEAD", _("given up")
        DROPPED = "DROPPED", _("called off")

    message_id = models.UUIDField(unique=True)
    channel = models.CharField(max_length=20)  # email, webhook, …
    recipient = models.CharField(max_length=200)
    subject = models.CharField(max_length=200, blank=True)
    body = models.TextField()
    headers: models.JSONField[Any, Any] = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    attempts = models.IntegerField(default=0)
    not_before = models.DateTimeField()
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["state", "not_before"])]

    def __str__(self) -> str:
        return f"{self.channel} {self.state}"

    @property
    def problem(self) -> str:
        """What was in the way the last time: our own words in the reader's language, a server's as they are."""
        return gettext(self.error) if self.error else ""
