"""Rules: when something happens, to whom it applies, what is done. Versions go from draft to tested, shadow, live."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar, Self

from django.db import models
from django.utils.translation import pgettext_lazy

from kajing.customers.models import Customer
from kajing.org.scoping import ScopedQuerySet

CUSTOMER = "customer"


class WorkflowRule(models.Model):
    """A rule by its code; what it does stands in its versions."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=80)
    made_by = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code


class RuleVersion(models.Model):
    """One version: trigger, condition, actions. Only a live one acts; a shadow one writes what it would have done."""

    class State(models.TextChoices):
        DRAFT = "DRAFT", pgettext_lazy("rule", "draft")
        TESTED = "TESTED", pgettext_lazy("rule", "tested")
        SHADOW = "SHADOW", pgettext_lazy("rule", "shadow")
        LIVE = "LIVE", pgettext_lazy("rule", "live")
        RETIRED = "RETIRED", pgettext_lazy("rule", "retired")

    rule = models.ForeignKey(WorkflowRule, on_delete=models.CASCADE, related_name="versions")
    number = models.IntegerField()
    trigger: models.JSONField[Any, Any] = models.JSONField(default=dict)  # see kajing/workflow/rules.py
    condition = models.TextField(blank=True)  # of the customers list's language; empty: everybody
    actions: models.JSONField[Any, Any] = models.JSONField(default=list)
    priority = models.IntegerField(default=100)  # the smaller goes first
    stops = models.BooleanField(default=False)  # a hit keeps later rules of the same event away
    hourly_limit = models.IntegerField(default=500)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    author = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    tested_at = models.DateTimeField(null=True, blank=True)
    test: models.JSONField[Any, Any] = models.JSONField(default=dict)  # what the test on 90 days found
    shadow_at = models.DateTimeField(null=True, blank=True)
    published_by = models.CharField(max_length=64, blank=True)
    published_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    last_slot = models.DateTimeField(null=True, blank=True)  # the newest hour of its schedule that was dealt with

    class Meta:
        ordering = ["rule", "-number"]
        indexes = [models.Index(fields=["state", "priority"])]
        constraints = [
            models.UniqueConstraint(fields=["rule", "number"], name="one_rule_per_version"),
            models.UniqueConstraint(fields=["rule"], condition=models.Q(state="LIVE"), name="one_live_rule"),
            models.UniqueConstraint(
                fields=["rule"],
                condition=models.Q(state__in=["DRAFT", "TESTED", "SHADOW"]),
                name="one_rule_in_the_making",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} v{self.number}"

    @property
    def tone(self) -> str:
        """The badge's colour."""
        return {"LIVE": "ok", "SHADOW": "pri", "TESTED": "warn"}.get(self.state, "")


class RunQuerySet(ScopedQuerySet):
    """What rules did, by the records they met."""

    def of_subjects(self, kind: str, keys: Iterable[str]) -> Self:
        """Runs for these records of a kind."""
        if kind == CUSTOMER:
            return self.filter(customer__in=keys)
        return self.filter(subject_kind=kind, subject_id__in=keys)

    def of_subject(self, kind: str, pk: str) -> Self:
        """Runs for one record."""
        return self.of_subjects(kind, [pk])


RunManager = models.Manager.from_queryset(RunQuerySet)


class RuleRun(models.Model):
    """One record that a version met at one event: what was done, or would have been; nothing is done twice.

    It is a customer, or a record that `subject_kind` and `subject_id` name, such as a lead; then `customer` is empty,
    and whoever sees the record sees the run.
    """

    class Scope:
        unit = "customer__unit_id"
        manager = "customer__manager_id"
        customer = "customer_id"

    class Result(models.TextChoices):
        DONE = "DONE", pgettext_lazy("rule run", "done")
        WOULD = "WOULD", pgettext_lazy("rule run", "would have been done")
        WAITING = "WAITING", pgettext_lazy("rule run", "waits for an approval")
        BLOCKED = "BLOCKED", pgettext_lazy("rule run", "held back by the contact gate")
        FAILED = "FAILED", pgettext_lazy("rule run", "failed")
        LIMITED = "LIMITED", pgettext_lazy("rule run", "held by the limit")
        LOOP = "LOOP", pgettext_lazy("rule run", "stopped, rules set each other off")

    version = models.ForeignKey(RuleVersion, on_delete=models.CASCADE, related_name="runs")
    event_key = models.CharField(max_length=160)
    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    subject_kind = models.CharField(max_length=30, blank=True)
    subject_id = models.CharField(max_length=64, blank=True)
    result = models.CharField(max_length=8, choices=Result.choices)
    detail: models.JSONField[Any, Any] = models.JSONField(default=list)  # one entry an action: {"action", "said"}
    problem = models.CharField(max_length=400, blank=True)
    blocked_by = models.CharField(max_length=60, blank=True)  # the contact gate's rule
    at = models.DateTimeField()

    objects: ClassVar[RunManager] = RunManager()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["version", "-at"]), models.Index(fields=["version", "result", "-at"])]
        constraints = [
            models.UniqueConstraint(fields=["version", "event_key", "customer"], name="one_run_per_event_and_customer"),
            models.UniqueConstraint(
                fields=["version", "event_key", "subject_kind", "subject_id"],
                condition=~models.Q(subject_kind=""),
                name="one_run_per_event_and_record",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version_id} {self.event_key}"

    @property
    def about(self) -> tuple[str, str]:
        """Kind and number of the record that was met."""
        return (self.subject_kind, self.subject_id) if self.subject_kind else (CUSTOMER, str(self.customer_id))

    @property
    def tone(self) -> str:
        """The badge's colour."""
        tones = {"DONE": "ok", "WOULD": "pri", "FAILED": "bad", "LIMITED": "warn", "LOOP": "bad", "BLOCKED": "warn"}
        return tones.get(self.result, "pri")


class RuleMade(models.Model):
    """A message or request that a rule made.

    What becomes of it later knows the rules that led to it, so no rule answers its own doing without end.
    """

    version = models.ForeignKey(RuleVersion, on_delete=models.CASCADE, related_name="made")
    kind = models.CharField(max_length=20)  # as the audit trail names it: message, approval
    object_id = models.CharField(max_length=64)
    chain: models.JSONField[Any, Any] = models.JSONField(default=list)  # rules by their key, the first one first

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="made_by_one_rule")]

    def __str__(self) -> str:
        return f"{self.kind} {self.object_id}"


class WebhookEndpoint(models.Model):
    """Where news may be sent: an address of the bank's own systems, and the secret that signs what goes there."""

    name = models.CharField(max_length=60, unique=True)
    url = models.URLField(max_length=400)
    secret_enc = models.BinaryField()
    former_enc = models.BinaryField(null=True)  # the secret before the last change …
    former_until = models.DateTimeField(null=True, blank=True)  # … signs beside the new one until then
    enabled = models.BooleanField(default=True)
    made_by = models.CharField(max_length=64)
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
