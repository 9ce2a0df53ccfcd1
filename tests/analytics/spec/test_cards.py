"""Cards: chains, sleep line, states (domain §1.2–1.4; golden vector 6)."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import pytest

from kajing.analytics.features import cards
from kajing.analytics.parameters import DEFAULTS
from kajing.lib.periods import add_months
from tests.analytics.spec.engine import answer, day, table

CARD = {
    "card_id": "string",
    "account_id": "string",
    "customer_id": "string",
    "approved_on": "date",
    "activated_on": "date",
    "expires_on": "date",
    "closed_on": "date",
    "replaces_card_id": "string",
    "policy_function": "boolean",
    "status": "string",
}
TXN = {
    "card_id": "string",
    "account_id": "string",
    "day": "date",
    "use": "boolean",
    "purchase": "boolean",
    "refunded": "boolean",
}
PAID = {"account_id": "string", "paid_on": "date", "method": "string"}


def card(
    card_id,
    approved_on="2020-01-01",
    *,
    activated_on="2020-01-02",
    replaces=None,
    exempt=None,
    status="ACTIVE",
    expires_on=None,
):
    return (card_id, "A", "C", approved_on, activated_on, expires_on, None, replaces, exempt, status)


def figures(rows, used, as_of, paid=(), balances=()):
    held = table(CARD, *rows)
    chain = ibis.memtable(cards.links(held).to_pyarrow())
    for _ in range(cards.CHAIN_DOUBLINGS):
        # As the pipeline does: each doubling stands on a finished table.
        chain = ibis.memtable(cards.doubled(chain).to_pyarrow())
    t = table(TXN, *[(card_id, "A", on, True, True, False) for card_id, on in used])
    by_hand = cards.paid_by_hand(table(PAID, *paid))
    owed = table({"account_id": "string", "balance": "int64"}, *balances)
    return answer(cards.cards(held, chain, cards.use(t), by_hand, owed, day(as_of), DEFAULTS), "card_id")


@pytest.mark.parametrize(
    ("as_of", "last", "asleep"),
    [
        ("2026-08-31", "2025-02-28", True),
        ("2026-08-31", "2025-03-01", False),
        ("2026-11-23", "2025-05-23", True),
        ("2026-11-23", "2025-05-24", False),
    ],
)
def test_sleep_line(as_of, last, asleep):
    found = figures([card("K")], [("K", last)], as_of)["K"]
    assert found["asleep"] is asleep
    assert (found["state"] == "SLEEPING") is asleep


def test_sleeping_on_agrees_with_the_rule_on_every_day_of_four_years():
    start = date(2023, 1, 1)
    days = [start + timedelta(n) for n in range(1461)]
    rows = table({"day": "date"}, *[(one,) for one in days])
    found = answer(rows.select("day", on=cards.sleep_date(rows.day, 18).cast("date")), "day")
    for last in days:
        on = found[last]["on"]
        assert last <= add_months(on, -18)
        assert not last <= add_months(on - timedelta(1), -18)


def test_months_to_sleep_is_the_watch_list_of_one_two_three_months():
    start = date(2026, 1, 1)
    days = [start + timedelta(n) for n in range(400)]
    rows = table({"day": "date"}, *[(one,) for one in days])
    for as_of in (date(2026, 1, 31), date(2026, 2, 28), date(2026, 8, 31)):
        found = answer(rows.select("day", months=cards.months_to_sleep(rows.day, as_of)), "day")
        for on in days:
            least = next(k for k in range(99) if on <= add_months(as_of, k))
            assert found[on]["months"] == least, (as_of, on)


def test_a_replacement_carries_the_history_of_its_chain():
    chain = [
        card("K1", status="REPLACED"),
        card("K2", "2022-01-01", replaces="K1", status="REPLACED"),
        card("K3", "2026-06-01", replaces="K2"),
    ]
    found = figures(chain, [("K1", "2024-01-10")], "2026-11-22")
    assert found["K3"]["root_card_id"] == "K1"
    assert found["K3"]["last_active_on"] == day("2024-01-10")
    assert (found["K3"]["asleep"], found["K1"]["asleep"], found["K1"]["in_register"]) == (True, False, False)
    assert found["K3"]["first_approved_on"] == day("2020-01-01")


def test_a_chain_of_thirty_cards_and_an_unknown_first_one():
    rows = [card("K0", replaces="gone")] + [card(f"K{n}", replaces=f"K{n - 1}") for n in range(1, 30)]
    found = figures(rows, [], "2026-11-22")
    assert {row["root_card_id"] for row in found.values()} == {"K0"}


def test_never_used_counts_from_approval_and_exempt_cards_do_not_sleep():
    rows = [card("new", "2026-06-01"), card("old", "2024-01-01"), card("policy", "2024-01-01", exempt=True)]
    found = figures(rows, [], "2026-11-22")
    assert {name: row["state"] for name, row in found.items()} == {
        "new": "NEVER_USED",
        "old": "SLEEPING",
        "policy": "NEVER_USED",
    }
    assert found["policy"]["sleeping_on"] is None
    assert found["new"]["sleeping_on"] == day("2027-12-01")


def test_active_dormant_and_a_repayment_by_the_customers_own_hand():
    assert figures([card("K")], [("K", "2026-08-25")], "2026-11-22")["K"]["state"] == "ACTIVE"
    assert figures([card("K")], [("K", "2026-08-24")], "2026-11-22")["K"]["state"] == "DORMANT"
    by_hand = figures([card("K")], [("K", "2025-01-01")], "2026-11-22", [("A", "2026-11-01", "CUSTOMER")])
    assert by_hand["K"]["state"] == "ACTIVE"
    by_bank = figures([card("K")], [("K", "2025-01-01")], "2026-11-22", [("A", "2026-11-01", "AUTO_DEBIT")])
    assert by_bank["K"]["state"] == "SLEEPING"


def test_valid_and_registered_cards():
    rows = [
        card("fine"),
        card("held", status="TEMP_HOLD"),
        card("idle", status="ISSUED_INACTIVE", activated_on=None),
        card("over", expires_on="2026-11-21"),
        card("last day", expires_on="2026-11-22"),
        card("lost", status="LOST"),
    ]
    found = figures(rows, [], "2026-11-22")
    assert {name for name, row in found.items() if row["valid"]} == {"fine", "held", "last day"}
    assert {name for name, row in found.items() if row["in_register"]} == {"fine", "held", "idle", "last day", "lost"}


@pytest.mark.parametrize("balance", [1, -1])
def test_a_card_that_owes_or_is_overpaid_is_not_asleep(balance):
    used, as_of = [("K", "2025-02-28")], "2026-08-31"
    found = figures([card("K")], used, as_of, balances=[("A", balance)])["K"]
    assert (found["asleep"], found["sleeping_on"], found["months_to_sleep"]) == (False, None, None)
    assert found["state"] == "DORMANT"
    assert figures([card("K")], used, as_of, balances=[("A", 0)])["K"]["asleep"] is True


def test_a_debt_keeps_the_card_off_the_watch_list_and_its_customer_awake():
    used, as_of = [("K", "2025-03-10")], "2026-08-31"
    assert figures([card("K")], used, as_of)["K"]["months_to_sleep"] == 1
    assert figures([card("K")], used, as_of, balances=[("A", 300)])["K"]["months_to_sleep"] is None
    group = {"account_id": "string", "in_register": "boolean", "sleeping_on": "date"}

    def last(*rows):
        held = table(group, *rows)
        return answer(held.group_by("account_id").agg(sleeping_on=cards.last_to_sleep), "account_id")["A"][
            "sleeping_on"
        ]

    assert last(("A", True, "2026-01-01"), ("A", True, "2026-02-01"), ("A", False, None)) == date(2026, 2, 1)
    assert last(("A", True, "2026-01-01"), ("A", True, None)) is None
