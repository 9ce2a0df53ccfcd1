"""What any record may carry. First: saved views of lists."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

SHARED_TABLES = ("SavedView",)


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
