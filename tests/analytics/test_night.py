"""One small bank through the whole night: figures, alerts in words, totals that agree with the rows, idempotency."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pytest

from kajing.analytics import metrics, reading
from kajing.analytics.alerts import words
from kajing.analytics.parameters import DEFAULTS, Parameters
from kajing.analytics.pipeline import NothingToBuild, build
from kajing.lib.scope import ALL, EVERYTHING, DataScope
from tests.analytics.conftest import ACCOUNT, CARD, CUSTOMER, DAY, purchase

pytestmark = pytest.mark.slow


@pytest.fixture
def small_bank(load):
    """C1 and C4 buy every third day, then go silent, C1 pays the minimum late; C2 never used a card; C3 buys a ring."""
    load(
        "customers",
        [
            CUSTOMER,
            CUSTOMER | {"customer_id": "C2", "manager_no": ""},
            CUSTOMER | {"customer_id": "C3", "unit_code": "B2", "manager_no": "P2"},
            CUSTOMER | {"customer_id": "C4", "manager_no": ""},
        ],
    )
    load(
        "accounts",
        [
            ACCOUNT,
            ACCOUNT | {"account_id": "A2", "customer_id": "C2"},
            ACCOUNT | {"account_id": "A3", "customer_id": "C3", "credit_limit": "100000.00"},
            ACCOUNT | {"account_id": "A4", "customer_id": "C4"},
        ],
    )
    load(
        "cards",
        [
            CARD,
            CARD | {"card_id": "K2", "account_id": "A2", "customer_id": "C2"},
            CARD | {"card_id": "K3", "account_id": "A3", "customer_id": "C3"},
            CARD | {"card_id": "K4", "account_id": "A4", "customer_id": "C4"},
        ],
    )
    first = date(2026, 3, 1)
    rows = [
        purchase(f"T{n}", (first + timedelta(3 * n)).isoformat(), "100.00", mcc="5812", merchant_id="M1")
        for n in range(60)
    ]
    rows += [row | {"txn_id": f"U{n}", "card_id": "K4", "account_id": "A4"} for n, row in enumerate(rows)]
    ring = {"card_id": "K3", "account_id": "A3"}
    rows += [purchase(f"S{n}", (first + timedelta(3 * n)).isoformat(), f"{90 + n % 20}.00", **ring) for n in range(85)]
    rows.append(purchase("S999", "2026-11-20", "8888.00", merchant_name="金店", mcc="5944", **ring))
    load("transactions", rows)
    bills = [
        {
            "account_id": "A1",
            "statement_on": f"2026-{m:02d}-05",
            "due_on": f"2026-{m:02d}-25",
            "balance": "3000.00",
            "minimum_due": "300.00",
        }
        for m in range(5, 12)
    ]
    load("statements", bills)
    load(
        "repayments",
        [
            {
                "repayment_id": f"R{m}",
                "account_id": "A1",
                "paid_at": f"2026-{m:02d}-20T09:00:00",
                "amount": "300.00",
                "method": "AUTO_DEBIT",
            }
            for m in range(5, 10)
        ],
    )
    return load


def publish(warehouse, **options):
    state, steps = build(warehouse, **options)
    warehouse.publish(state)
    return steps


def tables(warehouse):
    con = warehouse.reader()
    names = [
        row[0]
        for row in con.execute("SELECT table_name FROM information_schema.tables WHERE table_type = 'VIEW'").fetchall()
    ]
    return {
        name: sorted(map(repr, con.execute(f"SELECT * FROM {name}").fetchall()))
        for name in names
        if name != "build_info"
    }


def test_the_night_of_a_small_bank(small_bank, warehouse):
    with pytest.raises(NothingToBuild):
        build(warehouse, date(2020, 1, 1))
    seen = []
    steps = publish(warehouse, progress=lambda step, number, of: seen.append((step, number, of)))
    assert [step.name for step in steps] == [step for step, _n, _of in seen]
    assert seen[-1][1] == seen[-1][2]
    assert reading.as_of(warehouse) == DAY

    rows = {row["customer_id"]: row for chunk in reading.feature_rows(warehouse) for row in chunk}
    assert set(rows) == {"C1", "C2", "C3", "C4"}
    one = rows["C1"]
    assert (one["spend_365d"], one["txn_count_365d"], one["spend_30d"]) == (600_000, 60, 0)
    assert (one["last_purchase_on"], one["recency_days"], one["state"]) == (date(2026, 8, 25), 89, "ACTIVE")
    # The October minimum was due on the 25th; nothing came after.
    assert (one["dpd"], one["bucket"], one["cycle_bucket"]) == (28, "M1", "M1")
    assert (one["segment"], one["five_class_card2011"]) == ("DELINQUENT", "SPECIAL_MENTION")
    assert one["utilisation"] == pytest.approx(0.3)
    assert rows["C2"]["state"] == "SLEEPING"
    assert rows["C2"]["utilisation"] == 0
    assert rows["C3"]["credit_limit"] == 10_000_000

    everything = reading.customer_features(warehouse, "C1")
    assert everything["mcc_group_share_365d"] == {"DINING": 1.0}
    assert everything["top_merchants_365d"][0]["amount"] == 600_000
    assert reading.customer_features(warehouse, "nobody") is None
    assert [row["kind"] for row in reading.events(warehouse, "C3", limit=1)] == ["large_purchase"]
    assert reading.transactions(warehouse, "C3", limit=1)[0]["txn_id"] == "S999"
    assert reading.statements(warehouse, "C1")[0]["statement_on"] == date(2026, 11, 5)
    assert sum(row["amount"] for row in reading.months(warehouse, "C1")) == 600_000

    raised = {(row["rule"], row["customer_id"]): row for row in reading.alert_rows(warehouse)}
    assert set(raised) == {("missed_payment", "C1"), ("silence", "C4"), ("amount_outlier", "C3")}
    assert raised["missed_payment", "C1"]["severity"] == "L2"
    assert raised["amount_outlier", "C3"]["value_at_stake"] == 888_800
    for row in raised.values():
        [reason] = row["reasons"]
        zh, en = words(reason, "zh-hans"), words(reason, "en")
        assert zh != en
        assert "None" not in zh + en
        assert "—" not in zh + en
    assert "89 天没有消费" in words(raised["silence", "C4"]["reasons"][0], "zh")
    assert "每 3 天" in words(raised["silence", "C4"]["reasons"][0], "zh")


def test_twice_the_same_and_only_what_was_known_then(small_bank, warehouse):
    publish(warehouse)
    before = tables(warehouse)
    publish(warehouse)
    assert tables(warehouse) == before
    earlier = DAY + timedelta(1)
    small_bank("transactions", [purchase("T9999", "2026-11-23", "50.00")], day=earlier)
    publish(warehouse, as_of=DAY)
    assert tables(warehouse) == before
    publish(warehouse)
    assert tables(warehouse)["customer_features"] != before["customer_features"]
    assert reading.as_of(warehouse) == earlier


def test_hand_overs_go_before_the_feed(small_bank, warehouse, tmp_path):
    path = tmp_path / "assignments.parquet"
    duckdb.sql(f"COPY (SELECT 'C1' AS customer_id, 'B9' AS unit_code, NULL::VARCHAR AS manager_no) TO '{path}'")
    publish(warehouse, assignments=path)
    con = warehouse.reader()
    found = con.execute("SELECT customer_id, unit_id, manager_id FROM customer_features").fetchall()
    owners = {row[0]: row[1:] for row in found}
    assert owners == {"C1": ("B9", None), "C2": ("B1", None), "C3": ("B2", "P2"), "C4": ("B1", None)}


def test_totals_agree_with_rows_and_stay_in_scope(small_bank, warehouse):
    publish(warehouse)
    con = warehouse.reader()
    for name, metric in metrics.METRICS.items():
        whole = metrics.values(con, name, scope=EVERYTHING)
        parts = metrics.values(con, name, scope=EVERYTHING, by=["unit", "manager", "segment", "product"])
        for key in ("numerator", "denominator"):
            assert sum(row[key] or 0 for row in whole) == sum(row[key] or 0 for row in parts), name
        assert metric.formula
        assert metric.source
    mine = DataScope(units=frozenset({"B2"}), managers=frozenset({"P2"}))
    [row] = metrics.values(con, "cards_valid", scope=mine)
    assert row["numerator"] == 1
    assert metrics.values(con, "cards_valid", scope=DataScope(units=frozenset({"B7"}), managers=ALL)) == []
    [row] = metrics.values(con, "sleeping_ratio", scope=EVERYTHING)
    assert (row["numerator"], row["denominator"], row["value"]) == (1, 4, pytest.approx(1 / 4))
    with pytest.raises(metrics.UnknownMetric):
        metrics.values(con, "nonsense", scope=EVERYTHING)
    with pytest.raises(metrics.UnknownKey):
        metrics.values(con, "cards_valid", scope=EVERYTHING, by=["customer_id"])
    weeks = reading.portfolio_weeks(warehouse, EVERYTHING)
    assert [week["week"] for week in weeks] == list(range(8))
    assert weeks[-1]["spend"] == sum(
        row["spend_weeks"][-1] for chunk in reading.feature_rows(warehouse) for row in chunk
    )
    months = reading.portfolio_months(warehouse, EVERYTHING)
    assert sum(row["spend"] for row in months) == con.execute("SELECT sum(spend) FROM history").fetchall()[0][0]
    assert [row["overdue"] for row in reading.overdue_months(warehouse, EVERYTHING)][-1] == 300_000
    assert reading.overdue_months(warehouse, mine)[-1]["overdue"] == 0


def test_quality_of_the_portfolio_within_a_scope(small_bank, warehouse):
    publish(warehouse)
    mine = DataScope(units=frozenset({"B1"}), managers=frozenset({"P1"}))
    whole = reading.quality(warehouse, EVERYTHING, basis="CARD_2011")
    assert {row["grade"]: row["accounts"] for row in whole} == {"NORMAL": 3, "SPECIAL_MENTION": 1}
    [row] = reading.quality(warehouse, mine, basis="BUCKET", by="product_id")
    assert (row["grade"], row["accounts"], row["balance"]) == ("M1", 1, 300_000)
    last = [row for row in reading.roll_matrix(warehouse, mine) if row["day"] == date(2026, 10, 31)]
    assert [(row["from_bucket"], row["to_bucket"], row["balance"]) for row in last] == [("M0", "M1", 300_000)]
    assert reading.vintages(warehouse, EVERYTHING, measure="ever_30", least_accounts=30) == []
    with pytest.raises(ValueError, match="ever_30"):
        reading.vintages(warehouse, EVERYTHING, measure="ever", least_accounts=30)
    with pytest.raises(ValueError, match="customer_id"):
        reading.quality(warehouse, mine, basis="BUCKET", by="customer_id")
    rows = reading.signals(warehouse, "C3", limit=2)
    assert (rows[0]["txn_id"], rows[0]["new_merchant"], rows[0]["count_7d"]) == ("S999", None, 1)


def test_parameters_come_from_the_reference_room():
    from datetime import time
    from decimal import Decimal
    from types import SimpleNamespace

    policy = {
        "long_sleep_months": 12,
        "grace_amount": 2000,
        "silence_p": Decimal("0.02"),
        "missed_payment_days": (1, 5, 9, 20, 30),
        "risk_band_floors": (0, 20, 50, 70),
        "night_hours": SimpleNamespace(start=time(22), end=time(5)),
        "something_else": 1,
    }
    p = Parameters.of(policy)
    assert (p.sleeping_months, p.tolerance_amount, p.silence_p, p.missed_payment_days[:2]) == (12, 2000, 0.02, (1, 5))
    assert (p.band_watch, p.band_high, p.band_severe) == (20, 50, 70)
    assert (p.night_from_hour, p.night_until_hour) == (22, 5)
    assert Parameters.of({}) == DEFAULTS
    assert p.version != DEFAULTS.version
    assert json.loads(p.as_json())["sleeping_months"] == 12


def test_every_table_and_column_is_in_the_reference(small_bank, warehouse):
    publish(warehouse)
    text = (Path(__file__).parents[2] / "docs/reference/warehouse.md").read_text(encoding="utf-8")
    told = {name: columns.split() for name, columns in re.findall(r"## (\w+)\n\n[^#]*?\n\n`([^`\n]+)`\n", text)}
    columns = warehouse.reader().execute(
        "SELECT table_name, column_name FROM information_schema.columns WHERE table_catalog = current_catalog()"
        " ORDER BY table_name, ordinal_position"
    )
    published: dict[str, list[str]] = {}
    for name, column in columns.fetchall():
        published.setdefault(name, []).append(column)
    assert told == published
