"""Tasks: what somebody must do, why, until when."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import pgettext_lazy

from kajing.customers.models import Customer
from kajing.notifications.wording import worded
from kajing.org.models import Person, Unit
from kajing.org.scoping import ScopedManager
from kajing.workflow.reasons import reasons_line


class Task(models.Model):
    """One thing to do. Seen by whoever sees its customer, and by its owner."""

    class Scope:
        unit = "customer__unit_id"
        manager = "customer__manager_id"
        customer = "customer_id"
        owner = "owner_id"

    class State(models.TextChoices):
        OPEN = "OPEN", pgettext_lazy("task", "open")
        DONE = "DONE", pgettext_lazy("task", "done")
        CANCELLED = "CANCELLED", pgettext_lazy("task", "called off")

    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.CASCADE, related_name="tasks")
    owner = models.ForeignKey(Person, to_field="person_no", on_delete=models.PROTECT, related_name="tasks")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=30, default="follow_up")  # follow_up, alert, care, call_back, …
    title = models.CharField(max_length=200)  # a message id when `params` is filled, else a person's own words
    reason = models.CharField(max_length=400, blank=True)
    params: models.JSONField[Any, Any] = models.JSONField(default=dict)
    source = models.CharField(max_length=64)  # person:<no>, alert:<id>, rule:<name>
    must_do = models.BooleanField(default=False)
    value_at_stake = models.BigIntegerField(null=True, blank=True)  # fen
    due_at = models.DateTimeField()
    snoozed_until = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    outcome = models.CharField(max_length=30, blank=True)
    outcome_note = models.CharField(max_length=400, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=64)
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.CharField(max_length=64, blank=True)
    version = models.IntegerField(default=1)
    escalated_at = models.DateTimeField(null=True, blank=True)  # when the leader heard that it is overdue
    severity = models.CharField(max_length=2, blank=True)  # L1 … L5 of the alert behind it

    objects: ClassVar[ScopedManager] = ScopedManager()

    class Meta:
        ordering = ["due_at", "id"]
        indexes = [
            models.Index(fields=["owner", "state", "due_at"]),
            models.Index(fields=["customer", "state"]),
            models.Index(fields=["unit", "state", "due_at"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["source"],
                condition=models.Q(state="OPEN") & models.Q(source__startswith="alert:"),
                name="one_open_task_per_alert",
            )
        ]

    def __str__(self) -> str:
        return f"task {self.pk}"

    @property
    def title_text(self) -> str:
        """The title in the reader's language."""
        return worded(self.title, self.params)

    @property
    def reason_text(self) -> str:
        """Why, in the reader's language; an alert's task tells the alert's reasons with the usual value beside."""
        reasons = self.params.get("reasons") or ()
        if reasons:
            return reasons_line(reasons)
        return worded(self.reason, self.params)


class DayPlace(models.Model):
    """Where a task stands in the order a person chose for a day; what has no place stands behind, in work order."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    day = models.DateField()
    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="places")
    place = models.PositiveSmallIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "day", "task"], name="one_place_a_day")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.day} {self.place}"
