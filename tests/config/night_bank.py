"""A small bank whose night has something to tell: bills left unpaid, a jump in use, a customer who has gone quiet."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.imports.bank import PEOPLE, UNITS, account, card, customer, transaction, write_day

AS_OF = date(2026, 11, 22)
CUSTOMERS = 8
LEADER = {
    "person_no": "P3",
    "name": "黎队",
    "unit_code": "T01",
    "role": "LEADER",
    "hired_on": "2020-01-01",
    "mobile": "",
}


def write(root: Path) -> Path:
    """One feed day that holds everything; customers 1 to 4 owe an unpaid bill, of growing age."""
    numbers = range(1, CUSTOMERS + 1)
    feeds: dict[str, list[dict[str, Any]]] = {
        "units": UNITS,
        "people": [*PEOPLE, LEADER],
        "customers": [customer(n) for n in numbers],
        "accounts": [account(n) for n in numbers],
        "cards": [card(n, activated_on="2021-03-05") for n in numbers],
        "transactions": [
            transaction(n, str(AS_OF - timedelta(days=n % 200)), customer_initiated=1) for n in range(400)
        ],
        "statements": [_statement(n) for n in numbers],
        "repayments": [_repayment(n) for n in numbers if n > 4],
    }
    write_day(root, AS_OF.isoformat(), feeds)
    return root


def _statement(number: int) -> dict[str, Any]:
    billed = AS_OF - timedelta(days=22 + 12 * number)
    return {
        "account_id": f"A{number:04d}", "statement_on": str(billed), "due_on": str(billed + timedelta(days=20)),
        "balance": "5000.00", "minimum_due": "500.00",
    }  # fmt: skip


def _repayment(number: int) -> dict[str, Any]:
    paid = AS_OF - timedelta(days=10 + 12 * number)
    return {
        "repayment_id": f"R{number}", "account_id": f"A{number:04d}", "paid_at": f"{paid}T09:00:00",
        "amount": "5000.00", "method": "CUSTOMER",
    }  # fmt: skip
