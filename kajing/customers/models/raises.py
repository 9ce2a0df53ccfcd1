"""Requests for a higher limit of the public pool."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import pgettext_lazy

from kajing.org.models import Person
from kajing.org.scoping import ScopedManager


class PoolRaise(models.Model):
    """A person asks to hold more customers of the pool than the policy allows, until a day; others decide."""

    class State(models.TextChoices):
        ASKED = "ASKED", pgettext_lazy("pool limit", "asked for")
        GRANTED = "GRANTED", pgettext_lazy("pool limit", "granted")
        RETURNED = "RETURNED", pgettext_lazy("pool limit", "returned")
        TAKEN_BACK = "TAKEN_BACK", pgettext_lazy("pool limit", "taken back")

    class Scope:
        unit = "person__unit_id"
        manager = "person__person_no"

    person = models.ForeignKey(Person, to_field="person_no", on_delete=models.CASCADE, related_name="pool_raises")
    most = models.PositiveIntegerField()  # customers from the pool the person may hold
    until = models.DateField()
    reason = models.CharField(max_length=400)
    state = models.CharField(max_length=12, choices=State.choices, default=State.ASKED)
    asked_at = models.DateTimeField()
    decided_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[ScopedManager] = ScopedManager()

    class Meta:
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["person"], condition=Q(state="ASKED"), name="one_pool_raise_at_a_time")
        ]

    def __str__(self) -> str:
        return f"{self.most} for {self.person_id} until {self.until}"
