"""A very small bank as feed days: what every test of the imports loads, late, twice, in any order, half-killed."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]
CONTROL = {"transactions": "amount", "statements": "balance", "repayments": "amount"}

UNITS: list[dict[str, Any]] = [
    {"unit_code": "T01", "parent_code": "B01", "name": "浦东一组", "kind": "TEAM", "valid_from": "2020-01-01"},
    {"unit_code": "T02", "parent_code": "B01", "name": "浦东二组", "kind": "TEAM", "valid_from": "2020-01-01"},
    {"unit_code": "B01", "parent_code": "HQ", "name": "上海分行", "kind": "BRANCH", "valid_from": "2020-01-01"},
    {"unit_code": "HQ", "parent_code": "", "name": "总行", "kind": "HEAD_OFFICE", "valid_from": "2020-01-01"},
]
PEOPLE: list[dict[str, Any]] = [
    {"person_no": "P1", "name": "安娜", "unit_code": "T01", "role": "MANAGER", "hired_on": "2020-01-01", "mobile": "12900001111"},
    {"person_no": "P2", "name": "本泽", "unit_code": "T02", "role": "MANAGER", "hired_on": "2020-01-01", "mobile": ""},
]  # fmt: skip


def customer(number: int, **fields: Any) -> dict[str, Any]:
    """A customer row; the ID number fails its check digit and the phone is of an unassigned segment."""
    return {
        "customer_id": f"C{number:04d}",
        "name": "曾小明",
        "id_type": "ID_CARD",
        "id_number": f"11010119900101{number:04d}",
        "gender": "M",
        "mobile": f"1290000{number:04d}",
        "email": f"c{number}@example.com",
        "address": "上海市浦东新区世纪大道1号",
        "annual_income": "120000.00",
        "opened_on": "2021-03-01",
        "unit_code": "T01",
        "manager_no": "P1",
        "status": "ACTIVE",
        **fields,
    }


def account(number: int, **fields: Any) -> dict[str, Any]:
    """The account of a customer of the same number."""
    return {
        "account_id": f"A{number:04d}", "customer_id": f"C{number:04d}", "product_id": "CP01",
        "credit_limit": "20000.00", "statement_day": 5, "opened_on": "2021-03-01", "status": "NORMAL", **fields,
    }  # fmt: skip


def card(number: int, **fields: Any) -> dict[str, Any]:
    """The card of an account of the same number."""
    return {
        "card_id": f"K{number:04d}", "account_id": f"A{number:04d}", "customer_id": f"C{number:04d}",
        "last4": f"{number:04d}", "approved_on": "2021-03-01", "status": "ACTIVE", **fields,
    }  # fmt: skip


def transaction(number: int, day: str, **fields: Any) -> dict[str, Any]:
    """A purchase of one day; `number` is its own and, modulo 5, its card's."""
    holder = number % 5 + 1
    return {
        "txn_id": f"X{number:06d}", "card_id": f"K{holder:04d}", "account_id": f"A{holder:04d}",
        "occurred_at": f"{day}T10:00:00", "posted_on": day, "kind": "PURCHASE",
        "amount": f"{100 + number % 900}.50", "mcc": "5411", "merchant_id": f"M{number % 7}", **fields,
    }  # fmt: skip


def write_feed(rows: Sequence[Row], *, encoding: str = "utf-8", header: Sequence[str] | None = None) -> bytes:
    """The bytes of a CSV file."""
    names = list(header or dict.fromkeys(name for row in rows for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, names, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode(encoding)


def write_day(root: Path, day: str, feeds: Mapping[str, Sequence[Row]], *, manifest: bool = True) -> Path:
    """One feed day with its manifest."""
    folder = root / day
    folder.mkdir(parents=True)
    files: dict[str, Any] = {}
    for feed, rows in feeds.items():
        content = write_feed(rows)
        (folder / f"{feed}.csv").write_bytes(content)
        files[feed] = {"file": f"{feed}.csv", "rows": len(rows), "sha256": hashlib.sha256(content).hexdigest()}
        if feed in CONTROL:
            files[feed]["amount_sum"] = str(sum(Decimal(str(row[CONTROL[feed]])) for row in rows))
    if manifest:
        told = {"business_date": day, "files": files}
        (folder / "manifest.json").write_text(json.dumps(told), encoding="utf-8")
    return folder


def write_bank(root: Path, customers: int = 5) -> list[Path]:
    """Three days on which managers change and change back, limits and phones are corrected, a card is replaced."""
    numbers = range(1, customers + 1)
    first = {
        "units": UNITS,
        "people": PEOPLE,
        "customers": [customer(n) for n in numbers],
        "accounts": [account(n) for n in numbers],
        "cards": [card(n) for n in numbers],
        "transactions": [transaction(n, "2026-11-20") for n in range(100, 140)],
    }
    second = {
        "customers": [
            customer(1, manager_no="P2", unit_code="T02"),
            customer(2, mobile="", manager_no=""),
            customer(3, name="单丽"),
        ],
        "accounts": [account(1, credit_limit="35000.00"), account(2, status="OVERDUE")],
        "cards": [card(3, status="REPLACED"), card(4000, account_id="A0003", customer_id="C0003", replaces_card_id="K0003")],
        "transactions": [transaction(n, "2026-11-21") for n in range(140, 180)],
    }  # fmt: skip
    third = {
        "customers": [customer(1), customer(2), customer(6, manager_no="P2", unit_code="T02")],
        "accounts": [account(2), account(6)],
        "cards": [card(6), card(3, status="CLOSED", closed_on="2026-11-22")],
        "transactions": [transaction(n, "2026-11-22") for n in range(170, 200)],
    }
    days = [("2026-11-20", first), ("2026-11-21", second), ("2026-11-22", third)]
    return [write_day(root, day, feeds) for day, feeds in days]


BUSINESS_DATE = date(2026, 11, 20)
