"""Reads about leads: who sees which, what policy says, who is here already, the funnel."""

from kajing.sales.selectors.leads.duplicates import Asked, Match, clean_phone, find_many, find_matches, is_id_number
from kajing.sales.selectors.leads.funnel import MONTHS, Funnel, funnel
from kajing.sales.selectors.leads.history import Changed, changes
from kajing.sales.selectors.leads.policy import Policy, loss_words, policy
from kajing.sales.selectors.leads.reading import (
    activities,
    can_work,
    is_free,
    knows_lead,
    lead,
    lead_units,
    leads,
    may_claim,
    new_owners,
    owners_here,
    ownerships,
    shown_name,
    shown_personal,
    way,
)

__all__ = [
    "MONTHS",
    "Asked",
    "Changed",
    "Funnel",
    "Match",
    "Policy",
    "activities",
    "can_work",
    "changes",
    "clean_phone",
    "find_many",
    "find_matches",
    "funnel",
    "is_free",
    "is_id_number",
    "knows_lead",
    "lead",
    "lead_units",
    "leads",
    "loss_words",
    "may_claim",
    "new_owners",
    "owners_here",
    "ownerships",
    "policy",
    "shown_name",
    "shown_personal",
    "way",
]
