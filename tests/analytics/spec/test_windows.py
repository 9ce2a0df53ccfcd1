"""Signals of single transactions: a few rows of one card in, the last one's signals out (risk design 4.2, domain §4)."""

from __future__ import annotations

import math
import random
from datetime import date, datetime, timedelta

import ibis
import pytest

from kajing.analytics.features import baselines, places, windows
from kajing.analytics.parameters import DEFAULTS
from tests.analytics.spec.engine import answer, day, table

pytestmark = pytest.mark.slow

AS_OF = "2026-11-22"
TXN = {
    "txn_id": "string",
    "customer_id": "string",
    "account_id": "string",
    "card_id": "string",
    "occurred_at": "timestamp",
    "day": "date",
    "kind": "string",
    "amount": "int64",
    "purchase": "boolean",
    "merchant_id": "string",
    "merchant_name": "string",
    "mcc": "string",
    "country": "string",
    "city": "string",
    "channel": "string",
    "device_id": "string",
    "card_present": "boolean",
}


def txn(txn_id, at, amount=10_000, kind="PURCHASE", *, card="K", merchant="M", mcc="5812", country="CN", **more):
    at = at if "T" in at else f"{at}T12:00:00"
    present = more.get("present")
    return (
        txn_id, "C", "A", card, at, at[:10], kind, amount, kind == "PURCHASE", merchant, merchant, mcc, country,
        more.get("city"), more.get("channel", "QR"), more.get("device"), present,
    )  # fmt: skip


def signals(*rows, first=AS_OF, as_of=AS_OF, chain=(), bucket=None, of=None, rest=DEFAULTS):
    t = table(TXN, *rows)
    links = table({"card_id": "string", "root_card_id": "string"}, *chain)
    mine = windows.targets(t, links, day(first), day(as_of), of=of, bucket=bucket)
    cards = windows.family(mine, links)
    tried = windows.near(t, cards, day(first), day(as_of)).view()
    past = windows.history(t, cards, day(first), rest).view()
    usual = ibis.union(
        *[baselines.baselines(t, on) for on in [day("2000-01-01"), *baselines.renewals(day(first), day(as_of))]]
    )
    shared = windows.moments(t, day(first), day(as_of))
    known = ibis.memtable(places.places())
    given = (mine, tried, past, shared, usual, known, day(first), day(as_of), rest)
    found = answer(windows.signals(*given), "txn_id")
    assert found == answer(windows.signals(*given, few=True), "txn_id")  # another way to find what is new
    return found


def test_velocity_counts_strictly_earlier_rows_and_the_row_itself():
    found = signals(
        txn("a", "2026-11-15T12:00:00", 1),  # seven days to the second: outside
        txn("b", "2026-11-15T12:00:01", 2),
        txn("c", "2026-11-21T12:00:01", 4),
        txn("d", "2026-11-22T11:00:01", 8),
        txn("e", "2026-11-22T11:50:00", 16),  # ten minutes to the second: outside
        txn("f", "2026-11-22T11:59:59", 32),
        txn("g", "2026-11-22T11:59:59", 64, "DECLINE"),
        txn("h", "2026-11-22T12:00:00", 128),
        txn("i", "2026-11-22T12:00:00", 256),  # the same second: not earlier
    )
    one = found["h"]
    assert [one[f"count_{w}"] for w in ("10m", "1h", "24h", "7d")] == [2, 4, 5, 6]
    assert [one[f"amount_{w}"] for w in ("10m", "1h", "24h", "7d")] == [160, 184, 188, 190]
    assert (one["decline_1h"], found["g"]["decline_1h"], found["g"]["count_10m"]) == (1, 1, 1)
    assert one["excess_24h"] == pytest.approx(5 - 7 / 30)
    assert set(found) == {"d", "e", "f", "g", "h", "i"}


