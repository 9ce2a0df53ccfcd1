"""What contacts tell the customers room: when somebody last spoke with a customer."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Max

from kajing.contact.choices import Outcome, State
from kajing.contact.models import Interaction
from kajing.customers import extensions

NOBODY = (Outcome.NO_ANSWER, Outcome.WRONG_NUMBER, Outcome.MISSED)


def last_spoken(customer_ids: Sequence[str]) -> dict[str, datetime]:
    """When a contact with each customer last took place; one that reached nobody does not count."""
    rows = Interaction.objects.filter(customer__in=customer_ids, state=State.DONE)
    told = rows.exclude(outcome__in=NOBODY).order_by().values("customer_id").annotate(last=Max("at"))
    return {row["customer_id"]: row["last"] for row in told}


def register() -> None:
    """Say so to the customers room."""
    extensions.contacts["interactions"] = last_spoken
