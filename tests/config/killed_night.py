"""What a process does that imports a day, runs the night and, if told so, dies on purpose.

It is killed by SIGKILL: before a step, before one of the engine's own steps, or inside a transaction, from a receiver of
news the product sends anyway.
"""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

from kajing.lib.periods import SHANGHAI
from tests.config.night_bank import AS_OF
from tests.crashes import Killer


def load(feeds: Path) -> None:
    """Reference data and the day's feeds, which the night follows."""
    from django.core.management import call_command
    from django.utils import timezone

    from kajing.imports.services import import_directories

    call_command("load_reference", verbosity=0)
    import_directories(paths=[feeds / AS_OF.isoformat()], actor="system", clock=timezone.now)


def night(place: str = "", times: int = 1) -> Any:
    """The picture of tables and warehouse after the night."""
    from django.db.models.signals import post_save

    from kajing.audit.signals import recorded
    from kajing.config.nightly import run_night
    from tests.config.night_picture import picture

    killer = Killer(place, times)

    def on_record(action: str, **news: Any) -> None:
        killer.passes(f"in:{action}")

    def on_save(sender: type, **news: Any) -> None:
        killer.passes(f"in:{sender.__name__}")

    recorded.connect(on_record)
    post_save.connect(on_save)
    at = datetime(2026, 11, 23, 5, 0, tzinfo=SHANGHAI)
    run_night(as_of=AS_OF, at=at, progress=lambda name, number, total: killer.passes(name))
    return picture()
