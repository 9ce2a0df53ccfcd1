"""What this room adds to a customer's page, and what comes after the page of a lead."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from kajing.customers.models import Customer
from kajing.org.selectors import names
from kajing.sales import selectors
from kajing.sales.lead_rows import lead_rows
from kajing.sales.models import Lead
from kajing.sales.selectors import leads
from kajing.sales.selectors.leads.contacting import refused
from kajing.sales.stages import BY_HAND
from kajing.workflow.gate_panels import own_standing

MOST = 5


def of_customer(user: Any, customer: Customer) -> dict[str, Any]:
    """The customer's suggestions in their order."""
    return {"rows": list(selectors.of_customer(user, customer.pk))}


def leads_of_customer(user: Any, customer: Customer) -> dict[str, Any] | None:
    """Leads about the customer as far as the person sees them; no panel where there is none and none can be made."""
    found = leads.leads(user).filter(customer=customer.pk).select_related("owner", "unit").order_by("-created_at")
    rows = lead_rows(user, found[:MOST])
    return {"leads": rows} if rows or user.has_perm("sales.work_leads") else None


def light_of_lead(user: Any, one: Lead) -> dict[str, Any] | None:
    """Why one may not call on the lead at this hour; no panel where one may, or where it is somebody else's."""
    said = refused(one, channel="PHONE", at=timezone.now()) if leads.can_work(user, one) else ""
    return {"light": said} if said else None


def moves_of_lead(user: Any, one: Lead) -> dict[str, Any] | None:
    """Where the lead stands under its gate and what is open next; no panel without a gate in force."""
    own = leads.can_work(user, one) and one.stage in BY_HAND
    found = own_standing(user, "lead", str(one.pk)) if own else None
    return {"gated": found} if found else None


def changes_of_lead(user: Any, one: Lead) -> dict[str, Any] | None:
    """What was changed about it, newest first; no panel before the first change."""
    found = leads.changes(user, one)
    return {"changes": found, "names": names({each.by for each in found})} if found else None
