"""A bank of any size, straight into raw parts: value = f(hash(row, column)), so the same size is the same bank.

24 months to 2026-11-02. Cards = rows / 200, 8 to 9 transactions a card and month with a long tail, merchants by a power
law, two daily peaks, 3 % abroad, 2 % refunds, 0.2 % reversals, 1 % cash; a statement a month and account, paid late or
little by some. The last three days come as parts of their own, what is before them as one part a feed and month.
"""

from __future__ import annotations

import time
from datetime import date, timedelta
from pathlib import Path

import duckdb

from kajing.analytics.feeds import FEEDS

FIRST, LAST = date(2024, 11, 1), date(2026, 11, 2)
LOADED = LAST - timedelta(3)  # the last day of the first load: each later day is one of its own
ROWS_A_CARD = 200
UNITS, MANAGERS_A_UNIT = 40, 10
MCCS = (
    "5411 5812 5814 5311 5541 5732 5651 5944 7011 4111 4121 5912 5999 5533 5691 7832 7995 6011 5722 5462 5921 4900 8062"
    " 8211 5045 5111 7230 5977 5641 5734"
).split()


def write(root: Path, rows: int) -> dict[str, float]:
    """Write the raw parts; how many rows of each feed, and rows a second."""
    began = time.monotonic()
    cards = max(500, rows // ROWS_A_CARD)
    con = duckdb.connect(config={"memory_limit": "8GB", "preserve_insertion_order": True})
    bank = _Bank(con, root, cards)
    bank.people()
    made = 0
    months = _months()
    days = (LAST - FIRST).days + 1
    for first, last in months:
        count = rows * ((last - first).days + 1) // days
        single = [first + timedelta(n) for n in range((last - first).days + 1)]
        ends = [(day, day) for day in single if day > LOADED]
        if first <= LOADED:
            ends.insert(0, (first, min(last, LOADED)))
        for start, end in ends:
            part = count * ((end - start).days + 1) // ((last - first).days + 1)
            bank.transactions(start, end, made, part)
            bank.debt(start, end)
            made += part
    con.close()
    return {"rows": made, "cards": cards, "rows_a_second": round(made / (time.monotonic() - began))}


def _months() -> list[tuple[date, date]]:
    found, start = [], FIRST
    while start <= LAST:
        after = date(start.year + start.month // 12, start.month % 12 + 1, 1)
        found.append((start, after - timedelta(1)))
        start = after
    return found


def _u(tag: int, key: str = "n") -> str:
    """A number in [0, 1) of a row and a column."""
    return f"((hash({key} * 64 + {tag}) >> 11)::DOUBLE * 1.1102230246251565e-16)"


class _Bank:
    """Writes the parts of one bank."""

    def __init__(self, con: duckdb.DuckDBPyConnection, root: Path, cards: int) -> None:
        self.con, self.root, self.cards = con, root, cards
        self.merchants = max(2000, cards // 5)
        self.month = cards * ROWS_A_CARD // 24
        con.execute(f"CREATE TABLE mccs AS SELECT unnest({list(MCCS)}) AS mcc, unnest(range({len(MCCS)})) AS i")

    def _part(self, feed: str, day: date, sql: str) -> None:
        folder = self.root / "raw" / feed / f"bd={day.isoformat()}"
        folder.mkdir(parents=True, exist_ok=True)
        typed = ", ".join(f"{name}::{kind} AS {name}" for name, kind in FEEDS[feed].stored)
        missing = [name for name, _kind in FEEDS[feed].stored]
        have = {row[0] for row in self.con.execute(f"SELECT column_name FROM (DESCRIBE {sql})").fetchall()}
        empty = "".join(f", NULL AS {name}" for name in missing if name not in have)
        self.con.execute(
            f"COPY (SELECT {typed} FROM (SELECT *{empty} FROM ({sql})))"
            f" TO '{folder / 'bank.parquet'}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
        )

    def people(self) -> None:
        """Customers, accounts, cards, all of the first day."""
        n = f"range({self.cards}) t(n)"
        self._part(
            "customers",
            FIRST,
            f"SELECT 'C' || n AS customer_id, '客户' || n AS name, 'U' || (hash(n * 7 + 1) % {UNITS}) AS unit_code,"
            f" 'P' || (hash(n * 7 + 1) % {UNITS}) || '-' || (hash(n * 7 + 2) % {MANAGERS_A_UNIT}) AS manager_no,"
            f" DATE '2018-01-01' + (hash(n * 7 + 3) % 2400)::INTEGER AS opened_on, 'ACTIVE' AS status,"
            f" (6 + hash(n * 7 + 5) % 40)::BIGINT * 1000000 AS annual_income, n + 2 AS line"
            f" FROM {n} WHERE n % 11 <> 10",
        )
        owner = "'C' || CASE WHEN n % 11 = 10 THEN n - 1 ELSE n END"
        self._part(
            "accounts",
            FIRST,
            f"SELECT 'A' || n AS account_id, {owner} AS customer_id, 'G' || (hash(n * 7 + 6) % 6) AS product_id,"
            " 'CNY' AS currency, (5 + hash(n * 7 + 7) % 96)::BIGINT * 100000 AS credit_limit,"
            " 1 + n % 28 AS statement_day, 20 AS due_days, 'NORMAL' AS status,"
            " DATE '2018-01-01' + (hash(n * 7 + 3) % 2400)::INTEGER AS opened_on,"
            f" n + 2 AS line FROM {n}",
        )
        self._part(
            "cards",
            FIRST,
            f"SELECT 'K' || n AS card_id, 'A' || n AS account_id, {owner} AS customer_id,"
            " lpad((n % 10000)::VARCHAR, 4, '0') AS last4, false AS supplementary, false AS policy_function,"
            " DATE '2018-01-01' + (hash(n * 7 + 3) % 2400)::INTEGER AS approved_on,"
            " DATE '2018-01-01' + (hash(n * 7 + 3) % 2400 + 9)::INTEGER AS activated_on, 'ACTIVE' AS status,"
            f" n + 2 AS line FROM {n}",
        )

    def transactions(self, first: date, last: date, base: int, rows: int) -> None:
        """One part of postings in the order of days."""
        days = (last - first).days + 1
        second = (
            f"CASE WHEN {_u(3)} < 0.12 THEN {_u(4)} * 86400 WHEN {_u(3)} < 0.5 THEN 36000 +"
            f" ({_u(4)} + {_u(5)}) * 10800 ELSE 61200 + ({_u(4)} + {_u(5)}) * 9000 END"
        )
        lively = int(self.cards * 0.9)
        sql = f"""
        WITH r AS (SELECT i + {base} AS n, (i * {days} // {max(rows, 1)})::INTEGER AS d FROM range({rows}) t(i)),
        q AS (SELECT *, ((({_u(1)} ** 1.4) * {lively})::BIGINT * 7919 % {self.cards})::BIGINT AS card,
            (({_u(2)} ** 3) * {self.merchants})::BIGINT AS m, {_u(6)} AS fate, {_u(7)} AS u7, {_u(8)} AS u8,
            {_u(9)} AS u9, {_u(10)} AS u10, {second} AS sec FROM r),
        x AS (SELECT *, hash(m * 3 + 1) % {len(MCCS)} AS mi, CASE WHEN fate < 0.02 THEN 'REFUND'
            WHEN fate < 0.022 THEN 'REVERSAL' WHEN fate < 0.032 THEN 'CASH' WHEN fate < 0.042 THEN 'DECLINE'
            ELSE 'PURCHASE' END AS kind FROM q)
        SELECT 'T' || n AS txn_id, 'K' || card AS card_id, 'A' || card AS account_id,
            TIMESTAMP '{first} 00:00:00' + to_days(d) + to_seconds(sec::BIGINT) AS occurred_at,
            DATE '{first}' + d AS posted_on, kind, amount, 'CNY' AS currency, amount AS billing_amount,
            'M' || m AS merchant_id, '商户' || m AS merchant_name, mccs.mcc AS mcc,
            'X' || (m * 3 + hash(n) % 3) AS terminal_id,
            CASE WHEN u9 < 0.97 THEN 'CN' ELSE ['HK', 'JP', 'US', 'TH'][1 + (u9 * 100000)::INTEGER % 4] END AS country,
            ['北京', '上海', '广州', '深圳', '成都'][1 + card % 5] AS city,
            ['POS', 'ONLINE', 'QR'][1 + (u10 * 100)::INTEGER % 3] AS channel, u10 < 0.33 AS card_present,
            'D' || (card * 2 + (u10 * 50)::INTEGER % 2) AS device_id,
            CASE WHEN kind IN ('REFUND', 'REVERSAL') THEN 'T' || greatest(n - 1 - (u9 * {self.month})::BIGINT, 0) END
                AS original_txn_id,
            kind IN ('PURCHASE', 'CASH') AS customer_initiated, n + 2 AS line
        FROM (SELECT *, greatest(100, 4000 * (1 + mi % 7) * exp(1.1 * sqrt(-2 * ln(u7 + 1e-12)) *
            cos(6.283185307 * u8)))::BIGINT AS amount FROM x) JOIN mccs ON mi = mccs.i ORDER BY n"""
        self._part("transactions", last, sql)

    def debt(self, first: date, last: date) -> None:
        """Statements of the days, and what is repaid on them: in full, the minimum, late, or not at all."""
        day = f"DATE '{first.replace(day=1)}' + (account % 28)::INTEGER"
        key = f"(account * 100 + {first.year % 100 * 12 + first.month})"
        base = (
            f"SELECT account, {day} AS statement_on, (200 + {_u(1, key)} * 30000)::BIGINT * 100 AS balance,"
            f" {_u(2, key)} AS fate FROM range({self.cards}) t(account)"
        )
        self._part(
            "statements",
            last,
            f"SELECT 'A' || account AS account_id, statement_on, statement_on + 20 AS due_on, balance,"
            " balance // 10 AS minimum_due, (5 + hash(account * 7 + 7) % 96)::BIGINT * 100000 AS credit_limit,"
            f" account + 2 AS line FROM ({base}) WHERE statement_on BETWEEN DATE '{first}' AND DATE '{last}'",
        )
        before = (first.replace(day=1) - timedelta(1)).replace(day=1)
        paid = []
        for month in (before, first.replace(day=1)):
            key = f"(account * 100 + {month.year % 100 * 12 + month.month})"
            on = (
                f"DATE '{month}' + (account % 28 + CASE WHEN {_u(3, key)} < 0.9 THEN 12 + (hash({key}) % 9)::INTEGER"
                f" ELSE 24 + (hash({key}) % 7)::INTEGER END)::INTEGER"
            )
            paid.append(
                f"SELECT 'R' || {key} AS repayment_id, 'A' || account AS account_id, ({on})::TIMESTAMP +"
                f" to_seconds((hash({key} + 5) % 86400)::BIGINT) AS paid_at,"
                f" CASE WHEN {_u(2, key)} < 0.65 THEN (200 + {_u(1, key)} * 30000)::BIGINT * 100"
                f" ELSE greatest((200 + {_u(1, key)} * 30000)::BIGINT * 10, 1) END AS amount,"
                f" ['AUTO_DEBIT', 'CUSTOMER'][1 + (hash({key} + 7) % 2)::INTEGER] AS method, account + 2 AS line"
                f" FROM range({self.cards}) t(account) WHERE {_u(2, key)} < 0.97"
            )
        self._part(
            "repayments",
            last,
            f"SELECT * FROM ({' UNION ALL '.join(paid)}) WHERE paid_at::DATE BETWEEN DATE '{first}' AND DATE '{last}'",
        )
