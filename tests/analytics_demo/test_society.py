"""What a sceptical banker looks for, and what the other dimensions of the product will need."""

import pytest

from tests.analytics_demo.bank import UNTIL, one

pytestmark = pytest.mark.slow  # they share one made bank


def test_households_share_an_address_and_are_couples(bank) -> None:
    homes = bank.execute("""
        SELECT count(*), count(DISTINCT gender), bool_and(marital_status = 'MARRIED'), count(DISTINCT manager_no),
            max(birth_date::DATE) - min(birth_date::DATE)
        FROM latest_customers GROUP BY address HAVING count(*) > 1
    """).fetchall()
    assert len(homes) > 40
    assert {home[:4] for home in homes} == {(2, 2, True, 1)}
    assert max(home[4] for home in homes) < 15 * 365


def test_work_pay_and_schooling_belong_together(bank) -> None:
    def median(more: str) -> float:
        return one(bank, f"SELECT median(annual_income::DOUBLE) FROM latest_customers WHERE {more}")

    assert median("occupation IN ('工程师', '医生', '律师')") > 1.5 * median("occupation IN ('保安', '店员', '快递员')")
    assert (
        one(
            bank,
            "SELECT count(*) FROM latest_customers WHERE occupation = '医生' AND employer NOT SIMILAR TO '.*(医院|卫生服务中心)'",
        )
        == 0
    )
    assert one(bank, "SELECT count(*) FROM latest_customers WHERE (is_student = '1') <> (occupation = '学生')") == 0
    students = "customer_id IN (SELECT customer_id FROM latest_customers WHERE is_student = '1')"
    assert one(bank, f"SELECT max(credit_limit::DOUBLE) FROM latest_accounts WHERE {students}") <= 6_500
    share = "SELECT avg((education = 'MASTER')::INT) FROM latest_customers"
    assert one(bank, share) < 0.12


def test_given_names_go_with_the_year_of_birth(bank) -> None:
    age = "SELECT avg(year(birth_date::DATE)) FROM latest_customers WHERE right(name, 2) IN"
    assert (
        one(bank, f"{age} ('浩然', '子轩', '宇航', '梓涵', '雨桐', '若曦')")
        > one(bank, f"{age} ('建国', '建华', '国强', '桂英', '秀英', '玉兰')") + 15
    )


def test_limits_follow_pay(bank) -> None:
    low, high = bank.execute("""
        SELECT quantile_cont(credit_limit::DOUBLE / (annual_income::DOUBLE / 12), 0.05), quantile_cont(credit_limit::DOUBLE / (annual_income::DOUBLE / 12), 0.95)
        FROM latest_accounts JOIN latest_customers USING (customer_id) WHERE annual_income::DOUBLE > 0
    """).fetchall()[0]
    assert 1 < low < high < 6


def test_entry_and_roll_rates_are_those_of_a_bank(bank) -> None:
    rates = dict(
        bank.execute("""
        WITH line AS (SELECT cycles_past_due AS now, lead(cycles_past_due) OVER (PARTITION BY account_id ORDER BY statement_on) AS next FROM statements)
        SELECT now, avg((next = now + 1)::INT) FROM line WHERE next IS NOT NULL GROUP BY 1
    """).fetchall()
    )
    assert 0.005 < rates[0] < 0.03
    assert 0.2 < rates[1] < 0.6
    assert rates[1] < rates[5]


def test_some_cards_are_never_activated_and_some_late(bank) -> None:
    quick, ever = bank.execute(f"""
        SELECT avg(coalesce(activated_on::DATE <= approved_on::DATE + 30, false)::INT), avg((activated_on IS NOT NULL)::INT)
        FROM latest_cards WHERE approved_on::DATE BETWEEN DATE '2024-12-01' AND DATE '{UNTIL}' - 90 AND replaces_card_id IS NULL AND supplementary = '0'
    """).fetchall()[0]
    assert 0.5 < quick < ever < 0.98


