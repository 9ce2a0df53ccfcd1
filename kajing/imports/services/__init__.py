"""Acts on incoming files: load feed days, resume what was interrupted, decide on held files, mend rejected rows."""

from kajing.imports.services.batches import CannotLoad, advance
from kajing.imports.services.loading import (
    DayReport,
    ImportRunning,
    feed_days,
    import_day,
    import_directories,
    resume_all,
)
from kajing.imports.services.mappings import CannotMap, compose, keep_mapping, save_mapping
from kajing.imports.services.review import CannotDecide, mend, refuse, release
from kajing.imports.services.uploads import CannotUpload, load_upload, receive_upload

__all__ = [
    "CannotDecide",
    "CannotLoad",
    "CannotMap",
    "CannotUpload",
    "DayReport",
    "ImportRunning",
    "advance",
    "compose",
    "feed_days",
    "import_day",
    "import_directories",
    "keep_mapping",
    "load_upload",
    "mend",
    "receive_upload",
    "refuse",
    "release",
    "resume_all",
    "save_mapping",
]
