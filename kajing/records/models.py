"""What any record may carry: saved views of lists, and how an act is taken back."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

SHARED_TABLES = ("Reversal", "ReversalRow", "SavedView")


class SavedView(models.Model):
    """A named list: filters, columns, order and density. The address (URL query) is the state."""

    class Audience(models.TextChoices):
        MINE = "MINE", _("mine")
        TEAM = "TEAM", _("team")
        SYSTEM = "SYSTEM", _("system")

    list_name = models.CharField(max_length=40)  # customers, tasks, …
    name = models.CharField(max_length=60)
    owner = models.CharField(max_length=64, blank=True)  # person_no
    unit = models.CharField(max_length=64, blank=True)  # unit_code, for team views
    audience = models.CharField(max_length=8, choices=Audience.choices, default=Audience.MINE)
    query: models.JSONField[Any, Any] = models.JSONField(default=dict)  # {"bucket": ["M1"], …}
    columns: models.JSONField[Any, Any] = models.JSONField(default=list)
    order = models.CharField(max_length=40, blank=True)
    density = models.CharField(max_length=8, blank=True)  # compact, cozy; empty: the person's own
    is_default = models.BooleanField(default=False)
    place = models.IntegerField(default=0)
    version = models.IntegerField(default=1)

    class Meta:
        ordering = ["list_name", "place", "id"]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """The name; the product's own views are named by message ids."""
        return gettext(self.name) if self.audience == self.Audience.SYSTEM else self.name


class Reversal(models.Model):
    """One act that can be taken back until a day: what its rows were before it. `title` is a message id.

    An act in chunks fills it chunk by chunk (`WRITING`) and is undone chunk by chunk from the end, so that every step
    back ends in a state the tables have been in.
    """

    class State(models.TextChoices):
        WRITING = "WRITING", _("still at work")
        OPEN = "OPEN", pgettext_lazy("reversal", "can be undone")
        UNDOING = "UNDOING", _("being undone")
        UNDONE = "UNDONE", _("undone")
        PARTLY = "PARTLY", _("undone but for newer changes")

    kind = models.CharField(max_length=64)  # the act: customers.assign, imports.sheet, …
    title = models.CharField(max_length=200)
    params: models.JSONField[Any, Any] = models.JSONField(default=dict)
    actor = models.CharField(max_length=64)  # person_no
    unit = models.CharField(max_length=64, blank=True)  # the actor's unit then
    at = models.DateTimeField()
    until = models.DateTimeField(db_index=True)
    state = models.CharField(max_length=8, choices=State.choices, default=State.WRITING)
    chunks = models.IntegerField(default=0)
    rows = models.IntegerField(default=0)
    kept = models.IntegerField(default=0)  # rows a person left as they had become since
    job_id = models.UUIDField(null=True)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["actor", "-at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def title_text(self) -> str:
        """What was done, in the reader's language."""
        return gettext(self.title) % self.params if self.params else gettext(self.title)

    @property
    def tone(self) -> str:
        """The badge's tone."""
        return {"OPEN": "pri", "UNDONE": "ok", "PARTLY": "warn"}.get(self.state, "")


class ReversalRow(models.Model):
    """One row an act touched in one chunk.

    Added: no `before`. Deleted: the whole row in `before`, no `after` (a digest). Changed: in `before` and `became` the
    columns the act changed, so that what others changed beside them stays when the act is undone.
    """

    reversal = models.ForeignKey(Reversal, on_delete=models.CASCADE, related_name="entries")
    chunk = models.IntegerField()
    model = models.CharField(max_length=80)  # app.model
    key = models.CharField(max_length=64)
    before: models.JSONField[Any, Any] = models.JSONField(null=True)
    became: models.JSONField[Any, Any] = models.JSONField(null=True)
    after = models.CharField(max_length=32, blank=True)
    keep = models.BooleanField(default=False)  # decided: leave it as it is now

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reversal", "chunk", "model", "key"], name="one_image_a_chunk"),
        ]

    def __str__(self) -> str:
        return f"{self.model} {self.key}"
