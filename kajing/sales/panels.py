"""What this room adds to a customer's page."""

from __future__ import annotations

from typing import Any

from kajing.customers.models import Customer
from kajing.sales import selectors
from kajing.sales.lead_rows import lead_rows
from kajing.sales.selectors import leads

MOST = 5


def of_customer(user: Any, customer: Customer) -> dict[str, Any]:
    """The customer's suggestions in their order."""
    return {"rows": list(selectors.of_customer(user, customer.pk))}


def leads_of_customer(user: Any, customer: Customer) -> dict[str, Any] | None:
    """Leads about the customer as far as the person sees them; no panel where there is none and none can be made."""
    found = leads.leads(user).filter(customer=customer.pk).select_related("owner", "unit").order_by("-created_at")
    rows = lead_rows(user, found[:MOST])
    return {"leads": rows} if rows or user.has_perm("sales.work_leads") else None
