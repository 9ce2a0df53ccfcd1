"""What this room adds to a customer's page."""

from __future__ import annotations

from typing import Any

from kajing.customers.models import Customer
from kajing.risk import selectors
from kajing.risk.models import Alert
from kajing.risk.rows import alert_rows

MOST = 5


def of_customer(user: Any, customer: Customer) -> dict[str, Any]:
    """Open alerts of the customer with their reasons, worst first."""
    found = selectors.of_customer(user, customer.pk).filter(state=Alert.State.OPEN).select_related("customer")
    return {"rows": alert_rows(user, found[:MOST])}
