"""What the worker does by itself in the morning."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from kajing.config import jobs
from kajing.queue.context import JobContext
from kajing.queue.models import Job
from kajing.queue.registry import JOBS, SCHEDULES


def test_morning_is_scheduled() -> None:
    schedule = SCHEDULES["morning"]
    assert (schedule.task, schedule.at_time.hour, schedule.at_time.minute) == ("config.morning", 5, 30)
    assert JOBS["config.morning"].heavy


def test_new_days_are_folders_named_by_dates_of_the_last_month(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newest = date(2026, 11, 22)
    for name in ("2026-11-23", "2026-11-01", "2026-09-01", "lost+found"):
        (tmp_path / name).mkdir()
    (tmp_path / "2026-11-24").write_text("no folder")
    monkeypatch.setattr(jobs, "newest_day", lambda: None)
    assert [path.name for path in jobs.new_days(tmp_path)] == ["2026-09-01", "2026-11-01", "2026-11-23"]
    monkeypatch.setattr(jobs, "newest_day", lambda: newest)
    assert [path.name for path in jobs.new_days(tmp_path)] == ["2026-11-01", "2026-11-23"]


def test_nothing_loaded_yet_is_no_failure(db: None, at: datetime, settings: Any, tmp_path: Path) -> None:
    settings.KAJING_FEEDS = tmp_path
    settings.KAJING_WAREHOUSE = tmp_path / "warehouse"
    job = Job.objects.create(
        id=uuid.uuid4(), task="config.morning", state="RUNNING", run_after=at, enqueued_at=at, fence=1,
        lease_until=at + timedelta(minutes=1),
    )  # fmt: skip
    assert jobs.morning(JobContext(job)) == {"days": 0, "as_of": None}
