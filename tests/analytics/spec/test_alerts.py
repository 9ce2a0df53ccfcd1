"""The rules of cash-out and fraud (domain §4 C1–C10, F1–F7, §1.8): one that holds, and what keeps it silent."""

from __future__ import annotations

import dataclasses
import json
import random
from datetime import timedelta

import pytest

from kajing.analytics import alerts, marts
from kajing.analytics.parameters import DEFAULTS
from kajing.analytics.thresholds import LEVELS
from tests.analytics.spec.engine import day, table

AS_OF = day("2026-11-22")
CUSTOMERS = {
    "customer_id": "string", "spend_30d": "int64", "spend_prev_30d": "int64", "spend_before_90d": "int64",
    "txn_count_30d": "int64", "round_count_30d": "int64", "round_share_30d": "float64", "risky_30d": "int64",
    "risky_share_30d": "float64", "refund_count_7d": "int64", "night_share_90d": "float64",
}  # fmt: skip
ACCOUNTS = {
    "customer_id": "string", "account_id": "string", "is_open": "boolean", "status": "string", "balance": "int64",
    "effective_limit": "int64", "dpd": "int64", "overdue_amount": "int64", "opened_on": "date",
    "utilisation_30d_ago": "float64",
}  # fmt: skip
CARDS = {"root_card_id": "string", "first_approved_on": "date"}
TXN = {
    "txn_id": "string", "customer_id": "string", "account_id": "string", "day": "date", "kind": "string",
    "amount": "int64", "purchase": "boolean", "reversed": "boolean", "merchant_name": "string", "mcc": "string",
    "city": "string", "terminal_id": "string", "spend": "int64", "use": "boolean",
}  # fmt: skip
SIGNAL = {
    "txn_id": "string", "customer_id": "string", "account_id": "string", "root_card_id": "string",
    "occurred_at": "timestamp", "day": "date", "kind": "string", "amount": "int64", "merchant_name": "string",
    "mcc": "string", "country": "string", "city": "string", "channel": "string", "same_merchant_1h": "int64",
    "same_merchant_7d": "int64", "just_below": "boolean", "amount_1h": "int64", "amount_24h": "int64",
    "night_7h": "int64", "probes_10m": "int64", "robust_z": "float64", "new_device": "boolean",
    "new_merchant": "boolean", "new_country": "boolean", "idle_days": "int64", "impossible_travel": "boolean",
    "travel_km": "float64", "travel_seconds": "int64",
}  # fmt: skip
USUAL = {"customer_id": "string", "median": "float64"}
CONDUCT = {
    "account_id": "string", "respend_cycles_3": "int64", "respend_share_3m": "float64", "fpd1": "boolean",
    "fpd30": "boolean",
}  # fmt: skip
CYCLES = {"account_id": "string", "statement_on": "date", "next_on": "date"}
PAID = {
    "repayment_id": "string", "account_id": "string", "paid_on": "date", "amount": "int64", "method": "string",
    "payer": "string",
}  # fmt: skip
PEOPLE = {"customer_id": "string", "annual_income": "int64", "income_verified": "boolean"}
ZEROS = {"int64": 0, "float64": 0.0, "boolean": False}


def rows(schema, given, **usual):
    """Rows from dicts: what is not said is usual, or nothing."""
    blank = {name: ZEROS.get(kind) for name, kind in schema.items()} | usual
    return table(schema, *[tuple({**blank, **one}[name] for name in schema) for one in given])


