"""A process that imports, runs the night and dies on purpose: `python -m tests.config.killed_night FEEDS [PLACE [TIMES]]`.

It is killed by SIGKILL: before a step, before one of the engine's own steps, or inside a transaction, from a receiver of
news the product sends anyway. When it lives it prints the picture of tables and warehouse as JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import django


def main(feeds: str, place: str = "", times: str = "1") -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    django.setup()
    from django.core.management import call_command
    from django.db.models.signals import post_save
    from django.utils import timezone

    from kajing.audit.signals import recorded
    from kajing.config.nightly import run_night
    from kajing.imports.services import import_directories
    from kajing.lib.periods import SHANGHAI
    from tests.config.night_bank import AS_OF
    from tests.config.night_picture import picture

    left = int(times)

    def pass_by(name: str) -> None:
        nonlocal left
        left -= name == place
        if name == place and left == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    def on_record(action: str, **news: Any) -> None:
        pass_by(f"in:{action}")

    def on_save(sender: type, **news: Any) -> None:
        pass_by(f"in:{sender.__name__}")

    call_command("load_reference", verbosity=0)
    import_directories(paths=[Path(feeds) / AS_OF.isoformat()], actor="system", clock=timezone.now)
    recorded.connect(on_record)
    post_save.connect(on_save)
    at = datetime(2026, 11, 23, 5, 0, tzinfo=SHANGHAI)
    run_night(as_of=AS_OF, at=at, progress=lambda name, number, total: pass_by(name))
    sys.stdout.write("\n" + json.dumps(picture(), ensure_ascii=False))


if __name__ == "__main__":
    main(*sys.argv[1:])
