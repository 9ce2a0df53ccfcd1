"""Every act on what records carry."""

from kajing.records.services.fields import (
    CannotShape,
    archive_field,
    change_field,
    define_field,
    place_field,
    reshape_field,
    restore_field,
)
from kajing.records.services.files import attach, hand_out, remove_file
from kajing.records.services.moving import move_record
from kajing.records.services.saved import (
    CannotSave,
    ChangedMeanwhile,
    delete_view,
    overwrite_view,
    rename_view,
    save_view,
    seed_views,
    star_view,
)
from kajing.records.services.tags import CannotTag, merge_tags, shape_tag, tag, untag
from kajing.records.services.values import (
    Checked,
    ValuesRefused,
    Written,
    check_values,
    reveal_value,
    set_many,
    set_values,
)

__all__ = [
    "CannotSave",
    "CannotShape",
    "CannotTag",
    "ChangedMeanwhile",
    "Checked",
    "ValuesRefused",
    "Written",
    "archive_field",
    "attach",
    "change_field",
    "check_values",
    "define_field",
    "delete_view",
    "hand_out",
    "merge_tags",
    "move_record",
    "overwrite_view",
    "place_field",
    "remove_file",
    "rename_view",
    "reshape_field",
    "restore_field",
    "reveal_value",
    "save_view",
    "seed_views",
    "set_many",
    "set_values",
    "shape_tag",
    "star_view",
    "tag",
    "untag",
]
