"""Audiences: customers under a condition, or a fixed list of them; and what the warehouse knows per customer by key."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import pgettext_lazy

from kajing.customers.models.people import Customer, CustomerOwned


class Audience(models.Model):
    """A named set of customers. Whoever opens it sees those of its customers that they see anyway."""

    class Kind(models.TextChoices):
        RULE = "RULE", pgettext_lazy("audience", "by condition")
        LIST = "LIST", pgettext_lazy("audience", "fixed list")

    name = models.CharField(max_length=60)
    note = models.CharField(max_length=200, blank=True)
    kind = models.CharField(max_length=4, choices=Kind.choices)
    owner_no = models.CharField(max_length=64)
    unit = models.CharField(max_length=64, blank=True)  # shared with this unit and below; empty: the owner's own
    roles = models.CharField(max_length=200, blank=True)  # of those it is shared with: ",LEADER,RISK,"; empty: all
    condition: models.JSONField[Any, Any] = models.JSONField(null=True)  # the tree of a rule
    count = models.IntegerField(null=True)  # as its owner sees it, when it was counted last
    counted_at = models.DateTimeField(null=True)
    as_of = models.DateField(null=True)  # business date of the figures it was counted over
    filling = models.BooleanField(default=False)  # a fixed list that a job still writes
    created_at = models.DateTimeField()
    version = models.IntegerField(default=1)

    class Meta:
        ordering = ["name", "id"]

    def __str__(self) -> str:
        return self.name

    @property
    def role_codes(self) -> list[str]:
        """Roles it is shared with; none: every role of the unit."""
        return [role for role in self.roles.split(",") if role]

    @property
    def is_rule(self) -> bool:
        """Whether its customers come and go by themselves."""
        return self.kind == self.Kind.RULE


class AudienceMember(CustomerOwned):
    """A customer of a fixed list."""

    audience = models.ForeignKey(Audience, on_delete=models.CASCADE, related_name="members")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="audiences")
    added_by = models.CharField(max_length=64)
    added_at = models.DateTimeField()

    class Meta:
        ordering = ["customer"]
        constraints = [models.UniqueConstraint(fields=["audience", "customer"], name="once_in_an_audience")]

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.audience_id}"


class WarehouseAnswer(models.Model):
    """A question about single keys (a group of merchants, a merchant), answered once a night into a table of ids."""

    feature = models.CharField(max_length=20)  # mcc_group, merchant
    value = models.CharField(max_length=100)
    as_of = models.DateField()
    rows = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["feature", "value"], name="one_answer_a_question")]

    def __str__(self) -> str:
        return f"{self.feature} {self.value} as of {self.as_of}"


class AnsweredCustomer(CustomerOwned):
    """A customer in an answer, with the amount of 365 days."""

    answer = models.ForeignKey(WarehouseAnswer, on_delete=models.CASCADE, related_name="customers")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="+")
    amount = models.BigIntegerField()  # fen

    class Meta:
        ordering = ["customer"]
        constraints = [models.UniqueConstraint(fields=["answer", "customer"], name="once_in_an_answer")]

    def __str__(self) -> str:
        return f"{self.customer_id} {self.answer_id}"
