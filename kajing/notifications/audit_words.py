"""What the audit trail calls this room's acts."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from kajing.audit import acts

WORDS = {
    "notifications.choose_channels": pgettext_lazy("audit", "How one is told of news changed"),
}


def register() -> None:
    """Name them to the trail."""
    acts.register(WORDS)
