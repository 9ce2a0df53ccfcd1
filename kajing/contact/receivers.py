"""News this room acts on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.dispatch import receiver

from kajing.contact.services.handing import hand_plans_on
from kajing.customers.signals import portfolio_reassigned


@receiver(portfolio_reassigned)
def plans_follow_their_customers(
    sender: object, customer_ids: Sequence[str], actor: str, at: datetime, **news: Any
) -> None:
    """A hand-over of customers takes their planned calls and visits along."""
    hand_plans_on(customer_ids=customer_ids, by=actor, at=at)
