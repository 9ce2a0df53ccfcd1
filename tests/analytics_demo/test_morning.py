"""The demo bank's last night through ingest and engine: what manager1 finds in the morning."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.analytics_demo.bank import one
from tests.analytics_demo.nights import night

RULES = {"missed_payment", "utilisation_jump", "min_pay_streak", "amount_outlier", "sleeping_soon", "silence"}

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def state(feeds: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    with night(feeds, tmp_path_factory.mktemp("warehouse")) as con:
        yield con


@pytest.mark.parametrize("sign_in", ["manager1", "manager2"])
def test_a_scripted_manager_finds_ten_to_thirty_alerts_of_all_six_rules(state, bank, sign_in: str) -> None:
    person = one(bank, f"SELECT person_no FROM people WHERE sign_in = '{sign_in}'")
    found = Counter(
        row[0] for row in state.execute("SELECT rule FROM alerts WHERE manager_id = ?", [person]).fetchall()
    )
    assert set(found) >= RULES
    assert 10 <= sum(found[rule] for rule in RULES) <= 30
    assert found["missed_payment"] >= 4


def test_balances_of_the_engine_follow_the_feeds(state, bank) -> None:
    """Last statement and what came after it, summed over the bank by SQL of its own."""
    owed = one(
        bank,
        """
        WITH flow AS (
            SELECT account_id, CASE WHEN kind IN ('REFUND', 'REVERSAL') THEN -billing_amount WHEN kind IN ('DECLINE', 'PREAUTH') THEN 0 ELSE billing_amount END AS amount FROM transactions
            UNION ALL SELECT account_id, -amount FROM repayments
        )
        SELECT (sum(amount) * 100)::BIGINT FROM flow
    """,
    )
    assert one(state, "SELECT sum(balance)::BIGINT FROM account_features") == owed


def test_states_and_buckets_of_life_are_there(state) -> None:
    assert {row[0] for row in state.execute("SELECT DISTINCT state FROM customer_features").fetchall()} >= {
        "NEVER_USED",
        "ACTIVE",
        "SLEEPING",
    }
    assert len(state.execute("SELECT DISTINCT bucket FROM customer_features").fetchall()) >= 4
