"""What the audit trail calls this room's acts, and what they are done to."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from kajing.audit import acts

WORDS = {
    "config.backup": pgettext_lazy("audit", "Backup made"),
    "config.restore_drill": pgettext_lazy("audit", "Restore tried out"),
}

KINDS = {
    "backup": pgettext_lazy("audit object", "Backup"),
}


def register() -> None:
    """Name them to the trail."""
    acts.register(WORDS)
    acts.register_kinds(KINDS)
