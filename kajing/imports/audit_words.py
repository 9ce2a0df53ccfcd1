"""What the audit trail calls this room's acts, and what they are done to."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from kajing.audit import acts

WORDS = {
    "imports.uploaded": pgettext_lazy("audit", "Data file uploaded"),
    "imports.loaded": pgettext_lazy("audit", "Data file loaded"),
    "imports.refused": pgettext_lazy("audit", "Data file refused"),
    "imports.released": pgettext_lazy("audit", "Held data file released"),
    "imports.mended": pgettext_lazy("audit", "Lines of a data file mended"),
    "imports.mapping_saved": pgettext_lazy("audit", "Column mapping saved"),
    "imports.sheet_uploaded": pgettext_lazy("audit", "Sheet uploaded"),
    "imports.sheet_run": pgettext_lazy("audit", "Sheet carried out"),
    "imports.sheet_stopped": pgettext_lazy("audit", "Sheet stopped"),
    "imports.sheet_rows": pgettext_lazy("audit", "Rows of a sheet written"),
}

KINDS = {
    "batch": pgettext_lazy("audit object", "Import batch"),
    "mapping": pgettext_lazy("audit object", "Mapping"),
    "sheet": pgettext_lazy("audit object", "Sheet"),
    "upload": pgettext_lazy("audit object", "Upload"),
}


def register() -> None:
    """Name them to the trail."""
    acts.register(WORDS)
    acts.register_kinds(KINDS)
