"""Leads 线索: who may become a card customer, whose they are until when, and how far they have come."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kajing.customers.models import Customer
from kajing.org.models import Person, Unit
from kajing.org.scoping import ScopedManager
from kajing.products.models import Product


class Lead(models.Model):
    """One person who may take a card. Without an owner the lead is in the pool of its unit.

    Phone, ID number and employer are encrypted; phone and ID number are found by the same blind indexes as those of
    customers, so that one look finds both.
    """

    class Scope:
        unit = "unit_id"
        manager = "owner_id"
        customer = "customer_id"

    class Stage(models.TextChoices):
        LEAD = "LEAD", pgettext_lazy("lead", "Lead")
        CONTACTED = "CONTACTED", pgettext_lazy("lead", "Contacted")
        INTENT = "INTENT", pgettext_lazy("lead", "Intent")
        SUBMITTED = "SUBMITTED", pgettext_lazy("lead", "Submitted")
        APPROVED = "APPROVED", pgettext_lazy("lead", "Approved")
        ISSUED = "ISSUED", pgettext_lazy("lead", "Issued")
        ACTIVATED = "ACTIVATED", pgettext_lazy("lead", "Activated")
        FIRST_SPEND = "FIRST_SPEND", pgettext_lazy("lead", "First purchase")
        ACTIVE90 = "ACTIVE90", pgettext_lazy("lead", "Active at 90 days")
        LOST = "LOST", pgettext_lazy("lead", "Lost")

    State = Stage  # what `records.states.by_column` reads

    class Source(models.TextChoices):
        BRANCH = "BRANCH", pgettext_lazy("source of a lead", "Branch")
        REFERRAL = "REFERRAL", pgettext_lazy("source of a lead", "Referral by a customer")
        WECOM = "WECOM", pgettext_lazy("source of a lead", "WeCom code")
        ACTIVITY = "ACTIVITY", pgettext_lazy("source of a lead", "Activity")
        STAFF_CODE = "STAFF_CODE", pgettext_lazy("source of a lead", "Personal code of staff")
        CROSS_SELL = "CROSS_SELL", pgettext_lazy("source of a lead", "Existing customer")
        OTHER = "OTHER", pgettext_lazy("source of a lead", "Other")

    name = models.CharField(max_length=100)
    initials = models.CharField(max_length=40, blank=True, db_index=True)
    phone_enc = models.BinaryField()
    phone_idx = models.CharField(max_length=32, db_index=True)
    tail_idx = models.CharField(max_length=32, db_index=True)  # last four digits, with its own column key
    id_number_enc = models.BinaryField(null=True)
    id_number_idx = models.CharField(max_length=32, blank=True, db_index=True)
    employer_enc = models.BinaryField(null=True)
    source = models.CharField(max_length=12, choices=Source.choices)
    source_detail = models.CharField(max_length=100, blank=True)  # number of the code, name of the activity
    code_owner_no = models.CharField(max_length=64, blank=True)  # whose personal code brought the lead (2.12)
    referrer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    # The customer a cross-selling lead is about, or whom the lead became.
    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.SET_NULL, related_name="leads")
    product = models.ForeignKey(Product, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    expected_limit = models.BigIntegerField(null=True, blank=True)  # fen
    consent_version = models.CharField(max_length=40)
    consent_at = models.DateTimeField()
    owner = models.ForeignKey(
        Person, to_field="person_no", null=True, blank=True, on_delete=models.PROTECT, related_name="leads"
    )
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    owned_since = models.DateField(null=True, blank=True)
    owned_until = models.DateField(null=True, blank=True)  # the last day; a closed lead keeps its owner past it
    warned_for = models.DateField(null=True, blank=True)  # the `owned_until` the owner was warned of
    stage = models.CharField(max_length=12, choices=Stage.choices, default=Stage.LEAD)
    stage_since = models.DateTimeField()
    loss_reason = models.CharField(max_length=30, blank=True)
    rival = models.CharField(max_length=60, blank=True)  # the bank the customer went to
    rival_card = models.CharField(max_length=60, blank=True)
    loss_note = models.CharField(max_length=400, blank=True)
    touched_at = models.DateTimeField(null=True, blank=True)  # the last activity
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=64)
    version = models.IntegerField(default=1)

    objects: ClassVar[ScopedManager] = ScopedManager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [
            models.Index(fields=["owner", "stage"]),
            models.Index(fields=["unit", "stage", "stage_since"]),
            models.Index(fields=["stage", "owned_until"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["phone_idx"],
                condition=models.Q(stage__in=["LEAD", "CONTACTED", "INTENT", "SUBMITTED", "APPROVED"]),
                name="one_open_lead_per_phone",
            )
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """How people call the lead: L0000123."""
        return f"L{self.pk:07d}"


class LeadOwned(models.Model):
    """A table of rows that belong to one lead and are seen by whoever sees the lead."""

    class Scope:
        unit = "lead__unit_id"
        manager = "lead__owner_id"
        customer = "lead__customer_id"

    objects: ClassVar[ScopedManager] = ScopedManager()

    class Meta:
        abstract = True


class LeadStay(LeadOwned):
    """How long a lead was in a stage: entered, left. The open row agrees with `Lead.stage`."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="stays")
    stage = models.CharField(max_length=12, choices=Lead.Stage.choices)
    entered_at = models.DateTimeField()
    left_at = models.DateTimeField(null=True, blank=True)
    by = models.CharField(max_length=64)
    note = models.CharField(max_length=400, blank=True)

    class Meta:
        ordering = ["entered_at", "id"]
        indexes = [models.Index(fields=["stage", "entered_at"])]

    def __str__(self) -> str:
        return f"{self.lead_id} in {self.stage}"


class LeadOwnership(LeadOwned):
    """Whose a lead was, from which day to which; an empty number is the pool of the unit."""

    class Way(models.TextChoices):
        NEW = "NEW", pgettext_lazy("ownership of a lead", "registered")
        CLAIM = "CLAIM", pgettext_lazy("ownership of a lead", "claimed from the pool")
        ASSIGN = "ASSIGN", pgettext_lazy("ownership of a lead", "assigned by a leader")
        RELEASE = "RELEASE", pgettext_lazy("ownership of a lead", "released to the pool")
        NIGHT = "NIGHT", pgettext_lazy("ownership of a lead", "time was over")

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="ownerships")
    owner_no = models.CharField(max_length=64, blank=True)
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    since = models.DateField()
    until = models.DateField(null=True, blank=True)  # the last day it may last; none in the pool
    ended_on = models.DateField(null=True, blank=True)
    way = models.CharField(max_length=8, choices=Way.choices)
    by = models.CharField(max_length=64)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["since", "id"]
        indexes = [models.Index(fields=["owner_no", "way", "since"])]

    def __str__(self) -> str:
        return f"{self.lead_id} → {self.owner_no or 'pool'}"


class LeadActivity(LeadOwned):
    """Something that was done about a lead, and what came of it."""

    class Kind(models.TextChoices):
        CALL = "CALL", pgettext_lazy("activity", "Call")
        VISIT = "VISIT", _("Visit")
        WECOM = "WECOM", _("WeCom")
        BRANCH = "BRANCH", pgettext_lazy("activity", "At the branch")
        NOTE = "NOTE", _("Note")

    class Outcome(models.TextChoices):
        NONE = "", pgettext_lazy("outcome", "no outcome")
        REACHED = "REACHED", pgettext_lazy("outcome", "reached")
        NOT_REACHED = "NOT_REACHED", pgettext_lazy("outcome", "not reached")
        INTERESTED = "INTERESTED", pgettext_lazy("outcome", "interested")
        APPOINTED = "APPOINTED", pgettext_lazy("outcome", "appointment made")
        REFUSED = "REFUSED", pgettext_lazy("outcome", "refused")

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="activities")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    outcome = models.CharField(max_length=12, choices=Outcome.choices, blank=True)
    note = models.CharField(max_length=400, blank=True)
    at = models.DateTimeField()
    by = models.CharField(max_length=64)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["lead", "-at"])]

    def __str__(self) -> str:
        return f"{self.kind} about {self.lead_id}"
