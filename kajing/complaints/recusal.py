"""Who may not handle a complaint because they have an interest in it (domain §2.6 回避, G3.3)."""

from __future__ import annotations

from django.utils.translation import gettext as _

from kajing.complaints.choices import Kind
from kajing.complaints.models import Complaint
from kajing.org.models import Person, Role


def why_not(person: Person, complaint: Complaint) -> str:
    """Why this person may not handle it, as a sentence; empty when they may.

    Recused are the person complained of, the leader of the same team, and, for complaints, the customer's own manager:
    the customer counts for their figures.
    """
    if complaint.against_id == person.person_no:
        return _("The complaint is about %(name)s, who therefore does not handle it.") % {"name": person.name}
    against = complaint.against
    if against is not None and person.role == Role.LEADER and person.unit_id == against.unit_id:
        told = {"name": person.name, "other": against.name}
        return _("%(name)s leads the team of %(other)s, who is complained of: choose somebody else.") % told
    if complaint.kind == Kind.COMPLAINT and complaint.customer.manager_id == person.person_no:
        return _("The customer counts for the figures of %(name)s: somebody else must handle a complaint.") % {
            "name": person.name
        }
    return ""
