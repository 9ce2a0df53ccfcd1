"""A warehouse of its own for each test, and the way to import."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from kajing.imports.services import DayReport, import_directories


@pytest.fixture
def home(tmp_path: Path, settings: Any) -> Path:
    """A home and a warehouse of this test alone."""
    settings.KAJING_HOME = tmp_path / "home"
    settings.KAJING_WAREHOUSE = tmp_path / "home" / "warehouse"
    settings.KAJING_HOME.mkdir()
    return tmp_path / "home"


@pytest.fixture
def load(db: None, home: Path, at: datetime) -> Callable[..., list[DayReport]]:
    """`load(folder, …)` imports feed days."""

    def run(*folders: Path, **options: Any) -> list[DayReport]:
        return import_directories(paths=folders, actor="system", clock=lambda: at, **options)

    return run
