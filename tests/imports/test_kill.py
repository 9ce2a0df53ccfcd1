"""kill -9 at every place of a file's life; the next import finishes unaided and leaves what an unbroken one leaves."""

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

from tests.imports.bank import write_bank

ROOT = Path(__file__).resolve().parents[2]
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


def run(home: Path, *words: str) -> subprocess.CompletedProcess[str]:
    # The killed process keeps a database file in its own home, so that a copy of the home is a copy of everything.
    kept = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    env = {**kept, "KAJING_TEST_HOME": str(home), "DJANGO_SETTINGS_MODULE": "tests.settings"}
    return subprocess.run(
        [sys.executable, *words], cwd=ROOT, env=env, capture_output=True, text=True, timeout=180, check=False
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
    folder = tmp_path_factory.mktemp("feeds")
    write_bank(folder, customers=10)
    return folder


@pytest.fixture(scope="module")
def unbroken(prepared: Path, feeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    home = tmp_path_factory.mktemp("unbroken") / "home"
    shutil.copytree(prepared, home)
    return finished(home, feeds)


def finished(home: Path, feeds: Path) -> Any:
    ended = run(home, "-m", "tests.imports.killed", str(feeds))
    assert ended.returncode == 0, ended.stderr[-2000:]
    return json.loads(ended.stdout)


@pytest.mark.parametrize(("place", "times"), PLACES, ids=[place for place, _times in PLACES])
def test_killed_and_run_again(
    prepared: Path, feeds: Path, unbroken: Any, tmp_path: Path, place: str, times: int
) -> None:
    home = tmp_path / "home"
    shutil.copytree(prepared, home)
    killed = run(home, "-m", "tests.imports.killed", str(feeds), place, str(times))
    assert killed.returncode == -signal.SIGKILL, killed.stderr[-2000:]
    after = finished(home, feeds)
    assert {name: after[name] == unbroken[name] for name in unbroken} == dict.fromkeys(unbroken, True)
    assert len(after["Customer"]) == 10
