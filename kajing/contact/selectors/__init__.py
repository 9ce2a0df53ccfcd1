"""Reads of the room; each takes the person who looks first."""

from kajing.contact.selectors.contacts import Filters, askers, contacts, listed, of_customer, rows
from kajing.contact.selectors.lights import MOST_LIGHTS, lights
from kajing.contact.selectors.permission import answers_for, may_contact, may_contact_many, recheck
from kajing.contact.selectors.sheet import Sheet, call_sheet

__all__ = [
    "MOST_LIGHTS",
    "Filters",
    "Sheet",
    "answers_for",
    "askers",
    "call_sheet",
    "contacts",
    "lights",
    "listed",
    "may_contact",
    "may_contact_many",
    "of_customer",
    "recheck",
    "rows",
]
