"""Playbooks, their versions, and the plans that run by them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext, pgettext_lazy

from kajing.customers.models import Customer, CustomerOwned
from kajing.org.scoping import ScopedManager
from kajing.workflow.models.tasks import Task


class Playbook(models.Model):
    """A way of working with a customer, such as the first 90 days of a new card."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)  # a message id when delivered, else own words
    made_by = models.CharField(max_length=64)  # person_no, or "system"
    enabled = models.BooleanField(default=True)  # whether events start it by themselves

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code

    @property
    def label(self) -> str:
        """The name; delivered ones are named by message ids."""
        return gettext(self.name) if self.made_by == "system" else self.name


class PlaybookVersion(models.Model):
    """One version: its steps, what starts it, and what ends it early. Running plans keep theirs."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", pgettext_lazy("version", "draft")
        LIVE = "LIVE", pgettext_lazy("version", "in force")
        RETIRED = "RETIRED", pgettext_lazy("version", "retired")

    playbook = models.ForeignKey(Playbook, on_delete=models.CASCADE, related_name="versions")
    number = models.IntegerField()
    steps: models.JSONField[Any, Any] = models.JSONField(default=list)  # see kajing/workflow/playbooks.py
    event = models.CharField(max_length=64, blank=True)  # the event that starts it; empty: by hand only
    days_before = models.IntegerField(default=0)  # how many days before the event the plan begins
    exits: models.JSONField[Any, Any] = models.JSONField(default=list)  # conditions on the customer that end it
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    author = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    published_by = models.CharField(max_length=64, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["playbook", "-number"]
        constraints = [
            models.UniqueConstraint(fields=["playbook", "number"], name="one_playbook_per_version"),
            models.UniqueConstraint(fields=["playbook"], condition=models.Q(state="LIVE"), name="one_live_playbook"),
            models.UniqueConstraint(fields=["playbook"], condition=models.Q(state="DRAFT"), name="one_draft_playbook"),
        ]

    def __str__(self) -> str:
        return f"{self.playbook_id} v{self.number}"


class Plan(CustomerOwned):
    """A playbook at work for one customer. `event_key` names what started it, so that nothing starts it twice."""

    class State(models.TextChoices):
        RUNNING = "RUNNING", pgettext_lazy("plan", "running")
        DONE = "DONE", pgettext_lazy("plan", "finished")
        STOPPED = "STOPPED", pgettext_lazy("plan", "stopped")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="plans")
    playbook = models.ForeignKey(Playbook, on_delete=models.PROTECT, related_name="plans")
    version = models.ForeignKey(PlaybookVersion, on_delete=models.PROTECT, related_name="plans")
    day_zero = models.DateField()  # steps count their days from here
    event_key = models.CharField(max_length=120)
    state = models.CharField(max_length=8, choices=State.choices, default=State.RUNNING)
    started_by = models.CharField(max_length=64)  # person_no, or "system"
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.CharField(max_length=64, blank=True)
    reason = models.CharField(max_length=400, blank=True)  # why it was stopped

    class Meta:
        ordering = ["-started_at", "-id"]
        indexes = [models.Index(fields=["state", "playbook"]), models.Index(fields=["customer", "state"])]
        constraints = [
            models.UniqueConstraint(fields=["customer", "playbook", "event_key"], name="one_plan_per_event"),
            models.UniqueConstraint(
                fields=["customer", "playbook"], condition=models.Q(state="RUNNING"), name="one_running_plan"
            ),
        ]

    def __str__(self) -> str:
        return f"plan {self.pk}"


class PlanStep(models.Model):
    """One step of one plan."""

    class Scope:
        unit = "plan__customer__unit_id"
        manager = "plan__customer__manager_id"
        customer = "plan__customer_id"

    class State(models.TextChoices):
        WAITING = "WAITING", pgettext_lazy("plan step", "to come")
        OPEN = "OPEN", pgettext_lazy("plan step", "open")
        HELD = "HELD", pgettext_lazy("plan step", "held by the contact gate")
        DONE = "DONE", pgettext_lazy("plan step", "done")
        SKIPPED = "SKIPPED", pgettext_lazy("plan step", "skipped")

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="steps")
    key = models.CharField(max_length=20)
    title = models.CharField(max_length=200)
    kind = models.CharField(max_length=30)
    due_on = models.DateField()
    required = models.BooleanField(default=False)
    after: models.JSONField[Any, Any] = models.JSONField(default=list)  # keys of steps that come first
    state = models.CharField(max_length=8, choices=State.choices, default=State.WAITING)
    task = models.ForeignKey(Task, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    note = models.CharField(max_length=400, blank=True)  # why held or skipped
    ended_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[ScopedManager] = ScopedManager()

    class Meta:
        ordering = ["plan", "due_on", "id"]
        indexes = [models.Index(fields=["state", "due_on"])]
        constraints = [models.UniqueConstraint(fields=["plan", "key"], name="one_step_per_key")]

    def __str__(self) -> str:
        return f"step {self.key} of {self.plan_id}"

    @property
    def title_text(self) -> str:
        """The title in the reader's language where it was delivered."""
        return gettext(self.title) if self.plan.version.author == "system" else self.title

    @property
    def tone(self) -> str:
        """The badge's colour."""
        return {"DONE": "ok", "OPEN": "pri", "HELD": "warn"}.get(self.state, "")
