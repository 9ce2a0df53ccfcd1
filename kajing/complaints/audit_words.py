"""What the audit trail calls this room's acts, and what they are done to."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from kajing.audit import acts

WORDS = {
    "complaints.register": pgettext_lazy("audit", "Complaint registered"),
    "complaints.change": pgettext_lazy("audit", "Complaint changed"),
    "complaints.accept": pgettext_lazy("audit", "Complaint accepted"),
    "complaints.begin": pgettext_lazy("audit", "Complaint being handled"),
    "complaints.assign": pgettext_lazy("audit", "Complaint assigned"),
    "complaints.ask_extension": pgettext_lazy("audit", "Extension of a complaint asked for"),
    "complaints.extend": pgettext_lazy("audit", "Extension of a complaint granted"),
    "complaints.told_extension": pgettext_lazy("audit", "Complainant told of the extension"),
    "complaints.facts": pgettext_lazy("audit", "New facts for a complaint"),
    "complaints.answer": pgettext_lazy("audit", "Complaint answered"),
    "complaints.close": pgettext_lazy("audit", "Complaint closed"),
    "complaints.withdraw": pgettext_lazy("audit", "Complaint withdrawn"),
    "complaints.refuse": pgettext_lazy("audit", "Complaint not accepted"),
    "complaints.reopen": pgettext_lazy("audit", "Complaint opened again"),
    "complaints.merge": pgettext_lazy("audit", "Complaint joined with another"),
    "complaints.joined": pgettext_lazy("audit", "Another complaint joined to this one"),
    "complaints.overdue": pgettext_lazy("audit", "Complaint overdue"),
    "complaints.export": pgettext_lazy("audit", "Complaints taken out as a file"),
}

KINDS = {
    "complaint": pgettext_lazy("audit object", "Complaint"),
}


def register() -> None:
    """Name them to the trail."""
    acts.register(WORDS)
    acts.register_kinds(KINDS)