def raised(rule, p=DEFAULTS, *, txns=(), signals=(), conduct=(), cycles=(), paid=(), cards=(), accounts=(), **figures):
    """(customer, account) → what the rule says, with its reason."""
    who = {"customer_id": "C", "account_id": "A"}
    held = [{"account_id": one} for one in accounts] or [{}]
    posted = rows(
        TXN, [{"txn_id": str(n), **one} for n, one in enumerate(txns)], **who, day="2026-11-22", kind="PURCHASE",
        purchase=True, merchant_name="M", mcc="5812", city="上海",
    )  # fmt: skip
    tables = alerts.AlertTables(
        customers=rows(CUSTOMERS, [{k: v for k, v in figures.items() if k in CUSTOMERS}], customer_id="C"),
        accounts=rows(
            ACCOUNTS,
            [{**{k: v for k, v in figures.items() if k in ACCOUNTS}, **one} for one in held],
            **who, is_open=True, status="NORMAL", effective_limit=1_000_000, opened_on="2026-08-01",
        ),
        cards=rows(CARDS, cards or [{}], root_card_id="K", first_approved_on="2020-01-01"),
        transactions=posted,
        months=marts.account_month(posted),
        signals=rows(
            SIGNAL, [{"txn_id": str(n), **one} for n, one in enumerate(signals)], **who, root_card_id="K",
            occurred_at="2026-11-22T12:00:00", day="2026-11-22", kind="PURCHASE", merchant_name="M", mcc="5812",
            country="CN", city="上海", channel="POS", idle_days=1, robust_z=None,
        ),
        usual=rows(USUAL, [{}], customer_id="C", median=8_800.0),
        conduct=rows(CONDUCT, conduct, account_id="A", fpd30=None),
        cycles=rows(CYCLES, cycles, account_id="A"),
        repayments=rows(
            PAID, [{"repayment_id": str(n), **one} for n, one in enumerate(paid)], account_id="A",
            paid_on="2026-11-10", amount=100_000, method="THIRD_PARTY", payer="甲",
        ),
        people=rows(PEOPLE, [{k: v for k, v in figures.items() if k in PEOPLE}], customer_id="C"),
        as_of=AS_OF,
    )  # fmt: skip
    found = alerts.RULES[rule].expression(tables, p).to_pyarrow().to_pylist()
    told = alerts.to_rows(alerts.RULES[rule], found, AS_OF, p.version)
    return {(one["customer_id"], one["account_id"]): one | {"reason": json.loads(one["reasons"])[0]} for one in told}


def days_ago(n):
    return (AS_OF - timedelta(n)).isoformat()


ROUND = {"spend_30d": 900_000, "spend_before_90d": 600_000, "round_count_30d": 3, "round_share_30d": 0.6}
RISKY = {"spend_30d": 1_200_000, "txn_count_30d": 10, "risky_30d": 1_000_000, "risky_share_30d": 0.85}
INCOME = {
    "income_verified": True,
    "annual_income": 12_000_000,
    "spend_30d": 3_000_001,
    "spend_prev_30d": 3_000_001,
    "spend_before_90d": 3_000_000,
}
EMPTIED = {
    "cycles": [
        {"statement_on": "2026-09-05", "next_on": "2026-10-05"},
        {"statement_on": "2026-10-05", "next_on": "2026-11-05"},
        {"statement_on": "2026-11-05"},
    ],
    "txns": [
        {"day": "2026-10-10", "amount": 500_000},
        {"day": "2026-10-10", "amount": 400_000},
        {"day": "2026-11-06", "amount": 900_000},
    ],
}
JUMP = [
    {"terminal_id": "T", "mcc": "5812", "amount": 100_000},
    {"terminal_id": "T", "mcc": "5311", "amount": 5_000, "account_id": "B"},
    {"terminal_id": "T", "mcc": "5722", "amount": 5_000, "account_id": "B"},
]
RING = [{"account_id": one} for one in "ABCDE"]
NIGHT = {"occurred_at": "2026-11-22T04:59:59", "mcc": "5211", "amount": 500_000}
FAR = {"amount": 10_000, "impossible_travel": True, "travel_km": 1_200.0, "travel_seconds": 1_500}
DEVICE = {"amount": 200_000, "new_device": True, "new_merchant": True, "robust_z": 3.1}
ABROAD = {"amount": 300_000, "country": "JP", "new_country": True}

