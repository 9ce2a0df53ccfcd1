"""What the audit trail calls this room's acts, and what they are done to."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from kajing.audit import acts

WORDS = {
    "reference.changed": pgettext_lazy("audit", "Parameter changed"),
    "reference.holidays_loaded": pgettext_lazy("audit", "Calendar loaded"),
    "reference.loaded": pgettext_lazy("audit", "Parameters loaded"),
}

KINDS = {
    "calendar": pgettext_lazy("audit object", "Calendar"),
    "parameter": pgettext_lazy("audit object", "Parameter"),
    "reference": pgettext_lazy("audit object", "Reference data"),
}


def register() -> None:
    """Name them to the trail."""
    acts.register(WORDS)
    acts.register_kinds(KINDS)
