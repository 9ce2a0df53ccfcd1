"""The morning of the bank: what the worker does by itself at KAJING_NIGHT_TIME."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils import timezone

from kajing.queue.context import JobContext

# Late files of the last month are found by themselves; older ones are loaded by `kajing import DIR`.
LOOK_BACK = timedelta(days=31)


def morning(context: JobContext) -> dict[str, Any]:
    """Load the new feed days of KAJING_FEEDS, then run the night; both go on where a killed run stopped."""
    from kajing.config.nightly import run_night  # the engine is heavy: web processes never load it
    from kajing.imports.services import import_directories

    days = new_days(settings.KAJING_FEEDS) if settings.KAJING_FEEDS else []
    reports = []
    if days:

        def after_day(report: object) -> None:
            reports.append(report)
            context.progress(len(reports), len(days) + 1)

        import_directories(paths=days, actor="system", clock=timezone.now, after_day=after_day)
    as_of = newest_day()
    if as_of is None:
        return {"days": len(reports), "as_of": None}
    context.check()
    run_night(as_of=as_of, at=timezone.now())
    return {"days": len(reports), "as_of": as_of.isoformat()}


def new_days(feeds: Path) -> list[Path]:
    """Folders named by a business date, from a month before the newest loaded one on; loading is exactly once."""
    newest = newest_day()
    since = newest - LOOK_BACK if newest else date.min
    return sorted(folder for folder in feeds.iterdir() if folder.is_dir() and _since(folder.name, since))


def newest_day() -> date | None:
    """The newest loaded business date, or None before the first."""
    from kajing.config.nightly import NothingLoaded, default_date

    try:
        return default_date()
    except NothingLoaded:
        return None


def _since(name: str, since: date) -> bool:
    try:
        return date.fromisoformat(name) >= since
    except ValueError:
        return False