def test_cards_are_renewed_before_they_expire_unless_never_activated(bank) -> None:
    wrong = "SELECT count(*) FROM latest_cards WHERE expires_on::DATE < DATE '2026-11-22' AND (status IN ('ACTIVE', 'ISSUED_INACTIVE') OR activated_on IS NOT NULL AND status = 'EXPIRED')"
    assert one(bank, wrong) == 0
    assert one(bank, "SELECT count(*) FROM latest_cards WHERE status = 'EXPIRED'") > 0
    renewed = "SELECT count(*) FROM (SELECT card_id FROM cards GROUP BY 1 HAVING count(DISTINCT expires_on) > 1)"
    assert one(bank, renewed) > 10


def test_annual_fees_come_in_the_month_of_the_card_and_some_are_given_back(bank) -> None:
    fees = "transactions t JOIN latest_accounts a USING (account_id) WHERE t.kind = 'FEE' AND t.billing_amount >= 200 AND t.billing_amount % 100 = 0 AND t.billing_amount * 100 IN (20000, 30000, 48000, 68000, 360000, 1000000)"
    assert one(bank, f"SELECT count(*) FROM {fees}") > 50
    assert one(bank, f"SELECT count(*) FROM {fees} AND month(t.posted_on) <> month(a.opened_on::DATE)") <= 3
    back = one(
        bank,
        "SELECT count(*) FROM transactions r JOIN transactions f ON f.txn_id = r.original_txn_id AND f.kind = 'FEE' AND f.billing_amount = r.billing_amount WHERE r.kind = 'REVERSAL'",
    )
    assert back > 3


def test_some_purchases_are_charged_twice(bank) -> None:
    twice = one(
        bank,
        """
        SELECT count(*) FROM transactions a JOIN transactions b ON b.account_id = a.account_id AND b.merchant_id = a.merchant_id
            AND b.billing_amount = a.billing_amount AND b.occurred_at = a.occurred_at + INTERVAL 41 SECONDS
        WHERE a.kind = 'PURCHASE' AND b.kind = 'PURCHASE'
    """,
    )
    assert 5 < twice < 100


def test_limits_lent_for_a_time_run_out_in_the_coming_weeks(bank) -> None:
    soon = "SELECT count(*) FROM latest_accounts WHERE temp_limit_until::DATE BETWEEN DATE '2026-11-22' AND DATE '2027-01-10'"
    assert one(bank, soon) >= 3
    assert one(bank, "SELECT count(*) FROM accounts WHERE (temp_limit IS NULL) <> (temp_limit_until IS NULL)") == 0


def test_who_brought_a_customer_is_often_somebody_else(bank) -> None:
    other, none = bank.execute(
        "SELECT avg((referrer_no <> manager_no)::INT), avg((referrer_no IS NULL)::INT) FROM latest_customers"
    ).fetchall()[0]
    assert 0.2 < other < 0.8
    assert 0.03 < none < 0.25


def test_prices_look_like_prices(bank) -> None:
    whole, tags, hundreds = bank.execute("""
        SELECT avg((billing_amount % 1 = 0)::INT), avg((billing_amount % 10 = 9.9)::INT), avg((billing_amount % 100 = 0)::INT)
        FROM transactions WHERE kind = 'PURCHASE' AND country = 'CN'
    """).fetchall()[0]
    assert 0.4 < whole < 0.75
    assert 0.04 < tags < 0.2
    assert 0.01 < hundreds < 0.1


def test_an_offer_moved_those_who_got_it(bank) -> None:
    """Every tenth customer, by lot, got an offer in July; measured against the others and their own time before."""
    ratio = one(
        bank,
        """
        WITH bought AS (
            SELECT right(a.customer_id, 1) = '3' AS offered, t.posted_on BETWEEN '2026-07-01' AND '2026-09-30' AS during, count(*) AS n
            FROM transactions t JOIN latest_accounts a USING (account_id)
            WHERE t.kind = 'PURCHASE' AND t.posted_on BETWEEN '2026-01-01' AND '2026-09-30' GROUP BY ALL
        )
        SELECT (max(n) FILTER (offered AND during) / max(n) FILTER (offered AND NOT during))
            / (max(n) FILTER (NOT offered AND during) / max(n) FILTER (NOT offered AND NOT during)) FROM bought
    """,
    )
    assert 1.05 < ratio < 1.3
