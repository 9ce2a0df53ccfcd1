"""People, their accounts and cards, who manages them, the public pool and handovers."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from kajing.customers.models.names import LongName, NameFromSecond, NameFromThird
from kajing.org.models import Person, Unit
from kajing.org.scoping import ScopedManager
from kajing.records.models import Reversal

SHARED_TABLES = (
    "Audience",
    "WarehouseAnswer",
)  # seen by who asked for the file, and by nobody else


class Customer(models.Model):
    """A natural person who holds our cards. `unit` and `manager` say who manages now; no manager means the pool."""

    class Scope:
        unit = "unit_id"
        manager = "manager_id"
        customer = "customer_id"

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE", pgettext_lazy("customer", "active")
        CLOSED = "CLOSED", pgettext_lazy("customer", "closed")
        DECEASED = "DECEASED", pgettext_lazy("customer", "deceased")

    class Gender(models.TextChoices):
        MALE = "M", _("male")
        FEMALE = "F", _("female")
        UNKNOWN = "U", _("unknown")

    customer_id = models.CharField(max_length=64, primary_key=True)
    name = models.CharField(max_length=100, db_index=True)
    initials = models.CharField(max_length=40, blank=True, db_index=True)
    gender = models.CharField(max_length=1, choices=Gender.choices, default=Gender.UNKNOWN)
    birth_date = models.DateField(null=True, blank=True)
    id_type = models.CharField(max_length=10, blank=True)
    id_number_enc = models.BinaryField(null=True)
    id_number_idx = models.CharField(max_length=32, blank=True, db_index=True)
    region = models.CharField(max_length=6, blank=True)
    address_enc = models.BinaryField(null=True)
    employer_enc = models.BinaryField(null=True)
    occupation = models.CharField(max_length=60, blank=True)
    education = models.CharField(max_length=40, blank=True)
    marital_status = models.CharField(max_length=20, blank=True)
    annual_income = models.BigIntegerField(null=True, blank=True)  # fen
    income_verified = models.BooleanField(null=True)
    is_student = models.BooleanField(default=False)
    opened_on = models.DateField()
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="customers")
    manager = models.ForeignKey(
        Person, to_field="person_no", null=True, blank=True, on_delete=models.PROTECT, related_name="customers"
    )
    referrer_no = models.CharField(max_length=64, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices, default=Status.ACTIVE)
    feed_date = models.DateField(null=True, blank=True)  # business date of the newest feed row applied
    assigned_by_hand = models.BooleanField(default=False)  # a portfolio move here outranks the feed's manager_no

    objects: ClassVar[ScopedManager] = ScopedManager()

    class Meta:
        ordering = ["customer_id"]
        indexes = [
            models.Index(fields=["unit", "manager"]),
            models.Index(fields=["manager", "customer_id"]),
            models.Index(fields=["birth_date", "initials"]),  # the search for duplicates goes by birthday
            # The search for given names, and for parts of long ones.
            models.Index(NameFromSecond("name"), name="customers_name_second"),
            models.Index(NameFromThird("name"), name="customers_name_third"),
            models.Index(fields=["name"], condition=models.Q(LongName("name")), name="customers_name_long"),
        ]

    def __str__(self) -> str:
        return self.customer_id


class CustomerOwned(models.Model):
    """A table of rows that belong to one customer and are seen by whoever sees the customer."""

    class Scope:
        unit = "customer__unit_id"
        manager = "customer__manager_id"
        customer = "customer_id"

    objects: ClassVar[ScopedManager] = ScopedManager()

    class Meta:
        abstract = True


class ContactPoint(CustomerOwned):
    """A way to reach a customer; the value is encrypted, found by blind index (exact) or by the index of its tail."""

    class Kind(models.TextChoices):
        MOBILE = "MOBILE", _("mobile")
        EMAIL = "EMAIL", _("e-mail")
        PHONE = "PHONE", _("phone")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="contact_points")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    value_enc = models.BinaryField()
    value_idx = models.CharField(max_length=32, db_index=True)
    tail_idx = models.CharField(max_length=32, blank=True, db_index=True)  # last four digits, with its own column key
    is_preferred = models.BooleanField(default=False)
    valid = models.BooleanField(default=True)
    source = models.CharField(max_length=20, default="feed")
    feed_date = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "kind", "source"], name="one_point_per_kind_and_source")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.customer_id}"


class Relation(CustomerOwned):
    """Household and other ties; stored once, shown on both pages."""

    class Role(models.TextChoices):
        SPOUSE = "SPOUSE", _("spouse")
        PARENT = "PARENT", _("parent")
        CHILD = "CHILD", _("child")
        GUARANTOR = "GUARANTOR", _("guarantor")
        COLLEAGUE = "COLLEAGUE", _("colleague")
        REFERRER = "REFERRER", _("referrer")
        OTHER = "OTHER", _("other")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="relations")
    other = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="relations_of")
    role = models.CharField(max_length=10, choices=Role.choices)  # what `other` is to `customer`
    note = models.CharField(max_length=200, blank=True)
    created_by = models.CharField(max_length=64)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["customer", "other", "role"], name="one_relation_per_role")]

    def __str__(self) -> str:
        return f"{self.other_id} is {self.role} of {self.customer_id}"


class CardAccount(CustomerOwned):
    """A credit line and its ledger; limit and debt live here. Amounts are fen in `currency`."""

    account_id = models.CharField(max_length=64, primary_key=True)
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="accounts")
    product_id = models.CharField(max_length=64, blank=True, db_index=True)
    currency = models.CharField(max_length=3, default="CNY")
    credit_limit = models.BigIntegerField()
    temp_limit = models.BigIntegerField(null=True, blank=True)
    temp_limit_until = models.DateField(null=True, blank=True)
    cash_limit = models.BigIntegerField(null=True, blank=True)
    statement_day = models.IntegerField()
    due_days = models.IntegerField(default=20)
    opened_on = models.DateField()
    closed_on = models.DateField(null=True, blank=True)
    status = models.CharField(max_length=20)
    feed_date = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["account_id"]

    def __str__(self) -> str:
        return self.account_id


class Card(CustomerOwned):
    """A card by its token; the number itself is never held. `replaces` chains replacements."""

    card_id = models.CharField(max_length=64, primary_key=True)
    account = models.ForeignKey(CardAccount, on_delete=models.CASCADE, related_name="cards")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="cards")
    product_id = models.CharField(max_length=64, blank=True)
    bin = models.CharField(max_length=8, blank=True)
    last4 = models.CharField(max_length=4, blank=True, db_index=True)
    supplementary = models.BooleanField(default=False)
    approved_on = models.DateField()
    activated_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    closed_on = models.DateField(null=True, blank=True)
    replaces_card_id = models.CharField(max_length=64, blank=True, db_index=True)
    policy_function = models.BooleanField(default=False)
    status = models.CharField(max_length=20)
    feed_date = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["card_id"]

    def __str__(self) -> str:
        return self.card_id


class Assignment(CustomerOwned):
    """Who managed a customer, from when to when. The open row agrees with `Customer.unit` and `.manager`."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="assignments")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    manager_no = models.CharField(max_length=64, blank=True)  # empty: the public pool
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    source = models.CharField(max_length=20)  # feed, transfer, take, recycle
    reason = models.CharField(max_length=200, blank=True)
    overdue_when_taken = models.BooleanField(default=False)

    class Meta:
        ordering = ["customer", "valid_from"]
        constraints = [models.UniqueConstraint(fields=["customer", "valid_from"], name="one_assignment_a_day")]

    def __str__(self) -> str:
        return f"{self.customer_id} → {self.manager_no or 'pool'}"


