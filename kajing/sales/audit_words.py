"""What the audit trail calls this room's acts, and what they are done to."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from kajing.audit import acts

WORDS = {
    "sales.accepted": pgettext_lazy("audit", "Suggested action accepted"),
    "sales.later": pgettext_lazy("audit", "Suggested action put off"),
    "sales.rejected": pgettext_lazy("audit", "Suggested action not a fit"),
    "sales.open": pgettext_lazy("audit", "Suggested action open again"),
    "sales.shape_action": pgettext_lazy("audit", "Action of the catalogue changed"),
    "sales.check_lead": pgettext_lazy("audit", "Looked whether a lead is on file"),
    "sales.lead_created": pgettext_lazy("audit", "Lead registered"),
    "sales.lead_changed": pgettext_lazy("audit", "Lead changed"),
    "sales.lead_moved": pgettext_lazy("audit", "Lead moved to another stage"),
    "sales.lead_lost": pgettext_lazy("audit", "Lead lost"),
    "sales.lead_reopened": pgettext_lazy("audit", "Lead opened again"),
    "sales.lead_assigned": pgettext_lazy("audit", "Lead assigned"),
    "sales.lead_claimed": pgettext_lazy("audit", "Lead claimed"),
    "sales.lead_released": pgettext_lazy("audit", "Lead released to the pool"),
    "sales.lead_returned": pgettext_lazy("audit", "Lead returned to the pool by the night"),
    "sales.lead_activity": pgettext_lazy("audit", "Activity about a lead logged"),
    "sales.lead_linked": pgettext_lazy("audit", "Lead linked to a customer"),
    "sales.reveal_lead": pgettext_lazy("audit", "Personal value of a lead shown in clear"),
    "sales.export": pgettext_lazy("audit", "Leads taken out as a file"),
}

KINDS = {
    "action": pgettext_lazy("audit object", "Kind of action"),
    "lead": pgettext_lazy("audit object", "Lead"),
    "suggestion": pgettext_lazy("audit object", "Suggestion"),
}


def register() -> None:
    """Name them to the trail."""
    acts.register(WORDS)
    acts.register_kinds(KINDS)