def test_different_merchants_and_mccs_within_a_day():
    found = signals(
        txn("a", "2026-11-21T12:00:00", merchant="M0", mcc="1111"),
        txn("b", "2026-11-21T12:00:01", merchant="M1", mcc="2222"),
        txn("c", "2026-11-22T09:00:00", merchant="M2", mcc="2222"),
        txn("d", "2026-11-22T09:30:00", kind="DECLINE", merchant="M3", mcc="3333"),
        txn("e", "2026-11-22T12:00:00", merchant="M2", mcc="4444"),
    )
    assert (found["e"]["merchants_24h"], found["e"]["mccs_24h"]) == (2, 2)
    assert (found["c"]["merchants_24h"], found["d"]["merchants_24h"]) == (3, 4)


def test_the_same_merchant_in_an_hour_and_large_sums_in_a_week():
    found = signals(
        txn("a", "2026-11-15T12:00:01", 100_000),
        txn("b", "2026-11-20T12:00:00", 99_999),
        txn("c", "2026-11-22T11:30:00", 200_000),
        txn("d", "2026-11-22T11:40:00", 200_000, merchant="other"),
        txn("e", "2026-11-22T12:00:00", 300_000),
        txn("f", "2026-11-22T12:10:00", merchant=None),
    )
    assert (found["e"]["same_merchant_1h"], found["e"]["same_merchant_7d"]) == (2, 3)
    assert (found["f"]["same_merchant_1h"], found["f"]["same_merchant_7d"]) == (None, None)


def test_probes_then_a_large_one():
    found = signals(
        txn("a", "2026-11-22T11:00:00", 999),
        txn("b", "2026-11-22T11:55:00", 1_000),
        txn("c", "2026-11-22T11:56:00", 500),
        txn("d", "2026-11-22T11:57:00", 90_000, "DECLINE"),
        txn("e", "2026-11-22T12:00:00", 100_000),
        txn("f", "2026-11-22T12:01:00", 99_999),
    )
    assert (found["e"]["probes_10m"], found["e"]["probes_24h"], found["e"]["probe_then_large"]) == (2, 3, True)
    assert (found["f"]["probe_then_large"], found["a"]["probes_24h"]) == (False, 0)


def test_just_below_a_line_and_a_burst_at_night():
    found = signals(
        txn("a", "2026-11-22T00:30:00", 475_000),
        txn("b", "2026-11-22T02:00:00", 474_999),
        txn("c", "2026-11-22T05:59:59", 500_000),
        txn("d", "2026-11-22T06:00:00", 999_999),
    )
    assert [found[name]["just_below"] for name in "abcd"] == [True, False, False, True]
    assert [found[name]["night_7h"] for name in "abcd"] == [1, 2, 3, 3]


def test_amount_ratio_and_z_are_shrunk_towards_the_portfolio():
    rows = [
        txn("a", "2026-11-20", 10_000),
        txn("b", "2026-11-21", 30_000),
        txn("o", "2026-11-21", 40_000, card="other"),
        txn("z", "2026-11-22", 100_000),
    ]
    one = signals(*rows)["z"]
    mean, square = 270, 270**2 + 16_000  # two digits of 266.7 and of the variance 15,556
    mu = (100 + 300 + 3 * mean) / 5
    sd = math.sqrt((100**2 + 300**2 + 3 * square) / 5 - mu * mu)
    assert one["amount_ratio"] == pytest.approx(math.log(1001 / (mu + 1)))
    assert one["amount_z"] == pytest.approx((1000 - mu) / sd)


def test_deviations_pile_up_over_a_week_and_a_fortnight():
    rows = [txn(f"{n}", f"2026-11-{n:02d}", 10_000 * (2 if n % 2 else 1)) for n in range(1, 23)]
    one, whole = signals(*rows)["22"], signals(*rows, first="2026-11-09")
    week = [row for row in whole.values() if row["day"] > day("2026-11-15")]
    assert one["excess_7d"] == pytest.approx(sum(max(row["amount_z"], 0) for row in week), abs=0.01)
    fortnight = [row["amount_ratio"] > 0 for row in whole.values()]
    assert (len(fortnight), one["above_share_14d"]) == (14, pytest.approx(sum(fortnight) / 14))
    assert one["accumulated"] == pytest.approx(one["excess_7d"] * one["above_share_14d"] * one["amount_ratio"])


