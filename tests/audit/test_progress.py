"""A running night tells where it is and how long the rest took last time."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from kajing.audit import selectors, services

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 22, 22, tzinfo=UTC)
PLAN = ["engine", "figures", "seal"]


def begun(day):
    return services.start_night(as_of=date(2026, 11, day), at=AT, steps=PLAN)


@pytest.fixture
def ended():
    night = begun(20)
    engine = [("staging", 2.0), ("signals", 7.0), ("finish", 1.0)]
    spent = {"engine": (10.0, engine), "figures": (4.0, None), "seal": (1.0, None)}
    for name, (seconds, parts) in spent.items():
        services.end_step(step=services.start_step(night=night, name=name), seconds=seconds, parts=parts)
    services.end_night(night=night, at=AT)
    return night


def test_nothing_is_said_without_an_earlier_night_or_when_none_runs(ended):
    assert selectors.seconds_left(ended) is None
    ended.delete()
    assert selectors.seconds_left(begun(21)) is None


def test_the_rest_shrinks_part_by_part(ended):
    night = begun(21)
    assert selectors.seconds_left(night) == 15
    step = services.start_step(night=night, name="engine")
    assert selectors.seconds_left(night) == 15
    services.note_progress(step=step, name="signals", number=2, of=3)
    assert selectors.seconds_left(night) == 13
    services.note_progress(step=step, name="a new part", number=3, of=3)
    assert selectors.seconds_left(night) == 15
    services.end_step(step=step, seconds=9)
    assert selectors.seconds_left(night) == 5


def test_the_page_shows_it(ended, ana, sign_in):
    step = services.start_step(night=begun(21), name="engine")
    services.note_progress(step=step, name="signals", number=2, of=3)
    text = sign_in(ana).get("/audit/nights/").content.decode()
    assert "13" in text
    assert "signals 2/3" in text
