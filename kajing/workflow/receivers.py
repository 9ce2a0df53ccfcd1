"""News this room acts on."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.dispatch import receiver

from kajing.customers.signals import portfolio_reassigned
from kajing.workflow import services


@receiver(portfolio_reassigned)
def tasks_follow_their_customers(
    sender: object, customer_ids: Sequence[str], actor: str, at: datetime, **news: Any
) -> None:
    """A hand-over of customers takes their open tasks along."""
    services.follow_customers(customer_ids=customer_ids, at=at, by=actor)
