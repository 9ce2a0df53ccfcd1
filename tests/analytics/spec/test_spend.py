"""Spending windows, net of refunds; groups and merchants; the customer's own rhythm (domain §1.3, §1.11, G1.3)."""

from __future__ import annotations

from datetime import date, timedelta

import ibis
import pytest

from kajing.analytics import marts
from kajing.analytics.features import rhythm, spend
from kajing.analytics.parameters import DEFAULTS
from tests.analytics.spec.engine import answer, day, table

AS_OF = "2026-11-22"
STAGED = {
    "txn_id": "string",
    "card_id": "string",
    "account_id": "string",
    "occurred_at": "timestamp",
    "posted_on": "date",
    "kind": "string",
    "amount": "int64",
    "currency": "string",
    "billing_amount": "int64",
    "merchant_id": "string",
    "merchant_name": "string",
    "mcc": "string",
    "terminal_id": "string",
    "country": "string",
    "city": "string",
    "channel": "string",
    "card_present": "boolean",
    "device_id": "string",
    "original_txn_id": "string",
    "customer_initiated": "boolean",
}


def txn(txn_id, at, amount, kind="PURCHASE", *, mcc="5812", merchant="M1", country="CN", original=None, card="K"):
    initiated = kind in ("PURCHASE", "CASH", "TRANSFER", "PREAUTH")
    at = at if "T" in at else f"{at}T12:00:00"
    return (
        txn_id,
        card,
        "A",
        at,
        at[:10],
        kind,
        amount,
        "CNY",
        amount,
        merchant,
        merchant,
        mcc,
        None,
        country,
        None,
        "POS",
        None,
        None,
        original,
        initiated,
    )


def mart(*rows):
    accounts = table({"account_id": "string", "customer_id": "string"}, ("A", "C"))
    cards = table({"card_id": "string"}, ("K",))
    groups = table(
        {"mcc": "string", "group_code": "string", "cashout_attention": "int32"},
        ("5812", "DINING", 0),
        ("5411", "SUPERMARKET", 1),
        ("5944", "JEWELLERY", 3),
    )
    staged = table(STAGED, *rows)
    backs = ibis.memtable(marts.givebacks(staged).to_pyarrow())
    return marts.transactions(staged, backs, accounts, cards, groups)


def windows(*rows):
    days = marts.customer_day(mart(*rows), DEFAULTS)
    found = spend.spend(spend.sums(days, day(AS_OF)), spend.last_purchases(days), day(AS_OF))
    return answer(found, "customer_id")["C"]


def test_windows_end_with_as_of_and_are_half_open():
    found = windows(
        txn("1", "2026-11-22", 1),
        txn("2", "2026-10-24", 10),
        txn("3", "2026-10-23", 100),
        txn("4", "2026-08-24", 1000),
        txn("5", "2025-11-22", 9),
    )
    assert (found["spend_30d"], found["spend_prev_30d"], found["spend_90d"], found["spend_365d"]) == (
        11,
        100,
        111,
        1111,
    )
    assert (found["txn_count_30d"], found["txn_count_365d"], found["active_days_90d"]) == (2, 4, 3)
    assert (found["last_purchase_on"], found["recency_days"]) == (day(AS_OF), 0)


def test_eight_weeks_oldest_first():
    found = windows(
        txn("1", "2026-11-22", 1),
        txn("2", "2026-11-16", 2),
        txn("3", "2026-11-15", 4),
        txn("4", "2026-09-28", 8),
        txn("5", "2026-09-27", 16),
    )
    assert found["spend_weeks"] == [8, 0, 0, 0, 0, 0, 4, 3]


def test_refunds_and_reversals_are_netted_on_their_own_day():
    found = windows(
        txn("1", "2026-09-01", 1000),
        txn("2", "2026-11-10", 400, "REFUND", original="1", merchant=None, mcc=None),
        txn("3", "2026-11-11", 700),
        txn("4", "2026-11-12", 700, "REVERSAL", original="3"),
        txn("5", "2026-11-13", 50, "REFUND"),
    )
    assert (found["spend_30d"], found["spend_90d"]) == (-450, 550)
    assert (found["txn_count_90d"], found["last_purchase_on"]) == (1, day("2026-09-01"))


def test_a_refund_goes_to_its_originals_group_and_a_reversed_cash_advance_is_no_spending():
    t = mart(
        txn("1", "2026-11-01", 1000, mcc="5411", merchant="M9"),
        txn("2", "2026-11-10", 300, "REFUND", original="1", merchant=None, mcc=None),
        txn("3", "2026-11-05", 900, "CASH", mcc=None, merchant=None),
        txn("4", "2026-11-06", 900, "REVERSAL", original="3", mcc=None, merchant=None),
        txn("5", "2026-11-07", 500, mcc="9999"),
    )
    groups = answer(marts.customer_mcc(t, day(AS_OF)), "mcc_group")
    assert {name: row["amount"] for name, row in groups.items()} == {"SUPERMARKET": 700, "OTHER": 500}
    assert groups["SUPERMARKET"]["share"] == pytest.approx(700 / 1200)
    merchants = answer(marts.customer_merchants(t, day(AS_OF)), "rank")
    assert [(merchants[n]["merchant_id"], merchants[n]["amount"]) for n in (1, 2)] == [("M9", 700), ("M1", 500)]
    signed = {row["txn_id"]: row["signed"] for row in t.to_pyarrow().to_pylist()}
    assert signed == {"1": 1000, "2": -300, "3": 900, "4": -900, "5": 500}


