"""Reads of the room; each takes the person who looks first."""

from kajing.contact.selectors.permission import may_contact, may_contact_many, recheck

__all__ = ["may_contact", "may_contact_many", "recheck"]
