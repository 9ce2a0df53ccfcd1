"""A process of its own that imports and dies on purpose: `python -m tests.imports.killed FOLDER [PLACE [TIMES]]`.

It is killed by SIGKILL, from a receiver of the room's own news, when a file reaches PLACE for the TIMES-th time. The
product knows nothing of it. At the end (when it lives) it prints the picture of tables and warehouse as JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

import django


def main(folder: str, place: str = "", times: str = "1") -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from django.utils import timezone

    from kajing.imports.services import batches, import_directories
    from kajing.imports.signals import batch_moved
    from tests.imports.picture import picture

    batches.CHUNK = 3  # several chunks from a small bank
    left = int(times)

    def die(place: str, **news: Any) -> None:
        nonlocal left
        left -= place == wanted
        if place == wanted and left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    wanted = place
    batch_moved.connect(die)
    import_directories(paths=[Path(folder)], actor="system", clock=timezone.now)
    sys.stdout.write(json.dumps(picture(), ensure_ascii=False))


if __name__ == "__main__":
    main(*sys.argv[1:])