def test_robust_z_from_ten_rows_on():
    rows = [txn(f"{n}", f"2026-10-{n + 1:02d}", 10_000 + 1_000 * n) for n in range(10)]
    found = signals(*rows, txn("z", "2026-11-22", 50_000))["z"]
    assert found["robust_z"] == pytest.approx((50_000 - 14_500) / (1.4826 * 2_500))
    assert found["baseline_on"] == day("2026-11-15")
    assert signals(*rows[1:], txn("z", "2026-11-22", 50_000))["z"]["robust_z"] is None


def test_what_is_new_for_the_card_in_180_days():
    old = txn(
        "a", "2026-05-26T12:00:00", merchant="M1", mcc="1111", country="JP", device="D1"
    )  # 180 days to the second
    near = txn("b", "2026-05-26T12:00:01", merchant="M2", mcc="2222", country="KR", device="D2")
    names = ("merchant", "mcc", "country", "device", "hours")
    again = signals(old, near, txn("z", "2026-11-22", merchant="M2", mcc="2222", country="KR", device="D2"))["z"]
    assert [again[f"new_{name}"] for name in names] == [False] * 5
    past = signals(old, near, txn("z", "2026-11-22", merchant="M1", mcc="1111", country="JP", device="D1"))["z"]
    assert [past[f"new_{name}"] for name in names] == [True, True, True, True, False]
    none = signals(old, txn("z", "2026-11-22", merchant=None, mcc=None))["z"]
    assert [none[f"new_{name}"] for name in names] == [None, None, True, None, True]


def test_a_declined_attempt_makes_nothing_known_and_target_days_know_each_other():
    found = signals(
        txn("a", "2026-11-21T10:00:00", kind="DECLINE", device="D"),
        txn("b", "2026-11-21T11:00:00", device="D"),
        txn("c", "2026-11-22T11:00:00", device="D"),
        first="2026-11-21",
    )
    assert [found[name]["new_device"] for name in "abc"] == [True, True, False]
    assert [found[name]["idle_days"] for name in "abc"] == [None, None, 1]


def test_a_replacement_knows_what_its_predecessor_knew():
    rows = [txn("a", "2026-11-01", card="old"), txn("b", "2026-11-22", card="new")]
    assert signals(*rows)["b"]["new_merchant"] is True
    carried = signals(*rows, chain=[("new", "old")])["b"]
    assert (carried["new_merchant"], carried["idle_days"], carried["root_card_id"]) == (False, 21, "old")


TRIPS = [
    ({"city": "上海"}, {"city": "北京"}, True),  # 1,068 km in an hour
    ({"city": "上海市"}, {"city": "SHENZHEN"}, True),
    ({"city": "上海"}, {"city": "苏州"}, False),  # near
    ({"city": "上海"}, {"city": "北京", "present": False}, False),  # bought at home
    ({"city": "上海"}, {"city": "无此地"}, False),
    ({"city": "上海"}, {"country": "FR"}, True),
    ({"country": "US", "city": "New York"}, {"country": "US"}, False),  # somewhere in the same country
]


def test_impossible_travel():
    rows = []
    for n, (before, after, _impossible) in enumerate(TRIPS):
        rows += [
            txn(f"a{n}", "2026-11-22T11:00:00", card=f"K{n}", **({"present": True} | before)),
            txn(f"b{n}", "2026-11-22T11:30:00", card=f"K{n}", city="广州"),  # a code scanned from afar
            txn(f"c{n}", "2026-11-22T12:00:00", card=f"K{n}", **({"present": True} | after)),
        ]
    found = signals(*rows)
    assert [found[f"c{n}"]["impossible_travel"] for n in range(len(TRIPS))] == [trip[2] for trip in TRIPS]


