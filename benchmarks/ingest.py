"""What checking costs: a clean typed read of a file against our ingest of it, clean and with planted errors of 9 kinds.

    python benchmarks/ingest.py [--rows 1000000] [--wide] [--rounds 3] [--forms gb18030,gz,parquet] [--feeds]

All in one run, side by side: CPU seconds (user + system, with children) and the least of the rounds, because a busy
machine only ever adds. The ingest is everything from the bank's file to the admitted part: hash, decoding, rules,
repeated keys, known keys, references, Parquet, rename. Goal: every planted error found with its line and column, none
false, no row lost, at most 3 times the clean typed read.
"""

from __future__ import annotations

import argparse
import gzip
import random
import resource
import shutil
import sys
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import duckdb
import pyarrow.parquet as pq

from kajing.analytics.feeds import FEEDS
from kajing.analytics.feeds.base import SQL_TYPE, Kind
from kajing.analytics.ingest import Checked, admit, check, rejects
from kajing.analytics.warehouse import Warehouse
from kajing.lib.crypto import KeyRing

DAY = date(2026, 11, 22)
KEYS = KeyRing({1: b"d" * 32}, b"i" * 32, b"a" * 32)
CARDS = 200_000
NARROW = "txn_id,card_id,account_id,occurred_at,posted_on,kind,amount,mcc,merchant_id,country,merchant_name"
# kind of error → the column and the code it must be found under
KINDS = {
    "type": ("amount", "bad_amount"),
    "negative": ("amount", "not_positive"),
    "unknown_card": ("card_id", "unknown_cards"),
    "future": ("occurred_at", "in_future"),
    "dup_id": ("txn_id", "key_conflict"),
    "encoding": ("", "bad_encoding"),
    "short": ("", "column_count"),
    "long": ("", "column_count"),
    "quote": ("", "unterminated_quote"),
}
SHARE = 1955 / 1_000_000


def cpu() -> float:
    """User and system seconds of this process and its ended children."""
    own, children = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


# --- files --------------------------------------------------------------------------------------------

VALUES = {
    "txn_id": "'T' || lpad(i::VARCHAR, 12, '0')",
    "card_id": f"'K' || lpad((hash(i) % {CARDS})::VARCHAR, 9, '0')",
    "account_id": f"'A' || lpad((hash(i) % {CARDS})::VARCHAR, 9, '0')",
    "occurred_at": "strftime(TIMESTAMP '2026-11-21 00:00:00' + to_seconds((i % 86400)::BIGINT), '%Y-%m-%dT%H:%M:%S')",
    "posted_on": "DATE '2026-11-22'",
    "kind": "['PURCHASE', 'PURCHASE', 'PURCHASE', 'REFUND', 'FEE'][1 + i % 5]",
    "amount": "((1 + hash(i + 9) % 900000) / 100.0)::DECIMAL(12,2)",
    "currency": "'CNY'",
    "billing_amount": "((1 + hash(i + 9) % 900000) / 100.0)::DECIMAL(12,2)",
    "merchant_id": "'M' || (hash(i + 3) % 40000)",
    "merchant_name": "'商户' || (i % 1000)",
    "mcc": "5000 + i % 60",
    "terminal_id": "'P' || (hash(i + 3) % 90000)",
    "country": "'CN'",
    "city": "['北京', '上海', '广州', '深圳'][1 + i % 4]",
    "channel": "['POS', 'QR', 'ONLINE'][1 + i % 3]",
    "card_present": "i % 2",
    "device_id": "NULL",
    "original_txn_id": "NULL",
    "customer_initiated": "(i % 5 < 3)::INTEGER",
}


OTHERS = {
    "statements": (
        "'A' || lpad((i % 200000)::VARCHAR, 9, '0') AS account_id, DATE '2020-01-05' + (i // 200000)::INTEGER * 31 AS"
        " statement_on, statement_on + 20 AS due_on, (hash(i) % 900000 / 100.0)::DECIMAL(12,2) AS balance,"
        " (hash(i) % 90000 / 100.0)::DECIMAL(12,2) AS minimum_due, balance AS purchases, 0 AS cash_advances,"
        " 0 AS fees_interest, 50000 AS credit_limit, 0 AS cycles_past_due"
    ),
    "repayments": (
        "'R' || lpad(i::VARCHAR, 12, '0') AS repayment_id,"
        " 'A' || lpad((hash(i) % 200000)::VARCHAR, 9, '0') AS account_id,"
        " strftime(TIMESTAMP '2026-11-21' + to_seconds((i % 86400)::BIGINT), '%Y-%m-%dT%H:%M:%S') AS paid_at,"
        " ((1 + hash(i) % 900000) / 100.0)::DECIMAL(12,2) AS amount, ['CUSTOMER', 'AUTO_DEBIT'][1 + i % 2] AS method,"
        " '付款人' || i % 5000 AS payer"
    ),
    "customers": (
        "'C' || lpad(i::VARCHAR, 9, '0') AS customer_id, '王' || i % 5000 AS name, 'ID_CARD' AS id_type,"
        " '110101199001' || lpad((i % 1000000)::VARCHAR, 6, '0') AS id_number, 'M' AS gender,"
        " DATE '1960-01-01' + (i % 15000)::INTEGER AS birth_date, '120' || lpad(i::VARCHAR, 8, '0') AS mobile,"
        " 'c' || i || '@example.com' AS email, '110101' AS region, '北京市海淀区无名路' || i % 900 || '号' AS address,"
        " '某公司' || i % 700 AS employer, DATE '2015-01-01' + (i % 4000)::INTEGER AS opened_on, 'B1' AS unit_code,"
        " 'P' || i % 300 AS manager_no, 'ACTIVE' AS status"
    ),
}


