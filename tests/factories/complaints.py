"""Complaints."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from kajing.complaints.models import Complaint
from kajing.customers.models import Customer
from kajing.lib.periods import SHANGHAI


def complaint(about: Customer, **values: Any) -> Complaint:
    """A registered complaint of the customer's, received on 20 November, as the database holds it."""
    received = values.pop("received_on", date(2026, 11, 20))
    given = {
        "channel": "A11", "business": "B21", "description": "说好免年费，仍被收取",
        "received_at": datetime(received.year, received.month, received.day, 10, 0, tzinfo=SHANGHAI), "source": "BRANCH",
        "unit": about.unit, "clock_from": received, "due_on": received + timedelta(days=15),
        "service_due_on": received + timedelta(days=14),
        "created_at": datetime(2026, 11, 20, 10, 0, tzinfo=SHANGHAI), "created_by": "P-SERVICE", **values,
    }  # fmt: skip
    made = Complaint.objects.create(customer=about, **given)
    made.number = values.get("number") or f"TS{made.pk:012d}"
    made.save(update_fields=["number"])
    return made
