"""Schedules: due once, whatever the clock or a second scheduler does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time, timedelta

import pytest

from kajing.lib.periods import SHANGHAI
from kajing.queue import registry, scheduling
from kajing.queue.models import Job, Schedule, ScheduleFiring

pytestmark = pytest.mark.django_db


def _at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=SHANGHAI)


@pytest.fixture(autouse=True)
def morning() -> Iterator[None]:
    """Only one schedule: 05:30."""
    known = dict(registry.SCHEDULES)
    registry.SCHEDULES.clear()
    registry.job("tests.morning", lambda job: None)
    registry.schedule("tests.daily", "tests.morning", at_time=time(5, 30))
    scheduling.declare()
    yield
    registry.SCHEDULES.clear()
    registry.SCHEDULES.update(known)
    del registry.JOBS["tests.morning"]


def test_first_sight_waits_for_the_next_time() -> None:
    assert scheduling.fire_due(_at(23, 14)) == 0
    assert scheduling.fire_due(_at(24, 5, 29)) == 0
    assert scheduling.fire_due(_at(24, 5, 30)) == 1
    assert Job.objects.get().task == "tests.morning"


def test_missed_time_is_made_up_once_not_for_every_day_missed() -> None:
    scheduling.fire_due(_at(10, 14))
    assert scheduling.fire_due(_at(20, 9)) == 1
    assert scheduling.fire_due(_at(20, 9, 1)) == 0


def test_clock_that_jumps_a_day_and_back_fires_each_day_once() -> None:
    scheduling.fire_due(_at(23, 14))
    moments = [_at(24, 6), _at(25, 6), _at(24, 6), _at(24, 7), _at(25, 6), _at(25, 7), _at(26, 6)]
    assert [scheduling.fire_due(moment) for moment in moments] == [1, 1, 0, 0, 0, 0, 1]


def test_two_schedulers_fire_once() -> None:
    scheduling.fire_due(_at(23, 14))
    schedule = Schedule.objects.get()
    due = scheduling.due_time(schedule, _at(24, 6))
    assert due is not None
    fired = [scheduling._fire(schedule, due, _at(24, 6), first=False) for _ in range(2)]
    assert fired == [1, 0]
    assert Job.objects.count() == 1


def test_schedule_switched_off_by_a_person_stays_off_after_a_restart() -> None:
    scheduling.fire_due(_at(23, 14))
    Schedule.objects.update(enabled=False)
    scheduling.declare()
    assert scheduling.fire_due(_at(24, 6)) == 0


def test_every_so_many_seconds() -> None:
    entry = registry.ScheduledJob(name="x", task="tests.morning", every_seconds=600)
    assert scheduling.due_time(entry, _at(23, 14, 29)) == _at(23, 14, 20)


def test_forgetting_keeps_the_newest_firing() -> None:
    scheduling.fire_due(_at(1, 6))
    scheduling.fire_due(_at(2, 6))
    scheduling.forget(_at(2, 6) + timedelta(days=400))
    assert ScheduleFiring.objects.count() == 1
    assert scheduling.fire_due(_at(2, 7)) == 0