class Consent(CustomerOwned):
    """One entry of the consent ledger: given or withdrawn, per purpose and channel, with the text's version."""

    class Purpose(models.TextChoices):
        MARKETING = "MARKETING", _("marketing")
        SERVICE = "SERVICE", _("service")
        SURVEY = "SURVEY", _("survey")
        PROFILING = "PROFILING", _("profiling")
        CROSS_SELL = "CROSS_SELL", _("cross-selling")
        BUREAU = "BUREAU", _("bureau query")
        COLLECTION = "COLLECTION", _("collection at night")

    class Channel(models.TextChoices):
        ANY = "ANY", _("any channel")
        PHONE = "PHONE", _("phone")
        SMS = "SMS", _("SMS")
        EMAIL = "EMAIL", _("e-mail")
        WECOM = "WECOM", _("WeCom")
        APP = "APP", _("app")
        VISIT = "VISIT", _("visit")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="consents")
    purpose = models.CharField(max_length=12, choices=Purpose.choices)
    channel = models.CharField(max_length=8, choices=Channel.choices)
    given = models.BooleanField()
    text_version = models.CharField(max_length=40)
    at = models.DateTimeField()
    source = models.CharField(max_length=40, blank=True)
    recorded_by = models.CharField(max_length=64)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["customer", "purpose", "channel", "-at"])]

    def __str__(self) -> str:
        return f"{self.purpose}/{self.channel} {'given' if self.given else 'withdrawn'}"


