"""Must show: a large sheet with bad rows and duplicates; dry run and run agree exactly, kill -9 resumes, undo restores.

100,000 rows with 5,000 bad and 3,000 duplicates where KAJING_REQUIRE_ALL is set, else a twentieth of that.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests import crashes
from tests.homes import Home, new_home
from tests.imports.sheet_work import whole

SIZE = (100_000, 5_000, 3_000) if os.environ.get("KAJING_REQUIRE_ALL") else (5_000, 250, 150)
SMALL = (2_000, 100, 60)

pytestmark = pytest.mark.slow


def test_dry_run_and_run_agree_and_undo_restores(migrated: Home, tmp_path: Path) -> None:
    rows, bad, twice = SIZE
    with new_home(tmp_path / "home", like=migrated) as home:
        code, seen = crashes.run(home, whole, *SIZE)
    assert code == 0
    assert (seen["state"], seen["encoding"]) == ("DONE", "gb18030")
    assert seen["checked"] == seen["ran"] == {"NEW": rows - bad - twice, "SKIPPED": twice, "BAD": bad}
    assert seen["dry"] == seen["run"]
    assert len({line for line, _column, duplicate, _reason in seen["run"] if not duplicate}) == bad
    assert len({line for line, _column, duplicate, _reason in seen["run"] if duplicate}) == twice
    assert len(seen["points"]) == rows - bad - twice + 1  # one row has an e-mail address too
    assert (seen["undone"], seen["left"], seen["restored"]) == ("UNDONE", 0, True)


@pytest.fixture(scope="module")
def unbroken(migrated: Home, tmp_path_factory: pytest.TempPathFactory) -> Any:
    with new_home(tmp_path_factory.mktemp("unbroken") / "home", like=migrated) as home:
        code, seen = crashes.run(home, whole, *SMALL)
    assert code == 0
    return seen


@pytest.mark.parametrize(("place", "times"), [("check after", 2), ("run before", 3), ("run after", 2)])
def test_killed_in_the_middle_goes_on(migrated: Home, unbroken: Any, tmp_path: Path, place: str, times: int) -> None:
    with new_home(tmp_path / "home", like=migrated) as home:
        assert crashes.run(home, whole, *SMALL, place, times) == (-signal.SIGKILL, None)
        code, seen = crashes.run(home, whole, *SMALL)
    assert code == 0
    assert seen == unbroken
