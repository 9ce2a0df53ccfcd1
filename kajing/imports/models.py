"""Every file that comes in. The batch row is the truth of how far a file has come."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import get_language, gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from kajing.records.models import Reversal

SHARED_TABLES = ("Batch", "BatchChunk", "FeedMapping", "Sheet", "SheetChunk", "SheetMapping", "SheetProblem", "Upload")


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


class Sheet(models.Model):
    """A person's spreadsheet on its way in: read, mapped, tried, run. Seen by who uploaded it."""

    class State(models.TextChoices):
        READING = "READING", pgettext_lazy("sheet", "being read")
        MAPPING = "MAPPING", pgettext_lazy("sheet", "waits for its columns")
        CHECKING = "CHECKING", pgettext_lazy("sheet", "dry run")
        CHECKED = "CHECKED", pgettext_lazy("sheet", "checked")
        RUNNING = "RUNNING", pgettext_lazy("sheet", "running")
        DONE = "DONE", pgettext_lazy("sheet", "done")
        CANCELLED = "CANCELLED", pgettext_lazy("sheet", "cancelled")
        REFUSED = "REFUSED", pgettext_lazy("sheet", "cannot be read")

    kind = models.CharField(max_length=40)  # SheetTarget.key
    file_name = models.CharField(max_length=200)
    folder = models.CharField(max_length=80, blank=True)  # until it is read
    sha256 = models.CharField(max_length=64)
    encoding = models.CharField(max_length=20, blank=True)
    delimiter = models.CharField(max_length=1, blank=True)
    header: models.JSONField[Any, Any] = models.JSONField(default=list)
    mapping: models.JSONField[Any, Any] = models.JSONField(default=dict)  # field → column
    mode = models.CharField(max_length=10, default="SKIP")
    state = models.CharField(max_length=10, choices=State.choices, default=State.READING)
    rows = models.IntegerField(default=0)
    checked: models.JSONField[Any, Any] = models.JSONField(
        default=dict
    )  # NEW, OVERWRITTEN, SKIPPED, BAD of the dry run
    ran: models.JSONField[Any, Any] = models.JSONField(default=dict)  # the same of the run
    problem = models.CharField(max_length=40, blank=True)  # why it cannot be read
    job_id = models.UUIDField(null=True)
    reversal = models.ForeignKey(Reversal, null=True, on_delete=models.SET_NULL, related_name="+")
    uploaded_by = models.CharField(max_length=64, db_index=True)
    uploaded_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-uploaded_at", "-id"]

    def __str__(self) -> str:
        return f"sheet {self.pk}"

    @property
    def at_work(self) -> bool:
        """Whether a job is busy with it."""
        return self.state in {self.State.READING, self.State.CHECKING, self.State.RUNNING}

    @property
    def tone(self) -> str:
        """The badge's tone."""
        return {"DONE": "ok", "REFUSED": "bad", "CANCELLED": "warn"}.get(self.state, "pri")


class SheetChunk(models.Model):
    """Some rows of a sheet, encrypted: people write personal data into them. `…_keys` are what the chunk accepted."""

    sheet = models.ForeignKey(Sheet, on_delete=models.CASCADE, related_name="chunks")
    number = models.IntegerField()
    content_enc = models.BinaryField()  # [[line, [cell, …]], …]
    check_keys = models.BinaryField(default=b"")
    run_keys = models.BinaryField(default=b"")

    class Meta:
        ordering = ["sheet", "number"]
        constraints = [models.UniqueConstraint(fields=["sheet", "number"], name="one_sheet_chunk")]

    def __str__(self) -> str:
        return f"{self.sheet_id}/{self.number}"


class SheetProblem(models.Model):
    """A line that is bad, or is there already, with the reason; of the dry run or of the run."""

    sheet = models.ForeignKey(Sheet, on_delete=models.CASCADE, related_name="problems")
    dry = models.BooleanField()
    line = models.IntegerField()
    column = models.CharField(max_length=40, blank=True)  # field name
    duplicate = models.BooleanField(default=False)
    reason = models.CharField(max_length=200)  # a message id
    params: models.JSONField[Any, Any] = models.JSONField(default=dict)

    class Meta:
        ordering = ["sheet", "line", "id"]
        indexes = [models.Index(fields=["sheet", "dry", "duplicate", "line"])]

    def __str__(self) -> str:
        return f"{self.sheet_id}:{self.line}"

    @property
    def told(self) -> str:
        """The reason in the reader's language."""
        return gettext(self.reason) % self.params if self.params else gettext(self.reason)


class SheetMapping(models.Model):
    """What a person chose for a set of headings: proposed again for the next file with the same ones."""

    owner = models.CharField(max_length=64)  # person_no
    kind = models.CharField(max_length=40)
    header_key = models.CharField(max_length=24)
    mapping: models.JSONField[Any, Any] = models.JSONField(default=dict)
    mode = models.CharField(max_length=10, default="SKIP")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "kind", "header_key"], name="one_mapping_per_header")]

    def __str__(self) -> str:
        return f"{self.owner} {self.kind}"
