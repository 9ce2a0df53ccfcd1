"""The night: what it leaves, twice the same, and kill -9 at any place."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from kajing.config import nightly
from tests import crashes
from tests.config.killed_night import load, night
from tests.config.night_bank import CUSTOMERS, write
from tests.homes import Home, new_home

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
WORDS, MEMORY = Path("warehouse/memory"), shutil.ignore_patterns("*.duckdb*")


@pytest.fixture(scope="module")
def loaded(migrated: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    """A home with a day loaded that no night has followed yet, to be copied."""
    with new_home(tmp_path_factory.mktemp("loaded") / "home", like=migrated) as home:
        assert crashes.run(home, load, write(tmp_path_factory.mktemp("feeds"))) == (0, None)
        yield home


@contextmanager
def copy(loaded: Home, folder: Path) -> Iterator[Home]:
    shutil.copytree(loaded.folder / "warehouse", folder / "warehouse", symlinks=True)
    with new_home(folder, like=loaded) as home:
        yield home


def finished(home: Home) -> Any:
    code, picture = crashes.run(home, night)
    assert code == 0
    return picture


@pytest.fixture(scope="module")
def unbroken_home(loaded: Home, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Home]:
    with copy(loaded, tmp_path_factory.mktemp("unbroken") / "home") as home:
        yield home


@pytest.fixture(scope="module")
def unbroken(loaded: Home, unbroken_home: Home) -> Any:
    """What an unbroken night leaves. Its SQL is worded for good: the nights to be killed begin with the words of it."""
    picture = finished(unbroken_home)
    shutil.copytree(unbroken_home.folder / WORDS, loaded.folder / WORDS, ignore=MEMORY, dirs_exist_ok=True)
    return picture


def differences(one: Any, other: Any) -> list[str]:
    return [name for name in one.keys() | other.keys() if one.get(name) != other.get(name)]


def test_the_night_makes_figures_alerts_tasks_and_news(unbroken: Any) -> None:
    assert len(unbroken["CustomerFigures"]) == CUSTOMERS
    assert len(unbroken["Alert"]) >= 4
    assert len(unbroken["Task"]) == len(unbroken["Alert"])
    assert len(unbroken["Notification"]) >= 1
    assert unbroken["nights"] == [["2026-11-22", "DONE", len(nightly.STEPS)]]
    assert unbroken["warehouse.customer_features"][0] == CUSTOMERS


def test_the_night_twice_changes_nothing(unbroken: Any, unbroken_home: Home) -> None:
    assert differences(unbroken, finished(unbroken_home)) == []


@pytest.mark.parametrize(("place", "times"), PLACES, ids=[place for place, _times in PLACES])
def test_killed_and_run_again(loaded: Home, unbroken: Any, tmp_path: Path, place: str, times: int) -> None:
    with copy(loaded, tmp_path / "home") as home:
        assert crashes.run(home, night, place, times) == (-signal.SIGKILL, None)
        assert differences(unbroken, finished(home)) == []


def test_two_nights_never_run_at_once(tmp_path: Path) -> None:
    lock = tmp_path / "night.lock"
    with nightly.only_one(lock), pytest.raises(nightly.NightRuns), nightly.only_one(lock):
        pass
    with nightly.only_one(lock):
        pass


def test_every_step_has_a_short_name_for_the_page() -> None:
    with translation.override("en"):
        assert [str(name) for name in nightly.NAMES] == [step.name for step in nightly.STEPS]
