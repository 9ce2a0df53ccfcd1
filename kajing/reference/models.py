"""Dated parameters with their source, the workday calendar, and dictionaries."""

from __future__ import annotations

from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from kajing.reference import wording
from kajing.reference.unread import UNREAD

SHARED_TABLES = ("Parameter", "CalendarDay", "MerchantCategory", "ComplaintCode")


# How sure a value is, as the domain reference tags it.
CERTAINTY = {
    "V": _("checked against the full text"),
    "N": _("seen in a news copy"),
    "D": _("computed from a news figure"),
    "M": _("from memory, to be verified"),
    "P": _("bank practice or own policy"),
}
EFFECTS = {
    "HARD_BLOCK": _("blocks"),
    "WARN": _("warns"),
    "COMPUTE": _("computed with"),
    "RECORD": _("recorded"),
}


class Parameter(models.Model):
    """One value of one law, limit or bank policy, from `valid_from` up to but not including `valid_to`."""

    rule_id = models.CharField(max_length=20, blank=True)  # RG035 …
    key = models.CharField(max_length=80, db_index=True)
    value = models.CharField(max_length=200)
    unit = models.CharField(max_length=20, blank=True)
    comparator = models.CharField(max_length=10, blank=True)
    topic = models.CharField(max_length=40, blank=True)
    source = models.CharField(max_length=200)
    article = models.CharField(max_length=100, blank=True)
    confidence = models.CharField(max_length=2, default="P")  # V checked, N news, D derived, M memory, P own policy
    enforcement = models.CharField(max_length=12, blank=True)  # HARD_BLOCK, WARN, COMPUTE, RECORD
    note = models.CharField(max_length=400, blank=True)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    changed_by = models.CharField(max_length=64, default="system")

    class Meta:
        ordering = ["key", "valid_from"]
        constraints = [models.UniqueConstraint(fields=["key", "valid_from"], name="one_value_from_a_day")]

    def __str__(self) -> str:
        return f"{self.key} = {self.value}"

    @property
    def certainty(self) -> str:
        """How sure the value is, in words."""
        return str(CERTAINTY.get(self.confidence, self.confidence))

    @property
    def effect(self) -> str:
        """What the product does with it, in words."""
        if not self.is_read:
            return str(_("kept for reference"))
        return str(EFFECTS.get(self.enforcement, self.enforcement))

    @property
    def is_read(self) -> bool:
        """Whether anything in the product reads it."""
        return self.key not in UNREAD

    @property
    def name(self) -> str:
        """What the parameter is called, in the reader's language."""
        return wording.name_of(self.key)

    @property
    def topic_words(self) -> str:
        """Its topic."""
        return wording.topic_of(self.topic)

    @property
    def value_words(self) -> str:
        """The value; in words where it is one."""
        return wording.value_of(self.value)

    @property
    def unit_words(self) -> str:
        """What it is counted in."""
        return wording.unit_of(self.unit)

    @property
    def source_words(self) -> str:
        """Where it comes from."""
        return " ".join(part for part in (wording.source_of(self.source), wording.article_of(self.article)) if part)

    @property
    def note_words(self) -> str:
        """The note for a list. A delivered one is Chinese: who reads English finds it on the parameter's own page."""
        return self.note if wording.is_chinese() or self.changed_by != "system" else ""


class CalendarDay(models.Model):
    """An override of the calendar package: a bank's own holiday file, or a year the package does not know."""

    day = models.DateField(primary_key=True)
    is_workday = models.BooleanField()
    name = models.CharField(max_length=40, blank=True)
    source = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day} {'workday' if self.is_workday else 'day off'}"


class MerchantCategory(models.Model):
    """A merchant category code (text: 0742 keeps its zero)."""

    mcc = models.CharField(max_length=4, primary_key=True)
    name_zh = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)
    group_code = models.CharField(max_length=20, db_index=True)
    group_zh = models.CharField(max_length=40)
    excluded_from_points = models.BooleanField(default=False)
    cashout_attention = models.IntegerField(default=0)

    class Meta:
        ordering = ["mcc"]

    def __str__(self) -> str:
        return self.mcc


class ComplaintCode(models.Model):
    """One code of the complaint dictionary (JR/T 0169-2018: A channel, B business, C cause), in force from a day on.

    The standard's official codes are not public; these are the project's own, and each row names its source.
    """

    class Dimension(models.TextChoices):
        CHANNEL = "A", _("channel")
        BUSINESS = "B", _("business")
        CAUSE = "C", _("cause")

    dimension = models.CharField(max_length=1, choices=Dimension.choices)
    code = models.CharField(max_length=10)
    parent = models.CharField(max_length=10, blank=True)  # the code above it; empty at the top of a dimension
    name_zh = models.CharField(max_length=100)
    name_en = models.CharField(max_length=100)
    severity = models.CharField(max_length=10, blank=True)  # LOW, MEDIUM, HIGH, CRITICAL: a complaint's first priority
    root_cause = models.CharField(max_length=200, blank=True)
    owner = models.CharField(max_length=40, blank=True)  # who owns the process that goes wrong
    first_response_hours = models.IntegerField(null=True, blank=True)  # working hours until the first reply
    source = models.CharField(max_length=200)
    confidence = models.CharField(max_length=2, default="P")
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["dimension", "id"]
        constraints = [models.UniqueConstraint(fields=["code", "valid_from"], name="one_complaint_code_from_a_day")]

    def __str__(self) -> str:
        return self.code

    @property
    def name(self) -> str:
        """The name in the reader's language."""
        return self.name_en if (get_language() or "").startswith("en") else self.name_zh
