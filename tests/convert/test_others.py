"""Handbook, TabFormer, Berka: rows and sums against the source, labels, and clear words for bad sources."""

import json
from pathlib import Path

import duckdb
import pytest

from kajing.analytics.convert import CONVERTERS, SourceProblem
from kajing.analytics.feeds import FEEDS
from tests.convert.reading import first_row, tables

pytestmark = pytest.mark.slow  # they share the converted sets

SETS = {
    "handbook": "handbook_fraud",
    "tabformer": "tabformer_cards_products",
    "berka": "berka_pkdd99",
    "taiwan": "taiwan_default",
}


@pytest.mark.parametrize("name", SETS)
def test_manifests_and_columns_are_the_contracts(name: str, converted) -> None:
    made = converted(name, SETS[name])
    rows: dict[str, int] = {}
    for path in made.folder.glob("*/manifest.json"):
        manifest = json.loads(path.read_text(encoding="utf-8"))
        assert manifest["business_date"] == path.parent.name
        for feed, entry in manifest["files"].items():
            rows[feed] = rows.get(feed, 0) + entry["rows"]
            assert ("amount_sum" in entry) == bool(FEEDS[feed].control)
    assert rows == made.rows
    con = tables(made.folder)
    for feed in rows:
        columns = {row[0] for row in con.execute(f"DESCRIBE {feed}").fetchall()} - {"day"}
        assert set(FEEDS[feed].required) <= columns <= set(FEEDS[feed].names), feed


@pytest.mark.parametrize("name", SETS)
def test_the_nine_demo_people_are_there(name: str, converted) -> None:
    con = tables(converted(name, SETS[name]).folder)
    assert first_row(con, "SELECT count(DISTINCT sign_in) FROM people") == (9,)
    assert first_row(
        con,
        "SELECT count(*) > 0 FROM customers WHERE manager_no = (SELECT person_no FROM people WHERE sign_in = 'manager1')",
    ) == (True,)


def test_handbook_rows_sums_and_labels(converted, source) -> None:
    made = converted("handbook", SETS["handbook"])
    file = next(source(SETS["handbook"]).glob("*.parquet"))
    rows, amount, frauds, customers = duckdb.sql(f"""
        SELECT count(*) FILTER (round(TX_AMOUNT * 100) > 0), sum(round(TX_AMOUNT * 100)::BIGINT), sum(TX_FRAUD), count(DISTINCT CUSTOMER_ID) FROM read_parquet('{file}')
    """).fetchall()[0]
    con = tables(made.folder)
    assert first_row(con, "SELECT count(*), (sum(amount) * 100)::BIGINT FROM transactions") == (rows, amount)
    assert rows == 1_466_282 - 33
    assert made.rows["fraud_labels"] == frauds == 12_134
    assert made.rows["customers"] == customers
    assert made.days == 153
    assert first_row(
        con,
        "SELECT count(*) FROM fraud_labels l JOIN transactions t USING (txn_id) WHERE confirmed_on::DATE - posted_on > 7",
    ) == (0,)


def test_statements_of_sets_without_bills_are_paid_in_full(converted) -> None:
    for name in ("handbook", "tabformer"):
        con = tables(converted(name, SETS[name]).folder)
        wrong, lines = first_row(
            con,
            """
            WITH flow AS (
                SELECT account_id, last_day(posted_on) AS month_on, sum(CASE kind WHEN 'PURCHASE' THEN amount WHEN 'REFUND' THEN -amount ELSE 0 END) AS amount
                FROM transactions GROUP BY ALL
            ),
            line AS (SELECT *, sum(balance) FILTER (balance > 0) OVER earlier AS repaid FROM statements
                WINDOW earlier AS (PARTITION BY account_id ORDER BY statement_on ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)),
            total AS (SELECT account_id, month_on, sum(amount) OVER (PARTITION BY account_id ORDER BY month_on) AS spent FROM flow)
            SELECT count(*) FILTER (balance <> spent - coalesce(repaid, 0)), count(*) FROM line JOIN total ON line.account_id = total.account_id AND month_on = statement_on
        """,
        )
        assert lines > 600
        assert wrong == 0
        assert first_row(
            con,
            "SELECT count(*) FROM repayments r LEFT JOIN statements s ON s.account_id = r.account_id AND s.statement_on = r.paid_at::DATE - 18 WHERE s.balance IS DISTINCT FROM r.amount",
        ) == (0,)


def test_tabformer_rows_sums_kinds_and_no_card_numbers(converted, source) -> None:
    made = converted("tabformer", SETS["tabformer"])
    folder = source(SETS["tabformer"])
    rows, refunds, declines, cents = duckdb.sql(f"""
        SELECT count(*), count(*) FILTER (Amount LIKE '$-%' AND "Errors?" IS NULL), count(*) FILTER ("Errors?" IS NOT NULL),
            sum(round(abs(replace(Amount, '$', '')::DOUBLE) * 100)::BIGINT)
        FROM read_csv('{folder}/User0_credit_card_transactions.csv.gz', all_varchar = true)
    """).fetchall()[0]
    con = tables(made.folder)
    assert first_row(
        con,
        """
        SELECT count(*), count(*) FILTER (kind = 'REFUND'), count(*) FILTER (kind = 'DECLINE'), (sum(amount) * 100)::BIGINT FROM transactions
    """,
    ) == (rows, refunds, declines, cents)
    assert rows == 19_963
    assert (made.rows["customers"], made.rows["accounts"]) == (2_000, 6_146)
    assert first_row(con, "SELECT count(*) FROM transactions WHERE length(mcc) <> 4") == (0,)
    numbers = {
        row[0]
        for row in duckdb.sql(
            f"SELECT \"Card Number\" FROM read_csv('{folder}/sd254_cards.csv', all_varchar = true)"
        ).fetchall()
    }
    text = "".join(str(row) for row in con.execute("SELECT * FROM cards").fetchall())
    assert not any(number in text for number in numbers)


def test_berka_rows_and_sums(converted, source) -> None:
    made = converted("berka", SETS["berka"])
    out, into, outgoing = duckdb.sql(f"""
        SELECT count(*) FILTER (type <> 'PRIJEM'), count(*) FILTER (type = 'PRIJEM'), sum(round(amount * 100)::BIGINT) FILTER (type <> 'PRIJEM')
        FROM read_csv('{source(SETS["berka"])}/trans.csv.gz', delim = ';', header = true)
    """).fetchall()[0]
    con = tables(made.folder)
    assert (made.rows["transactions"], made.rows["repayments"]) == (out, into)
    assert first_row(con, "SELECT (sum(amount) * 100)::BIGINT FROM transactions") == (outgoing,)
    assert first_row(con, "SELECT count(*) FROM transactions ANTI JOIN cards USING (card_id)") == (0,)


@pytest.mark.parametrize("name", ["tabformer", "berka"])
def test_sets_of_several_files_ask_for_the_folder(name: str, tmp_path: Path) -> None:
    (tmp_path / "one.csv").write_text("a\n1\n", encoding="utf-8")
    with pytest.raises(SourceProblem, match="folder"):
        CONVERTERS[name](tmp_path / "one.csv", tmp_path / "out")


def test_a_file_of_another_set_is_refused_with_its_missing_columns(tmp_path: Path) -> None:
    duckdb.sql("SELECT 1 AS a").write_parquet(str(tmp_path / "transactions_x.parquet"))
    with pytest.raises(SourceProblem, match="TRANSACTION_ID"):
        CONVERTERS["handbook"](tmp_path, tmp_path / "out")
