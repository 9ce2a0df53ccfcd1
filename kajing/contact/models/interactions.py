"""Contacts that happened or are planned, and a leader's reasoned exceptions."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from kajing.contact.choices import Channel, Direction, Outcome, Purpose, State, names_of_blocks
from kajing.customers.models import Customer, CustomerOwned
from kajing.org.models import Person


class Override(CustomerOwned):
    """A leader lets one person make one contact that the gate refused, with a reason, for a short time."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="contact_overrides")
    person = models.ForeignKey(
        Person, to_field="person_no", on_delete=models.PROTECT, related_name="contact_overrides"
    )  # who may make the contact
    channel = models.CharField(max_length=8, choices=Channel.choices)
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    codes: models.JSONField[Any, Any] = models.JSONField(default=list)  # the blocks it covers, by name
    reason = models.CharField(max_length=400)
    granted_by = models.CharField(max_length=64)
    granted_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    used_for = models.CharField(max_length=64, blank=True)  # interaction:41, message:7

    class Meta:
        ordering = ["-granted_at", "-id"]
        indexes = [models.Index(fields=["customer", "used_at", "expires_at"])]

    def __str__(self) -> str:
        return f"override {self.pk} for {self.customer_id}"


class Interaction(CustomerOwned):
    """One contact with a customer: planned, running, done, missed or called off.

    `at` is when it happened or is planned to happen, and what the caps count by. `allowed` is what the gate said when
    it began: a contact that happened against it is kept and marked, never left out.
    """

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="interactions")
    person = models.ForeignKey(Person, to_field="person_no", on_delete=models.PROTECT, related_name="interactions")
    channel = models.CharField(max_length=8, choices=Channel.choices)
    direction = models.CharField(max_length=3, choices=Direction.choices, default=Direction.OUT)
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    state = models.CharField(max_length=10, choices=State.choices)
    at = models.DateTimeField()
    planned_at = models.DateTimeField(null=True, blank=True)
    started_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    subject = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(max_length=14, choices=Outcome.choices, blank=True)
    note = models.TextField(blank=True)
    next_step = models.CharField(max_length=30, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)
    material_version = models.CharField(max_length=40, blank=True)
    source = models.CharField(max_length=64, blank=True)  # task:41, or empty
    allowed = models.BooleanField(default=True)
    blocked_by: models.JSONField[Any, Any] = models.JSONField(default=list)  # codes of the blocks, when not allowed
    override = models.ForeignKey(Override, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # Recording (domain §2.11): a pointer into the bank's own store, never the sound itself.
    recording = models.CharField(max_length=400, blank=True)
    recording_sha256 = models.CharField(max_length=64, blank=True)
    retention_until = models.DateField(null=True, blank=True)
    legal_hold = models.BooleanField(default=False)
    # Visit.
    latitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    longitude = models.DecimalField(max_digits=9, decimal_places=6, null=True, blank=True)
    accuracy = models.PositiveIntegerField(null=True, blank=True)  # metres
    place = models.CharField(max_length=200, blank=True)
    district = models.CharField(max_length=40, blank=True)  # 浦东新区: visits of a day are grouped by it
    checked_in_at = models.DateTimeField(null=True, blank=True)
    photo = models.CharField(max_length=200, blank=True)  # its name in the room's storage
    photo_sha256 = models.CharField(max_length=64, blank=True)
    # Plan.
    reminded_at = models.DateTimeField(null=True, blank=True)
    called_off_because = models.CharField(max_length=200, blank=True)
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=64)
    version = models.IntegerField(default=1)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["customer", "-at"]),
            models.Index(fields=["person", "state", "at"]),
            models.Index(fields=["state", "at"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(state=State.PLANNED) | Q(planned_at__isnull=False), name="a_plan_has_its_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel} {self.pk} with {self.customer_id}"

    @property
    def blocks(self) -> list[str]:
        """What was against it, in the reader's language."""
        return [_(name) for name in names_of_blocks(self.blocked_by)]
