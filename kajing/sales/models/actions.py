"""Next best actions: the catalogue that people shape, and what was suggested, decided and achieved."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext, pgettext_lazy

from kajing.contact.choices import Channel, Purpose
from kajing.customers.models import Customer
from kajing.notifications.wording import worded
from kajing.org.scoping import ScopedManager
from kajing.workflow.models import Task


class Action(models.Model):
    """One thing a manager can do for a customer: who is eligible, what it is worth, how it has worked.

    `eligibility`, `success` and the conditions of `context` are filters of the customers list, in the form of its
    address: ``{"state": ["NEVER_USED"]}``. A changed action gets a new version; suggestions keep the numbers they
    were made with.
    """

    code = models.CharField(max_length=40, primary_key=True)
    title = models.CharField(max_length=120)  # a message id
    pitch = models.CharField(max_length=300)  # a message id: why, and what to say
    icon = models.CharField(max_length=30)
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    channel = models.CharField(max_length=8, choices=Channel.choices, default=Channel.PHONE)
    eligibility: models.JSONField[Any, Any] = models.JSONField(default=dict)
    context: models.JSONField[Any, Any] = models.JSONField(default=list)  # [{"when": {…}, "times": "1.5", "why": …}]
    value = models.CharField(max_length=30)  # the name of a value formula (`kajing.sales.values`)
    success: models.JSONField[Any, Any] = models.JSONField(default=dict)
    success_days = models.IntegerField(default=30)
    rest_days = models.IntegerField(default=90)  # after "not a fit"
    prior_rate = models.DecimalField(max_digits=5, decimal_places=4)  # share that succeeds, before we know better
    prior_weight = models.IntegerField(default=50)  # how many observed actions the prior weighs
    lever = models.DecimalField(max_digits=4, decimal_places=2, default=1)
    enabled = models.BooleanField(default=True)
    version = models.IntegerField(default=1)
    changed_by = models.CharField(max_length=64, default="system")
    changed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["code"]

    def __str__(self) -> str:
        return self.code

    @property
    def title_text(self) -> str:
        """The title in the reader's language."""
        return gettext(self.title)

    @property
    def pitch_text(self) -> str:
        """Why, and what to say, in the reader's language."""
        return gettext(self.pitch)


class Suggestion(models.Model):
    """One action proposed for one customer by one night, with every factor of its rank, and what came of it."""

    class Scope:
        unit = "customer__unit_id"
        manager = "customer__manager_id"
        customer = "customer_id"

    class State(models.TextChoices):
        OPEN = "OPEN", pgettext_lazy("suggestion", "open")
        ACCEPTED = "ACCEPTED", pgettext_lazy("suggestion", "accepted")
        LATER = "LATER", pgettext_lazy("suggestion", "later")
        REJECTED = "REJECTED", pgettext_lazy("suggestion", "not a fit")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="suggestions")
    action = models.ForeignKey(Action, on_delete=models.PROTECT, related_name="suggestions")
    action_version = models.IntegerField()
    as_of = models.DateField()
    place = models.IntegerField()  # 1 is the first of this customer
    tier = models.CharField(max_length=10, blank=True)  # value tier then: what the propensity was looked up by
    propensity = models.DecimalField(max_digits=6, decimal_places=4)
    context = models.DecimalField(max_digits=6, decimal_places=3)
    value = models.BigIntegerField()  # fen a year
    lever = models.DecimalField(max_digits=4, decimal_places=2)
    score = models.BigIntegerField()  # fen: the product of the terms that are switched on
    facts: models.JSONField[Any, Any] = models.JSONField(default=dict)  # parameters of the value's sentence
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    decided_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=30, blank=True)
    note = models.CharField(max_length=200, blank=True)
    until = models.DateField(null=True, blank=True)
    task = models.ForeignKey(Task, null=True, blank=True, on_delete=models.SET_NULL, related_name="suggestions")
    succeeded = models.BooleanField(null=True)  # None: not known yet
    judged_on = models.DateField(null=True, blank=True)

    objects: ClassVar[ScopedManager] = ScopedManager()

    class Meta:
        ordering = ["place", "id"]
        indexes = [
            models.Index(fields=["state", "place", "-score"]),
            models.Index(fields=["action", "state", "succeeded"]),
            models.Index(fields=["customer", "state"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "action"], condition=models.Q(state="OPEN"), name="one_open_suggestion"
            )
        ]

    def __str__(self) -> str:
        return f"{self.action_id} for {self.customer_id}"

    @property
    def value_words(self) -> str:
        """How the value came about, in the reader's language."""
        return worded(self.facts.get("said", ""), self.facts.get("params"))
