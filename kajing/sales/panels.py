"""What this room adds to a customer's page."""

from __future__ import annotations

from typing import Any

from kajing.customers.models import Customer
from kajing.sales import selectors


def of_customer(user: Any, customer: Customer) -> dict[str, Any]:
    """The customer's suggestions in their order."""
    return {"rows": list(selectors.of_customer(user, customer.pk))}
