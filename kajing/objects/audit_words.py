"""What the audit trail calls this room's acts, and what they are done to."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from kajing.audit import acts

WORDS = {
    "objects.define": pgettext_lazy("audit", "Own object defined"),
    "objects.reshape": pgettext_lazy("audit", "Own object changed"),
    "objects.switch_on": pgettext_lazy("audit", "Own object switched on"),
    "objects.switch_off": pgettext_lazy("audit", "Own object switched off"),
    "objects.create": pgettext_lazy("audit", "Record of an own object made"),
    "objects.change": pgettext_lazy("audit", "Record of an own object changed"),
    "objects.remove": pgettext_lazy("audit", "Record of an own object removed"),
    "objects.restore": pgettext_lazy("audit", "Record of an own object brought back"),
    "objects.export": pgettext_lazy("audit", "Records of an own object taken out as a file"),
}

KINDS = {
    "object": pgettext_lazy("audit object", "Own object"),
}


def register() -> None:
    """Name them to the trail."""
    acts.register(WORDS)
    acts.register_kinds(KINDS)
