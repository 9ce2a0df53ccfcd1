"""Real worker processes, killed with SIGKILL while they work: nothing is lost and nothing is done twice."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import crashes
from tests.homes import Home, new_home
from tests.queue import bodies

JOBS = 300


@pytest.fixture
def bank(tmp_path: Path, migrated: Home) -> Iterator[Home]:
    """A migrated installation."""
    with new_home(tmp_path, like=migrated) as home:
        yield home


def _until(home: Home, sql: str, wanted: Callable[[int], bool], seconds: float = 60) -> int:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = home.query(sql)[0][0]
        if wanted(found):
            return found
        time.sleep(0.05)
    raise AssertionError(f"{sql} stayed at {found}")


@pytest.mark.slow
def test_three_kills_lose_nothing_and_repeat_nothing(bank: Home) -> None:
    assert crashes.run(bank, bodies.enqueue_all, JOBS) == (0, None)
    done = "SELECT count(*) FROM queue_job WHERE state = 'DONE'"
    for kill in range(3):
        workers = [crashes.start(bank, bodies.work) for _ in range(2)]
        _until(bank, done, lambda n, least=(kill + 1) * 40: n >= least)
        for worker in workers:
            worker.kill()
            worker.join()
    last = crashes.start(bank, bodies.work)
    try:
        _until(bank, done, lambda n: n == JOBS + 3, seconds=90)
    finally:
        last.terminate()
        last.join(timeout=30)
    what = Counter(row[0] for row in bank.query("SELECT what FROM effect"))
    expected = {f"{moment} {n}" for moment in ("begin", "end") for n in range(JOBS)}
    expected |= {f"step {n}.{step}" for n in range(3) for step in range(40)}
    assert set(what) == expected
    assert max(what.values()) == 1
    assert last.exitcode == 0
