"""A small bank whose feed days are drawn at random: late, repeated, corrected and deleted files, refunds of anything."""

from __future__ import annotations

import random
from datetime import date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from kajing.analytics.feeds import FEEDS
from kajing.analytics.warehouse import Warehouse

ARROW = {
    "VARCHAR": pa.string(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us"),
    "BIGINT": pa.int64(),
    "INTEGER": pa.int32(),
    "BOOLEAN": pa.bool_(),
    "BLOB": pa.binary(),
}
MCCS = ("5812", "5411", "5944", "6051", None)
COUNTRIES = ("CN", "CN", "CN", "JP")


class RandomBank:
    """Writes raw parts as the ingest does; keeps what it wrote, so that later days can correct it."""

    def __init__(self, warehouse: Warehouse, seed: int, start: date) -> None:
        self.warehouse, self.draw, self.today = warehouse, random.Random(seed), start
        self.number = 0
        self.customers: dict[str, dict[str, Any]] = {}
        self.accounts: dict[str, dict[str, Any]] = {}
        self.cards: dict[str, dict[str, Any]] = {}
        self.txns: dict[str, dict[str, Any]] = {}
        self.repayments: dict[str, dict[str, Any]] = {}
        self.statements: dict[tuple[str, date], dict[str, Any]] = {}
        self.delayed: list[tuple[str, date, list[dict[str, Any]]]] = []

    # --- writing ----------------------------------------------------------------------------------

    def write(self, feed: str, day: date, rows: list[dict[str, Any]]) -> None:
        """One raw part."""
        if not rows:
            return
        self.number += 1
        rules = FEEDS[feed]
        schema = pa.schema([(name, ARROW[kind]) for name, kind in rules.stored])
        full = [{name: row.get(name) for name in schema.names} | {"line": n + 2} for n, row in enumerate(rows)]
        keyed = {tuple(row[key] for key in rules.key): row for row in full}
        path = self.warehouse.raw_path(feed, day, f"{self.draw.getrandbits(64):016x}.parquet")
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(pa.Table.from_pylist(list(keyed.values()), schema=schema), path)

    def new(self, kind: str) -> str:
        self.number += 1
        return f"{kind}{self.number}"

    def one(self, of: Any) -> Any:
        return self.draw.choice(list(of))

    # --- rows -------------------------------------------------------------------------------------

    def customer(self) -> dict[str, Any]:
        row = {
            "customer_id": self.new("C"),
            "name": "王小明",
            "opened_on": self.today - timedelta(self.draw.randrange(900)),
            "unit_code": self.one(["B1", "B2"]),
            "manager_no": self.one(["P1", "P2", None]),
            "annual_income": self.one([None, 12_000_000]),
            "status": "ACTIVE",
        }
        self.customers[row["customer_id"]] = row
        return row

    def account(self, customer_id: str) -> dict[str, Any]:
        row = {
            "account_id": self.new("A"),
            "customer_id": customer_id,
            "product_id": self.one(["G1", "G2"]),
            "currency": "CNY",
            "credit_limit": self.draw.randrange(1, 9) * 1_000_000,
            "statement_day": self.draw.randrange(1, 29),
            "due_days": 20,
            "opened_on": self.today - timedelta(self.draw.randrange(800)),
            "status": "NORMAL",
        }
        self.accounts[row["account_id"]] = row
        return row

    def card(self, account: dict[str, Any], replaces: str | None = None) -> dict[str, Any]:
        approved = account["opened_on"] + timedelta(self.draw.randrange(30))
        row = {
            "card_id": self.new("K"),
            "account_id": account["account_id"],
            "customer_id": account["customer_id"],
            "last4": "1234",
            "supplementary": False,
            "approved_on": approved,
            "activated_on": self.one([None, approved + timedelta(5)]),
            "replaces_card_id": replaces,
            "policy_function": self.draw.random() < 0.1,
            "status": "ACTIVE",
        }
        self.cards[row["card_id"]] = row
        return row

    def txn(self, day: date) -> dict[str, Any]:
        card = self.one(self.cards.values())
        kind = self.draw.choices(
            ["PURCHASE", "CASH", "REFUND", "REVERSAL", "DECLINE", "INSTALMENT", "FEE"], [70, 6, 8, 5, 4, 4, 3]
        )[0]
        amount = self.draw.choice([self.draw.randrange(1, 400_000), 100_000, 990_000])
        row = {
            "txn_id": self.new("T"),
            "card_id": card["card_id"],
            "account_id": card["account_id"],
            "occurred_at": datetime.combine(day, datetime.min.time()) + timedelta(seconds=self.draw.randrange(86400)),
            "posted_on": day,
            "kind": kind,
            "amount": amount,
            "currency": "CNY",
            "billing_amount": amount,
            "merchant_id": f"M{self.draw.randrange(8)}",
            "merchant_name": "小店",
            "mcc": self.one(MCCS),
            "country": self.one(COUNTRIES),
            "city": self.one(["北京", "上海", None]),
            "channel": "POS",
            "terminal_id": f"X{self.draw.randrange(9)}",
            "device_id": self.one([None, "D1", "D2"]),
            "customer_initiated": kind in {"PURCHASE", "CASH"},
        }
        if kind in {"REFUND", "REVERSAL"} and self.txns:
            original = self.one(self.txns.values())
            row |= {name: original[name] for name in ("card_id", "account_id")}
            row["original_txn_id"] = self.one([original["txn_id"], original["txn_id"], "T999999", None])
            if self.draw.random() < 0.6:
                row |= {"amount": original["amount"], "billing_amount": original["billing_amount"]}
            if self.draw.random() < 0.5:
                row |= {"mcc": None, "merchant_id": None, "merchant_name": None}
        self.txns[row["txn_id"]] = row
        return row

    def statement(self, account_id: str, day: date) -> dict[str, Any]:
        balance = self.draw.choice([0, self.draw.randrange(1, 2_000_000), 500])
        row = {
            "account_id": account_id,
            "statement_on": day,
            "due_on": day + timedelta(self.one([20, 20, 50])),
            "balance": balance,
            "minimum_due": balance // 10,
            "cycles_past_due": self.one([None, 0, 1]),
        }
        self.statements[account_id, day] = row
        return row

    def repayment(self, day: date) -> dict[str, Any]:
        row = {
            "repayment_id": self.new("R"),
            "account_id": self.one(self.accounts),
            "paid_at": datetime.combine(day, datetime.min.time()) + timedelta(hours=self.draw.randrange(24)),
            "amount": self.draw.randrange(1, 300_000),
            "method": self.one(["AUTO_DEBIT", "CUSTOMER", "BRANCH", None]),
        }
        self.repayments[row["repayment_id"]] = row
        return row

    # --- days -------------------------------------------------------------------------------------

    def begin(self, days: int = 500, per_day: float = 1.2) -> None:
        """A first load: the bank's past in one part a feed."""
        folk = [self.customer() for _ in range(8)]
        held = [self.account(self.one(folk)["customer_id"]) for _ in range(11)]
        cards = [self.card(account) for account in held for _ in range(self.draw.randrange(1, 3))]
        cards.append(self.card(held[0], replaces=cards[0]["card_id"]))
        self.write("customers", self.today, folk)
        self.write("accounts", self.today, held)
        self.write("cards", self.today, cards)
        past = [self.today - timedelta(n) for n in range(days, 0, -1)]
        self.write("transactions", self.today, [self.txn(day) for day in past for _ in range(self._count(per_day))])
        bills = [
            self.statement(account["account_id"], day)
            for account in held[:-1]
            for day in past
            if day.day == account["statement_day"]
        ]
        self.write("statements", self.today, bills)
        self.write("repayments", self.today, [self.repayment(day) for day in past for _ in range(self._count(0.5))])

    def _count(self, mean: float) -> int:
        return int(mean) + (self.draw.random() < mean % 1)

    def day(self) -> None:
        """The next business date, with whatever chance brings."""
        self.today += timedelta(self.draw.choice([1, 1, 1, 1, 2, 9]))
        today, chance = self.today, self.draw.random
        rows = [self.txn(today - timedelta(self.draw.choice([0, 0, 0, 1, 3]))) for _ in range(self.draw.randrange(5))]
        rows += [dict(self.one(self.txns.values())) for _ in range(self.draw.randrange(2))]  # the same row again
        if chance() < 0.5:
            rows.append(self._corrected_txn())
        if chance() < 0.3:
            self._strangers(rows)
        self.write("transactions", today, rows)
        bills = [self.statement(one, today) for one in self.accounts if chance() < 0.12]
        if chance() < 0.3 and self.statements:
            bills.append(dict(self.one(self.statements.values())) | {"minimum_due": self.draw.randrange(50_000)})
        self.write("statements", today, bills)
        paid = [self.repayment(today - timedelta(self.draw.choice([0, 0, 30]))) for _ in range(self.draw.randrange(4))]
        if chance() < 0.3:
            paid.append(dict(self.one(self.repayments.values())) | {"amount": self.draw.randrange(1, 300_000)})
        self.write("repayments", today, paid)
        self._late_files()
        self._people()
        if chance() < 0.25:
            self._delete_a_part()

    def _corrected_txn(self) -> dict[str, Any]:
        row = dict(self.one(self.txns.values()))
        change = self.one(
            [
                {"amount": 7_700, "billing_amount": 7_700},
                {"mcc": self.one(MCCS)},
                {"occurred_at": row["occurred_at"] - timedelta(40)},
                {"original_txn_id": self.one(self.txns)},
                {"kind": self.one(["PURCHASE", "DECLINE", "REVERSAL"])},
                {"card_id": self.one(self.cards)},
            ]
        )
        row |= change
        self.txns[row["txn_id"]] = row
        return row

    def _strangers(self, rows: list[dict[str, Any]]) -> None:
        """Transactions of a card whose own row comes days later, or never."""
        customer = self.customer()
        account = self.account(customer["customer_id"])
        card = self.card(account)
        rows += [self.txn(self.today) | {"card_id": card["card_id"], "account_id": account["account_id"]}]
        for feed, row in (("customers", customer), ("accounts", account), ("cards", card)):
            self.delayed.append((feed, self.today + timedelta(self.draw.randrange(4)), [row]))
        self.delayed.append(
            ("statements", self.today, [self.statement(account["account_id"], self.today - timedelta(5))])
        )

    def _late_files(self) -> None:
        """Files of earlier business dates."""
        if self.draw.random() < 0.4:
            day = self.today - timedelta(self.draw.randrange(1, 60))
            self.write("transactions", day, [self.txn(day) for _ in range(3)] + [self._corrected_txn()])
        waiting, self.delayed = self.delayed, []
        for feed, day, rows in waiting:
            if day <= self.today:
                self.write(feed, day, rows)
            else:
                self.delayed.append((feed, day, rows))

    def _people(self) -> None:
        """A hand-over, an account that changes hands, a card that is closed or replaced."""
        if self.draw.random() < 0.3:
            row = dict(self.one(self.customers.values())) | {"manager_no": self.one(["P1", "P2", "P3"])}
            self.write("customers", self.today, [row])
        if self.draw.random() < 0.15:
            row = dict(self.one(self.accounts.values())) | {"customer_id": self.one(self.customers)}
            self.write("accounts", self.today, [row])
        if self.draw.random() < 0.2:
            old = self.one(self.cards.values())
            gone = dict(old) | {"status": "REPLACED", "closed_on": self.today}
            fresh = self.card(self.accounts[old["account_id"]], replaces=old["card_id"])
            self.write("cards", self.today, [gone, fresh | {"approved_on": self.today}])

    def _delete_a_part(self) -> None:
        """A file that should never have come is taken out."""
        feed = self.one(["transactions", "statements", "repayments", "accounts", "cards", "customers"])
        parts = self.warehouse.parts(feed)
        if len(parts) > 1:
            self.one(parts[1:]).path.unlink()
