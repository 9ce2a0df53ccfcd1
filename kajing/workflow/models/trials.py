"""Trials: tasks for many customers of whom some, drawn by lot, are held back, so that their effect can be measured."""

from __future__ import annotations

from django.db import models
from django.utils.translation import pgettext_lazy

from kajing.customers.models import Customer, CustomerOwned
from kajing.org.models import Unit


class Trial(models.Model):
    """One act on many with customers held back. Both groups are watched from `starts_on` to `ends_on`, both counted."""

    class State(models.TextChoices):
        RUNNING = "RUNNING", pgettext_lazy("trial", "running")
        OVER = "OVER", pgettext_lazy("trial", "over")
        ENDED = "ENDED", pgettext_lazy("trial", "ended early")

    title = models.CharField(max_length=200)  # what the tasks say
    kind = models.CharField(max_length=30)  # of the tasks
    share = models.IntegerField()  # percent held back
    made_by = models.CharField(max_length=64)  # person_no
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")  # of who made it, then
    made_at = models.DateTimeField()
    starts_on = models.DateField()  # days of the book, as figures count them
    ends_on = models.DateField()
    held_until = models.DateField()  # the same length of time by the clock, which contacts go by
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=64, blank=True)  # person_no, or "system"
    reason = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["-made_at", "-id"]
        indexes = [models.Index(fields=["made_by", "-made_at"]), models.Index(fields=["state", "ends_on"])]

    def __str__(self) -> str:
        return f"trial {self.pk}"

    @property
    def source(self) -> str:
        """How holds name what placed them."""
        return f"trial:{self.pk}"


class TrialMember(CustomerOwned):
    """A customer of a trial. Who was assigned to a group counts in it, whatever came of the task."""

    trial = models.ForeignKey(Trial, on_delete=models.CASCADE, related_name="members")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="trials")
    held = models.BooleanField()  # held back by lot; the others got the task
    used_on = models.DateField(null=True, blank=True)  # the first purchase a night saw within the trial's days

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["trial", "customer"], name="once_in_a_trial")]

    def __str__(self) -> str:
        return f"{self.customer_id} in trial {self.trial_id}"
