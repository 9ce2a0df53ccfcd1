"""A warehouse in a temporary folder, and feeds written by hand into it."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from kajing.analytics.feeds import FEEDS
from kajing.analytics.ingest import Checked, admit, check
from kajing.analytics.warehouse import Warehouse
from kajing.lib.crypto import KeyRing

DAY = date(2026, 11, 22)


@pytest.fixture
def keys() -> KeyRing:
    return KeyRing({1: b"d" * 32}, b"i" * 32, b"a" * 32)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    """One thread: banks of a few rows are never worked on by two, which only cost each other time."""
    return Warehouse(tmp_path / "warehouse", memory="1GB", threads=1)


def as_csv(rows: Iterable[dict[str, Any]], columns: Iterable[str]) -> str:
    sink = io.StringIO()
    writer = csv.DictWriter(sink, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return sink.getvalue()


@pytest.fixture
def load(tmp_path: Path, warehouse: Warehouse, keys: KeyRing) -> Callable[..., Checked]:
    """Load rows (dicts) or bytes as one file of a feed."""
    number = iter(range(10_000))

    def loaded(feed: str, rows: Any, *, day: date = DAY, admitted: bool = True, **options: Any) -> Checked:
        content = rows if isinstance(rows, bytes) else _csv_of(feed, rows).encode()
        path = tmp_path / f"{feed}-{next(number)}.csv"
        path.write_bytes(content)
        checked = check(path, feed=feed, business_date=day, keys=keys, warehouse=warehouse, **options)
        if admitted:
            admit(checked, warehouse=warehouse)
        return checked

    return loaded


def _csv_of(feed: str, rows: list[dict[str, Any]]) -> str:
    used = {name for row in rows for name in row}
    return as_csv(rows, [name for name in FEEDS[feed].names if name in used])


CUSTOMER = {"customer_id": "C1", "name": "王小明", "opened_on": "2020-01-01", "unit_code": "B1", "manager_no": "P1"}
ACCOUNT = {
    "account_id": "A1",
    "customer_id": "C1",
    "credit_limit": "10000.00",
    "statement_day": "5",
    "opened_on": "2020-01-01",
    "status": "NORMAL",
}
CARD = {
    "card_id": "K1",
    "account_id": "A1",
    "customer_id": "C1",
    "approved_on": "2020-01-01",
    "activated_on": "2020-01-02",
    "status": "ACTIVE",
}


@pytest.fixture
def bank(load: Callable[..., Checked]) -> Callable[..., Checked]:
    """A bank of one customer, account and card; gives `load` back."""
    load("customers", [CUSTOMER])
    load("accounts", [ACCOUNT])
    load("cards", [CARD])
    return load


def purchase(txn_id: str, on: str, amount: str, **more: str) -> dict[str, str]:
    """A transaction row."""
    return {
        "txn_id": txn_id,
        "card_id": "K1",
        "account_id": "A1",
        "occurred_at": f"{on}T12:00:00",
        "posted_on": on,
        "kind": "PURCHASE",
        "amount": amount,
        **more,
    }
