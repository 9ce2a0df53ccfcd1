"""What this room adds to a customer's page: the lights, the plans, the way to the call sheet."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from kajing.contact import selectors
from kajing.contact.choices import Channel, Purpose, State
from kajing.customers.models import Customer

_ALWAYS = (Purpose.SERVICE, Purpose.CARE, Purpose.MARKETING)


def of_customer(user: Any, customer: Customer) -> dict[str, Any]:
    """The light for a call now, one a purpose; about a debt only while one is overdue."""
    figures = getattr(customer, "figures", None)
    purposes = (*([Purpose.COLLECTION] if figures and figures.dpd else []), *_ALWAYS)
    answers = selectors.answers_for(customer, channel=Channel.PHONE, purposes=purposes, at=timezone.now(), actor=user)
    plans = selectors.of_customer(user, customer.pk).filter(state=State.PLANNED).order_by("at")[:3]
    return {
        "lights": [(purpose, purpose.label, answers[purpose]) for purpose in purposes],
        "plans": list(plans),
        "may_log": user.has_perm("contact.log"),
    }
