"""Every file that comes in. The batch row is the truth of how far a file has come."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

SHARED_TABLES = ("Batch", "BatchChunk", "Reject", "FeedMapping", "Upload")


class Batch(models.Model):
    """One file of one feed of one business date; unique by content, so the same file is loaded once."""

    class State(models.TextChoices):
        RECEIVED = "RECEIVED", _("received")
        CHECKED = "CHECKED", _("checked")
        HELD = "HELD", _("waits for a person")  # too many bad rows
        LOADED = "LOADED", _("in the warehouse")
        ABSORBED = "ABSORBED", _("in the tables")
        DONE = "DONE", _("done")
        REFUSED = "REFUSED", _("refused")

    business_date = models.DateField(db_index=True)
    feed = models.CharField(max_length=20)
    file_name = models.CharField(max_length=200)
    source = models.CharField(max_length=500)  # where it was read from
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField(default=0)
    encoding = models.CharField(max_length=20, blank=True)
    has_manifest = models.BooleanField(default=True)
    mapping = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RECEIVED)
    rows = models.BigIntegerField(default=0)
    accepted = models.BigIntegerField(default=0)
    duplicate = models.BigIntegerField(default=0)
    corrected = models.BigIntegerField(default=0)
    quarantined = models.BigIntegerField(default=0)
    amount_sum = models.BigIntegerField(default=0)  # fen
    unknown_columns: models.JSONField[Any, Any] = models.JSONField(default=list)
    raw_path = models.CharField(max_length=500, blank=True)
    reject_path = models.CharField(max_length=500, blank=True)
    problem: models.JSONField[Any, Any] = models.JSONField(default=dict)  # {"zh": …, "en": …} for REFUSED
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    created_by = models.CharField(max_length=64, default="system")

    class Meta:
        ordering = ["-business_date", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["feed", "business_date", "sha256", "mapping"], name="one_batch_per_file")
        ]

    def __str__(self) -> str:
        return f"{self.feed} {self.business_date} {self.state}"


class BatchChunk(models.Model):
    """A chunk of a batch that a room has absorbed; written in the transaction that absorbed it."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="chunks")
    chunk = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "chunk"], name="absorb_once")]

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.chunk}"


class Reject(models.Model):
    """A quarantined row: exact line, column, reason; the raw text is encrypted, what is shown is masked."""

    batch = models.ForeignKey(Batch, on_delete=models.CASCADE, related_name="rejects")
    line = models.BigIntegerField()
    column = models.CharField(max_length=64, blank=True)
    code = models.CharField(max_length=40)
    params: models.JSONField[Any, Any] = models.JSONField(default=dict)
    masked = models.TextField(blank=True)
    raw_enc = models.BinaryField(default=b"")
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["batch", "line"]
        indexes = [models.Index(fields=["batch", "line"])]

    def __str__(self) -> str:
        return f"line {self.line}: {self.code}"


class FeedMapping(models.Model):
    """A bank's own column names and codes for a feed, as the text of a mapping.toml."""

    name = models.CharField(max_length=64, unique=True)
    toml = models.TextField()
    created_by = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Upload(models.Model):
    """A feed file or a zip of a feed day uploaded on the imports page, kept under a random name until loaded."""

    stored_name = models.CharField(max_length=80, unique=True)
    original_name = models.CharField(max_length=200)
    size = models.BigIntegerField()
    business_date = models.DateField()
    uploaded_by = models.CharField(max_length=64)
    uploaded_at = models.DateTimeField()
    job_id = models.UUIDField(null=True)

    def __str__(self) -> str:
        return self.original_name
