import os
from collections.abc import Callable
from pathlib import Path

import pytest

from kajing.analytics.convert import CONVERTERS, Made

SHARED_DATA = Path(os.environ.get("KAJING_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))


@pytest.fixture(scope="session")
def source() -> Callable[[str], Path]:
    """A public data set's folder; the test is skipped where it is not stored."""

    def folder(name: str) -> Path:
        path = SHARED_DATA / name
        if not path.is_dir():
            pytest.skip(f"The public data set {name} is not stored in {SHARED_DATA} (set KAJING_SHARED_DATA).")
        return path

    return folder


@pytest.fixture(scope="session")
def converted(tmp_path_factory: pytest.TempPathFactory, source: Callable[[str], Path]) -> Callable[[str, str], Made]:
    """The counts and the folder of a converted data set, made once."""
    made: dict[str, Made] = {}

    def convert(name: str, data: str) -> Made:
        if name not in made:
            made[name] = CONVERTERS[name](source(data), tmp_path_factory.mktemp(name) / "feeds")
        return made[name]

    return convert
