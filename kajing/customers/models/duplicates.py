"""Customers who are one person: numbers that were merged, and pairs that look alike."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kajing.customers.models.people import Customer, CustomerOwned


class MergedCustomer(CustomerOwned):
    """A customer number that was merged into another customer; the bank still sends rows under it.

    `fields` name what the survivor took from it: the feed's rows of this number go on filling them.
    """

    class Scope:
        unit = "survivor__unit_id"
        manager = "survivor__manager_id"
        customer = "survivor_id"

    old_id = models.CharField(max_length=64, primary_key=True)
    survivor = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="merged_ids")
    fields: models.JSONField[Any, Any] = models.JSONField(default=list)
    feed_date = models.DateField(null=True, blank=True)  # business date of the newest feed row of this number
    merged_at = models.DateTimeField()
    merged_by = models.CharField(max_length=64)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["old_id"]

    def __str__(self) -> str:
        return f"{self.old_id} → {self.survivor_id}"


class DuplicatePair(CustomerOwned):
    """Two customers who may be one person, with the points of the rules that say so. Seen by whoever sees both."""

    class Scope:
        unit = "first__unit_id"
        manager = "first__manager_id"
        customer = "first_id"

    class Strength(models.TextChoices):
        SURE = "SURE", _("almost sure")
        LIKELY = "LIKELY", _("likely")
        POSSIBLE = "POSSIBLE", _("possible")

    class State(models.TextChoices):
        OPEN = "OPEN", pgettext_lazy("pair of customers", "open")
        DIFFERENT = "DIFFERENT", _("not a duplicate")

    first = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    points = models.IntegerField()
    strength = models.CharField(max_length=8, choices=Strength.choices)
    reasons: models.JSONField[Any, Any] = models.JSONField(default=list)  # rules that spoke, strongest first
    found_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    decided_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-points", "id"]
        indexes = [models.Index(fields=["state", "-points"])]
        constraints = [models.UniqueConstraint(fields=["first", "second"], name="one_pair")]

    def __str__(self) -> str:
        return f"{self.first_id} ~ {self.second_id}"
