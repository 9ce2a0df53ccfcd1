"""What the last night found of each customer."""

from __future__ import annotations

from typing import Any

from django.db import models

from kajing.customers.models.people import Customer, CustomerOwned
from kajing.org.models import Person, Unit

# What a unit's lists filter and sort by, in one index.
SLICE = (
    "unit", "status", "state", "risk_band", "bucket", "spend_30d", "utilisation", "dpd", "last_purchase_on",
    "credit_limit", "silence_p", "sleeping_on", "manager", "customer",
)  # fmt: skip


class CustomerFigures(CustomerOwned):
    """Every scalar figure of the last night, so that lists, audiences and rules filter in one SQL.

    Money is fen; shares and ratios are 0–1 (utilisation may exceed 1); empty where the denominator is 0.
    Names are the feed contract's. `unit`, `manager` and `status` are the customer's own, copied by the database itself
    (`customers.twin`), so that whose customer it is and what the night found of it stand in one index.
    """

    class Scope:
        unit = "unit_id"
        manager = "manager_id"
        customer = "customer_id"

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, primary_key=True, related_name="figures")
    # Keys without a constraint: they are the customer's, whose own constraints hold. Null only while a row is made.
    unit = models.ForeignKey(
        Unit, null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False, db_index=False
    )
    manager = models.ForeignKey(
        Person, to_field="person_no", null=True, on_delete=models.DO_NOTHING, related_name="+", db_constraint=False,
        db_index=False,
    )  # fmt: skip
    status = models.CharField(max_length=10, null=True, choices=Customer.Status.choices)  # as above
    as_of = models.DateField()
    segment = models.CharField(max_length=30, blank=True)
    life_stage = models.CharField(max_length=30, blank=True)
    value_tier = models.CharField(max_length=10, blank=True)
    state = models.CharField(max_length=12, blank=True)
    bucket = models.CharField(max_length=4, blank=True)
    cycle_bucket = models.CharField(max_length=4, blank=True)
    risk_score = models.FloatField(null=True)
    risk_band = models.CharField(max_length=8, blank=True)
    credit_limit = models.BigIntegerField(null=True)
    balance = models.BigIntegerField(null=True)
    minimum_due = models.BigIntegerField(null=True)
    next_due_on = models.DateField(null=True)
    overdue_amount = models.BigIntegerField(null=True)
    utilisation = models.FloatField(null=True)
    dpd = models.IntegerField(null=True)
    five_class_card2011 = models.CharField(max_length=20, blank=True)
    five_class_asset2023 = models.CharField(max_length=20, blank=True)
    min_pay_streak = models.IntegerField(null=True)
    payment_ratio_3m = models.FloatField(null=True)
    spend_30d = models.BigIntegerField(null=True)
    spend_prev_30d = models.BigIntegerField(null=True)
    spend_90d = models.BigIntegerField(null=True)
    spend_365d = models.BigIntegerField(null=True)
    txn_count_30d = models.IntegerField(null=True)
    txn_count_90d = models.IntegerField(null=True)
    txn_count_365d = models.IntegerField(null=True)
    active_days_90d = models.IntegerField(null=True)
    last_purchase_on = models.DateField(null=True)
    recency_days = models.IntegerField(null=True)
    cross_border_share_90d = models.FloatField(null=True)
    night_share_90d = models.FloatField(null=True)
    cash_share_90d = models.FloatField(null=True)
    sleeping_on = models.DateField(null=True)
    silence_p = models.FloatField(null=True)
    spend_weeks: models.JSONField[Any, Any] = models.JSONField(default=list)  # 8 weekly sums, oldest first

    class Meta:
        indexes = [
            # One figure over the whole bank: what the widest lists are sorted by.
            models.Index(fields=["spend_30d", "customer"]),
            models.Index(fields=["utilisation", "customer"]),
            models.Index(fields=["last_purchase_on", "customer"]),
            models.Index(fields=["dpd", "customer"]),
            models.Index(fields=["credit_limit", "customer"]),
            # Rare classes.
            models.Index(fields=["bucket", "risk_band"]),
            models.Index(fields=["risk_band"]),
            models.Index(fields=["segment"]),
            # Books and units. That of units holds what lists ask for, so that a branch is read from the index alone.
            # Not of the pool, which is no book: SQLite would take its fiftieth of the bank for one.
            models.Index(
                fields=["manager", "customer"],
                condition=models.Q(manager__isnull=False),
                name="customers_figures_of_book",
            ),
            models.Index(name="customers_figures_of_unit", fields=list(SLICE)),
            # The pools of units: a fiftieth of the bank, of which a branch's list otherwise reads all its customers.
            models.Index(
                name="customers_figures_of_pool",
                fields=["unit", "spend_30d", "customer"],
                condition=models.Q(manager__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} as of {self.as_of}"
