"""The complainant's number in clear: right, reason, daily quota and audit row in one transaction (platform R9)."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from kajing.audit.services import record
from kajing.complaints import selectors
from kajing.complaints.models import Complaint
from kajing.customers.services.reveals import ACTION, ReasonMissing, Revealed, UnknownField, check_quota, reveal_minutes
from kajing.lib.errors import NotAllowed
from kajing.org.models import Person


@transaction.atomic
def reveal_phone(*, actor: Person, complaint: Complaint, reason: str, at: datetime) -> Revealed:
    """The number in clear, and until when it may be shown; counts towards the day's looks.

    Raises NotAllowed, UnknownField, ReasonMissing, QuotaUsedUp.
    """
    if not actor.has_perm(ACTION) or not selectors.complaints(actor).filter(pk=complaint.pk).exists():
        raise NotAllowed
    if len(reason.strip()) < 2:
        raise ReasonMissing
    if not complaint.phone:
        raise UnknownField
    check_quota(actor, at)
    record(
        actor=actor.person_no, action=ACTION, object_kind="complaint", object_id=str(complaint.pk), at=at,
        customer_id=complaint.customer_id, reason=reason.strip()[:400], changes={"field": "complainant_phone"},
    )  # fmt: skip
    return Revealed(complaint.phone, at + timedelta(minutes=reveal_minutes(at)))
