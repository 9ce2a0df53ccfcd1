"""A night that starts from what the last one remembered equals one that computes everything, row for row."""

from __future__ import annotations

import dataclasses
import os
from datetime import date, timedelta
from pathlib import Path

import pytest

from kajing.analytics import marts
from kajing.analytics.parameters import DEFAULTS, Parameters
from kajing.analytics.pipeline import build
from kajing.analytics.warehouse import LAYERS, Warehouse
from tests.analytics.random_bank import RandomBank

pytestmark = pytest.mark.slow
START = date(2026, 6, 17)
NEVER_WHOLE = dataclasses.replace(DEFAULTS, exact_pass_days=10_000)


def rows(warehouse: Warehouse, as_of: date) -> dict[str, list[str]]:
    """Every published table as sorted text; doubles to nine digits, layers as readers see them; `past` has the rest."""
    con = warehouse.reader()
    names = [row[0] for row in con.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall()]
    found = {}
    for name in sorted(set(names) - {"build_info", "portfolio_roll", "portfolio_vintage"}):
        columns = con.execute(f"SELECT column_name, column_type FROM (DESCRIBE {name})").fetchall()
        listed = ", ".join(f'round("{c}", 9) AS "{c}"' if kind == "DOUBLE" else f'"{c}"' for c, kind in sorted(columns))
        limit = ""
        if name == "metric_rows":
            limit = f" WHERE day = DATE '{as_of}'"
        if name in LAYERS:
            column, days = {
                "history": ("day", marts.HISTORY_DAYS),
                "statement_cycles": ("statement_on", 31 * 25),
                "repaid": ("paid_at::DATE", marts.SHOWN_DAYS),
            }[name]
            limit = f" WHERE {column} > DATE '{as_of - timedelta(days)}'"
        found[name] = sorted(map(repr, con.execute(f"SELECT {listed} FROM {name}{limit}").fetchall()))
    con.close()
    return found


def past(warehouse: Warehouse, as_of: date) -> dict[str, list[str]]:
    """What is told of the months before a night: metrics of other days than its own, rolls, vintages."""
    con = warehouse.reader()
    names = {
        "metric_rows": f" WHERE day IS DISTINCT FROM DATE '{as_of}'",
        "portfolio_roll": "",
        "portfolio_vintage": "",
    }
    found = {name: sorted(map(repr, con.execute(f"FROM {name}{limit}").fetchall())) for name, limit in names.items()}
    con.close()
    return found


def told_on(warehouse: Warehouse) -> date:
    """The night whose state tells the months before."""
    current = warehouse.current() or ""
    return date.fromisoformat((warehouse.told_of(current) or current)[:10])


def night(warehouse: Warehouse, as_of: date, *, whole: bool = False) -> list[str]:
    state, steps = build(warehouse, as_of, NEVER_WHOLE, whole=whole)
    warehouse.publish(state)
    return [step.name for step in steps]


@pytest.fixture
def twin(warehouse: Warehouse, tmp_path: Path) -> Warehouse:
    """A warehouse over the same raw parts, for whole nights."""
    other = Warehouse(tmp_path / "twin", memory="1GB")
    other.root.mkdir()
    warehouse.root.joinpath("raw").mkdir(parents=True)
    other.root.joinpath("raw").symlink_to(warehouse.root / "raw")
    return other


@pytest.mark.parametrize("seed", range(int(os.environ.get("KAJING_TEST_SEEDS", "2"))))
def test_any_sequence_of_days_equals_the_whole_night(warehouse, twin, seed):
    bank = RandomBank(warehouse, seed, START)
    bank.begin()
    assert "changes" not in night(warehouse, bank.today)
    told = {bank.today: past(warehouse, bank.today)}
    for _n in range(4):
        for _days in range(bank.draw.randrange(1, 4)):
            bank.day()
        assert "changes" in night(warehouse, bank.today)
        night(twin, bank.today, whole=True)
        ours, theirs = rows(warehouse, bank.today), rows(twin, bank.today)
        assert ours.keys() == theirs.keys()
        for name, expected in theirs.items():
            assert ours[name] == expected, f"{name} on {bank.today}"
        # Months before are told when one becomes known, and stay as that night told them.
        told[bank.today] = past(twin, bank.today)
        assert past(warehouse, bank.today) == told[told_on(warehouse)]


class Interrupted(Exception):
    """What ends a night before its time."""


@pytest.mark.parametrize("step", ["customers", "finish"])
def test_an_interrupted_night_is_taken_up_again(warehouse, twin, step):
    bank = RandomBank(warehouse, 11, START)
    bank.begin(days=120)
    night(warehouse, bank.today)
    bank.day()
    published = warehouse.current()

    def stop(name: str, _number: int, _of: int) -> None:
        if name == step:
            raise Interrupted

    with pytest.raises(Interrupted):
        build(warehouse, bank.today, NEVER_WHOLE, progress=stop)
    assert warehouse.current() == published
    assert "changes" in night(warehouse, bank.today)
    night(twin, bank.today, whole=True)
    assert rows(warehouse, bank.today) == rows(twin, bank.today)


def test_other_parameters_an_older_date_or_a_spoilt_file_make_the_night_whole(warehouse):
    bank = RandomBank(warehouse, 12, START)
    bank.begin(days=60)
    night(warehouse, bank.today)
    before = bank.today
    bank.day()

    def steps(as_of: date, parameters: Parameters) -> list[str]:
        return [step.name for step in build(warehouse, as_of, parameters)[1]]

    other = dataclasses.replace(NEVER_WHOLE, grace_days=5)
    assert "changes" not in steps(bank.today, other)
    assert "changes" in steps(bank.today, other)
    assert "changes" not in steps(before, other)
    assert "changes" not in steps(before + timedelta(40), dataclasses.replace(other, exact_pass_days=28))
    warehouse.root.joinpath("memory", "memory.duckdb").write_bytes(b"spoilt")
    assert "changes" not in steps(bank.today, other)


def test_a_month_is_told_from_the_night_after_its_end(warehouse, twin):
    bank = RandomBank(warehouse, 13, date(2026, 10, 30))
    bank.begin(days=400)
    night(warehouse, bank.today)
    first = bank.today
    for day, tells in ((date(2026, 10, 31), False), (date(2026, 11, 1), True), (date(2026, 11, 2), False)):
        bank.today = day
        bank.write("transactions", day, [bank.txn(day)])
        assert "changes" in night(warehouse, day)
        assert (told_on(warehouse) == day) is tells, f"{day} after {first}"
        con = warehouse.reader()
        ends = {
            row[0]
            for row in con.execute("SELECT DISTINCT day FROM metric_rows WHERE metric = 'cards_issued'").fetchall()
        }
        assert {day, date(2026, 9, 30), date(2026, 10, 31)} <= ends
        con.close()
    night(twin, date(2026, 11, 1), whole=True)
    assert past(warehouse, bank.today) == past(twin, date(2026, 11, 1))
