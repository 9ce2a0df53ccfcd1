"""Who did what, and which night ran. Rows are only ever added.

No foreign keys: history never blocks a delete, and no history is lost with what it tells of.
"""

from __future__ import annotations

from typing import Any, ClassVar, NoReturn

from django.db import models
from django.utils.translation import gettext_lazy as _

from kajing.audit.acts import kind_of, words_of

SHARED_TABLES = ("AuditRow", "AuditSeal", "Night", "NightStep")


class NeverChanged(TypeError):
    """Somebody tried to change or delete what is only ever added to."""


class AppendOnlyQuerySet(models.QuerySet[Any]):
    """Adds and reads; the database has triggers that say the same."""

    def update(self, **values: Any) -> NoReturn:
        raise NeverChanged

    def delete(self) -> NoReturn:
        raise NeverChanged

    def bulk_update(self, *args: Any, **options: Any) -> NoReturn:
        raise NeverChanged


class AppendOnly(models.Model):
    """A row that is written once."""

    objects: ClassVar[models.Manager[Any]] = models.Manager.from_queryset(AppendOnlyQuerySet)()

    class Meta:
        abstract = True

    def save(self, *args: Any, **options: Any) -> None:
        if not self._state.adding:
            raise NeverChanged
        super().save(*args, **options)

    def delete(self, *args: Any, **options: Any) -> NoReturn:
        raise NeverChanged


class AuditRow(AppendOnly):
    """One act of one person or of the system; `mac` binds its fields, `AuditSeal` binds its place in the order."""

    at = models.DateTimeField(db_index=True)
    actor = models.CharField(max_length=64, db_index=True)  # person_no, or "system"
    action = models.CharField(max_length=64, db_index=True)  # e.g. customers.reveal
    object_kind = models.CharField(max_length=64)
    object_id = models.CharField(max_length=64, db_index=True)
    customer_id = models.CharField(max_length=64, blank=True, db_index=True)
    reason = models.CharField(max_length=400, blank=True)
    address = models.CharField(max_length=64, blank=True)
    request_id = models.CharField(max_length=40, blank=True)
    changes: models.JSONField[Any, Any] = models.JSONField(default=dict)
    mac = models.CharField(max_length=64)
    who = ""  # the actor's name, for a page (`selectors.named`)

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["customer_id", "-at"])]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor} {self.action} {self.object_kind}:{self.object_id}"

    @property
    def act(self) -> str:
        """What was done, in the reader's language."""
        return words_of(self.action)

    @property
    def thing(self) -> str:
        """What kind of object it was done to, in the reader's language."""
        return kind_of(self.object_kind)


class AuditSeal(AppendOnly):
    """A link of the chain: `head` is an HMAC over the head before and `content`, the ids and macs of its rows."""

    first_id = models.BigIntegerField()
    last_id = models.BigIntegerField(unique=True)
    rows = models.IntegerField()
    content = models.TextField()
    previous = models.CharField(max_length=64, unique=True)  # the head before; unique, so the chain cannot fork
    head = models.CharField(max_length=64)
    sealed_at = models.DateTimeField()

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"rows {self.first_id}–{self.last_id}"


TONES = {"RUNNING": "pri", "DONE": "ok", "FAILED": "bad"}


class Night(models.Model):
    """One run of `kajing night` for one business date."""

    class State(models.TextChoices):
        RUNNING = "RUNNING", _("running")
        DONE = "DONE", _("done")
        FAILED = "FAILED", _("failed")

    as_of = models.DateField(unique=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)  # when it last ended well; a repeat keeps it while it runs
    planned = models.IntegerField(default=0)  # steps to come when it began
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["-as_of"]

    def __str__(self) -> str:
        return f"night of {self.as_of}"

    @property
    def tone(self) -> str:
        """The badge's colour."""
        return TONES[self.state]

    @property
    def seconds(self) -> float:
        """Time of all steps together."""
        return sum(step.seconds for step in self.steps.all())

    @property
    def done_steps(self) -> int:
        """How many steps are done."""
        return sum(step.state == self.State.DONE for step in self.steps.all())

    @property
    def share(self) -> float:
        """Progress of a running night, 0 to 1."""
        return self.done_steps / self.planned if self.planned else 0.0


class NightStep(models.Model):
    """One step of a night with its counts and time."""

    night = models.ForeignKey(Night, on_delete=models.CASCADE, related_name="steps")
    place = models.IntegerField()
    name = models.CharField(max_length=64)
    rows = models.BigIntegerField(default=0)
    seconds = models.FloatField(default=0)
    counts: models.JSONField[Any, Any] = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=Night.State.choices, default=Night.State.RUNNING)

    class Meta:
        ordering = ["place"]
        constraints = [models.UniqueConstraint(fields=["night", "name"], name="one_row_per_step")]

    def __str__(self) -> str:
        return self.name

    @property
    def tone(self) -> str:
        """The badge's colour."""
        return TONES[self.state]
