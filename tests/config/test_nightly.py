"""The night: what it leaves, twice the same, and kill -9 at any place."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kajing.config import nightly
from tests.config.night_bank import CUSTOMERS, write

ROOT = Path(__file__).resolve().parents[2]
# (place, how often it is passed before the kill): before and inside steps, inside the engine, inside transactions.
PLACES = [
    ("portfolio", 1),  # while the new state is built aside
    ("figures", 1),
    ("in:workflow.open_many", 1),  # alerts written, not yet committed
    ("in:Notification", 1),
    ("in:DigestRow", 1),
    ("in:audit.end_night", 1),
]

pytestmark = pytest.mark.slow


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    # The killed process keeps a database file in its own home, so that a copy of the home is a copy of everything.
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    env = {**kept, "KAJING_TEST_HOME": str(home), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=env, capture_output=True, text=True, timeout=240, check=False
    )


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with an empty database and keys, to be copied."""
    home = tmp_path_factory.mktemp("prepared") / "home"
    made = run(home, "manage.py", "migrate", "-v0")
    assert made.returncode == 0, made.stderr[-2000:]
    return home


@pytest.fixture(scope="module")
def feeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("feeds"))


def finished(home: Path, feeds: Path) -> Any:
    ended = run(home, "-m", "tests.config.killed_night", str(feeds))
    assert ended.returncode == 0, ended.stderr[-2000:]
    return json.loads(ended.stdout.rsplit("\n", 1)[-1])


@pytest.fixture(scope="module")
def unbroken_home(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("unbroken") / "home"
    shutil.copytree(prepared, home)
    return home


@pytest.fixture(scope="module")
def unbroken(unbroken_home: Path, feeds: Path) -> Any:
    return finished(unbroken_home, feeds)


def differences(one: Any, other: Any) -> list[str]:
    return [name for name in one if one[name] != other[name]]


def test_the_night_makes_figures_alerts_tasks_and_news(unbroken: Any) -> None:
    assert len(unbroken["CustomerFigures"]) == CUSTOMERS
    assert len(unbroken["Alert"]) >= 4
    assert len(unbroken["Task"]) == len(unbroken["Alert"])
    assert len(unbroken["Notification"]) >= 1
    assert unbroken["nights"] == [["2026-11-22", "DONE", len(nightly.STEPS)]]


def test_the_night_twice_changes_nothing(unbroken: Any, unbroken_home: Path, feeds: Path) -> None:
    assert differences(unbroken, finished(unbroken_home, feeds)) == []


@pytest.mark.parametrize(("place", "times"), PLACES, ids=[place for place, _times in PLACES])
def test_killed_and_run_again(
    prepared: Path, feeds: Path, unbroken: Any, tmp_path: Path, place: str, times: int
) -> None:
    home = tmp_path / "home"
    shutil.copytree(prepared, home)
    killed = run(home, "-m", "tests.config.killed_night", str(feeds), place, str(times))
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
    assert differences(unbroken, finished(home, feeds)) == []


def test_two_nights_never_run_at_once(tmp_path: Path) -> None:
    lock = tmp_path / "night.lock"
    with nightly.only_one(lock), pytest.raises(nightly.NightRuns), nightly.only_one(lock):
        pass
    with nightly.only_one(lock):
        pass
