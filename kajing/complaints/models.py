"""Complaints, what happened to each, and the extensions that were asked for."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext

from kajing.complaints import choices
from kajing.customers.models import Customer
from kajing.lib import masks
from kajing.notifications.wording import worded
from kajing.org.models import Person, Unit
from kajing.org.scoping import ScopedManager

PHONE = "complaints.phone"  # the encrypted column


class Complaint(models.Model):
    """One complaint, query or suggestion of a customer. Seen by whoever sees the customer, and by its handler.

    `clock_from` is the day the deadline counts from: of receipt, or of new material. `due_on` is the last day by law,
    or the regulator's own where that is earlier; `service_due_on` the bank's own in working days.
    """

    class Scope:
        unit = "customer__unit_id"
        manager = "customer__manager_id"
        customer = "customer_id"
        owner = "handler_id"

    State = choices.State

    number = models.CharField(max_length=20, unique=True, null=True)  # null only while the row is made
    kind = models.CharField(max_length=10, choices=choices.Kind.choices, default=choices.Kind.COMPLAINT)
    state = models.CharField(max_length=10, choices=choices.State.choices, default=choices.State.REGISTERED)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="complaints")
    who = models.CharField(max_length=5, choices=choices.Who.choices, default=choices.Who.SELF)
    complainant = models.CharField(max_length=100, blank=True)  # empty: the customer
    phone_enc = models.BinaryField(null=True)
    authority_seen = models.BooleanField(default=False)  # the signed authority, or the proof of being an heir
    representatives: models.JSONField[Any, Any] = models.JSONField(default=list)  # names, at most five (Art. 12)
    people = models.IntegerField(default=1)  # who complain together
    channel = models.CharField(max_length=10)  # A … of the dictionary
    business = models.CharField(max_length=10)  # B …
    cause = models.CharField(max_length=10, blank=True)  # C …, at the latest when it is closed
    description = models.TextField(max_length=4000)
    demand = models.TextField(max_length=1000, blank=True)
    incident_on = models.DateField(null=True, blank=True)
    received_at = models.DateTimeField()
    source = models.CharField(max_length=10, choices=choices.Source.choices)
    regulator_ref = models.CharField(max_length=60, blank=True)
    regulator_due_on = models.DateField(null=True, blank=True)
    priority = models.CharField(max_length=8, choices=choices.Priority.choices, default=choices.Priority.MEDIUM)
    escalated = models.BooleanField(default=False)
    regulatory = models.BooleanField(default=True)  # belongs in the report to the regulator
    handler = models.ForeignKey(
        Person, to_field="person_no", null=True, blank=True, on_delete=models.PROTECT, related_name="complaints"
    )
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")  # the unit that handles it
    against = models.ForeignKey(
        Person, to_field="person_no", null=True, blank=True, on_delete=models.PROTECT, related_name="complained_of"
    )
    clock_from = models.DateField()
    stage = models.CharField(max_length=8, choices=choices.Stage.choices, default=choices.Stage.SIMPLE)
    due_on = models.DateField()
    service_due_on = models.DateField()
    accepted_at = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(max_length=4000, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answer_way = models.CharField(max_length=8, choices=choices.Way.choices, blank=True)
    fault = models.CharField(max_length=4, choices=choices.Fault.choices, blank=True)
    redress = models.CharField(max_length=1000, blank=True)
    compensation = models.BigIntegerField(default=0)  # fen
    ended_at = models.DateTimeField(null=True, blank=True)
    ground = models.CharField(max_length=10, choices=choices.Ground.choices, blank=True)
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged")
    repeat_of = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="repeats")
    told_overdue_on = models.DateField(null=True, blank=True)  # when its leaders last heard that it is overdue
    warned_on = models.DateField(null=True, blank=True)  # the deadline its handler was last warned of
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=64)
    version = models.IntegerField(default=1)

    objects: ClassVar[ScopedManager] = ScopedManager()

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [
            models.Index(fields=["state", "due_on"]),
            models.Index(fields=["customer", "state"]),
            models.Index(fields=["handler", "state", "due_on"]),
            models.Index(fields=["unit", "state", "due_on"]),
        ]

    def __str__(self) -> str:
        return self.number or f"complaint {self.pk}"

    @property
    def is_open(self) -> bool:
        """Whether something is left to do."""
        return self.state in choices.OPEN

    @property
    def is_running(self) -> bool:
        """Whether the clocks run: nobody has answered yet."""
        return self.state in choices.RUNNING

    @property
    def phone(self) -> str:
        """The complainant's number in clear."""
        return settings.KAJING_KEYS.decrypt(PHONE, bytes(self.phone_enc)) if self.phone_enc else ""

    @property
    def phone_masked(self) -> str:
        """The complainant's number as pages show it."""
        return masks.phone(self.phone)


class ComplaintOwned(models.Model):
    """A row of a complaint, seen with it."""

    class Scope:
        unit = "complaint__customer__unit_id"
        manager = "complaint__customer__manager_id"
        customer = "complaint__customer_id"
        owner = "complaint__handler_id"

    objects: ClassVar[ScopedManager] = ScopedManager()

    class Meta:
        abstract = True


class ComplaintEvent(ComplaintOwned):
    """One line of a complaint's activity; only ever added. `title` is a message id filled with `params`."""

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="events")
    at = models.DateTimeField()
    by = models.CharField(max_length=64)
    title = models.CharField(max_length=200)
    params: models.JSONField[Any, Any] = models.JSONField(default=dict)
    note = models.TextField(max_length=4000, blank=True)
    changes: models.JSONField[Any, Any] = models.JSONField(default=dict)  # {field: [before, after]}

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["complaint", "-at"])]

    def __str__(self) -> str:
        return f"{self.complaint_id} {self.title}"

    @property
    def title_text(self) -> str:
        """The line in the reader's language."""
        return worded(self.title, self.params) if self.params else gettext(self.title)


class Extension(ComplaintOwned):
    """More time for one complaint: reason, approver, and the notice to the complainant with the proof of telling."""

    class State(models.TextChoices):
        ASKED = "ASKED", choices.pgettext_lazy("extension", "waits for approval")
        GRANTED = "GRANTED", choices.pgettext_lazy("extension", "granted")
        RETURNED = "RETURNED", choices.pgettext_lazy("extension", "returned")
        TAKEN_BACK = "TAKEN_BACK", choices.pgettext_lazy("extension", "taken back")

    complaint = models.ForeignKey(Complaint, on_delete=models.CASCADE, related_name="extensions")
    stage = models.CharField(max_length=8, choices=choices.Stage.choices)  # the one asked for
    before_on = models.DateField()
    due_on = models.DateField()
    reason = models.CharField(max_length=400)
    notice = models.TextField(max_length=1000)  # what the complainant is told
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    asked_by = models.CharField(max_length=64)
    asked_at = models.DateTimeField()
    decided_by = models.CharField(max_length=64, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    told_at = models.DateTimeField(null=True, blank=True)
    told_way = models.CharField(max_length=8, choices=choices.Way.choices, blank=True)
    told_by = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["-asked_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["complaint"], condition=models.Q(state="ASKED"), name="one_extension_asked_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.complaint_id} until {self.due_on}"
