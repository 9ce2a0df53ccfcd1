"""What the audit trail calls this room's acts, and what they are done to."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from kajing.audit import acts

WORDS = {
    "products.loaded": pgettext_lazy("audit", "Products loaded"),
}

KINDS = {
    "products": pgettext_lazy("audit object", "Product shelf"),
}


def register() -> None:
    """Name them to the trail."""
    acts.register(WORDS)
    acts.register_kinds(KINDS)
