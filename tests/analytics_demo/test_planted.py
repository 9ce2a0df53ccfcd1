"""Planted patterns, found by rules of domain reference §4 written here anew, and compared with what was planted."""

from collections.abc import Iterator

import duckdb
import pytest

from kajing.analytics.demo.generator import Generator  # the inside view is wanted here
from tests.analytics_demo.bank import UNTIL, tables

pytestmark = pytest.mark.slow

Found = tuple[duckdb.DuckDBPyConnection, dict[str, set[str]]]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Found]:
    """A bank of 3,500 customers over four months as tables, and the accounts of each planted pattern."""
    out = tmp_path_factory.mktemp("planted") / "f"
    generator = Generator(out, customers=3_500, months=4, seed=5, until=UNTIL, daily_days=0)
    generator.run(None)
    truth = generator.workshop.con.execute(
        "SELECT pattern, list(DISTINCT account_name(a)) FROM truth WHERE pattern IS NOT NULL GROUP BY ALL"
    ).fetchall()
    with tables(out) as con:
        yield con, {pattern: set(accounts) for pattern, accounts in truth}


def _accounts(con: duckdb.DuckDBPyConnection, query: str) -> set[str]:
    return {row[0] for row in con.execute(query).fetchall()}


def test_every_pattern_is_planted(planted: Found) -> None:
    _, truth = planted
    wanted = [*(f"C{n}" for n in range(1, 11)), *(f"F{n}" for n in range(1, 8)), "UTIL_JUMP", "OUTLIER"]
    assert [name for name in wanted if not truth.get(name)] == []


def test_c5_most_of_a_repayment_is_spent_again_within_a_day(planted: Found) -> None:
    con, truth = planted
    found = _accounts(
        con,
        """
        SELECT account_id FROM repayments r JOIN transactions t USING (account_id)
        WHERE t.kind = 'PURCHASE' AND t.occurred_at > r.paid_at AND t.occurred_at <= r.paid_at + INTERVAL 24 HOURS
        GROUP BY account_id, r.repayment_id HAVING sum(t.billing_amount) >= 0.8 * any_value(r.amount) AND any_value(r.amount) > 1000
    """,
    )
    assert truth["C5"] <= found


def test_c7_a_terminal_with_three_trades_in_a_day(planted: Found) -> None:
    con, truth = planted
    found = _accounts(
        con,
        """
        WITH jumping AS (SELECT terminal_id, posted_on FROM transactions WHERE terminal_id IS NOT NULL
            GROUP BY ALL HAVING count(DISTINCT mcc) >= 3)
        SELECT DISTINCT account_id FROM transactions JOIN jumping USING (terminal_id, posted_on)
    """,
    )
    assert found == truth["C7"]


def test_c8_a_large_purchase_while_the_shop_is_shut(planted: Found) -> None:
    con, truth = planted
    found = _accounts(
        con,
        """
        SELECT account_id FROM transactions WHERE kind = 'PURCHASE' AND hour(occurred_at) < 5 AND billing_amount >= 5000
            AND channel = 'POS' AND mcc IN ('5039', '5211', '5712')
    """,
    )
    assert truth["C8"] <= found
    assert len(found) <= len(truth["C8"]) + 2


def test_c9_two_months_above_three_times_the_verified_income(planted: Found) -> None:
    con, truth = planted
    found = _accounts(
        con,
        """
        WITH spent AS (
            SELECT t.account_id, date_trunc('month', posted_on) AS month, sum(billing_amount) AS amount, any_value(annual_income::DOUBLE) / 12 AS income
            FROM transactions t JOIN latest_accounts USING (account_id) JOIN latest_customers c USING (customer_id)
            WHERE t.kind = 'PURCHASE' AND income_verified = '1' AND annual_income::DOUBLE > 0 GROUP BY ALL
        )
        SELECT account_id FROM spent WHERE amount > 3 * income GROUP BY ALL HAVING count(*) >= 2
    """,
    )
    assert truth["C9"] <= found
    assert len(found - truth["C9"]) < 15  # of 3,500: some of the poorest with one great purchase after another


def test_c10_bills_of_five_cards_paid_by_the_shop_where_they_buy(planted: Found) -> None:
    con, truth = planted
    found = _accounts(
        con,
        """
        WITH payer AS (SELECT payer FROM repayments WHERE method = 'THIRD_PARTY' GROUP BY 1 HAVING count(DISTINCT account_id) >= 5)
        SELECT DISTINCT r.account_id FROM repayments r JOIN payer USING (payer)
            JOIN transactions t ON t.account_id = r.account_id AND t.merchant_name = r.payer
    """,
    )
    assert found == truth["C10"]
    assert len(found) >= 5


def test_frauds_are_labelled_and_cash_outs_are_left_to_be_found(planted: Found) -> None:
    con, truth = planted
    labelled = _accounts(
        con, "SELECT account_id FROM fraud_labels JOIN transactions USING (txn_id) WHERE label = 'FRAUD'"
    )
    assert labelled
    assert labelled <= set().union(*(truth[f"F{n}"] for n in range(1, 8)))
