"""Classes, roll matrix, vintages: a few accounts in, the cells out (domain §1.8, §1.9)."""

from __future__ import annotations

from kajing.analytics import quality
from tests.analytics.spec.engine import answer, day, table

ENDS = [day(text) for text in ("2026-10-31", "2026-09-30", "2026-08-31")]
WHO = {"customer_id": "string", "unit_id": "string", "manager_id": "string", "segment": "string"}
ACCOUNT = {
    "account_id": "string",
    "customer_id": "string",
    "product_id": "string",
    "status": "string",
    "closed_on": "date",
    "opened_on": "date",
    "is_open": "boolean",
    "balance": "int64",
    "bucket": "string",
    "cycle_bucket": "string",
    "five_class_card2011": "string",
    "five_class_asset2023": "string",
}
POSITION = {"account_id": "string", "place": "int64", "balance": "int64", "dpd": "int64"}
CYCLE = {"account_id": "string", "statement_on": "date", "due_on": "date", "missed": "boolean", "met_on": "date"}


def account(name, *, status="NORMAL", closed=None, opened="2026-08-10", balance=100, bucket="M0", grade="NORMAL"):
    is_open = status not in ("WRITTEN_OFF", "CLOSED")
    return (name, "C", "P", status, closed, opened, is_open, balance, bucket, bucket, grade, grade)


def who():
    return table(WHO, ("C", "B1", "P1", "REVOLVER"))


def test_classes_of_four_bases():
    rows = [
        account("a"),
        account("b", balance=-50),
        account("c", balance=300, bucket="M4", grade="SUBSTANDARD"),
        account("w", status="WRITTEN_OFF", balance=900, bucket="M6+", grade="LOSS"),
        account("x", status="CLOSED", balance=0),
    ]
    found = answer(quality.classes(table(ACCOUNT, *rows), who()), ("basis", "grade"))
    cells = {key: (row["accounts"], row["balance"]) for key, row in found.items()}
    assert {key: cell for key, cell in cells.items() if key[0] == "CARD_2011"} == {
        ("CARD_2011", "NORMAL"): (2, 100),
        ("CARD_2011", "SUBSTANDARD"): (1, 300),
        ("CARD_2011", "LOSS"): (1, 900),
    }
    assert cells["BUCKET", "M4"] == cells["CYCLE", "M4"] == (1, 300)
    assert {row["unit_id"] for row in found.values()} == {"B1"}


def test_roll_matrix():
    rows = [account(name) for name in "abcd"] + [account("w", status="WRITTEN_OFF", closed="2026-10-15")]
    positions = [
        ("a", 2, 100, 0), ("a", 1, 150, 10), ("a", 0, 160, 40),
        ("b", 1, 200, 5), ("b", 0, 0, 0),
        ("c", 0, 70, 0),
        ("d", 1, 300, 61), ("d", 0, 300, 0),
        ("w", 1, 900, 200), ("w", 0, 900, 231),
    ]  # fmt: skip
    found = quality.rolls(table(POSITION, *positions), table(ACCOUNT, *rows), who(), ENDS)
    cells = {
        (row["day"], row["from_bucket"], row["to_bucket"]): (row["accounts"], row["balance_before"], row["balance"])
        for row in found.to_pyarrow().to_pylist()
    }
    assert {key[1:]: cell for key, cell in cells.items() if key[0] == ENDS[0]} == {
        ("M1", "M2"): (1, 150, 160),
        ("M1", "NONE"): (1, 200, 0),
        ("NONE", "M0"): (1, 0, 70),
        ("M3", "M0"): (1, 300, 300),
        ("M6+", "W"): (1, 900, 900),
    }
    assert cells[ENDS[1], "M0", "M1"] == (1, 100, 150)


def vintages(accounts, positions, cycles, cards=(), as_of="2026-11-22"):
    held = table({"account_id": "string", "first_approved_on": "date"}, *cards)
    old = ("older", "2026-06-05", "2026-06-25", False, None)  # statements go back to June
    found = quality.vintages(
        table(POSITION, *positions),
        table(CYCLE, old, *cycles),
        table(ACCOUNT, *accounts),
        held,
        who(),
        ENDS,
        day(as_of),
    )
    return answer(found, ("cohort", "mob"))


def test_vintages_by_month_on_book():
    accounts = [account("a"), account("b"), account("c", opened="2026-09-20"), account("old", opened="2026-06-30")]
    positions = [("a", 1, 100, 35), ("a", 0, 120, 0), ("b", 0, 80, 0), ("c", 0, 50, 91)]
    cycles = [
        ("a", "2026-08-05", "2026-08-26", True, "2026-10-02"),  # 35 days past due at the end of September
        ("c", "2026-08-01", "2026-08-01", True, None),
    ]
    found = vintages(accounts, positions, cycles)
    august, september = day("2026-08-01"), day("2026-09-01")
    assert set(found) == {(august, 0), (august, 1), (august, 2), (september, 0), (september, 1)}
    one, two = found[august, 1], found[august, 2]
    assert (one["accounts"], one["ever_30"], one["now_30"], one["ever_30_balance"], one["balance"]) == (
        2,
        1,
        1,
        100,
        100,
    )
    assert (two["accounts"], two["ever_30"], two["now_30"], two["ever_60"]) == (2, 1, 0, 0)
    assert (two["ever_30_balance"], two["now_30_balance"], two["balance"]) == (120, 0, 200)
    late = found[september, 1]
    assert (late["ever_90"], late["now_90"], late["now_90_balance"]) == (1, 1, 50)
    assert (found[september, 0]["ever_30"], found[september, 0]["ever_60"]) == (1, 0)


def test_thirty_days_are_not_more_than_thirty():
    def ever(met_on, as_of="2026-11-22"):
        cycles = [("a", "2026-08-05", "2026-08-31", True, met_on)]
        found = answer(quality.crossings(table(CYCLE, *cycles), day(as_of)), "account_id")["a"]
        return found["over_30_on"]

    assert ever(None) == day("2026-10-01")
    assert ever("2026-10-01") is None  # made good on the day it would have been 31
    assert ever("2026-10-02") == day("2026-10-01")
    assert ever(None, as_of="2026-09-30") is None


def test_a_cohort_is_the_month_of_the_first_approval():
    cards = [("a", "2026-09-15"), ("a", "2026-10-01")]
    assert {cohort for cohort, _mob in vintages([account("a")], [], [], cards)} == {day("2026-09-01")}