def write_clean(path: Path, names: list[str], rows: int) -> None:
    """A file without any error."""
    columns = ", ".join(f"{VALUES[name]} AS {name}" for name in names)
    duckdb.sql(f"COPY (SELECT {columns} FROM range({rows}) t(i)) TO '{path}' (HEADER, DELIMITER ',')")


def plant(clean: Path, bad: Path, names: list[str], rows: int) -> dict[int, str]:
    """A copy with errors; physical line → kind."""
    draw, planted = random.Random(7), {}
    chosen = sorted(draw.sample(range(10, rows), round(rows * SHARE)))
    kinds = {n: list(KINDS)[k % len(KINDS)] for k, n in enumerate(draw.sample(chosen, len(chosen)))}
    with clean.open("rb") as source, bad.open("wb") as target:
        target.write(source.readline())
        for n, line in enumerate(source):
            if n not in kinds:
                target.write(line)
                continue
            planted[n + 2] = kinds[n]
            target.write(_spoil(kinds[n], line.rstrip(b"\n").split(b","), names, n) + b"\n")
    return planted


def _spoil(kind: str, fields: list[bytes], names: list[str], n: int) -> bytes:
    at = {name: place for place, name in enumerate(names)}
    match kind:
        case "type":
            fields[at["amount"]] = b"12x.50"
        case "negative":
            fields[at["amount"]] = b"-5.00"
        case "unknown_card":
            fields[at["card_id"]] = b"K999999999"
        case "future":
            fields[at["occurred_at"]] = b"2031-01-01T00:00:00"
        case "dup_id":
            fields[at["txn_id"]] = b"T%012d" % (n % 10)
        case "encoding":
            fields[at["merchant_name"]] = "商户测试".encode("gbk")
        case "short":
            fields = fields[:6]
        case "long":
            fields.append(b"extra")
        case "quote":
            fields[at["merchant_name"]] = b'"unterminated'
    return b",".join(fields)


# --- what is measured ---------------------------------------------------------------------------------


def typed_read(path: Path, feed: str, names: list[str]) -> None:
    """The bound: DuckDB reads the clean file into typed columns and does nothing else."""
    kinds = {
        column.name: "DECIMAL(18,2)" if column.kind is Kind.MONEY else SQL_TYPE[column.kind]
        for column in FEEDS[feed].columns
    }
    columns = ", ".join(f"'{name}': '{kinds[name]}'" for name in names)
    with duckdb.connect() as con:
        con.execute(f"CREATE TABLE t AS SELECT * FROM read_csv('{path}', header = true, columns = {{{columns}}})")


def ingest(path: Path, root: Path, feed: str = "transactions") -> Checked:
    """Ours, with a memory that knows no keys yet, as at the start of `kajing import`."""
    warehouse = Warehouse(root)
    checked = check(path, feed=feed, business_date=DAY, keys=KEYS, warehouse=warehouse, limit=1.0)
    admit(checked, warehouse=warehouse)
    return checked


def least(work: Callable[[], Any], rounds: int, before: Callable[[], Any] = lambda: None) -> tuple[float, Any]:
    """The least CPU seconds of some rounds, and the last result."""
    best, result = float("inf"), None
    for _ in range(rounds):
        before()
        began = cpu()
        result = work()
        best = min(best, cpu() - began)
    return best, result


def bank(root: Path) -> None:
    """Customers, accounts and cards for the transactions to refer to."""
    folder = root.parent
    selects = {
        "accounts": f"SELECT 'A' || lpad(i::VARCHAR, 9, '0') AS account_id, 'C1' AS customer_id, 10000 AS credit_limit,"
        f" 5 AS statement_day, DATE '2020-01-01' AS opened_on, 'NORMAL' AS status FROM range({CARDS}) t(i)",
        "cards": f"SELECT 'K' || lpad(i::VARCHAR, 9, '0') AS card_id, 'A' || lpad(i::VARCHAR, 9, '0') AS account_id,"
        f" 'C1' AS customer_id, DATE '2020-01-01' AS approved_on, 'ACTIVE' AS status FROM range({CARDS}) t(i)",
    }
    for feed, sql in selects.items():
        path = folder / f"{feed}.csv"
        duckdb.sql(f"COPY ({sql}) TO '{path}' (HEADER)")
        ingest(path, root, feed)


