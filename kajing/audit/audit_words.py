"""What the audit trail calls this room's acts, and what they are done to."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from kajing.audit import acts

WORDS = {
    "audit.start_night": pgettext_lazy("audit", "Night begun"),
    "audit.end_night": pgettext_lazy("audit", "Night finished"),
    "audit.fail_night": pgettext_lazy("audit", "Night failed"),
    "audit.export": pgettext_lazy("audit", "Audit trail taken out as a file"),
}

KINDS = {
    "night": pgettext_lazy("audit object", "Night"),
    "trail": pgettext_lazy("audit object", "Audit trail"),
}


def register() -> None:
    """Name them to the trail."""
    acts.register(WORDS)
    acts.register_kinds(KINDS)
