"""What the audit trail calls this room's acts, and what they are done to."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from kajing.audit import acts

WORDS = {
    "risk.confirm": pgettext_lazy("audit", "Alert confirmed"),
    "risk.dismiss": pgettext_lazy("audit", "Alert dismissed"),
}

KINDS = {
    "alert": pgettext_lazy("audit object", "Alert"),
}


def register() -> None:
    """Name them to the trail."""
    acts.register(WORDS)
    acts.register_kinds(KINDS)
