"""A night that starts from what the last one remembered equals one that computes everything, row for row."""

from __future__ import annotations

import copy
import dataclasses
import os
import shutil
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from kajing.analytics import features, marts
from kajing.analytics.memory import layers
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


def night(warehouse: Warehouse, as_of: date, p: Parameters = NEVER_WHOLE, *, whole: bool = False) -> list[str]:
    state, steps = build(warehouse, as_of, p, whole=whole)
    warehouse.publish(state)
    return [step.name for step in steps]


@pytest.fixture
def twin(warehouse: Warehouse, tmp_path: Path) -> Warehouse:
    """A warehouse over the same raw parts, for whole nights."""
    other = Warehouse(tmp_path / "twin", memory="1GB", threads=1)
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


def copied(bank: RandomBank, warehouse: Warehouse) -> RandomBank:
    """A bank that goes on from here in a warehouse of its own."""
    shutil.copytree(bank.warehouse.root, warehouse.root, symlinks=True, dirs_exist_ok=True)
    return copy.deepcopy(bank, {id(bank.warehouse): warehouse})


@pytest.fixture(scope="module")
def first_night(tmp_path_factory: pytest.TempPathFactory) -> RandomBank:
    """A bank of 120 days after its first night, to be copied."""
    bank = RandomBank(Warehouse(tmp_path_factory.mktemp("first") / "warehouse", memory="1GB", threads=1), 11, START)
    bank.begin(days=120)
    night(bank.warehouse, bank.today)
    return bank


