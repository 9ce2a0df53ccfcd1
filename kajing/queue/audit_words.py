"""What the audit trail calls this room's acts, and what they are done to."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from kajing.audit import acts

WORDS = {
    "queue.cancel": pgettext_lazy("audit", "Job called off"),
    "queue.retry": pgettext_lazy("audit", "Job run again"),
    "queue.send_again": pgettext_lazy("audit", "Message of the outbox sent again"),
}

KINDS = {
    "job": pgettext_lazy("audit object", "Background job"),
}


def register() -> None:
    """Name them to the trail."""
    acts.register(WORDS)
    acts.register_kinds(KINDS)
