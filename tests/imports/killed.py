"""What a process does that imports and, if told so, dies on purpose.

It is killed by SIGKILL, from a receiver of the room's own news, when a file reaches a place for the so-many-th time. The
product knows nothing of it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from tests.crashes import Killer


def load(folder: Path, place: str = "", times: int = 1) -> Any:
    """The picture of tables and warehouse after the import."""
    from django.utils import timezone

    from kajing.imports.services import batches, import_directories
    from kajing.imports.signals import batch_moved
    from tests.imports.picture import picture

    batches.CHUNK = 3  # several chunks from a small bank
    killer = Killer(place, times)

    def on_move(place: str, **news: Any) -> None:
        killer.passes(place)

    batch_moved.connect(on_move)
    import_directories(paths=[folder], actor="system", clock=timezone.now)
    return picture()
