"""Merchant risk with late labels, refund and new-account rates (risk design 4.2)."""

from __future__ import annotations

from datetime import timedelta

import pytest

from kajing.analytics.features import merchants
from kajing.analytics.parameters import DEFAULTS
from tests.analytics.spec.engine import answer, day, table

AS_OF = day("2026-11-22")
TXN = {
    "txn_id": "string",
    "account_id": "string",
    "day": "date",
    "kind": "string",
    "amount": "int64",
    "merchant_id": "string",
    "merchant_name": "string",
    "mcc": "string",
    "mcc_group": "string",
    "terminal_id": "string",
    "city": "string",
}
LABEL = {"txn_id": "string", "label": "string", "confirmed_on": "date"}


def txn(txn_id, ago, merchant="M", *, kind="PURCHASE", amount=100, account="A", terminal=None, mcc="5812", city="上海"):
    on = (AS_OF - timedelta(ago)).isoformat()
    return (txn_id, account, on, kind, amount, merchant, merchant, mcc, "DINING", terminal, city)


def found(rows, labels=(), opened="2020-01-01"):
    t = table(TXN, *rows)
    accounts = table({"account_id": "string", "opened_on": "date"}, ("A", opened), ("young", "2026-11-01"))
    confirmed = merchants.frauds(t, table(LABEL, *labels))
    return answer(merchants.merchants(t, accounts, confirmed, AS_OF, DEFAULTS), "merchant_id")


def test_risk_looks_at_days_older_than_the_delay():
    rows = [txn(f"{n}", n) for n in (7, 8, 9, 14, 15, 37, 38)] + [txn("x", 8, "N"), txn("y", 10, "N")]
    one = found(rows)["M"]
    assert [one[f"txns_{w}d"] for w in (1, 7, 30)] == [1, 3, 5]


def test_risk_is_shrunk_to_the_portfolios_rate_and_late_confirmations_do_not_count():
    rows = [txn(f"m{n}", 10) for n in range(4)] + [txn(f"n{n}", 10, "N") for n in range(6)]
    labels = [
        ("m0", "FRAUD", "2026-11-22"),
        ("m1", "FRAUD", "2026-11-23"),
        ("m2", "GENUINE", "2026-11-15"),
        ("n0", "FRAUD", "2026-11-13"),
    ]
    answers = found(rows, labels)
    assert answers["M"]["frauds_7d"] == 1
    assert answers["M"]["risk_7d"] == pytest.approx((1 + 4 * 0.2) / (4 + 4))
    assert answers["N"]["risk_30d"] == pytest.approx((1 + 4 * 0.2) / (6 + 4))
    assert answers["M"]["risk_1d"] is None  # nobody bought on that day


def test_each_day_asks_with_what_was_confirmed_then():
    rows = [txn(f"m{n}", 12) for n in range(2)]
    t = table(TXN, *rows)
    confirmed = merchants.frauds(t, table(LABEL, ("m0", "FRAUD", "2026-11-21")))
    days = merchants.merchant_days(t, AS_OF - timedelta(6), AS_OF, DEFAULTS)
    wanted = table({"merchant_id": "string", "on": "date"}, *[("M", f"2026-11-{n}") for n in (17, 18, 20, 21)])
    asked = answer(merchants.risk(wanted, days, confirmed, DEFAULTS), ("merchant_id", "on"))
    by_day = {on.day: (row["txns_7d"], row["frauds_7d"]) for (_m, on), row in asked.items()}
    assert by_day == {17: (0, 0), 18: (2, 0), 20: (2, 0), 21: (2, 1)}


def test_refunds_new_accounts_and_terminals():
    rows = [
        txn("1", 0, account="young", amount=300),
        txn("2", 29),
        txn("3", 30),
        txn("4", 3, kind="REFUND"),
        txn("5", 5, terminal="P1", mcc="5812", city="上海"),
        txn("6", 5, terminal="P1", mcc="5944", city="北京"),
        txn("7", 6, terminal="P1", mcc="5411", city="上海"),
    ]
    one = found(rows)["M"]
    assert (one["purchases"], one["amount"]) == (5, 700)
    assert one["refund_rate"] == pytest.approx(1 / 5)
    assert one["new_account_share"] == pytest.approx(1 / 5)
    assert (one["terminal_mccs"], one["terminal_cities"]) == (2, 2)
    assert found([txn("1", 0), txn("2", 3, None)]).keys() == {"M"}