def grade(checked: Checked, root: Path, planted: dict[int, str]) -> str:
    """Planted errors against those told of, and rows against rows."""
    told = {
        one.line: (one.column, one.code)
        for one in rejects(Warehouse(root), feed=checked.feed, business_date=DAY, part=checked.part)
    }
    right = sum(told.get(line) == KINDS[kind] for line, kind in planted.items())
    false = len(told.keys() - planted.keys())
    path = Warehouse(root).raw_path(checked.feed, DAY, checked.part)
    kept = set(pq.read_table(path, columns=["line"]).column("line").to_pylist())
    soft = {line for line, kind in planted.items() if kind == "unknown_card"}
    lost = len(set(range(2, checked.rows + 2)) - kept - told.keys()) + len(soft - kept)
    return f"planted {len(planted):,}, found with line and column {right:,}, false {false}, lost {lost}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--wide", action="store_true", help="all 20 columns of the contract, not 11")
    parser.add_argument("--forms", default="", help="also these forms of the clean file: gb18030,gz,parquet")
    parser.add_argument("--feeds", action="store_true", help="also statements, repayments and (a tenth) customers")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="kajing-ingest-"))
    try:
        measure(folder, options)
    finally:
        shutil.rmtree(folder)


def measure(folder: Path, options: argparse.Namespace) -> None:
    """Make the files, time every way, print."""
    names = list(FEEDS["transactions"].names) if options.wide else NARROW.split(",")
    clean, bad = folder / "clean.csv", folder / "bad.csv"
    write_clean(clean, names, options.rows)
    planted = plant(clean, bad, names, options.rows)
    bank(folder / "bank")
    root = folder / "warehouse"

    def fresh() -> None:
        shutil.rmtree(root, ignore_errors=True)
        shutil.copytree(folder / "bank", root)

    size = clean.stat().st_size / 1e6
    print(f"{options.rows:,} rows, {len(names)} columns, {size:,.0f} MB; CPU s, least of {options.rounds}")
    bound, _ = least(lambda: typed_read(clean, "transactions", names), options.rounds)
    _line("clean file, typed read_csv", bound, bound, options.rows)
    spent, _ = least(lambda: ingest(clean, root), options.rounds, fresh)
    _line("clean file, ingest", spent, bound, options.rows)
    spent, checked = least(lambda: ingest(bad, root), options.rounds, fresh)
    _line("file with errors, ingest", spent, bound, options.rows, grade(checked, root, planted))
    for form in filter(None, options.forms.split(",")):
        path = _in_form(clean, form)
        spent, _ = least(lambda path=path: ingest(path, root), options.rounds, fresh)
        _line(f"clean file as {form}, ingest", spent, bound, options.rows)
    if options.feeds:
        measure_others(folder, root, options, fresh)


def measure_others(folder: Path, root: Path, options: argparse.Namespace, fresh: Callable[[], None]) -> None:
    """Other feeds, each against the plain read of its own file; customers are encrypted column by column."""
    for feed, columns in OTHERS.items():
        path, rows = folder / f"{feed}.csv", options.rows // (10 if feed == "customers" else 1)
        duckdb.sql(f"COPY (SELECT {columns} FROM range({rows}) t(i)) TO '{path}' (HEADER, DELIMITER ',')")
        names = path.open(encoding="utf-8").readline().strip().split(",")
        bound, _ = least(lambda path=path, feed=feed, names=names: typed_read(path, feed, names), options.rounds)
        spent, checked = least(lambda path=path, feed=feed: ingest(path, root, feed), options.rounds, fresh)
        _line(f"{feed}, ingest", spent, bound, rows, f"{checked.rows:,} rows, {checked.quarantined} quarantined")


def _in_form(clean: Path, form: str) -> Path:
    path = clean.with_suffix(f".{form}")
    match form:
        case "gb18030":
            path.write_bytes(clean.read_bytes().decode().encode("gb18030"))
        case "gz":
            path.write_bytes(gzip.compress(clean.read_bytes(), 6))
        case "parquet":
            sql = f"SELECT * REPLACE (amount::DECIMAL(18,2) AS amount) FROM read_csv('{clean}', all_varchar = true)"
            duckdb.sql(f"COPY ({sql}) TO '{path}' (FORMAT parquet)")
        case _:
            raise SystemExit(f"no form {form}")
    return path


def _line(what: str, spent: float, bound: float, rows: int, more: str = "") -> None:
    print(
        f"{what:36} {spent:6.2f} CPU s  {spent / bound:5.1f} x  {rows / spent / 1e6:5.2f} M rows/CPU s  {more}",
        flush=True,
    )


if __name__ == "__main__":
    main()
