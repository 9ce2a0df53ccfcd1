"""How an account repays: ratios, delays, spending again, first payment default (risk design 4.2, domain §1.8, C5)."""

from __future__ import annotations

import pytest

from kajing.analytics.features import conduct, debt
from kajing.analytics.parameters import DEFAULTS
from tests.analytics.spec.engine import answer, day, table

STATEMENT = {
    "account_id": "string",
    "statement_on": "date",
    "due_on": "date",
    "balance": "int64",
    "minimum_due": "int64",
    "credit_limit": "int64",
    "cycles_past_due": "int32",
}
REPAYMENT = {
    "repayment_id": "string",
    "account_id": "string",
    "paid_on": "date",
    "paid_at": "timestamp",
    "amount": "int64",
}
SPENT = {
    "account_id": "string",
    "day": "date",
    "occurred_at": "timestamp",
    "kind": "string",
    "amount": "int64",
    "reversed": "boolean",
}
AS_OF = "2026-11-22"


def bill(month, balance=100_000, minimum=10_000, limit=200_000):
    return ("A", f"2026-{month:02d}-05", f"2026-{month:02d}-25", balance, minimum, limit, None)


def paid(at, amount):
    at = at if "T" in at else f"{at}T10:00:00"
    return (at, "A", at[:10], at, amount)


def cycles(bills, repayments):
    return debt.cycles(table(STATEMENT, *bills), table(REPAYMENT, *repayments), day(AS_OF), DEFAULTS)


def of(expression):
    return answer(expression, "account_id")["A"]


def test_ratios_are_of_bills_past_grace_newest_first():
    bills = [bill(m) for m in range(5, 12)]
    repayments = [paid("2026-06-20", 250_000), paid("2026-07-20", 5_000), paid("2026-08-20", 99_500)]
    one = of(conduct.ratios(cycles(bills, repayments), DEFAULTS))
    # Closed: May to October; paid nothing in May, September and October.
    assert (one["payment_ratio_last"], one["payment_ratio_min_5m"]) == (0, 0)
    assert (one["low_pay_months_12m"], one["revolving_months_12m"], one["no_payment_2m"]) == (4, 4, True)
    some = of(conduct.ratios(cycles(bills[:2], repayments), DEFAULTS))
    assert (some["payment_ratio_last"], some["payment_ratio_min_5m"], some["no_payment_2m"]) == (2.0, 0, False)


def test_use_of_the_limit_by_statement():
    bills = [
        bill(m, balance) for m, balance in enumerate((180_000, 20_000, 20_000, 20_000, 80_000, 80_000, 110_000), 5)
    ]
    one = of(conduct.ratios(cycles(bills, []), DEFAULTS))
    assert one["utilisation_max_6m"] == pytest.approx(0.55)
    assert one["utilisation_rise_3m"] == pytest.approx(0.45 - 0.1)


def test_delay_is_the_day_the_minimum_was_met():
    bills = [bill(m) for m in (5, 6, 7, 8, 9, 10)]
    repayments = [
        paid("2026-05-20", 20_000),  # −5
        paid("2026-06-10", 4_000),
        paid("2026-06-22", 6_000),  # −3
        paid("2026-07-24", 9_000),  # −1, short by the tolerance
        paid("2026-08-27", 10_000),  # +2, in grace
        paid("2026-09-30", 12_000),  # +5, missed and made good
    ]  # October's is not met yet: 28 days
    sums = conduct.met(cycles(bills, repayments), table(REPAYMENT, *repayments), DEFAULTS)
    one = of(sums.select("account_id", **conduct.delays(sums, day(AS_OF))))
    assert one["repayment_delay_last"] == 28
    assert one["repayment_delay_mean_6m"] == pytest.approx((-5 - 3 - 1 + 2 + 5 + 28) / 6)
    assert one["repayment_delay_rise"] == pytest.approx((2 + 5 + 28) / 3 - (-5 - 3 - 1) / 3)


def test_spent_again_within_a_day_of_the_repayment():
    repayments = [paid("2026-10-20T18:00:00", 10_000), paid("2026-11-10T18:00:00", 20_000), paid("2026-07-01", 5)]
    spends = [
        ("A", "2026-10-20", "2026-10-20T18:00:00", "PURCHASE", 7, False),  # not after it
        ("A", "2026-10-20", "2026-10-20T18:00:01", "PURCHASE", 5_000, False),
        ("A", "2026-10-21", "2026-10-21T18:00:00", "CASH", 3_000, False),
        ("A", "2026-10-21", "2026-10-21T18:00:01", "PURCHASE", 9_999, False),  # a day and a second later
        ("A", "2026-11-11", "2026-11-11T09:00:00", "PURCHASE", 70_000, False),
        ("A", "2026-11-11", "2026-11-11T09:00:00", "PURCHASE", 70_000, True),
        ("A", "2026-11-11", "2026-11-11T09:00:00", "FEE", 70_000, False),
    ]
    rows = cycles([bill(9), bill(10), bill(11)], repayments)
    found = conduct.respending(rows, table(REPAYMENT, *repayments), table(SPENT, *spends), day(AS_OF), DEFAULTS)
    assert (of(found)["respend_share_3m"], of(found)["respend_cycles_3"]) == (pytest.approx(28 / 30), 2)


@pytest.mark.parametrize(
    ("month", "repayments", "fpd1", "fpd30"),
    [
        (9, [], True, True),
        (9, [paid("2026-09-28", 10_000)], False, False),  # within grace
        (9, [paid("2026-10-25", 10_000)], True, False),  # on the thirtieth day
        (9, [paid("2026-10-26", 10_000)], True, True),
        (10, [], True, None),  # thirty days are not over
        (11, [], None, None),  # not due yet
    ],
)
def test_first_payment_default(month, repayments, fpd1, fpd30):
    rows = cycles([bill(month), *[bill(m) for m in range(month + 1, 12)]], repayments)
    opened = table({"account_id": "string", "opened_on": "date"}, ("A", "2026-08-01"))
    found = answer(conduct.first_payment(rows, opened, day(AS_OF)), "account_id").get("A", {})
    assert (found.get("fpd1"), found.get("fpd30")) == (fpd1, fpd30)


def test_first_payment_of_old_accounts_is_not_known():
    opened = table({"account_id": "string", "opened_on": "date"}, ("A", "2020-01-01"))
    assert answer(conduct.first_payment(cycles([bill(9)], []), opened, day(AS_OF)), "account_id") == {}
