"""Reads of the room; each takes the person who looks first."""

from kajing.contact.selectors.contacts import (
    Filters,
    askers,
    contacts,
    listed,
    makers_of,
    may_change,
    of_customer,
    rows,
)
from kajing.contact.selectors.lights import MOST_LIGHTS, lights
from kajing.contact.selectors.permission import answers_for, may_contact, may_contact_many, recheck
from kajing.contact.selectors.sheet import Sheet, call_sheet
from kajing.contact.selectors.visits import between, districts, road, route, visits

__all__ = [
    "MOST_LIGHTS",
    "Filters",
    "Sheet",
    "answers_for",
    "askers",
    "between",
    "call_sheet",
    "contacts",
    "districts",
    "lights",
    "listed",
    "makers_of",
    "may_change",
    "may_contact",
    "may_contact_many",
    "of_customer",
    "recheck",
    "road",
    "route",
    "rows",
    "visits",
]
