"""Days past due, buckets, five classes, streaks and balances (domain §1.5, §1.8, §1.9; golden vector 5)."""

from __future__ import annotations

import ibis
import pytest

from kajing.analytics.features import debt
from kajing.analytics.parameters import DEFAULTS
from tests.analytics.spec.engine import answer, day, table

STATEMENT = {
    "account_id": "string",
    "statement_on": "date",
    "due_on": "date",
    "balance": "int64",
    "minimum_due": "int64",
    "cycles_past_due": "int32",
}
REPAYMENT = {"repayment_id": "string", "account_id": "string", "paid_on": "date", "amount": "int64"}


def cycles(statements, repayments, as_of):
    return debt.cycles(table(STATEMENT, *statements), table(REPAYMENT, *repayments), day(as_of), DEFAULTS)


def dpd_of(statements, repayments, as_of):
    found = answer(debt.overdue(cycles(statements, repayments, as_of), day(as_of)), "account_id")["A"]
    since = found["first_missed_due_on"]
    return found | {"dpd": (day(as_of) - since).days if since else 0}


@pytest.mark.parametrize(
    ("dpd", "card2011", "asset2023"),
    [
        (0, "NORMAL", "NORMAL"),
        (1, "SPECIAL_MENTION", "NORMAL"),
        (7, "SPECIAL_MENTION", "NORMAL"),
        (8, "SPECIAL_MENTION", "SPECIAL_MENTION"),
        (90, "SPECIAL_MENTION", "SPECIAL_MENTION"),
        (91, "SUBSTANDARD", "SUBSTANDARD"),
        (120, "SUBSTANDARD", "SUBSTANDARD"),
        (121, "DOUBTFUL", "SUBSTANDARD"),
        (180, "DOUBTFUL", "SUBSTANDARD"),
        (181, "LOSS", "SUBSTANDARD"),
        (270, "LOSS", "SUBSTANDARD"),
        (271, "LOSS", "DOUBTFUL"),
        (360, "LOSS", "DOUBTFUL"),
        (361, "LOSS", "LOSS"),
    ],
)
def test_five_classes(dpd, card2011, asset2023):
    rows = table({"dpd": "int64", "status": "string"}, (dpd, "OVERDUE"))
    [row] = (
        rows.select(
            a=debt.class_card2011(rows.dpd, rows.status, DEFAULTS),
            b=debt.class_asset2023(rows.dpd, rows.status, DEFAULTS),
        )
        .to_pyarrow()
        .to_pylist()
    )
    assert (row["a"], row["b"]) == (card2011, asset2023)


def test_hardship_plan_is_at_least_substandard_and_written_off_is_loss():
    rows = table({"dpd": "int64", "status": "string"}, (0, "HARDSHIP_PLAN"), (0, "WRITTEN_OFF"))
    found = rows.select(
        "status",
        a=debt.class_card2011(rows.dpd, rows.status, DEFAULTS),
        b=debt.class_asset2023(rows.dpd, rows.status, DEFAULTS),
    )
    assert answer(found, "status")["HARDSHIP_PLAN"] == {
        "status": "HARDSHIP_PLAN",
        "a": "SUBSTANDARD",
        "b": "SUBSTANDARD",
    }
    assert answer(found, "status")["WRITTEN_OFF"]["a"] == "LOSS"


def test_buckets_by_days_and_by_cycles():
    days = [0, 1, 30, 31, 60, 61, 90, 91, 120, 121, 150, 151, 180, 181, 999]
    rows = table({"n": "int64"}, *[(n,) for n in days])
    found = answer(rows.select("n", bucket=debt.bucket(rows.n)), "n")
    assert [found[n]["bucket"] for n in days] == "M0 M1 M1 M2 M2 M3 M3 M4 M4 M5 M5 M6 M6 M6+ M6+".split()
    rows = table({"n": "int64"}, *[(n,) for n in range(9)])
    found = answer(rows.select("n", bucket=debt.cycle_bucket(rows.n)), "n")
    assert [found[n]["bucket"] for n in range(9)] == "M0 M1 M2 M3 M4 M5 M6 M6+ M6+".split()


def test_paid_inside_grace_was_never_overdue_and_past_grace_counts_from_the_due_date():
    bill = [("A", "2026-10-05", "2026-10-25", 100_000, 10_000, None)]
    assert dpd_of(bill, [], "2026-10-28")["dpd"] == 0
    assert dpd_of(bill, [], "2026-10-29")["dpd"] == 4
    assert dpd_of(bill, [("R", "A", "2026-10-28", 10_000)], "2026-11-20")["dpd"] == 0


def test_ten_yuan_short_is_paid_and_more_is_not():
    bill = [("A", "2026-10-05", "2026-10-25", 100_000, 10_000, None)]
    assert dpd_of(bill, [("R", "A", "2026-10-20", 9_000)], "2026-11-20")["dpd"] == 0
    late = dpd_of(bill, [("R", "A", "2026-10-20", 8_999)], "2026-11-20")
    assert (late["dpd"], late["overdue_amount"], late["missed_cycles"]) == (26, 1_001, 1)


