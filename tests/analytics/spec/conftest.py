"""The engine's cases run on a DuckDB that is set as the night's."""

from __future__ import annotations

import ibis
import pytest

from kajing.analytics.warehouse import UNSOUND_OPTIMIZERS


@pytest.fixture(autouse=True, scope="session")
def _as_at_night() -> None:
    ibis.get_backend().raw_sql(f"SET disabled_optimizers = '{UNSOUND_OPTIMIZERS}'")
