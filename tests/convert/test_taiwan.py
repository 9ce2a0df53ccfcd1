"""Taiwan: the feeds say what the source says."""

import gzip
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from kajing.analytics.convert import SourceProblem, taiwan
from tests.convert.reading import first_row, tables
from tests.convert.taiwan_expected import FILE, expected

pytestmark = pytest.mark.slow  # they share the converted sets


@pytest.fixture(scope="module")
def made(converted):
    return converted("taiwan", "taiwan_default")


@pytest.fixture(scope="module")
def feeds(made):
    con = tables(made.folder)
    yield con
    con.close()


@pytest.fixture(scope="module")
def wanted(source):
    return expected(source("taiwan_default") / FILE)


def test_all_clients_and_months_are_there(made) -> None:
    assert made.days == 6
    assert made.rows["customers"] == made.rows["cards"] == 30_000
    assert made.rows["statements"] == 180_000
    assert sorted(path.name for path in made.folder.iterdir()) == [
        f"2005-{end}" for end in ("04-30", "05-31", "06-30", "07-31", "08-31", "09-30")
    ]


def test_limits_bills_and_repayments_sum_to_the_source(feeds, source) -> None:
    file = source("taiwan_default") / FILE
    limit, bills, paid, payments = duckdb.sql(f"""
        SELECT sum(LIMIT_BAL)::BIGINT, sum(BILL_AMT1 + BILL_AMT2 + BILL_AMT3 + BILL_AMT4 + BILL_AMT5 + BILL_AMT6)::BIGINT,
            sum(PAY_AMT1 + PAY_AMT2 + PAY_AMT3 + PAY_AMT4 + PAY_AMT5 + PAY_AMT6)::BIGINT,
            sum((PAY_AMT1 > 0)::INT + (PAY_AMT2 > 0)::INT + (PAY_AMT3 > 0)::INT + (PAY_AMT4 > 0)::INT + (PAY_AMT5 > 0)::INT + (PAY_AMT6 > 0)::INT)
        FROM read_csv('{file}')
    """).fetchall()[0]
    assert first_row(feeds, "SELECT sum(credit_limit::DECIMAL(18, 2)) FROM accounts WHERE day = '2005-04-30'") == (
        Decimal(limit),
    )
    assert first_row(feeds, "SELECT sum(balance) FROM statements") == (Decimal(bills),)
    assert first_row(feeds, "SELECT sum(amount), count(*) FROM repayments") == (Decimal(paid), payments)


def test_every_client_agrees_with_the_source(feeds, wanted) -> None:
    rows = feeds.execute("""
        WITH last AS (SELECT * FROM statements WHERE statement_on = '2005-09-30'),
            spend AS (SELECT account_id, sum(CASE kind WHEN 'REFUND' THEN -amount ELSE amount END) AS spent FROM transactions GROUP BY 1),
            paid AS (SELECT account_id, sum(amount) AS repaid FROM repayments GROUP BY 1),
            account AS (SELECT DISTINCT account_id, customer_id, credit_limit FROM accounts)
        SELECT customer_id, (account.credit_limit::DECIMAL(18, 2) * 100)::BIGINT, (balance * 100)::BIGINT, cycles_past_due,
            (coalesce(spent, 0) * 100)::BIGINT, (coalesce(repaid, 0) * 100)::BIGINT
        FROM account JOIN last USING (account_id) LEFT JOIN spend USING (account_id) LEFT JOIN paid USING (account_id)
    """).fetchall()
    assert len(rows) == 30_000
    wrong = [
        row
        for row in rows
        if row[1:]
        != tuple(getattr(wanted[row[0]], name) for name in ("credit_limit", "balance", "cycles", "spent", "repaid"))
    ]
    assert wrong == []


def test_bill_plus_purchases_less_repayments_is_the_next_bill(feeds) -> None:
    wrong = first_row(
        feeds,
        """
        WITH flow AS (
            SELECT account_id, posted_on AS day, CASE kind WHEN 'REFUND' THEN -amount ELSE amount END AS amount FROM transactions
            UNION ALL SELECT account_id, paid_at::DATE, -amount FROM repayments
        ),
        line AS (SELECT *, lag(statement_on) OVER w AS before_on, lag(balance) OVER w AS opening FROM statements WINDOW w AS (PARTITION BY account_id ORDER BY statement_on)),
        summed AS (
            SELECT l.account_id, l.statement_on, balance, opening, coalesce(sum(f.amount), 0) AS moved FROM line l
            LEFT JOIN flow f ON f.account_id = l.account_id AND f.day > before_on AND f.day <= l.statement_on
            WHERE before_on IS NOT NULL GROUP BY ALL
        )
        SELECT count(*) FILTER (balance <> opening + moved), count(*) FROM summed
    """,
    )
    assert wrong == (0, 150_000)


def test_the_expected_values_are_not_trivial(wanted) -> None:
    """Guards the comparison itself: every bucket it can give is there, and most clients are determined."""
    assert {row.bucket for row in wanted.values()} == {"M0", "M1", "M2", "M3", "M4", "M5"}
    assert {row.cycle_bucket for row in wanted.values()} == {"M0", "M1", "M2", "M3", "M4", "M5", "M6", "M6+"}
    assert 5_000 < sum(row.determined for row in wanted.values()) < 30_000
    assert sum(row.balance < 0 for row in wanted.values()) == 590  # overpaid in September


def test_ages_and_sexes_are_the_sources(feeds, source) -> None:
    file = source("taiwan_default") / FILE
    male, age = duckdb.sql(f"SELECT count(*) FILTER (SEX = 1), sum(AGE)::BIGINT FROM read_csv('{file}')").fetchall()[0]
    query = "SELECT count(*) FILTER (gender = 'M'), sum(date_sub('year', birth_date::DATE, DATE '2005-09-30')) FROM customers"
    assert first_row(feeds, query) == (male, age)


def test_the_demo_people_own_the_clients(feeds) -> None:
    assert first_row(
        feeds,
        "SELECT count(*) FROM customers c JOIN people p ON p.person_no = c.manager_no AND p.unit_code = c.unit_code",
    ) == (30_000,)
    assert first_row(
        feeds,
        "SELECT count(*) FROM customers WHERE manager_no = (SELECT person_no FROM people WHERE sign_in = 'manager1')",
    ) == (200,)


def test_a_missing_folder_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(SourceProblem, match="does not exist"):
        taiwan(tmp_path / "nowhere", tmp_path / "out")


def test_a_folder_without_the_file_is_told_in_words(tmp_path: Path) -> None:
    (tmp_path / "src").mkdir()
    with pytest.raises(SourceProblem, match=r"No file like UCI_Credit_Card\.csv"):
        taiwan(tmp_path / "src", tmp_path / "out")


def test_missing_columns_are_named(tmp_path: Path) -> None:
    file = tmp_path / "UCI_Credit_Card.csv.gz"
    with gzip.open(file, "wt", encoding="utf-8") as text:
        text.write("ID,LIMIT_BAL\n1,20000\n")
    with pytest.raises(SourceProblem, match=r"lacks the column.*SEX, EDUCATION"):
        taiwan(file, tmp_path / "out")


def test_an_empty_file_and_a_damaged_one_are_told_in_words(tmp_path: Path) -> None:
    file = tmp_path / "UCI_Credit_Card.csv.gz"
    file.write_bytes(b"this is no gzip")
    with pytest.raises(SourceProblem, match=r"cannot be read|lacks"):
        taiwan(file, tmp_path / "out")
