"""Showing a personal field in clear: right, reason, daily quota and audit row in one transaction (platform R9)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kajing.audit.models import AuditRow
from kajing.audit.services import record
from kajing.customers.models import Customer
from kajing.customers.selectors import customers, personal_value
from kajing.lib.errors import DomainError, NotAllowed
from kajing.lib.periods import SHANGHAI
from kajing.reference.selectors import NotInForce, parameter

if TYPE_CHECKING:
    from kajing.org.models import Person

ACTION = "customers.reveal"
COUNTED = (ACTION, "records.reveal_field", "sales.reveal_lead")
FIELDS = ("name", "mobile", "phone", "email", "id_number", "address", "employer", "annual_income")
SHORTEST_REASON = 2


class UnknownField(DomainError):
    """There is no such personal field, or the customer has no value in it."""

    status = 422

    def __str__(self) -> str:
        return str(_("There is nothing to show in this field."))


class ReasonMissing(DomainError):
    """Every look at a personal field says what it is for."""

    status = 422

    def __str__(self) -> str:
        return str(_("Say what you need it for; the reason goes into the audit log."))


class QuotaUsedUp(DomainError):
    """The person has revealed as many fields today as policy allows."""

    status = 429

    def __init__(self, quota: int) -> None:
        super().__init__(quota)
        self.quota = quota

    def __str__(self) -> str:
        return str(_("You have shown %(quota)s fields today, the most that policy allows.") % {"quota": self.quota})


@dataclass(frozen=True)
class Revealed:
    """The clear value, and until when it may stand on a screen."""

    value: str
    expires_at: datetime


@transaction.atomic
def reveal(*, actor: Person, customer: Customer, field: str, reason: str, at: datetime, address: str = "") -> Revealed:
    """The clear value of a personal field; the ID number only as its first six and last four (domain §2.8).

    No audit row, no value: both stand or fall with this transaction. Raises NotAllowed, UnknownField, ReasonMissing,
    QuotaUsedUp.
    """
    if not actor.has_perm(ACTION) or not customers(actor).filter(pk=customer.pk).exists():
        raise NotAllowed
    if len(reason.strip()) < SHORTEST_REASON:
        raise ReasonMissing
    value = personal_value(customer, field) if field in FIELDS else ""
    if not value:
        raise UnknownField
    check_quota(actor, at)
    today = at.astimezone(SHANGHAI).date()
    record(
        actor=actor.person_no,
        action=ACTION,
        object_kind="customer",
        object_id=customer.pk,
        customer_id=customer.pk,
        reason=reason.strip()[:400],
        address=address,
        at=at,
        changes={"field": field},
    )
    return Revealed(value, at + timedelta(minutes=_number("reveal_minutes", today)))


def check_quota(actor: Person, at: datetime) -> None:
    """Count the person's looks at masked values today, the bank's own fields included. Raises QuotaUsedUp."""
    today = at.astimezone(SHANGHAI).date()
    quota = _number("reveals_per_day", today)
    begin = datetime(today.year, today.month, today.day, tzinfo=SHANGHAI)
    shown = AuditRow.objects.filter(
        actor=actor.person_no, action__in=COUNTED, at__gte=begin, at__lt=begin + timedelta(days=1)
    ).count()
    if shown >= quota:
        raise QuotaUsedUp(quota)


def reveal_minutes(at: datetime) -> int:
    """How long a revealed value may stand on a screen."""
    return _number("reveal_minutes", at.astimezone(SHANGHAI).date())


def _number(key: str, on: date) -> int:
    """A limit in force. Without one nothing may be shown: the rule fails closed."""
    try:
        value = parameter(key, on)
    except NotInForce:
        return 0
    return value if isinstance(value, int) else 0
