"""What this room adds to a customer's page: the light, the plans, the way to the call sheet."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from kajing.contact import selectors
from kajing.contact.choices import Channel, Purpose, State
from kajing.customers.models import Customer


def of_customer(user: Any, customer: Customer) -> dict[str, Any]:
    """The light for a call now: about the debt when there is one overdue, else about an offer."""
    figures = getattr(customer, "figures", None)
    purpose = Purpose.COLLECTION if figures and figures.dpd else Purpose.MARKETING
    plans = selectors.of_customer(user, customer.pk).filter(state=State.PLANNED).order_by("at")[:3]
    return {
        "answer": selectors.may_contact(
            customer, channel=Channel.PHONE, purpose=purpose, at=timezone.now(), actor=user
        ),
        "purpose_words": purpose.label,
        "plans": list(plans),
        "may_log": user.has_perm("contact.log"),
    }
