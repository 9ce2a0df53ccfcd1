"""A checked part goes in by rename: wholly or not at all, and once."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

from kajing.analytics.ingest.outcomes import Checked
from kajing.analytics.warehouse import Warehouse

LEFT_OVER_SECONDS = 3600


def admit(checked: Checked, *, warehouse: Warehouse) -> Path:
    """Move a staged part into raw and its rejects into quarantine; the raw part's path. Again = nothing changes.

    Rejects first: a part in raw always has its quarantine file beside it, whatever moment the process dies at.
    """
    target = warehouse.raw_path(checked.feed, checked.business_date, checked.part)
    if checked.staged_rejects is not None:
        _move(checked.staged_rejects, warehouse.quarantine_path(checked.feed, checked.business_date, checked.part))
    if checked.staged is not None:
        _move(checked.staged, target)
    discard(checked)
    return target


def _move(source: Path, target: Path) -> None:
    if not source.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    _sync(source)
    if target.exists():
        source.unlink()  # the same file was admitted before: equal by construction
    else:
        source.replace(target)
    _sync(target.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def discard(checked: Checked) -> None:
    """Drop what a check staged: a held file that a person refuses, or leftovers after `admit`."""
    for path in (checked.staged, checked.staged_rejects):
        if path is not None:
            shutil.rmtree(path.parent, ignore_errors=True)


def sweep(warehouse: Warehouse, *, older_than: float = LEFT_OVER_SECONDS, now: Callable[[], float] = time.time) -> int:
    """Remove what killed checks left in `incoming/`; a check at work touches its folder more often than that."""
    removed = 0
    for folder in warehouse.incoming.glob("*"):
        if len(folder.name) == 32 and now() - folder.stat().st_mtime > older_than:
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed
