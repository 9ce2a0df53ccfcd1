"""Files above the row cap."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import pgettext_lazy

from kajing.org.models import Person
from kajing.records.lists import LISTS

SHARED_TABLES = ("ExportRequest", "ExportPart")  # seen by who asked for the file, and by nobody else


class ExportRequest(models.Model):
    """A file above the row cap: asked for, approved by others, made by a job, fetched once, then gone."""

    class State(models.TextChoices):
        WAITING = "WAITING", pgettext_lazy("export", "waiting for approval")
        MAKING = "MAKING", pgettext_lazy("export", "being made")
        READY = "READY", pgettext_lazy("export", "ready")
        FETCHED = "FETCHED", pgettext_lazy("export", "fetched")
        RETURNED = "RETURNED", pgettext_lazy("export", "returned")
        TAKEN_BACK = "TAKEN_BACK", pgettext_lazy("export", "taken back")
        EXPIRED = "EXPIRED", pgettext_lazy("export", "expired")

    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="exports")
    list_name = models.CharField(max_length=40, default="customers")
    form = models.CharField(max_length=4, default="csv")  # csv, xlsx
    reference = models.CharField(max_length=24, blank=True)  # stands in the file and in the audit log
    address = models.TextField(blank=True)  # the list's address: filters, order, columns
    ids: models.JSONField[Any, Any] = models.JSONField(default=list)  # ticked; empty: everything that matches
    everything = models.BooleanField(default=False)
    columns: models.JSONField[Any, Any] = models.JSONField(default=list)  # names, for who decides
    asked_rows = models.IntegerField()  # as counted when asked
    rows = models.IntegerField(null=True, blank=True)  # in the file
    reason = models.CharField(max_length=400)
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)
    approval = models.CharField(max_length=64, blank=True)  # the approval's number, for the watermark
    sha256 = models.CharField(max_length=64, blank=True)
    asked_at = models.DateTimeField()
    ready_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-asked_at", "-id"]
        indexes = [models.Index(fields=["state", "expires_at"])]

    def __str__(self) -> str:
        return f"export {self.pk}"

    @property
    def tone(self) -> str:
        """The badge's colour."""
        return {"READY": "ok", "MAKING": "pri", "WAITING": "warn", "RETURNED": "bad"}.get(self.state, "")

    @property
    def list_label(self) -> str:
        """The list in words."""
        spec = LISTS.get(self.list_name)
        return str(spec.label) if spec else self.list_name


class ExportPart(models.Model):
    """At most 500 rows of a file, encrypted; gone when the file was fetched or has expired."""

    export = models.ForeignKey(ExportRequest, on_delete=models.CASCADE, related_name="parts")
    place = models.IntegerField()
    ids: models.JSONField[Any, Any] = models.JSONField(default=list)
    content_enc = models.BinaryField(null=True)
    rows = models.IntegerField(default=0)

    class Meta:
        ordering = ["export", "place"]
        constraints = [models.UniqueConstraint(fields=["export", "place"], name="one_export_part_per_place")]

    def __str__(self) -> str:
        return f"part {self.place} of {self.export_id}"