# rule → what makes it fire, and changes each of which keeps it silent
CASES = {
    "round_sums": (ROUND, [{"round_count_30d": 2}, {"round_share_30d": 0.59}]),
    "limit_emptied": (
        EMPTIED,
        [{"txns": EMPTIED["txns"][1:]}, {"effective_limit": 1_000_001}, {"cycles": EMPTIED["cycles"][1:2]}],
    ),
    "same_merchant": (
        {"signals": [{"amount": 100_000, "same_merchant_7d": 3}]},
        [{"signals": [{"amount": 100_000, "same_merchant_7d": 2}]}, {"signals": [{"amount": 99_999, "same_merchant_7d": 3}]}],
    ),
    "risky_trades": (RISKY, [{"risky_share_30d": 0.84}, {"risky_30d": 999_999}, {"txn_count_30d": 11}]),
    "repay_respend": (
        {"conduct": [{"respend_cycles_3": 2, "respend_share_3m": 0.9}], "balance": 500_000},
        [{"conduct": [{"respend_cycles_3": 1, "respend_share_3m": 0.9}]}, {"is_open": False}],
    ),
    "split_amounts": (
        {"signals": [{"amount": 100_000, "same_merchant_1h": 3, "amount_1h": 300_000}]},
        [
            {"signals": [{"amount": 100_000, "same_merchant_1h": 2}]},
            {"signals": [{"amount": 99_999, "same_merchant_1h": 3}]},
            {"signals": [{"amount": 490_000, "same_merchant_1h": 1, "just_below": True}]},
        ],
    ),
    "terminal_jump": (
        {"txns": JUMP},
        [
            {"txns": JUMP[:2]},
            {"txns": [{**JUMP[0], "amount": 99_999}, *JUMP[1:]]},
            {"txns": [{**JUMP[0], "day": "2026-11-21"}, *JUMP[1:]]},
            {"txns": [{**one, "day": days_ago(7)} for one in JUMP]},
        ],
    ),
    "odd_hour": (
        {"signals": [NIGHT]},
        [
            {"signals": [NIGHT | {"amount": 499_999}]},
            {"signals": [NIGHT | {"mcc": "5812"}]},
            {"signals": [NIGHT | {"occurred_at": "2026-11-22T05:00:00"}]},
            {"signals": [NIGHT | {"channel": "ONLINE"}]},
        ],
    ),
    "income_mismatch": (INCOME, [{"spend_30d": 3_000_000}, {"spend_prev_30d": 3_000_000}, {"annual_income": 0}, {"income_verified": False}]),
    "circular_flow": (
        {"paid": RING, "accounts": "ABCDE"},
        [
            {"paid": RING[:4]},
            {"paid": [one | {"method": "CUSTOMER"} for one in RING]},
            {"paid": [one | {"paid_on": days_ago(90)} for one in RING]},
        ],
    ),
    "impossible_travel": (
        {"signals": [FAR]},
        [{"signals": [FAR | {"impossible_travel": False}]}, {"signals": [FAR | {"amount": 9_999}]}, {"signals": [FAR | {"kind": "DECLINE"}]}],
    ),
    "card_testing": (
        {"signals": [{"amount": 100_000, "probes_10m": 3}]},
        [{"signals": [{"amount": 100_000, "probes_10m": 2}]}, {"signals": [{"amount": 99_999, "probes_10m": 3}]}],
    ),
    "new_device": (
        {"signals": [DEVICE]},
        [
            {"signals": [DEVICE | {"robust_z": 3.0}]},
            {"signals": [DEVICE | {"robust_z": None}]},
            {"signals": [DEVICE | {"new_device": None}]},
            {"signals": [DEVICE | {"new_merchant": False}]},
        ],
    ),
    "abroad_first": (
        {"signals": [ABROAD]},
        [
            {"signals": [ABROAD | {"amount": 299_999}]},
            {"signals": [ABROAD | {"new_country": False}]},
            {"signals": [ABROAD | {"country": "CN"}]},
        ],
    ),
    "night_burst": (
        {"signals": [{"amount": 100, "night_7h": 4, "amount_24h": 400}], "night_share_90d": 0.02},
        [{"signals": [{"amount": 100, "night_7h": 3}]}],
    ),
    "dormant_wake": (
        {"signals": [{"amount": 500_000, "idle_days": None}]},
        [
            {"signals": [{"amount": 499_999, "idle_days": None}]},
            {"signals": [{"amount": 500_000, "idle_days": 179}]},
            {"cards": [{"first_approved_on": days_ago(179)}]},
        ],
    ),
    "refund_storm": (
        {"refund_count_7d": 3, "spend_before_90d": 600_000, "txns": [{"kind": "REFUND", "purchase": False, "amount": 7_000}]},
        [{"refund_count_7d": 2}],
    ),
    "first_payment": (
        {"conduct": [{"fpd1": True}], "dpd": 8, "balance": 50_000, "overdue_amount": 5_000},
        [{"conduct": [{"fpd1": False}]}, {"dpd": 0}, {"status": "WRITTEN_OFF"}],
    ),
}  # fmt: skip


def test_every_rule_of_cash_out_and_fraud_has_a_case():
    graded = {name for name, rule in alerts.RULES.items() if rule.level}
    assert graded == set(CASES)


@pytest.mark.parametrize("rule", CASES)
def test_a_rule_fires_with_its_level_and_says_why(rule):
    given, _ = CASES[rule]
    level = alerts.RULES[rule].level
    found = raised(rule, dataclasses.replace(DEFAULTS, **{level: "L5"}), **given)
    assert len(found) == (5 if rule == "circular_flow" else 1)
    alert = next(iter(found.values()))
    assert alert["severity"] == "L5"
    assert alert["value_at_stake"] > 0
    for language in ("zh-hans", "en"):
        said, silent = alerts.words(alert["reason"], language), alerts.unless(alert["reason"], language)
        assert silent
        for bad in ("None", "—", "{", "}"):
            assert bad not in said + silent
    assert alerts.words(alert["reason"], "en") != alerts.words(alert["reason"], "zh")


