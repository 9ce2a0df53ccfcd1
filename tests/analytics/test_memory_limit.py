"""`KAJING_WAREHOUSE_MEMORY`: a night that needs more than it may have goes to the disk, and does not die."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from kajing.analytics.pipeline import build
from kajing.analytics.warehouse import Warehouse

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"


@pytest.mark.slow
def test_a_night_beyond_its_memory_spills(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    import _bank

    _bank.write(tmp_path, 300_000)
    sys.modules.pop("_bank")
    spilt = []

    def look(_step: str, _number: int, _of: int) -> None:
        spilt.append(sum(path.stat().st_size for path in tmp_path.glob("states/.building-*.spill/*")))

    house = Warehouse(tmp_path, memory="120MB", threads=2)
    state, steps = build(house, _bank.LOADED, progress=look, whole=True)
    house.publish(state)
    assert max(spilt) > 0
    assert {step.name: step.rows for step in steps}["alerts"] > 0
    with house.reader() as con:
        [(count,)] = con.execute("SELECT count(*) FROM history").fetchall()
    assert 280_000 < count < 300_000
    assert not list(tmp_path.glob("states/.building-*"))
