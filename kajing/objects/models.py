"""Objects that the bank defines itself, and their records. What a record holds is own fields of `records`."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Q
from django.utils.translation import get_language, pgettext_lazy

from kajing.customers.models import Customer
from kajing.org.models import Person, Unit
from kajing.org.scoping import ScopedQuerySet

SHARED_TABLES = ("ObjectDefinition",)
PREFIX = "obj_"  # before an object's code: its kind of record, and the name of its list


class ObjectDefinition(models.Model):
    """What an object is called, whose its records are, and which roles see, create and edit them.

    A switched-off object is shown to nobody; its records stay.
    """

    class Belongs(models.TextChoices):
        CUSTOMER = "CUSTOMER", pgettext_lazy("object", "a customer: seen by whoever sees the customer")
        PLACE = "PLACE", pgettext_lazy("object", "a person and their unit: seen like a task")

    code = models.CharField(max_length=14, unique=True)  # in addresses, conditions and the API
    name_zh = models.CharField(max_length=30)
    name_en = models.CharField(max_length=40)
    plural_en = models.CharField(max_length=40)
    icon = models.CharField(max_length=30)
    pattern = models.CharField(max_length=40)  # of the numbers: GJ-{seq}
    last_seq = models.IntegerField(default=0)
    belongs = models.CharField(max_length=8, choices=Belongs.choices)
    sees: models.JSONField[Any, Any] = models.JSONField(default=list)  # roles
    creates: models.JSONField[Any, Any] = models.JSONField(default=list)  # roles
    edits: models.JSONField[Any, Any] = models.JSONField(default=list)  # roles
    place = models.IntegerField(default=100)
    created_by = models.CharField(max_length=64)
    created_at = models.DateTimeField()
    archived_at = models.DateTimeField(null=True, blank=True)
    version = models.IntegerField(default=1)

    class Meta:
        ordering = ["place", "code"]

    def __str__(self) -> str:
        return self.code

    @property
    def kind(self) -> str:
        """The kind of record that its records are."""
        return f"{PREFIX}{self.code}"

    @property
    def name(self) -> str:
        """One record of it, in the reader's language."""
        return self.name_en if _english() else self.name_zh

    @property
    def plural(self) -> str:
        """Many of them, in the reader's language."""
        return self.plural_en if _english() else self.name_zh

    @property
    def of_customers(self) -> bool:
        """Whether each record belongs to a customer."""
        return self.belongs == self.Belongs.CUSTOMER


def _english() -> bool:
    return (get_language() or "").startswith("en")


class RecordQuerySet(ScopedQuerySet):
    """Records of customers follow the customer, those of a place follow unit and owner."""

    def of(self, about: ObjectDefinition) -> Self:
        """The records of an object that are there."""
        return self.filter(object=about, removed_at=None)


class ObjectRecord(models.Model):
    """One record of an object. Removed it leaves every list, keeps its row, and can be brought back."""

    class Scope:
        unit = "customer__unit_id"
        manager = "customer__manager_id"
        customer = "customer_id"

    class Place:
        """The scope of records without a customer."""

        unit = "unit_id"
        manager = "owner_id"
        customer = "customer_id"

    object = models.ForeignKey(ObjectDefinition, on_delete=models.PROTECT, related_name="records")
    seq = models.IntegerField()
    number = models.CharField(max_length=60)
    title = models.CharField(max_length=120)
    customer = models.ForeignKey(Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="own_objects")
    unit = models.ForeignKey(Unit, on_delete=models.PROTECT, related_name="+")
    owner = models.ForeignKey(Person, to_field="person_no", on_delete=models.PROTECT, related_name="+")
    source = models.CharField(max_length=40, blank=True)  # sheet:12, person:P-ANA
    created_at = models.DateTimeField()
    created_by = models.CharField(max_length=64)
    changed_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)
    version = models.IntegerField(default=1)

    objects: ClassVar[Any] = models.Manager.from_queryset(RecordQuerySet)()

    class Meta:
        ordering = ["-id"]
        constraints = [models.UniqueConstraint(fields=["object", "seq"], name="one_record_of_a_number")]
        indexes = [
            models.Index(fields=["object", column, "id"], name=f"record_by_{column}", condition=Q(removed_at=None))
            for column in ("created_at", "changed_at", "seq", "owner", "customer", "number")
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def kind(self) -> str:
        """Its kind of record."""
        return self.object.kind