def test_shares_abroad_at_night_and_in_cash():
    found = windows(
        txn("1", "2026-11-01T23:00:00", 100),
        txn("2", "2026-11-02T05:59:59", 100),
        txn("3", "2026-11-03T06:00:00", 200, country="JP"),
        txn("4", "2026-11-04", 400, "CASH"),
        txn("5", "2026-11-05", 999, "FEE"),
        txn("6", "2026-11-05", 999, "DECLINE"),
    )
    assert found["night_share_90d"] == pytest.approx(0.5)
    assert found["cross_border_share_90d"] == pytest.approx(0.5)
    assert found["cash_share_90d"] == pytest.approx(0.5)
    assert found["spend_90d"] == 400
    assert windows(txn("1", "2020-01-01", 5))["night_share_90d"] is None


def test_instalment_and_cash_like_shares():
    found = windows(
        txn("1", "2026-11-01", 300),
        txn("2", "2026-11-02", 100, "INSTALMENT", mcc=None),
        txn("3", "2026-11-03", 200, mcc="6051"),
        txn("4", "2026-11-04", 500, "CASH", mcc=None),
        txn("5", "2026-10-23", 100, mcc="7995"),
        txn("6", "2026-05-01", 400, "TRANSFER", mcc=None),
        txn("7", "2026-04-01", 900, mcc="7995"),  # before both windows
    )
    assert found["instalment_share_90d"] == pytest.approx(100 / 700)
    assert found["cash_like_share_30d"] == pytest.approx(700 / 1000)
    assert found["cash_like_share_prev_180d"] == pytest.approx(100 / 500)


def test_round_sums_risky_groups_refunds_and_declines():
    found = windows(
        txn("1", "2026-11-01", 100_000),
        txn("2", "2026-11-02", 90_000),  # round but small
        txn("3", "2026-11-03", 299_900, mcc="5944"),  # 2,999 yuan
        txn("4", "2026-11-04", 110_100),
        txn("5", "2026-11-20", 10, "REFUND", original="4"),
        txn("6", "2026-11-15", 10, "REFUND", original="4"),
        txn("7", "2026-11-21", 77, "DECLINE"),
    )
    assert (found["round_count_30d"], found["round_share_30d"]) == (2, pytest.approx(399_900 / 600_000))
    assert (found["risky_30d"], found["risky_share_30d"]) == (299_900, pytest.approx(299_900 / 600_000))
    assert (found["refund_count_7d"], found["decline_count_30d"]) == (1, 1)


def test_windows_may_be_moved_day_by_day():
    rows = [txn(f"{n}", str(date(2026, 11, 22) - timedelta(7 * n)), 100 + n) for n in range(60)]
    days = marts.customer_day(mart(*rows), DEFAULTS)
    [old] = spend.sums(days, day("2026-11-21")).to_pyarrow().to_pylist()
    [new] = spend.sums(days, day(AS_OF)).to_pyarrow().to_pylist()
    [more] = spend.sums(days, day(AS_OF), before=day("2026-11-21")).to_pyarrow().to_pylist()
    by_day = {row["day"]: row | {"active": int(row["uses"] > 0), "days": 1} for row in days.to_pyarrow().to_pylist()}
    for one in spend.SUMS:
        leaving, entering = one.edges(day(AS_OF))
        assert {leaving, entering} <= set(spend.edges(day(AS_OF)))
        moved = by_day.get(entering, {}).get(one.column, 0) - by_day.get(leaving, {}).get(one.column, 0)
        assert new[one.name] == old[one.name] + moved, one.name
        assert more[one.name] == moved, one.name


def test_rows_of_unknown_cards_are_left_out():
    assert mart(txn("1", "2026-11-01", 5, card="nobody")).count().to_pyarrow().as_py() == 0


def test_customer_month_has_whole_months():
    t = mart(txn("1", "2026-11-01", 5), txn("2", "2026-10-31", 7), txn("3", "2024-11-30", 9))
    found = answer(marts.customer_month(t, day(AS_OF)), "month")
    assert {month.isoformat(): row["amount"] for month, row in found.items()} == {"2026-11-01": 5, "2026-10-01": 7}


def gaps(days):
    rows = table({"customer_id": "string", "day": "date", "purchases": "int64"}, *[("C", one, 1) for one in days])
    found = rhythm.rhythm(rhythm.gaps(rows, day(AS_OF)), spend.last_purchases(rows), day(AS_OF), DEFAULTS)
    return answer(found, "customer_id")["C"]


def test_silence_is_measured_against_the_own_rhythm():
    every_third = [date(2026, 1, 1) + timedelta(3 * n) for n in range(60)]  # the last on 2026-06-27
    found = gaps(every_third)
    assert (found["usual_gap_days"], found["longest_gap_days"], found["silent_days"]) == (3, 3, 148)
    assert found["silence_p"] < 1e-6
    slow = [date(2026, 1, 1) + timedelta(30 * n) for n in range(11)]  # the last on 2026-10-28
    calm = gaps(slow)
    assert calm["silence_p"] == pytest.approx((10 + 0.5) / 11)


def test_silence_falls_on_beyond_the_longest_gap_and_is_null_without_a_rhythm():
    days = [date(2026, 9, 1) + timedelta(5 * n) for n in range(10)]  # last 2026-10-16, silent 37
    assert gaps(days)["silence_p"] == pytest.approx(0.5 / 10 * 2.718281828 ** (-(37 - 5) / 5), rel=1e-6)
    assert gaps(days[:5])["silence_p"] is None
