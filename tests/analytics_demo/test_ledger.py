"""Statements agree with transactions and repayments to the fen, by SQL of its own."""

import pytest

from tests.analytics_demo.bank import one

pytestmark = pytest.mark.slow  # they share one made bank

FLOW = """
    SELECT account_id, posted_on AS day, CASE WHEN kind IN ('REFUND', 'REVERSAL') THEN -billing_amount
        WHEN kind IN ('DECLINE', 'PREAUTH') THEN 0 ELSE billing_amount END AS amount FROM transactions
    UNION ALL SELECT account_id, paid_at::DATE, -amount FROM repayments
"""
LINED = """
    SELECT *, lag(statement_on) OVER w AS before_on, coalesce(lag(balance) OVER w, 0) AS opening
    FROM statements WINDOW w AS (PARTITION BY account_id ORDER BY statement_on)
"""


def test_opening_plus_postings_less_repayments_is_closing(bank) -> None:
    wrong, lines = bank.execute(f"""
        WITH flow AS ({FLOW}), line AS ({LINED}), summed AS (
            SELECT l.account_id, l.statement_on, l.balance, l.opening, coalesce(sum(f.amount), 0) AS moved
            FROM line l LEFT JOIN flow f ON f.account_id = l.account_id AND f.day <= l.statement_on
                AND (l.before_on IS NULL OR f.day > l.before_on)
            GROUP BY ALL
        )
        SELECT count(*) FILTER (balance <> opening + moved), count(*) FROM summed
    """).fetchall()[0]
    assert lines > 5_000
    assert wrong == 0


def test_the_parts_of_a_statement_add_up(bank) -> None:
    wrong = one(
        bank,
        f"""
        WITH paid AS (
            SELECT l.account_id, l.statement_on, coalesce(sum(r.amount), 0) AS paid FROM ({LINED}) l
            LEFT JOIN repayments r ON r.account_id = l.account_id AND r.paid_at::DATE <= l.statement_on
                AND (l.before_on IS NULL OR r.paid_at::DATE > l.before_on) GROUP BY ALL
        )
        SELECT count(*) FROM ({LINED}) l JOIN paid USING (account_id, statement_on)
        WHERE balance <> opening - paid + purchases + cash_advances + fees_interest + instalment_due
    """,
    )
    assert wrong == 0


def test_cycles_past_due_counts_statements_whose_minimum_is_not_met(bank) -> None:
    """Each earlier statement against what was paid since it; up to 10 yuan missing is forgiven (容差)."""
    wrong, late = bank.execute("""
        WITH pair AS (
            SELECT s.account_id, s.statement_on, s.cycles_past_due, p.minimum_due, p.statement_on AS from_on
            FROM statements s LEFT JOIN statements p ON p.account_id = s.account_id AND p.statement_on < s.statement_on AND p.minimum_due > 0
        ), met AS (
            SELECT pair.account_id, pair.statement_on, cycles_past_due, minimum_due, coalesce(sum(r.amount), 0) AS paid
            FROM pair LEFT JOIN repayments r ON r.account_id = pair.account_id AND r.paid_at::DATE > from_on AND r.paid_at::DATE <= pair.statement_on
            GROUP BY pair.account_id, pair.statement_on, cycles_past_due, minimum_due, from_on
        ), counted AS (
            SELECT account_id, statement_on, cycles_past_due, count(*) FILTER (minimum_due - paid > 10) AS missed FROM met GROUP BY ALL
        )
        SELECT count(*) FILTER (missed <> cycles_past_due), count(*) FILTER (cycles_past_due > 0) FROM counted
    """).fetchall()[0]
    assert late > 20
    assert wrong == 0