def test_travel_is_possible_by_air_and_told_in_kilometres():
    rows = [
        txn("a", "2026-11-14T20:00:00", city="上海", channel="POS"),
        txn("b", "2026-11-22T08:00:00", city="上海", channel="POS"),  # the week before says nothing of today
        txn("c", "2026-11-22T12:00:00", city="Beijing", channel="ATM"),
    ]
    answers = signals(*rows)
    found = answers["c"]
    assert answers["b"]["travel_km"] is None
    assert (found["travel_km"], found["travel_seconds"]) == (pytest.approx(1068, abs=5), 4 * 3600)
    assert found["impossible_travel"] is False


def _lively(cards, days):
    draw = random.Random(7)
    start = datetime.fromisoformat("2026-11-22T23:00") - timedelta(days)
    cities = ["上海", "北京", "成都", None]
    return [
        txn(
            f"T{n}",
            (start + timedelta(seconds=draw.randrange(days * 86_400))).isoformat(),
            draw.randrange(100, 600_000),
            draw.choice(["PURCHASE"] * 8 + ["DECLINE", "CASH"]),
            card=f"K{draw.randrange(cards)}",
            merchant=f"M{draw.randrange(9)}",
            mcc=draw.choice(["5812", "5411", None]),
            city=draw.choice(cities),
            channel=draw.choice(["POS", "QR"]),
            device=f"D{draw.randrange(4)}",
        )
        for n in range(400)
    ]


def test_parts_of_the_cards_make_the_whole_and_a_day_alone_is_as_in_a_week():
    rows = _lively(6, 60)
    whole = signals(*rows, first="2026-11-16")
    parts = [signals(*rows, first="2026-11-16", bucket=(k, 3)) for k in range(3)]
    assert sum(map(len, parts)) == len(whole)
    assert {name: row for part in parts for name, row in part.items()} == whole
    mine = table({"customer_id": "string"}, ("C",), ("C",))
    last = signals(*rows, of=mine)
    assert last
    assert signals(*rows, of=table({"customer_id": "string"}, ("somebody else",))) == {}
    assert last == {name: whole[name] for name in last}
    assert any(row["robust_z"] is not None for row in last.values())


def test_medians_are_of_the_sunday_before():
    assert baselines.renewals(day("2026-11-16"), day("2026-11-22")) == [day("2026-11-15")]
    assert baselines.renewals(day("2026-11-18"), day("2026-11-24")) == [day("2026-11-15"), day("2026-11-22")]
    assert baselines.renewed_on(day("2026-11-22")) == day("2026-11-15")


def test_every_city_of_the_demo_bank_is_known():
    from kajing.analytics.demo import sources

    known = {(row["country"], row["place"]) for row in places.places().to_pylist()}
    assert {("CN", city.name) for city in sources.cities()} <= known
    for row in places.places().to_pylist():
        assert -90 <= row["lat"] <= 90
        assert -180 <= row["lon"] <= 180


def test_baselines_are_median_and_mad_of_a_year():
    amounts = [100, 200, 300, 400, 10_000]
    rows = [txn(f"{n}", str(date(2026, 11, 1) - timedelta(n)), amount) for n, amount in enumerate(amounts)]
    t = table(TXN, *rows, txn("old", "2025-11-22", 9), txn("new", "2026-11-23", 9), txn("no", "2026-11-01", 9, "CASH"))
    one = answer(baselines.baselines(t, day(AS_OF)), "customer_id")["C"]
    assert (one["purchases"], one["median"], one["mad"], one["largest"]) == (5, 300, 100, 10_000)
    assert one["median_ln"] == pytest.approx(math.log(300))
    assert one["mad_ln"] == pytest.approx(math.log(300 / 200))
    assert one["baseline_on"] == day(AS_OF)
    nobody = table({"customer_id": "string"}, ("D",))
    assert answer(baselines.baselines(t, day(AS_OF), nobody), "customer_id") == {}