def test_a_later_payment_settles_the_oldest_minimum_first():
    bills = [
        ("A", "2026-08-05", "2026-08-25", 100_000, 10_000, None),
        ("A", "2026-09-05", "2026-09-25", 110_000, 21_000, None),
        ("A", "2026-10-05", "2026-10-25", 120_000, 33_000, None),
    ]
    nothing = dpd_of(bills, [], "2026-11-01")
    assert (nothing["dpd"], nothing["missed_cycles"], nothing["overdue_amount"]) == (68, 3, 33_000)
    one = dpd_of(bills, [("R", "A", "2026-10-20", 10_000)], "2026-11-01")
    assert (one["dpd"], one["missed_cycles"], one["overdue_amount"]) == (37, 2, 23_000)
    all_paid = dpd_of(bills, [("R", "A", "2026-10-30", 33_000)], "2026-11-01")
    assert (all_paid["dpd"], all_paid["missed_cycles"]) == (0, 0)


def test_a_payment_before_the_statement_does_not_pay_it():
    bill = [("A", "2026-10-05", "2026-10-25", 100_000, 10_000, None)]
    assert dpd_of(bill, [("R", "A", "2026-10-05", 50_000)], "2026-11-20")["dpd"] == 26


def test_a_missed_cycle_remembers_when_it_was_made_good():
    bills = [("A", "2026-08-05", "2026-08-25", 100_000, 10_000, None)]
    paid = [("R1", "A", "2026-09-10", 4_000), ("R2", "A", "2026-09-20", 6_000)]
    [row] = cycles(bills, paid, "2026-11-01").to_pyarrow().to_pylist()
    assert (row["missed"], row["unmet"], row["met_on"]) == (True, False, day("2026-09-20"))


def test_minimum_streak_counts_the_newest_cycles_paid_at_most_110_percent():
    months = [("05", 10_000), ("06", 11_000), ("07", 11_001), ("08", 10_000), ("09", 11_000), ("10", 9_500)]
    bills = [("A", f"2026-{m}-05", f"2026-{m}-25", 100_000, 10_000, None) for m, _ in months]
    paid = [(f"R{m}", "A", f"2026-{m}-20", amount) for m, amount in months]
    found = answer(debt.habits(cycles(bills, paid, "2026-11-01")), "account_id")["A"]
    assert found["min_pay_streak"] == 3
    assert found["payment_ratio_3m"] == pytest.approx(30_500 / 300_000)


def test_paying_all_of_a_small_bill_is_no_minimum_payment_and_a_missed_one_breaks_the_streak():
    small = [("A", "2026-09-05", "2026-09-25", 10_000, 10_000, None)]
    paid = [("R", "A", "2026-09-20", 10_000)]
    assert answer(debt.habits(cycles(small, paid, "2026-11-01")), "account_id")["A"]["min_pay_streak"] == 0
    missed = [("A", "2026-09-05", "2026-09-25", 100_000, 10_000, None)]
    assert answer(debt.habits(cycles(missed, [], "2026-11-01")), "account_id")["A"]["min_pay_streak"] == 0


def test_payment_ratio_is_null_where_nothing_was_billed():
    nothing = [("A", "2026-09-05", "2026-09-25", 0, 0, None)]
    assert answer(debt.habits(cycles(nothing, [], "2026-11-01")), "account_id")["A"]["payment_ratio_3m"] is None


def test_the_banks_own_count_is_the_newest_statements():
    bills = [
        ("A", "2026-08-05", "2026-08-25", 100_000, 10_000, 4),
        ("A", "2026-09-05", "2026-09-25", 100_000, 10_000, 2),
    ]
    assert dpd_of(bills, [], "2026-11-01")["cycles_past_due"] == 2


def test_balance_is_the_statement_plus_what_came_after():
    accounts = table({"account_id": "string"}, ("A",), ("B",), ("C",))
    posted = table(
        {"account_id": "string", "posted_on": "date", "signed": "int64"},
        ("A", "2026-10-05", 999),  # on the statement day: in the statement
        ("A", "2026-10-06", 500),
        ("A", "2026-10-07", -200),  # a refund
        ("A", "2026-12-01", 700),  # after the day asked for
        ("B", "2026-01-01", 300),
    )
    bills = table(
        STATEMENT, ("A", "2026-09-05", "2026-09-25", 9, 9, None), ("A", "2026-10-05", "2026-10-25", 10_000, 1_000, None)
    )
    paid = table(
        REPAYMENT, ("R1", "A", "2026-10-05", 5_000), ("R2", "A", "2026-10-20", 4_000), ("R3", "B", "2026-02-01", 400)
    )
    found = answer(debt.balances(accounts, posted, bills, paid, day("2026-11-01")), "account_id")
    assert {name: row["balance"] for name, row in found.items()} == {"A": 6_300, "B": -100, "C": 0}


def test_null_where_the_denominator_is_zero():
    from kajing.analytics.marts import ratio

    rows = table({"a": "int64", "b": "int64"}, (1, 0))
    assert rows.select(r=ratio(rows.a, rows.b)).to_pyarrow().to_pylist() == [{"r": None}]
    assert isinstance(ratio(rows.a, rows.b), ibis.Expr)