def test_minimum_is_a_tenth_and_all_charges_and_never_above_the_balance(bank) -> None:
    """Domain reference §1.6, where nothing was missed before and the limit is kept."""
    wrong, lines = bank.execute("""
        SELECT count(*) FILTER (abs(minimum_due - least(balance, greatest(least(balance, 50),
                ceil((balance - fees_interest - instalment_due) * 10) / 100 + fees_interest + instalment_due))) > 0.01), count(*)
        FROM statements WHERE cycles_past_due = 0 AND balance <= credit_limit AND balance > 0
    """).fetchall()[0]
    assert lines > 3_000
    assert wrong == 0
    assert one(bank, "SELECT count(*) FROM statements WHERE minimum_due NOT BETWEEN 0 AND greatest(balance, 0)") == 0


def test_some_pay_more_than_they_owe_and_the_next_statement_takes_it_into_account(bank) -> None:
    """溢缴款: a credit balance bears no interest, asks for nothing, and is used up by the next purchases."""
    owing, asked, interest = bank.execute(f"""
        SELECT count(*), sum(l.minimum_due), count(t.txn_id) FROM ({LINED}) l
        LEFT JOIN transactions t ON t.account_id = l.account_id AND t.kind IN ('INTEREST', 'PENALTY')
            AND t.posted_on > l.statement_on AND t.posted_on <= l.statement_on + 31
            AND NOT EXISTS (FROM transactions i WHERE i.account_id = l.account_id AND i.kind = 'INSTALMENT')
        WHERE l.balance < 0
    """).fetchall()[0]
    assert owing > 20
    assert (asked, interest) == (0, 0)
    used_up = one(bank, f"SELECT count(*) FROM ({LINED}) WHERE opening < 0 AND balance >= 0")
    assert used_up > 10


def test_due_twenty_days_after_the_statement_day_of_the_account(bank) -> None:
    wrong = one(
        bank,
        """
        SELECT count(*) FROM statements JOIN latest_accounts USING (account_id)
        WHERE due_on <> statement_on + 20 OR day(statement_on) <> least(statement_day::INT, day(last_day(statement_on)))
    """,
    )
    assert wrong == 0


def test_every_posting_belongs_to_a_card_of_its_account_in_its_life(bank) -> None:
    assert (
        one(
            bank,
            """
        SELECT count(*) FROM transactions t LEFT JOIN latest_cards c USING (card_id)
        WHERE c.account_id IS DISTINCT FROM t.account_id
            OR (kind IN ('PURCHASE', 'CASH') AND (posted_on < c.activated_on::DATE OR posted_on > coalesce(c.closed_on::DATE, DATE '2999-01-01')))
    """,
        )
        == 0
    )


def test_refunds_name_their_purchase_and_never_exceed_it(bank) -> None:
    wrong, refunds = bank.execute("""
        SELECT count(*) FILTER (p.txn_id IS NULL OR p.kind NOT IN ('PURCHASE', 'FEE') OR r.billing_amount > p.billing_amount OR r.posted_on < p.posted_on), count(*)
        FROM transactions r LEFT JOIN transactions p ON p.txn_id = r.original_txn_id WHERE r.kind IN ('REFUND', 'REVERSAL')
    """).fetchall()[0]
    assert refunds > 300
    assert wrong == 0


def test_interest_is_five_hundredths_of_a_percent_a_day(bank) -> None:
    """Accounts without instalment, whole last balance unpaid: balance × days × 0.05 %."""
    wrong, lines = bank.execute(f"""
        WITH line AS ({LINED}), interest AS (
            SELECT account_id, posted_on AS statement_on, sum(amount) AS interest FROM transactions WHERE kind = 'INTEREST' GROUP BY ALL
        ), unpaid AS (
            SELECT l.* FROM line l WHERE cycles_past_due BETWEEN 1 AND 5 AND instalment_due = 0 AND opening > 100
                AND NOT EXISTS (SELECT 1 FROM repayments r WHERE r.account_id = l.account_id AND r.paid_at::DATE > before_on AND r.paid_at::DATE <= l.statement_on)
        )
        SELECT count(*) FILTER (interest <> round(opening * (statement_on - before_on) * 0.0005, 2)), count(*)
        FROM unpaid JOIN interest USING (account_id, statement_on)
    """).fetchall()[0]
    assert lines > 20
    assert wrong == 0
