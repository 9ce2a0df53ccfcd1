"""kill -9 at every place of a file's life; the next import finishes unaided and leaves what an unbroken one leaves."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from tests import crashes
from tests.homes import Home, new_home
from tests.imports.bank import write_bank
from tests.imports.killed import load

# (place, how often it is passed before the kill): after the batch row; while a file is read; after the staged file;
# after the rename; between the chunks of customers; when all is in the tables; after a whole file.
PLACES = [
    ("received", 3),
    ("checking", 4),
    ("checked", 3),
    ("admitted", 3),
    ("absorbing", 4),
    ("absorbed", 4),
    ("done", 8),
]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def feeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("feeds")
    write_bank(folder, customers=10)
    return folder


@pytest.fixture(scope="module")
def unbroken(migrated: Home, feeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    with new_home(tmp_path_factory.mktemp("unbroken") / "home", like=migrated) as home:
        return finished(home, feeds)


def finished(home: Home, feeds: Path) -> Any:
    code, picture = crashes.run(home, load, feeds)
    assert code == 0
    return picture


@pytest.mark.parametrize(("place", "times"), PLACES, ids=[place for place, _times in PLACES])
def test_killed_and_run_again(
    migrated: Home, feeds: Path, unbroken: Any, tmp_path: Path, place: str, times: int
) -> None:
    with new_home(tmp_path / "home", like=migrated) as home:
        assert crashes.run(home, load, feeds, place, times) == (-signal.SIGKILL, None)
        after = finished(home, feeds)
    assert {name: after[name] == unbroken[name] for name in unbroken} == dict.fromkeys(unbroken, True)
    assert len(after["Customer"]) == 10
