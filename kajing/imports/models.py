"""Every file that comes in. The batch row is the truth of how far a file has come."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

SHARED_TABLES = ("Batch", "BatchChunk", "FeedMapping", "Upload")


class Batch(models.Model):
    """One file of one feed of one business date; unique by content, so the same file is loaded once.

    A batch that mends quarantined lines of another has `mends` and no file: its `edits_enc` hold what a person wrote.
    `waiting` counts good rows that are loaded but refer to a row that has not come yet.
    """

    class State(models.TextChoices):
        RECEIVED = "RECEIVED", _("received")
        CHECKED = "CHECKED", _("checked")
        HELD = "HELD", _("waits for a person")  # too many bad rows
        LOADED = "LOADED", _("in the warehouse")
        ABSORBED = "ABSORBED", _("in the tables")
        DONE = "DONE", _("done")
        REFUSED = "REFUSED", _("refused whole")

    business_date = models.DateField(db_index=True)
    feed = models.CharField(max_length=20)
    file_name = models.CharField(max_length=200)
    source = models.CharField(max_length=500)  # where it was read from
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField(default=0)
    encoding = models.CharField(max_length=20, blank=True)
    has_manifest = models.BooleanField(default=True)
    mapping = models.CharField(max_length=64, blank=True)  # FeedMapping.name
    mends = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="mended_by")
    edits_enc = models.BinaryField(default=b"")
    mended_lines: models.JSONField[Any, Any] = models.JSONField(default=list)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    released_by = models.CharField(max_length=64, blank=True)  # who let a held file in
    rows = models.BigIntegerField(default=0)
    accepted = models.BigIntegerField(default=0)
    duplicate = models.BigIntegerField(default=0)
    corrected = models.BigIntegerField(default=0)
    quarantined = models.BigIntegerField(default=0)
    waiting = models.BigIntegerField(default=0)
    amount_sum = models.BigIntegerField(null=True)  # fen
    unknown_columns: models.JSONField[Any, Any] = models.JSONField(default=list)
    notes: models.JSONField[Any, Any] = models.JSONField(default=list)  # [[code, params], …]
    part = models.CharField(max_length=100, blank=True)  # the file's name in the warehouse
    problem: models.JSONField[Any, Any] = models.JSONField(default=dict)  # {"zh": …, "en": …} for REFUSED
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    created_by = models.CharField(max_length=64, default="system")

    class Meta:
        ordering = ["-business_date", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["feed", "business_date", "sha256", "mapping"], name="one_batch_per_file")
        ]
        indexes = [models.Index(fields=["state"]), models.Index(fields=["feed", "waiting"])]

    def __str__(self) -> str:
        return f"{self.feed} {self.business_date} {self.state}"

    @property
    def told(self) -> str:
        """Why it was refused, in the reader's language."""
        return in_words(self.problem)

    @property
    def is_over(self) -> bool:
        """Whether nothing more will happen to it by itself."""
        return self.state in {Batch.State.DONE, Batch.State.REFUSED, Batch.State.HELD}

    @property
    def tone(self) -> str:
        """The badge's tone."""
        if self.state == Batch.State.DONE:
            return "warn" if self.quarantined else "ok"
        return {"REFUSED": "bad", "HELD": "warn"}.get(self.state, "pri")


class BatchChunk(models.Model):
    """A chunk of a batch that a room has absorbed; written in the transaction that absorbed it."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="chunks")
    chunk = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "chunk"], name="absorb_once")]

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.chunk}"


class FeedMapping(models.Model):
    """A bank's own column names and codes, as the text of a mapping.toml."""

    name = models.CharField(max_length=64, unique=True)
    toml = models.TextField()
    created_by = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.name


class Upload(models.Model):
    """Files of one feed day uploaded on the imports page, kept in a folder of a random name until they are loaded."""

    folder = models.CharField(max_length=80, unique=True)
    file_names: models.JSONField[Any, Any] = models.JSONField(default=list)
    size = models.BigIntegerField()
    business_date = models.DateField(null=True)
    mapping = models.CharField(max_length=64, blank=True)
    has_manifest = models.BooleanField(default=False)
    uploaded_by = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField()
    job_id = models.UUIDField(null=True)
    batch_ids: models.JSONField[Any, Any] = models.JSONField(default=list)
    problem: models.JSONField[Any, Any] = models.JSONField(default=dict)
    loaded_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-uploaded_at"]

    def __str__(self) -> str:
        return self.folder

    @property
    def told(self) -> str:
        """Why nothing could be loaded, in the reader's language."""
        return in_words(self.problem)


def in_words(problem: dict[str, str]) -> str:
    """A problem kept in both languages, in the reader's."""
    return problem.get("zh" if (get_language() or "zh").startswith("zh") else "en", "")
