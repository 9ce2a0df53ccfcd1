"""What this room adds to a customer's page."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from kajing.customers.models import Customer
from kajing.notifications.selectors import open_news
from kajing.ui.registry import Count
from kajing.workflow import selectors
from kajing.workflow.rows import task_rows
from kajing.workflow.selectors import plans

MOST = 5


def of_customer(user: Any, customer: Customer) -> dict[str, Any]:
    """Open tasks of the customer, the nearest first."""
    found = list(selectors.of_customer(user, customer.pk).select_related("customer", "owner")[: MOST + 1])
    return {
        "rows": task_rows(user, found[:MOST], selectors.present_of(user)),
        "more": len(found) > MOST,
        "may_open": user.has_perm("workflow.open_task"),
    }


def approvals_badge(user: Any) -> Count | None:
    """How many requests wait for this person's vote, by the open items of the inbox: they end with the vote."""
    waiting = open_news(user, timezone.now()).by_kind.get("approval.wanted", 0)
    return Count(value=waiting) if waiting else None


def plans_of_customer(user: Any, customer: Customer) -> dict[str, Any]:
    """The customer's plans with how far each is."""
    return {"rows": plans.of_customer(user, customer.pk)}
