"""What was changed about a lead, read from the audit trail: who, when, which field from what to what."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from kajing.audit.models import AuditRow
from kajing.lib.money import full
from kajing.sales.models import Lead
from kajing.sales.selectors.leads.reading import knows_lead

LABELS = {
    "name": pgettext_lazy("lead", "Name"),
    "phone": gettext_lazy("Phone"),
    "id_number": gettext_lazy("ID number"),
    "employer": gettext_lazy("Employer"),
    "source": gettext_lazy("Comes from"),
    "source_detail": gettext_lazy("Code or activity"),
    "code_owner_no": gettext_lazy("Staff number of the code"),
    "referrer_id": gettext_lazy("Referring customer"),
    "customer_id": gettext_lazy("Customer number"),
    "product_id": gettext_lazy("Product"),
    "expected_limit": gettext_lazy("Expected limit"),
    "consent_version": gettext_lazy("Version of the consent text"),
    "consent_at": gettext_lazy("Consent given at"),
}
MOST = 30


@dataclass(frozen=True)
class Changed:
    """One field of one change; personal values are told as changed, never shown."""

    at: datetime
    by: str
    label: str
    before: str
    after: str


def changes(user: Any, one: Lead) -> list[Changed]:
    """Changes of the product's own fields, newest first; nothing for who does not know the lead."""
    if not knows_lead(user, one):
        return []
    rows = AuditRow.objects.filter(object_kind="lead", object_id=str(one.pk), action="sales.lead_changed")
    return [line for row in rows.order_by("-id")[:MOST] for line in _lines(row)]


def _lines(row: AuditRow) -> Iterator[Changed]:
    for name, (before, after) in row.changes.items():
        label = str(LABELS.get(name, name))
        yield Changed(row.at, row.actor, label, _shown(name, before), _shown(name, after))


def _shown(name: str, value: Any) -> str:
    if value in (None, ""):
        return "—"
    if value == "***":
        return _("masked")
    if name == "source" and value in Lead.Source.values:
        return str(Lead.Source(value).label)
    return full(value) if name == "expected_limit" else str(value)
