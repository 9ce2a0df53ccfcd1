"""State gates: which way a kind of record may go, for whom, with what; written, tested, published by another person."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import pgettext_lazy


class GateVersion(models.Model):
    """One version of the gate of one kind of record. While one is in force, only its moves are open."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", pgettext_lazy("version", "draft")
        LIVE = "LIVE", pgettext_lazy("version", "in force")
        RETIRED = "RETIRED", pgettext_lazy("version", "retired")

    kind = models.CharField(max_length=64)  # the name of a kind with states
    number = models.IntegerField()
    moves: models.JSONField[Any, Any] = models.JSONField(default=list)  # see kajing/workflow/gates.py
    limits: models.JSONField[Any, Any] = models.JSONField(default=dict)  # state → hours of working time it may last
    ends: models.JSONField[Any, Any] = models.JSONField(default=list)  # states that are the end of the way
    note = models.CharField(max_length=400, blank=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    author = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    tested_at = models.DateTimeField(null=True, blank=True)
    test: models.JSONField[Any, Any] = models.JSONField(default=dict)  # what it would mean for existing records
    published_by = models.CharField(max_length=64, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=64, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["kind", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["kind", "number"], name="one_gate_per_version"),
            models.UniqueConstraint(fields=["kind"], condition=models.Q(state="LIVE"), name="one_live_gate"),
            models.UniqueConstraint(fields=["kind"], condition=models.Q(state="DRAFT"), name="one_draft_gate"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} v{self.number}"

    @property
    def tone(self) -> str:
        """The badge's colour."""
        return {"LIVE": "ok", "DRAFT": "warn"}.get(self.state, "")


class GateStay(models.Model):
    """How long a record has been in a state that has a time limit; one row a record, gone with the gate."""

    kind = models.CharField(max_length=64)
    object_id = models.CharField(max_length=64)
    state = models.CharField(max_length=40)
    since = models.DateTimeField()
    due_at = models.DateTimeField()
    escalated_at = models.DateTimeField(null=True, blank=True)  # when the leader heard of it

    class Meta:
        indexes = [models.Index(fields=["escalated_at", "due_at"])]
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="one_stay_a_record")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id} {self.state}"
