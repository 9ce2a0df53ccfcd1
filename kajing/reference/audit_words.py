"""What the audit trail calls this room's acts."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from kajing.audit import acts

WORDS = {
    "reference.changed": pgettext_lazy("audit", "Parameter changed"),
    "reference.holidays_loaded": pgettext_lazy("audit", "Calendar loaded"),
    "reference.loaded": pgettext_lazy("audit", "Parameters loaded"),
}


def register() -> None:
    """Name them to the trail."""
    acts.register(WORDS)
