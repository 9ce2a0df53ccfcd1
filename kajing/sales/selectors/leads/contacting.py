"""Whether now, or at a planned hour, is a time to call on a lead: the contact gate's own rules.

A lead that is a customer is asked for as one, with holds, consents and caps. Of everybody else the gate knows no
history: its hours and quiet festival days bind, and the lead's own consent stands for the ledger's.
"""

from __future__ import annotations

from datetime import datetime

from kajing.contact.choices import Purpose
from kajing.contact.gate import Facts, Question
from kajing.contact.gate.checks import in_festival, outside_hours
from kajing.contact.selectors import may_contact
from kajing.contact.selectors.facts import rulebook
from kajing.sales.models import Lead


def refused(one: Lead, *, channel: str, at: datetime) -> str:
    """Why one may not contact the lead by this channel at this moment, in a sentence; "" when one may."""
    if one.customer_id:
        answer = may_contact(str(one.customer_id), channel=channel, purpose=Purpose.MARKETING, at=at)
        return "" if answer.allowed else str(answer.sentence)
    question, rules = Question(channel, Purpose.MARKETING, at), rulebook(at)
    for check in (in_festival, outside_hours):
        for block in check(question, Facts(""), rules, None):
            return block.sentence
    return ""
