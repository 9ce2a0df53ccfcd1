"""Alerts as records that people own, act on and close. How one is computed belongs to the engine."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext, pgettext_lazy

from kajing.customers.models import Customer
from kajing.org.scoping import ScopedManager
from kajing.risk.rules import rule, rule_label
from kajing.workflow.reasons import reason_words

SHARED_TABLES = ()


class Alert(models.Model):
    """One open alert per (account, rule); later hits attach to it; it may fire again 7 days after closing."""

    class Scope:
        unit = "customer__unit_id"
        manager = "customer__manager_id"
        customer = "customer_id"

    class State(models.TextChoices):
        OPEN = "OPEN", pgettext_lazy("alert", "open")
        CONFIRMED = "CONFIRMED", pgettext_lazy("alert", "confirmed")
        DISMISSED = "DISMISSED", pgettext_lazy("alert", "dismissed")
        CLOSED = "CLOSED", pgettext_lazy("alert", "closed by itself")  # the condition no longer holds

    rule = models.CharField(max_length=40)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="alerts")
    account_id = models.CharField(max_length=64, blank=True)  # empty: about the customer as a whole
    raised_on = models.DateField()
    last_hit_on = models.DateField()
    hits = models.IntegerField(default=1)
    severity = models.CharField(max_length=2)  # L1 … L5
    worse_on = models.DateField(null=True, blank=True)  # the night the severity last rose
    value_at_stake = models.BigIntegerField(default=0)  # fen
    rule_version = models.CharField(max_length=20, blank=True)
    reasons: models.JSONField[Any, Any] = models.JSONField(default=list)  # [{code, value, usual, window, params}]
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    closed_on = models.DateField(null=True, blank=True)
    closed_by = models.CharField(max_length=64, blank=True)
    close_reason = models.CharField(max_length=400, blank=True)
    outcome = models.CharField(max_length=10, blank=True)  # TRUE, FALSE, UNKNOWN

    objects: ClassVar[ScopedManager] = ScopedManager()

    class Meta:
        ordering = ["-raised_on", "-id"]
        indexes = [models.Index(fields=["state", "rule"]), models.Index(fields=["customer", "state"])]
        constraints = [
            models.UniqueConstraint(fields=["rule", "customer", "account_id", "raised_on"], name="one_alert_a_day"),
            models.UniqueConstraint(
                fields=["rule", "customer", "account_id"], condition=models.Q(state="OPEN"), name="one_open_alert"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} {self.customer_id}"

    @property
    def title_text(self) -> str:
        """The rule's name in the reader's language."""
        return rule_label(self.rule)

    @property
    def may_say(self) -> str:
        """A sentence the manager may use, in the reader's language."""
        words_for = rule(self.rule).may_say
        return gettext(words_for) if words_for else ""

    @property
    def icon(self) -> str:
        """The icon of the rule."""
        return rule(self.rule).icon

    @property
    def reason_texts(self) -> list[str]:
        """Each reason in words: today's value with the customer's usual one beside it."""
        return [reason_words(reason) for reason in self.reasons]
