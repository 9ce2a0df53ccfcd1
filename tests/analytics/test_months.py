"""Months of the metrics: a past month-end says what the night of that day would have said from the feeds of its time."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from kajing.analytics import metrics
from kajing.analytics.ingest import admit, check
from kajing.analytics.pipeline import build
from kajing.analytics.warehouse import Warehouse
from kajing.lib.crypto import KeyRing
from kajing.lib.scope import ALL, EVERYTHING, DataScope
from tests.analytics.conftest import DAY, _csv_of

pytestmark = pytest.mark.slow
START = date(2024, 10, 15)
ENDS = [date(2026, 10, 31), date(2026, 7, 31), date(2026, 2, 28)]
# Tonight these go by today's balance, past month-ends by the statement in force: they are told apart below.
BY_STATEMENT = {"utilisation", "delinquency_balance_by_bucket", "overdue_30_rate"}


class Town:
    """120 accounts over two years; `feeds(day)` is what the bank would have sent by that day."""

    def __init__(self) -> None:
        self.chance = random.Random(7)
        self.cards: list[dict[str, Any]] = []
        self.accounts: list[dict[str, Any]] = []
        self.transactions: list[dict[str, Any]] = []
        self.statements: list[dict[str, Any]] = []
        self.repayments: list[dict[str, Any]] = []
        for n in range(120):
            self._account(n)

    def _account(self, n: int) -> None:
        chance, opened = self.chance, date(2023, 1, 1) + timedelta(n * 11)
        closed = opened + timedelta(chance.randrange(200, 900)) if n % 7 == 0 else None
        self.accounts.append({"account_id": f"A{n}", "n": n, "opened_on": opened, "closed_on": closed})
        used = [opened + timedelta(chance.randrange(3, 60)) if n % 9 else None, None]
        card = {"card_id": f"K{n}", "n": n, "approved_on": opened, "activated_on": used[0], "closed_on": closed}
        self.cards.append(card)
        heir = opened + timedelta(chance.randrange(100, 900))
        if n % 5 == 0 and used[0] and used[0] < heir and not closed:
            card["replaced_on"] = heir + timedelta(4)
            self.cards.append({"card_id": f"K{n}b", "n": n, "approved_on": heir, "activated_on": heir + timedelta(4),
                               "closed_on": None, "replaces_card_id": f"K{n}"})  # fmt: skip
        if used[0]:
            self._life(n, used[0], closed or DAY, heir if "replaced_on" in card else None)

    def _life(self, n: int, begin: date, end: date, heir: date | None) -> None:
        chance, day = self.chance, max(begin, START)
        pause = chance.choice([4, 20, 70, 200])
        while day <= min(end, DAY):
            card = f"K{n}b" if heir and day > heir + timedelta(4) else f"K{n}"
            self.transactions.append({"txn_id": f"T{len(self.transactions)}", "card_id": card, "account_id": f"A{n}",
                                      "on": day, "amount": f"{chance.randrange(1, 900)}.00"})  # fmt: skip
            day += timedelta(1 + chance.randrange(pause))
        months = [date(2024 + m // 12, m % 12 + 1, n % 28 + 1) for m in range(11, 35)]
        for month in months:
            if not begin < month <= end:
                continue
            balance = chance.choice([0, 50, 400, 2500])
            self.statements.append({"account_id": f"A{n}", "statement_on": month, "balance": balance,
                                    "minimum_due": balance // 10})  # fmt: skip
            if balance and chance.random() < 0.7:
                paid = month + timedelta(chance.randrange(5, 60))
                self.repayments.append({"repayment_id": f"R{len(self.repayments)}", "account_id": f"A{n}", "on": paid,
                                        "amount": balance // 5, "method": chance.choice(["CUSTOMER", "AUTO_DEBIT"])})  # fmt: skip

    def feeds(self, day: date) -> dict[str, list[dict[str, Any]]]:
        known = lambda value: value.isoformat() if value and value <= day else ""
        accounts = [one for one in self.accounts if one["opened_on"] <= day]
        customers = [{"customer_id": f"C{a['n']}", "name": "王小明", "opened_on": a["opened_on"].isoformat(),
                      "unit_code": f"B{a['n'] % 2}", "manager_no": f"P{a['n'] % 3}"} for a in accounts]  # fmt: skip
        return {
            "customers": customers,
            "accounts": [
                {"account_id": a["account_id"], "customer_id": f"C{a['n']}", "credit_limit": "10000.00",
                 "statement_day": str(a["n"] % 28 + 1), "opened_on": a["opened_on"].isoformat(),
                 "closed_on": known(a["closed_on"]), "status": "CLOSED" if known(a["closed_on"]) else "NORMAL",
                 "product_id": f"CP0{a['n'] % 2}"} for a in accounts],
            "cards": [
                {"card_id": c["card_id"], "account_id": f"A{c['n']}", "customer_id": f"C{c['n']}",
                 "approved_on": c["approved_on"].isoformat(), "activated_on": known(c["activated_on"]),
                 "closed_on": known(c["closed_on"]) or known(c.get("replaced_on")), "status": _status(c, known),
                 "expires_on": (c["approved_on"] + timedelta(900 + 10 * c["n"])).isoformat(),
                 "replaces_card_id": c.get("replaces_card_id", "")}
                for c in self.cards if c["approved_on"] <= day],
            "transactions": [
                {"txn_id": t["txn_id"], "card_id": t["card_id"], "account_id": t["account_id"],
                 "occurred_at": f"{t['on']}T12:00:00", "posted_on": t["on"].isoformat(), "kind": "PURCHASE",
                 "amount": t["amount"]} for t in self.transactions if t["on"] <= day],
            "statements": [
                {"account_id": s["account_id"], "statement_on": s["statement_on"].isoformat(),
                 "due_on": (s["statement_on"] + timedelta(20)).isoformat(), "balance": f"{s['balance']}.00",
                 "minimum_due": f"{s['minimum_due']}.00", "credit_limit": "8000.00"}
                for s in self.statements if s["statement_on"] <= day],
            "repayments": [
                {"repayment_id": r["repayment_id"], "account_id": r["account_id"], "paid_at": f"{r['on']}T09:00:00",
                 "amount": f"{r['amount']}.00", "method": r["method"]} for r in self.repayments if r["on"] <= day],
        }  # fmt: skip


def _status(card: dict[str, Any], known: Callable[[Any], str]) -> str:
    if known(card.get("replaced_on")):
        return "REPLACED"
    if known(card["closed_on"]):
        return "CLOSED"
    return "ACTIVE" if known(card["activated_on"]) else "ISSUED_INACTIVE"


@pytest.fixture(scope="module")
def town() -> Town:
    return Town()


@pytest.fixture(scope="module")
def night(town: Town, tmp_path_factory: pytest.TempPathFactory) -> Callable[[date], Any]:
    """`night(day)`: a reader of the state built on a day from the feeds of its time."""
    keys, kept = KeyRing({1: b"d" * 32}, b"i" * 32, b"a" * 32), {}

    def of(day: date) -> Any:
        if day not in kept:
            folder = tmp_path_factory.mktemp("town")
            kept[day] = _built(town, day, folder, keys)
        return kept[day].reader()

    return of


def _built(town: Town, day: date, folder: Path, keys: KeyRing) -> Warehouse:
    made = Warehouse(folder / "warehouse", memory="1GB")
    for feed, rows in town.feeds(day).items():
        path = folder / f"{feed}.csv"
        path.write_text(_csv_of(feed, rows), encoding="utf-8")
        checked = check(path, feed=feed, business_date=day, keys=keys, warehouse=made)
        assert checked.quarantined == 0, feed
        admit(checked, warehouse=made)
    state, _steps = build(made, day)
    made.publish(state)
    return made


@pytest.mark.parametrize("end", ENDS)
def test_a_past_month_end_says_what_its_own_night_said(night, end):
    now, then, compared = night(DAY), night(end), set()
    for name in metrics.METRICS:
        if name in BY_STATEMENT or end not in metrics.days(now, name):
            continue
        by = ["unit", "product"]
        assert _told(metrics.values(now, name, scope=EVERYTHING, by=by, day=end)) == _told(
            metrics.values(then, name, scope=EVERYTHING, by=by)
        ), name
        compared.add(name)
        assert metrics.values(now, name, scope=EVERYTHING, day=end), name
    assert len(compared) >= 9


def _told(rows: list[dict[str, Any]]) -> dict[tuple[Any, ...], tuple[Any, ...]]:
    return {
        tuple(row["keys"].items()): (row["numerator"], row["denominator"]) for row in rows if row["denominator"] != 0
    }


def test_months_before_the_data_are_unknown_not_zero(night):
    con = night(DAY)
    spend = metrics.values(con, "spend_per_card_month", scope=EVERYTHING, by=["month"])
    assert [row["keys"]["month"] for row in spend] == [date(2024 + m // 12, m % 12 + 1, 1) for m in range(11, 35)]
    assert all(row["numerator"] for row in spend)
    sleeping = metrics.values(con, "sleeping_ratio", scope=EVERYTHING, by=["month"])
    known = [row["keys"]["month"] for row in sleeping if row["numerator"] is not None]
    assert known[0] == date(2026, 4, 1)  # 18 months after the first posting
    assert all(row["denominator"] is None and row["value"] is None for row in sleeping[: 24 - len(known)])
    for row in metrics.values(con, "activation_rate_90d", scope=EVERYTHING, by=["month"]):
        assert (row["numerator"] is None) == (row["keys"]["month"] >= date(2026, 8, 1))  # not matured yet


def test_the_months_agree_with_the_rows(night, town):
    """Spend, cohorts and statement balances against plain Python over the rows of the feeds."""
    con = night(DAY)
    known = {card["card_id"] for card in town.cards}
    for row in metrics.values(con, "spend_per_card_month", scope=EVERYTHING, by=["month"]):
        month = row["keys"]["month"]
        spent = [
            float(t["amount"]) for t in town.transactions if t["on"].replace(day=1) == month and t["card_id"] in known
        ]
        assert row["numerator"] == 2 * round(sum(spent) * 100)
    for row in metrics.values(con, "activation_rate_30d", scope=EVERYTHING, by=["month"])[:-2]:
        cohort = [
            c
            for c in town.cards
            if c["approved_on"].replace(day=1) == row["keys"]["month"] and "replaces_card_id" not in c
        ]
        in_time = [c for c in cohort if c["activated_on"] and (c["activated_on"] - c["approved_on"]).days <= 30]
        assert (row["numerator"], row["denominator"]) == (len(in_time), len(cohort))
    for row in metrics.values(con, "overdue_30_rate", scope=EVERYTHING, by=["month"])[:-1]:
        if row["numerator"] is not None:
            following = (row["keys"]["month"] + timedelta(31)).replace(day=1)
            assert row["denominator"] == 100 * _owed(town, following - timedelta(1))


def _owed(town: Town, day: date) -> int:
    """Yuan of the statements in force."""
    issued = sorted((s for s in town.statements if s["statement_on"] <= day), key=lambda s: s["statement_on"])
    return sum({s["account_id"]: s["balance"] for s in issued}.values())


def test_by_month_up_to_a_day_and_in_a_scope(night):
    con, end = night(DAY), date(2026, 7, 31)
    rows = metrics.values(con, "cards_issued", scope=EVERYTHING, by=["month", "unit"], day=end)
    assert max(row["keys"]["month"] for row in rows) == date(2026, 7, 1)
    mine = metrics.values(con, "cards_issued", scope=DataScope(units=frozenset({"B1"}), managers=ALL), by=["month"])
    assert [row["numerator"] for row in rows if row["keys"]["unit"] == "B1"] == [row["numerator"] for row in mine][:-4]
