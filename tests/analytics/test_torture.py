"""200,000 rows with 10,000 bad ones of eight sorts: every line number right, none false, none lost (issue 2)."""

from __future__ import annotations

import random
from datetime import date

import pyarrow.parquet as pq
import pytest

from kajing.analytics.ingest import admit, rejects

ROWS, BAD = 200_000, 10_000
HEADER = "txn_id,card_id,account_id,occurred_at,posted_on,kind,amount,merchant_name,mcc"
SORTS = {
    "type": ("amount", "bad_amount"),
    "negative": ("amount", "not_positive"),
    "date": ("posted_on", "bad_date"),
    "missing": ("account_id", "missing"),
    "columns": ("", "column_count"),
    "encoding": ("", "bad_encoding"),
    "enum": ("kind", "unknown_value"),
    "quote": ("", "unterminated_quote"),
    "id": ("txn_id", "too_long"),
    "key": ("txn_id", "key_conflict"),
    "card": ("card_id", "unknown_cards"),
}


def _row(n: int) -> list[bytes]:
    name = f"商户{n % 997}号店".encode()
    amount = f"{(n * 7919 % 500000) / 100 + 1:.2f}".encode()
    second = f"2026-11-21T{n % 24:02d}:{n % 60:02d}:{n * 7 % 60:02d}".encode()
    return [f"T{n}".encode(), f"K{n % 50}".encode(), b"A1", second, b"2026-11-21", b"PURCHASE", amount, name, b"0742"]


def _spoil(sort: str, row: list[bytes], n: int) -> list[bytes]:
    match sort:
        case "type":
            row[6] = b"12x.50"
        case "negative":
            row[6] = b"-5.00"
        case "date":
            row[4] = b"2026-13-45"
        case "missing":
            row[2] = b""
        case "columns":
            row = row[:5] if n % 2 else [*row, b"extra"]
        case "encoding":
            row[7] = "商户测试店".encode("gbk")
        case "enum":
            row[5] = b"PURCHASED"
        case "quote":
            row[7] = b'"unterminated'
        case "id":
            row[0] = b"T" * 65 if n % 2 else b"T/../7"
        case "key":
            row[0] = b"T0"
        case "card":
            row[1] = b"K999"
    return row


@pytest.mark.slow
def test_every_bad_row_is_found_at_its_line_and_no_other(load, warehouse):
    load("customers", [{"customer_id": "C1", "name": "王", "opened_on": "2020-01-01", "unit_code": "B1"}])
    account = "account_id,customer_id,credit_limit,statement_day,opened_on,status\nA1,C1,10000,5,2020-01-01,NORMAL\n"
    load("accounts", account.encode())
    cards = "card_id,account_id,customer_id,approved_on,status\n" + "".join(
        f"K{n},A1,C1,2020-01-01,ACTIVE\n" for n in range(50)
    )
    load("cards", cards.encode())

    draw = random.Random(20261122)
    planted = dict.fromkeys(draw.sample(range(1, ROWS), BAD), "")
    sorts = list(SORTS)
    planted = {n: sorts[k % len(sorts)] for k, n in enumerate(planted)}
    lines = [HEADER.encode()]
    for n in range(ROWS):
        row = _row(n)
        lines.append(b",".join(_spoil(planted[n], row, n) if n in planted else row))
    checked = load("transactions", b"\n".join(lines) + b"\n", admitted=False, limit=1.0)

    found = {}
    for one in rejects(
        warehouse,
        feed="transactions",
        business_date=date(2026, 11, 22),
        part=checked.part,
        staged=checked.staged_rejects,
    ):
        assert one.line not in found, "one row, one reason"
        found[one.line] = (one.column, one.code)
    expected = {}
    for n, sort in planted.items():
        column, code = SORTS[sort]
        expected[n + 2] = (column, "bad_id" if sort == "id" and n % 2 == 0 else code)
    assert found == expected

    soft = sum(sort == "card" for sort in planted.values())
    assert checked.rows == ROWS
    assert checked.quarantined == BAD - soft
    assert checked.pending == soft
    assert checked.accepted == ROWS - BAD
    raw = pq.read_table(admit(checked, warehouse=warehouse))
    assert raw.num_rows == ROWS - BAD + soft
    good = {n + 2 for n in range(ROWS) if n not in planted or planted[n] == "card"}
    assert set(raw.column("line").to_pylist()) == good