def test_days_summed_for_some_customers_after_others_are_the_same(warehouse, twin, first_night, monkeypatch):
    bank = copied(first_night, warehouse)
    con = warehouse.reader()
    [(count,)] = con.execute("SELECT count(*) FROM history").fetchall()
    con.close()
    monkeypatch.setattr(features.days, "PART_ROWS", count // 4)
    monkeypatch.setattr(layers, "RANGE_ROWS", count // 4)
    night(twin, bank.today, whole=True)
    assert rows(twin, bank.today) == rows(warehouse, bank.today)
    history = [
        house.reader().execute("SELECT customer_id, txn_id FROM history").fetchall() for house in (twin, warehouse)
    ]
    assert history[0] == history[1]  # in one order, so that one customer's rows lie together
    bank.day()
    assert "changes" in night(twin, bank.today)
    monkeypatch.undo()
    night(warehouse, bank.today, whole=True)
    assert rows(twin, bank.today) == rows(warehouse, bank.today)


class Interrupted(Exception):
    """What ends a night before its time."""


@pytest.mark.parametrize("step", ["customers", "finish"])
def test_an_interrupted_night_is_taken_up_again(warehouse, twin, step, first_night):
    bank = copied(first_night, warehouse)
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


# --- what is no longer remembered ---------------------------------------------------------------------

FORGETFUL = dataclasses.replace(NEVER_WHOLE, memory_days=770)


def remembered(warehouse: Warehouse) -> tuple[int, date, int]:
    """Transactions in the memory, the oldest of them, and how many were dropped."""
    with duckdb.connect(str(warehouse.root / "memory" / "memory.duckdb"), read_only=True) as con:
        [(kept, oldest)] = con.execute("SELECT count(*), min(day) FROM txn").fetchall()
        [(dropped,)] = con.execute("SELECT count(*) FROM old_keys").fetchall()
    return kept, oldest, dropped


def quiet(bank: RandomBank) -> None:
    """A day of new transactions, repayments and statements and nothing else."""
    bank.today += timedelta(1)
    rows = [bank.txn(bank.today) for _n in range(3)]
    bank.write("transactions", bank.today, [row | {"original_txn_id": None} for row in rows])
    bank.write("repayments", bank.today, [bank.repayment(bank.today)])
    due = [one for one in bank.accounts.values() if one["statement_day"] == bank.today.day]
    bank.write("statements", bank.today, [bank.statement(one["account_id"], bank.today) for one in due])


def equal(warehouse: Warehouse, twin: Warehouse, as_of: date) -> None:
    night(twin, as_of, FORGETFUL, whole=True)
    ours, theirs = rows(warehouse, as_of), rows(twin, as_of)
    assert ours.keys() == theirs.keys()
    for name, expected in theirs.items():
        assert ours[name] == expected, f"{name} on {as_of}"
    if told_on(warehouse) == as_of:
        assert past(warehouse, as_of) == past(twin, as_of)


def test_old_transactions_are_dropped_month_by_month(warehouse, twin):
    bank = RandomBank(warehouse, 21, date(2026, 7, 30))
    bank.begin(days=1000)
    night(warehouse, bank.today, FORGETFUL)
    kept, oldest, dropped = remembered(warehouse)
    assert oldest == date(2024, 6, 1)
    assert dropped > 100
    for _n in range(3):
        quiet(bank)
        assert "changes" in night(warehouse, bank.today, FORGETFUL)
        equal(warehouse, twin, bank.today)
    assert remembered(warehouse)[1:] == (date(2024, 6, 1), dropped)  # 770 days before are of the same month still
    for _n in range(24):
        quiet(bank)
    assert "changes" in night(warehouse, bank.today, FORGETFUL)
    equal(warehouse, twin, bank.today)
    after = remembered(warehouse)
    assert after[1] == date(2024, 7, 1)
    assert after[2] > dropped
    assert after[0] < kept + 3 * 27
    bank.today = date(2026, 9, 1)  # a month is told: what metrics need of the dropped ones is kept by month
    bank.write("transactions", bank.today, [bank.txn(bank.today) | {"original_txn_id": None}])
    assert "changes" in night(warehouse, bank.today, FORGETFUL)
    assert told_on(warehouse) == bank.today
    equal(warehouse, twin, bank.today)


def late(bank: RandomBank, old: dict[str, Any]) -> None:
    bank.write("transactions", bank.today, [bank.txn(old["posted_on"]) | {"original_txn_id": None}])


def corrected(bank: RandomBank, old: dict[str, Any]) -> None:
    bank.write("transactions", bank.today, [old | {"amount": 1, "billing_amount": 1}])


def moved_to_today(bank: RandomBank, old: dict[str, Any]) -> None:
    bank.write("transactions", bank.today, [old | {"posted_on": bank.today}])


def refunded(bank: RandomBank, old: dict[str, Any]) -> None:
    given_back = {"kind": "REFUND", "original_txn_id": old["txn_id"], "account_id": old["account_id"]}
    bank.write("transactions", bank.today, [bank.txn(bank.today) | given_back | {"card_id": old["card_id"]}])


def deleted(bank: RandomBank, old: dict[str, Any]) -> None:
    [first, *_rest] = bank.warehouse.parts("transactions")
    first.path.unlink()


def changed_hands(bank: RandomBank, old: dict[str, Any]) -> None:
    held = bank.accounts[old["account_id"]]
    other = next(name for name in bank.customers if name != held["customer_id"])
    bank.write("accounts", bank.today, [held | {"customer_id": other}])


@pytest.fixture(scope="module")
def second_night(tmp_path_factory: pytest.TempPathFactory) -> RandomBank:
    """A bank of 900 days after two nights, the second from what the first remembered, to be copied."""
    bank = RandomBank(Warehouse(tmp_path_factory.mktemp("second") / "warehouse", memory="1GB", threads=1), 22, START)
    bank.begin(days=900, per_day=0.6)
    night(bank.warehouse, bank.today, FORGETFUL)
    quiet(bank)
    assert "changes" in night(bank.warehouse, bank.today, FORGETFUL)
    return bank


@pytest.mark.parametrize("reach", [late, corrected, moved_to_today, refunded, deleted, changed_hands])
def test_what_reaches_into_dropped_time_makes_the_next_night_whole(warehouse, twin, reach, second_night):
    bank = copied(second_night, warehouse)
    old = next(row for row in bank.txns.values() if row["kind"] == "PURCHASE")
    bank.today += timedelta(1)
    reach(bank, old)
    first, *others = night(warehouse, bank.today, FORGETFUL)
    assert first.startswith("made whole: ")
    assert "changes" not in others
    equal(warehouse, twin, bank.today)
    quiet(bank)
    assert "changes" in night(warehouse, bank.today, FORGETFUL)
    equal(warehouse, twin, bank.today)


@pytest.mark.parametrize("seed", range(int(os.environ.get("KAJING_TEST_SEEDS", "2"))))
def test_any_sequence_equals_the_whole_night_where_old_days_are_dropped(warehouse, twin, seed):
    bank = RandomBank(warehouse, 100 + seed, date(2026, 6, 27))
    bank.begin(days=900, per_day=0.8)
    night(warehouse, bank.today, FORGETFUL)
    for n in range(4):
        bank.day() if n % 2 else quiet(bank)
        night(warehouse, bank.today, FORGETFUL)
        equal(warehouse, twin, bank.today)
        assert remembered(warehouse)[1] >= date(2024, 5, 1)


SHORT_SLEEP = dataclasses.replace(FORGETFUL, sleeping_months=1)  # how far back metrics look for repayments


def debts_kept(warehouse: Warehouse) -> dict[str, tuple[int, date]]:
    """How many statements and repayments the memory has, and the oldest day of each."""
    with duckdb.connect(str(warehouse.root / "memory" / "memory.duckdb"), read_only=True) as con:
        [bills] = con.execute("SELECT count(*), min(statement_on) FROM w_statements").fetchall()
        [paid] = con.execute("SELECT count(*), min(paid_at)::DATE FROM w_repayments").fetchall()
    return {"statements": bills, "repayments": paid}


def same_with_short_sleep(warehouse: Warehouse, twin: Warehouse, as_of: date) -> None:
    night(twin, as_of, SHORT_SLEEP, whole=True)
    ours, theirs = rows(warehouse, as_of), rows(twin, as_of)
    for name, expected in theirs.items():
        assert ours[name] == expected, f"{name} on {as_of}"
    if told_on(warehouse) == as_of:
        assert past(warehouse, as_of) == past(twin, as_of)


def test_old_statements_and_repayments_are_dropped_month_by_month(warehouse, twin):
    bank = RandomBank(warehouse, 23, date(2026, 7, 27))
    bank.begin(days=1100, per_day=0.6)
    night(warehouse, bank.today, SHORT_SLEEP)
    kept = debts_kept(warehouse)
    assert {feed: day >= date(2024, 3, 1) for feed, (_n, day) in kept.items()} == dict.fromkeys(kept, True)
    assert kept["statements"][0] < len(bank.statements) - 50
    assert kept["repayments"][0] < len(bank.repayments) - 50
    for day in (date(2026, 7, 28), date(2026, 7, 31), date(2026, 8, 1), date(2026, 9, 2)):
        bank.today = day - timedelta(1)
        quiet(bank)
        assert "changes" in night(warehouse, bank.today, SHORT_SLEEP)
        same_with_short_sleep(warehouse, twin, bank.today)
    assert all(debts_kept(warehouse)[feed][1] > day for feed, (_n, day) in kept.items())


def oldest_repayment(bank: RandomBank) -> dict[str, Any]:
    return min(bank.repayments.values(), key=lambda row: row["paid_at"])


def late_repayment(bank: RandomBank) -> None:
    bank.write("repayments", bank.today, [oldest_repayment(bank) | {"repayment_id": "R-late"}])


def repayment_moved_to_today(bank: RandomBank) -> None:
    bank.write("repayments", bank.today, [oldest_repayment(bank) | {"paid_at": bank.repayment(bank.today)["paid_at"]}])


def corrected_statement(bank: RandomBank) -> None:
    old = min(bank.statements.values(), key=lambda row: row["statement_on"])
    bank.write("statements", bank.today, [old | {"balance": 1}])


def statements_deleted(bank: RandomBank) -> None:
    bank.warehouse.parts("statements")[0].path.unlink()


def repayments_deleted(bank: RandomBank) -> None:
    bank.warehouse.parts("repayments")[0].path.unlink()


@pytest.fixture(scope="module")
def second_short_night(tmp_path_factory: pytest.TempPathFactory) -> RandomBank:
    """A bank of 1,100 days after two nights that drop old statements and repayments, to be copied."""
    made = Warehouse(tmp_path_factory.mktemp("short") / "warehouse", memory="1GB", threads=1)
    bank = RandomBank(made, 24, date(2026, 7, 27))
    bank.begin(days=1100, per_day=0.3)
    night(made, bank.today, SHORT_SLEEP)
    quiet(bank)
    assert "changes" in night(made, bank.today, SHORT_SLEEP)
    return bank


@pytest.mark.parametrize(
    "reach", [late_repayment, repayment_moved_to_today, corrected_statement, statements_deleted, repayments_deleted]
)
def test_what_reaches_dropped_statements_or_repayments_makes_the_next_night_whole(
    warehouse, twin, reach, second_short_night
):
    bank = copied(second_short_night, warehouse)
    bank.today += timedelta(1)
    reach(bank)
    first, *others = night(warehouse, bank.today, SHORT_SLEEP)
    assert first.startswith("made whole: ")
    assert "changes" not in others
    same_with_short_sleep(warehouse, twin, bank.today)


def test_the_newest_repayment_of_an_account_may_be_a_dropped_one(warehouse, twin):
    bank = RandomBank(warehouse, 25, date(2026, 7, 27))
    bank.begin(days=1100, per_day=0.3)
    account_id = bank.new("A")
    bank.accounts[account_id] = next(iter(bank.accounts.values())) | {"account_id": account_id}
    bank.write("accounts", bank.today, [bank.accounts[account_id]])
    old = datetime.combine(date(2023, 9, 1), datetime.min.time())
    by_hand = {"account_id": account_id, "method": "CUSTOMER", "amount": 100}
    bank.write("repayments", bank.today, [by_hand | {"repayment_id": "R-old", "paid_at": old}])
    bank.write("statements", bank.today, [bank.statement(account_id, bank.today)])
    night(warehouse, bank.today, SHORT_SLEEP)
    quiet(bank)
    paid = {"repayment_id": "R-new", "paid_at": datetime.combine(bank.today, datetime.min.time())}
    bank.write("repayments", bank.today, [by_hand | paid | {"method": "AUTO_DEBIT"}])
    assert "changes" in night(warehouse, bank.today, SHORT_SLEEP)
    same_with_short_sleep(warehouse, twin, bank.today)
    with duckdb.connect(str(warehouse.root / "memory" / "memory.duckdb"), read_only=True) as con:
        told = con.execute("SELECT last_paid_on FROM f_paid WHERE account_id = ?", [account_id]).fetchall()
    assert told == [(old.date(),)]
