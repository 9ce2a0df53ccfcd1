"""Tables of the room: next best actions with what came of them, and leads with their way to a card in use."""

from kajing.sales.models.actions import Action, Suggestion
from kajing.sales.models.leads import Lead, LeadActivity, LeadOwnership, LeadStay

SHARED_TABLES = ("Action",)

__all__ = ["Action", "Lead", "LeadActivity", "LeadOwnership", "LeadStay", "Suggestion"]
