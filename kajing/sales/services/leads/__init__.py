"""Every act on leads."""

from kajing.sales.services.leads.acting import LeadContactRefused, log_activity, masked_value, reveal_lead
from kajing.sales.services.leads.cards import Moved, lose_card, move_card
from kajing.sales.services.leads.common import (
    CannotKeepLead,
    CannotOwn,
    LeadExists,
    NotThisStage,
    StaleLead,
    said_of,
)
from kajing.sales.services.leads.facts import Facts, facts_of
from kajing.sales.services.leads.moving import lose, move, reopen
from kajing.sales.services.leads.night import link, run_night
from kajing.sales.services.leads.owning import assign, claim, release
from kajing.sales.services.leads.registering import change, change_some, check_lead, register

__all__ = [
    "CannotKeepLead",
    "CannotOwn",
    "Facts",
    "LeadContactRefused",
    "LeadExists",
    "Moved",
    "NotThisStage",
    "StaleLead",
    "assign",
    "change",
    "change_some",
    "check_lead",
    "claim",
    "facts_of",
    "link",
    "log_activity",
    "lose",
    "lose_card",
    "masked_value",
    "move",
    "move_card",
    "register",
    "release",
    "reopen",
    "reveal_lead",
    "run_night",
    "said_of",
]