@pytest.mark.parametrize(("rule", "n"), [(rule, n) for rule, (_, less) in CASES.items() for n in range(len(less))])
def test_a_little_less_and_it_is_silent(rule, n):
    given, less = CASES[rule]
    assert raised(rule, **(given | less[n])) == {}


@pytest.mark.parametrize("rule", CASES)
def test_a_bank_may_leave_a_rule_out(rule):
    level = alerts.RULES[rule].level
    assert getattr(DEFAULTS, level) in LEVELS[1:]
    assert not alerts.RULES[rule].asked(dataclasses.replace(DEFAULTS, **{level: LEVELS[0]}))


def test_today_stands_beside_what_is_usual():
    reason = raised("card_testing", signals=[{"amount": 100_000, "probes_10m": 4}])["C", "A"]["reason"]
    assert (reason["value"], reason["usual"], reason["params"]["probes"]) == (100_000, 8_800, 4)
    assert alerts.words(reason, "en") == (
        "¥1,000.00 at M on 2026-11-22 after 4 small or declined attempts in ten minutes; usually ¥88.00 a purchase."
    )
    assert alerts.unless(reason, "en") == "Would not fire with fewer than 3 such attempts, or below ¥1,000.00."
    month = raised("income_mismatch", **INCOME)["C", ""]["reason"]
    assert (month["value"], month["usual"]) == (3.0, 1.0)  # in halves: the income itself is told nowhere


def test_one_alert_an_account_of_the_worst_transaction():
    two = [{"amount": 100_000, "probes_10m": 3}, {"amount": 300_000, "probes_10m": 3}, {"amount": 100_000}]
    [alert] = raised("card_testing", signals=two).values()
    assert (alert["value_at_stake"], alert["reason"]["params"]["txn_id"]) == (300_000, "1")


def test_two_parts_below_a_review_line_are_a_split():
    near = {"amount": 490_000, "same_merchant_1h": 2, "just_below": True, "amount_1h": 980_000}
    assert raised("split_amounts", signals=[near])["C", "A"]["value_at_stake"] == 980_000


def test_a_merchant_that_pays_its_customers_bill_is_enough():
    bought = [{"amount": 1, "merchant_name": "甲"}]
    assert raised("circular_flow", paid=[{}], txns=bought)["C", "A"]["reason"]["params"]["shop"] is True
    assert raised("circular_flow", paid=[{}]) == {}


def test_a_first_payment_still_missing_after_thirty_days_is_graver():
    late = {"conduct": [{"fpd1": True, "fpd30": True}], "dpd": 40, "balance": 50_000}
    assert raised("first_payment", **late)["C", "A"]["severity"] == DEFAULTS.level_first_payment_30
    off = dataclasses.replace(DEFAULTS, level_first_payment_30="OFF")
    assert raised("first_payment", off, **late)["C", "A"]["severity"] == DEFAULTS.level_first_payment


def drawn(seed):
    """Fourteen months of a dozen accounts, some of which are emptied in a day or buy something far out of the usual."""
    draw = random.Random(seed)
    txns, cycles = [], []
    for n in range(12):
        own = {"customer_id": f"C{n}", "account_id": f"A{n}"}
        usual = draw.choice([20_000, 100_000, 400_000])
        for _n in range(draw.randrange(8, 160)):
            kind = draw.choice(["PURCHASE", "PURCHASE", "PURCHASE", "CASH"])
            reversed_ = draw.random() < 0.1
            amount = int(usual * draw.lognormvariate(0, 0.6))
            day = {"day": days_ago(draw.randrange(420))}
            bought = {"kind": kind, "purchase": kind == "PURCHASE" and not reversed_, "reversed": reversed_}
            txns.append(own | day | bought | {"amount": amount})
        if n % 3:
            txns.append(own | {"day": days_ago(draw.randrange(7)), "amount": usual * draw.choice([5, 9, 14])})
        cycles += [
            {"account_id": f"A{n}", "statement_on": days_ago(100 - 31 * k), "next_on": days_ago(69 - 31 * k)}
            for k in range(3)
        ]
    return {"txns": txns, "cycles": cycles, "accounts": [f"A{n}" for n in range(12)]}


@pytest.mark.parametrize("rule", ["limit_emptied", "amount_outlier"])
def test_months_only_say_where_not_to_look(rule, monkeypatch):
    told = marts.account_month

    def open_to_all(posted):
        if rule == "amount_outlier":
            return told(posted).mutate(yuan=0)
        return told(posted).mutate(taken=10**12)

    by_months = [raised(rule, **drawn(seed)) for seed in range(4)]
    monkeypatch.setattr(marts, "account_month", open_to_all)
    everywhere = [raised(rule, **drawn(seed)) for seed in range(4)]
    assert by_months == everywhere
    assert sum(map(len, everywhere)) > 3
