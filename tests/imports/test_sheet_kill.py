"""Must show: a large sheet with bad rows and duplicates; dry run and run agree exactly, kill -9 resumes, undo restores.

All of it is shown of 100,000 rows with 5,000 bad and 3,000 duplicates: on SQLite of a sheet that is killed in the middle of
its dry run and in the middle of its run, on PostgreSQL where KAJING_REQUIRE_ALL is set. One sheet of 20,000 rows is killed
again and again on its way, each time by kill -9, on both.
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

POSTGRES = os.environ.get("DATABASE_URL", "").startswith("postgres")
SIZE = (100_000, 5_000, 3_000) if POSTGRES and os.environ.get("KAJING_REQUIRE_ALL") else (5_000, 250, 150)
LARGE = (20_000, 1_000, 600)
# Where the process dies, one after the other, in the same home: chunks of the dry run, then chunks of the run, before
# and after their commit. What a process has done stays, so the counts are those of what is left.
KILLS = (("check after", 3), ("check before", 20), ("run before", 1), ("run after", 9), ("run before", 18))

HUGE = (100_000, 5_000, 3_000)
HALFWAY = (("check after", 100), ("run before", 100))  # of 200 chunks each

pytestmark = pytest.mark.slow


def as_it_should(seen: Any, rows: int, bad: int, twice: int) -> None:
    """Every row of the sheet is accounted for, as the dry run said, and the undo left nothing of it."""
    assert (seen["state"], seen["encoding"]) == ("DONE", "gb18030")
    assert seen["checked"] == seen["ran"] == {"NEW": rows - bad - twice, "SKIPPED": twice, "BAD": bad}
    assert seen["dry"] == seen["run"]
    assert len({line for line, _column, duplicate, _reason in seen["run"] if not duplicate}) == bad
    assert len({line for line, _column, duplicate, _reason in seen["run"] if duplicate}) == twice
    assert len(seen["points"]) == rows - bad - twice + 1  # one row has an e-mail address too
    assert len(set(map(tuple, seen["points"]))) == len(seen["points"])
    assert (seen["undone"], seen["left"], seen["restored"]) == ("UNDONE", 0, True)


def test_dry_run_and_run_agree_and_undo_restores(migrated: Home, tmp_path: Path) -> None:
    with new_home(tmp_path / "home", like=migrated) as home:
        code, seen = crashes.run(home, whole, *SIZE)
    assert code == 0
    as_it_should(seen, *SIZE)


def test_killed_again_and_again_it_ends_as_if_nothing_had_happened(migrated: Home, tmp_path: Path) -> None:
    with new_home(tmp_path / "unbroken", like=migrated) as home:
        code, unbroken = crashes.run(home, whole, *LARGE)
    assert code == 0
    with new_home(tmp_path / "home", like=migrated) as home:
        for place, times in KILLS:
            assert crashes.run(home, whole, *LARGE, place, times) == (-signal.SIGKILL, None), place
        code, seen = crashes.run(home, whole, *LARGE)
    assert code == 0
    assert seen == unbroken
    as_it_should(seen, *LARGE)


@pytest.mark.skipif(POSTGRES, reason="20,000 rows killed show it there; SQLite takes them all")
def test_a_hundred_thousand_rows_killed_in_the_middle(migrated: Home, tmp_path: Path) -> None:
    with new_home(tmp_path / "home", like=migrated) as home:
        for place, times in HALFWAY:
            assert crashes.run(home, whole, *HUGE, place, times) == (-signal.SIGKILL, None), place
        code, seen = crashes.run(home, whole, *HUGE)
    assert code == 0
    as_it_should(seen, *HUGE)