class ContactHold(CustomerOwned):
    """A mark a higher room leaves for the contact gate: an open complaint, a hardship plan, a fraud case, death."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="holds")
    kind = models.CharField(max_length=20)  # COMPLAINT, HARDSHIP, FRAUD, DECEASED, REFUSAL, TRIAL
    purpose = models.CharField(max_length=12, blank=True)  # empty: all
    source = models.CharField(max_length=64)  # e.g. complaint:41
    placed_at = models.DateTimeField()
    until = models.DateField(null=True, blank=True)
    lifted_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-placed_at"]

    def __str__(self) -> str:
        return f"{self.kind} on {self.customer_id}"


class TimelineMark(CustomerOwned):
    """What happened, as told by the room that acted; texts are message ids with parameters."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="marks")
    at = models.DateTimeField()
    kind = models.CharField(max_length=30)  # task, alert, consent, assignment, reveal, statement, …
    title = models.CharField(max_length=200)
    body = models.CharField(max_length=400, blank=True)
    params: models.JSONField[Any, Any] = models.JSONField(default=dict)
    source = models.CharField(max_length=64)  # task:41, alert:7, import:3
    actor = models.CharField(max_length=64, blank=True)
    icon = models.CharField(max_length=30, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["customer", "-at"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.source}"


class PoolMove(CustomerOwned):
    """One step through the public pool: who took, gave back or lost a customer, when and why. Limits count these."""

    class Kind(models.TextChoices):
        TAKE = "TAKE", _("taken")
        RETURN = "RETURN", _("given back")
        RECYCLE = "RECYCLE", _("recycled")

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="pool_moves")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    manager_no = models.CharField(max_length=64)  # who took, or who held the customer until then
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")  # the pool
    on = models.DateField()
    at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["manager_no", "kind", "on"])]

    def __str__(self) -> str:
        return f"{self.kind} {self.customer_id} by {self.manager_no}"


class RecycleNotice(CustomerOwned):
    """A customer who goes to the pool on a day unless somebody contacts them first."""

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, primary_key=True, related_name="recycle_notice")
    manager_no = models.CharField(max_length=64, db_index=True)
    silent_since = models.DateField()
    warned_on = models.DateField()
    goes_on = models.DateField()

    def __str__(self) -> str:
        return f"{self.customer_id} goes on {self.goes_on}"


class Handover(models.Model):
    """A book, or part of one, that went to another manager: what the receiver reads and acknowledges (G4.3)."""

    class Scope:
        unit = "unit_id"
        manager = "receiver_id"
        customer = "items__customer_id"

    receiver = models.ForeignKey(Person, to_field="person_no", on_delete=models.PROTECT, related_name="handovers")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")  # the receiver's
    made_by = models.CharField(max_length=64)
    made_at = models.DateTimeField()
    on = models.DateField()
    reason = models.CharField(max_length=200, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.CharField(max_length=64, blank=True)
    reversal = models.ForeignKey(Reversal, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    objects: ClassVar[ScopedManager] = ScopedManager()

    class Meta:
        ordering = ["-made_at", "-id"]

    def __str__(self) -> str:
        return f"handover {self.pk} to {self.receiver_id}"


class HandoverItem(CustomerOwned):
    """One customer of a handover, with the book it came from."""

    handover = models.ForeignKey(Handover, on_delete=models.CASCADE, related_name="items")
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="handover_items")
    manager_no = models.CharField(max_length=64, blank=True, db_index=True)  # who managed before; empty: the pool
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")  # the unit before

    class Meta:
        constraints = [models.UniqueConstraint(fields=["handover", "customer"], name="once_in_a_handover")]

    def __str__(self) -> str:
        return f"{self.customer_id} in {self.handover_id}"
