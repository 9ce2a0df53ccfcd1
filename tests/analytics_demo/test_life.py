"""The demo bank lives: seasons, behaviours, planted patterns and what a manager finds in the morning."""

from datetime import date

import pytest

from kajing.analytics.demo import almanac, script
from kajing.analytics.demo.bank import Bank
from kajing.analytics.demo.sources import cities
from tests.analytics_demo.bank import UNTIL, one

pytestmark = pytest.mark.slow  # they share one made bank

MANAGER1 = "SELECT customer_id FROM latest_customers WHERE manager_no = (SELECT person_no FROM people WHERE sign_in = 'manager1')"


def _daily(bank, first: str, last: str, more: str = "true") -> float:
    return one(
        bank,
        f"""
        SELECT count(*) / (DATE '{last}' - DATE '{first}' + 1) FROM transactions
        WHERE kind = 'PURCHASE' AND posted_on BETWEEN '{first}' AND '{last}' AND {more}
    """,
    )


def test_spring_festival_peaks_before_and_dips_on_the_day(bank) -> None:
    usual = _daily(bank, "2026-03-09", "2026-04-05")
    assert _daily(bank, "2026-02-05", "2026-02-15") > 1.15 * usual
    assert _daily(bank, "2026-02-16", "2026-02-18") < 0.65 * usual


def test_double_eleven_is_an_online_day(bank) -> None:
    assert _daily(bank, "2025-11-11", "2025-11-11", "channel = 'ONLINE'") > 1.5 * _daily(
        bank, "2025-10-13", "2025-10-26", "channel = 'ONLINE'"
    )


def test_weekends_and_evenings(bank) -> None:
    week = dict(
        bank.execute("SELECT isodow(posted_on), count(*) FROM transactions WHERE mcc = '5812' GROUP BY ALL").fetchall()
    )
    assert week[6] > 1.4 * week[2]
    hours = dict(
        bank.execute(
            "SELECT hour(occurred_at), count(*) FROM transactions WHERE kind = 'PURCHASE' GROUP BY ALL"
        ).fetchall()
    )
    assert hours[18] > 20 * hours.get(4, 1)
    assert hours[12] > hours[15]


def test_merchants_are_skewed_and_customers_have_favourites(bank) -> None:
    share = one(
        bank,
        """
        WITH m AS (SELECT count(*) AS n FROM transactions WHERE mcc = '5411' GROUP BY merchant_id),
            ranked AS (SELECT n, row_number() OVER (ORDER BY n DESC) / count(*) OVER () AS place FROM m)
        SELECT sum(n) FILTER (place <= 0.2) / sum(n) FROM ranked
    """,
    )
    assert share > 0.45
    repeat = one(
        bank, "SELECT 1 - count(DISTINCT (account_id, merchant_id)) / count(*) FROM transactions WHERE mcc = '5411'"
    )
    assert repeat > 0.5


def test_sleepers_grow_and_some_are_about_to_sleep(bank) -> None:
    """Domain reference §1.4, by the card's last use; automatic debits do not wake a card."""

    def asleep(as_of: str, months: int = 18) -> int:
        return one(
            bank,
            f"""
            WITH used AS (SELECT card_id, max(posted_on) AS last_on FROM transactions WHERE kind IN ('PURCHASE', 'CASH', 'TRANSFER') AND posted_on <= '{as_of}' GROUP BY ALL)
            SELECT count(*) FROM latest_cards LEFT JOIN used USING (card_id)
            WHERE approved_on::DATE <= '{as_of}' AND status NOT IN ('CLOSED', 'REPLACED')
                AND greatest(coalesce(last_on, DATE '1970-01-01'), approved_on::DATE) <= DATE '{as_of}' - INTERVAL {months} MONTHS
        """,
        )

    assert 5 < asleep("2026-05-22") < asleep("2026-11-22")
    assert asleep("2026-11-22", 15) - asleep("2026-11-22") >= 3


def test_planted_frauds_are_labelled_and_their_patterns_can_be_found(bank) -> None:
    frauds = one(bank, "SELECT count(*) FROM fraud_labels WHERE label = 'FRAUD'")
    assert frauds >= 3
    assert one(bank, "SELECT count(*) FROM fraud_labels WHERE label = 'GENUINE'") > 20
    assert (
        one(
            bank,
            "SELECT count(*) FROM fraud_labels l LEFT JOIN transactions t USING (txn_id) WHERE t.txn_id IS NULL OR confirmed_on::DATE <= t.posted_on",
        )
        == 0
    )
    replaced = one(
        bank,
        """
        SELECT count(*) FROM latest_cards n JOIN latest_cards o ON o.card_id = n.replaces_card_id WHERE o.status = 'REPLACED'
    """,
    )
    assert replaced > 3


def test_arrears_cure_and_roll(bank) -> None:
    cycles = dict(bank.execute("SELECT cycles_past_due, count(*) FROM statements GROUP BY ALL").fetchall())
    assert cycles[0] > 0.95 * sum(cycles.values())
    assert set(range(4)) <= set(cycles)
    cured = one(
        bank,
        """
        SELECT count(*) FROM (SELECT cycles_past_due AS now, lag(cycles_past_due) OVER (PARTITION BY account_id ORDER BY statement_on) AS before FROM statements)
        WHERE before > 0 AND now = 0
    """,
    )
    assert cured > 5
    assert one(bank, "SELECT count(DISTINCT status) FROM accounts") >= 4


def test_manager1_finds_arrears_of_many_ages_in_the_morning(bank) -> None:
    late = [
        row[0]
        for row in bank.execute(f"""
        WITH unmet AS (
            SELECT s.account_id, s.due_on FROM statements s LEFT JOIN repayments r ON r.account_id = s.account_id AND r.paid_at::DATE > s.statement_on
            WHERE s.account_id IN (SELECT account_id FROM latest_accounts WHERE customer_id IN ({MANAGER1})) AND s.due_on < DATE '{UNTIL}'
            GROUP BY s.account_id, s.statement_on, s.due_on, s.minimum_due HAVING s.minimum_due - coalesce(sum(r.amount), 0) > 10
        )
        SELECT DATE '{UNTIL}' - min(due_on) FROM unmet GROUP BY account_id ORDER BY 1
    """).fetchall()
    ]
    assert len(late) >= 6
    assert min(late) < 10 < 60 < max(late)


def test_a_scripted_book_has_every_part_and_half_a_book_a_fair_sample() -> None:
    parts = script.cast()
    assert len(parts) == 200
    half = {part.split(":")[0] for part in parts[::2]}
    assert {"STEADY", "REVOLVER", "ROLL", "SILENT", "SLEEPING_SOON", "OUTLIER"} <= half
    assert sum(number for _, number in script.MIX) == 1000


def test_staff_come_go_and_units_merge() -> None:
    bank = Bank(5_000, 1, date(2024, 11, 23), UNTIL, cities())
    leavers = [person for _, person in bank.people if person.left_on]
    assert leavers
    assert any(desk.former_no != desk.person_no for desk in bank.desks)
    merged = [unit for _, unit in bank.units if unit.valid_to]
    assert len(merged) == 1
    assert any(unit.parent_code == merged[0].unit_code[:-3] + "S01" and on > bank.start for on, unit in bank.units)
    assert bank.branches >= 4


def test_lottery_gives_every_ticket_by_largest_remainder() -> None:
    tickets = almanac.lottery([1, 1, 1.004], 100)
    assert [tickets.count(n) for n in range(3)] == [33, 33, 34]
    assert almanac.add_months(date(2026, 8, 31), -18) == date(2025, 2, 28)
