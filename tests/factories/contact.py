"""Templates, contact points and messages."""

from __future__ import annotations

from datetime import date, datetime
from itertools import count
from typing import Any

from django.utils import timezone

from kajing.contact.models import MessageTemplate, TemplateVersion
from kajing.customers import personal
from kajing.customers.models import ContactPoint, Customer

_number = count(1)


def template(channel: str = "SMS", purpose: str = "SERVICE", **values: Any) -> TemplateVersion:
    """An approved version, in force since the year began."""
    serial = next(_number)
    version_fields = {
        name: values.pop(name) for name in ("valid_from", "valid_to", "state", "written_by") if name in values
    }
    body = values.pop("body", "尊敬的{customer.title}，您好。")
    made = MessageTemplate.objects.create(
        name=values.pop("name", f"模板{serial}"), kind="NOTICE", channel=channel, purpose=purpose,
        language=values.pop("language", "zh-hans"), created_by="P-LEE", created_at=timezone.now(),
    )  # fmt: skip
    return TemplateVersion.objects.create(
        template=made, number=1, subject=values.pop("subject", "通知" if channel == "EMAIL" else ""), body=body,
        review_id="XB-2026-01", written_at=timezone.now(),
        **{"written_by": "P-ANA", "valid_from": date(2026, 1, 1), "state": "APPROVED", **version_fields},
    )  # fmt: skip


def reach(owner: Customer, *, mobile: str = "12955550088", email: str = "wang@customer.example") -> Customer:
    """Give a customer a mobile number (of an unassigned segment) and a mail address; "" leaves one out."""
    for kind, value in (("MOBILE", mobile), ("EMAIL", email)):
        if value:
            ContactPoint.objects.create(
                customer=owner, kind=kind, value_enc=personal.seal(kind.lower(), value),
                value_idx=personal.blind(kind.lower(), value), is_preferred=kind == "MOBILE",
            )  # fmt: skip
    return owner


def noon(at: datetime) -> datetime:
    """A moment of the same day at which anybody may be written to."""
    return at.replace(hour=10, minute=30)
