"""What the audit trail calls this room's acts, and what they are done to."""

from __future__ import annotations

from django.utils.translation import pgettext_lazy

from kajing.audit import acts

WORDS = {
    "records.define_field": pgettext_lazy("audit", "Own field defined"),
    "records.change_field": pgettext_lazy("audit", "Own field changed"),
    "records.archive_field": pgettext_lazy("audit", "Own field archived"),
    "records.restore_field": pgettext_lazy("audit", "Own field brought back"),
    "records.place_field": pgettext_lazy("audit", "Own field placed on the layout"),
    "records.set_fields": pgettext_lazy("audit", "Own fields filled in"),
    "records.reveal_field": pgettext_lazy("audit", "Masked own field shown in clear"),
    "records.tag": pgettext_lazy("audit", "Tag put on"),
    "records.untag": pgettext_lazy("audit", "Tag taken off"),
    "records.tag_undone": pgettext_lazy("audit", "Tagging undone"),
    "records.untag_undone": pgettext_lazy("audit", "Taking off a tag undone"),
    "records.shape_tag": pgettext_lazy("audit", "Tag renamed or recoloured"),
    "records.merge_tags": pgettext_lazy("audit", "Tags merged"),
    "records.delete_tag": pgettext_lazy("audit", "Tag deleted"),
    "records.attach": pgettext_lazy("audit", "File attached"),
    "records.remove_file": pgettext_lazy("audit", "File removed"),
    "records.download": pgettext_lazy("audit", "File downloaded"),
    "records.save_view": pgettext_lazy("audit", "View saved"),
    "records.overwrite_view": pgettext_lazy("audit", "View overwritten"),
    "records.rename_view": pgettext_lazy("audit", "View renamed"),
    "records.delete_view": pgettext_lazy("audit", "View deleted"),
    "records.undo": pgettext_lazy("audit", "Act undone"),
}

KINDS = {
    "field": pgettext_lazy("audit object", "Own field"),
    "reversal": pgettext_lazy("audit object", "Undo"),
    "saved_view": pgettext_lazy("audit object", "Saved view"),
    "tag": pgettext_lazy("audit object", "Tag"),
}


def register() -> None:
    """Name them to the trail."""
    acts.register(WORDS)
    acts.register_kinds(KINDS)
