"""Made-up card transactions in plain columns, the same at every run: a value is f(hash(row, column)), never a draw.

24 months from 2024-11-01, a Parquet file each, ordered by day; a card has 50 transactions on average, with a few cards
and merchants taking most. Money is integer fen, so sums are exact in every engine. txn_type: 0 purchase, 1 cash
advance, 2 refund, 3 repayment (bunched on days 15-27).
"""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from pathlib import Path

import duckdb

BEGIN, MONTHS = (2024, 11), 24
# Country of the 3 % bought abroad, and the number of instalments of the 8 % that have some.
ABROAD, PARTS = "['HK', 'JP', 'US', 'TH', 'SG', 'GB', 'KR', 'FR']", "[3, 6, 12, 24]"


def make(folder: Path, rows: int) -> None:
    """Write `txn/YYYYMM.parquet`, `card.parquet` and `city.parquet` into the folder."""
    cards = max(1000, rows // 50)
    (folder / "txn").mkdir(parents=True)
    con = duckdb.connect()
    con.execute("SET threads = 2; SET memory_limit = '8GB'")
    con.execute(f"""COPY (SELECT gid::INT AS card_id, (gid * 10 // 11)::INT AS customer_id,
        (hash(gid * 7 + 1) % 40)::SMALLINT AS branch, (hash(gid * 7 + 2) % 5)::SMALLINT AS segment,
        (5 + (hash(gid * 7 + 3) % 96))::BIGINT * 100000 AS credit_limit
        FROM range({cards}) t(gid)) TO '{folder}/card.parquet' (COMPRESSION zstd)""")
    con.execute(f"""COPY (SELECT gid::SMALLINT AS city_id, 18 + (hash(gid * 5 + 1) % 3500) / 100.0::DOUBLE AS lat,
        75 + (hash(gid * 5 + 2) % 6000) / 100.0::DOUBLE AS lon FROM range(400) t(gid)) TO '{folder}/city.parquet'""")
    months = [_month(n) for n in range(MONTHS + 1)]
    total, done = (months[-1] - months[0]).days, 0
    for n, (first, after) in enumerate(pairwise(months)):
        days = (after - first).days
        count = rows * days // total if n < MONTHS - 1 else rows - done
        path = folder / "txn" / f"{first:%Y%m}.parquet"
        con.execute(
            f"COPY ({_rows(first, days, count, done, cards)}) TO '{path}' (COMPRESSION zstd, COMPRESSION_LEVEL 1)"
        )
        done += count
    con.close()


def _month(n: int) -> date:
    year, month = divmod(BEGIN[0] * 12 + BEGIN[1] - 1 + n, 12)
    return date(year, month + 1, 1)


def _rows(first: date, days: int, count: int, before: int, cards: int) -> str:
    """The transactions of one month: u1..u10 are uniform in [0, 1), from the number of the row."""
    merchants = max(2000, cards // 5)
    uniform = ", ".join(
        f"((hash(gid * 32 + {k}) >> 11)::DOUBLE * 1.1102230246251565e-16) AS u{k}" for k in range(1, 11)
    )
    normal = "sqrt(-2 * ln(u7 + 1e-12)) * cos(6.283185307 * u8)"
    return f"""WITH r AS (SELECT i + {before} AS gid, (i * {days} // {count})::INT AS d FROM range({count}) t(i)),
        s AS (SELECT gid, d, {uniform} FROM r),
        q AS (SELECT *, (((u1 ** 1.7) * {int(cards * 0.85)})::BIGINT * 7919 % {cards})::INT AS card_id,
            ((u2 ** 3) * {merchants})::INT AS m, CASE WHEN d + 1 BETWEEN 15 AND 27 THEN 0.115 ELSE 0.015 END AS repaid,
            CASE WHEN u3 < 0.12 THEN u4 * 86400 WHEN u3 < 0.5 THEN 36000 + (u4 + u5) * 10800
                ELSE 61200 + (u4 + u5) * 9000 END AS second FROM s),
        x AS (SELECT *, CASE WHEN u6 < repaid THEN 3 WHEN u6 < repaid + 0.02 THEN 2 WHEN u6 < repaid + 0.03 THEN 1
            ELSE 0 END::TINYINT AS txn_type, hash(m * 3 + 1) % 60 AS mi FROM q)
        SELECT gid AS txn_id, card_id,
            TIMESTAMP '{first} 00:00:00' + to_days(d) + to_seconds(second::BIGINT) AS ts, txn_type,
            greatest(100, CASE WHEN txn_type = 3 THEN 100000 * exp(0.9 * {normal})
                ELSE 4000 * (1 + mi % 7) * exp(1.1 * {normal}) END)::BIGINT AS amount,
            (CASE WHEN txn_type = 3 THEN 0 ELSE 5000 + mi * 31 END)::SMALLINT AS mcc,
            (CASE WHEN txn_type = 3 THEN -1 ELSE m END)::INT AS merchant_id,
            (CASE WHEN txn_type = 3 THEN -1 ELSE m * 3 + (hash(gid) % 3) END)::INT AS terminal_id,
            CASE WHEN u9 < 0.97 THEN 'CN' ELSE {ABROAD}[1 + (u9 * 100000)::INT % 8] END AS country,
            (CASE WHEN u10 < 0.93 THEN card_id % 400 ELSE (u10 * 1000000)::INT % 400 END)::SMALLINT AS city_id,
            (CASE WHEN u10 < 0.45 THEN 0 WHEN u10 < 0.85 THEN 1 ELSE 2 END)::TINYINT AS channel,
            (CASE WHEN txn_type = 0 AND u5 > 0.92 THEN {PARTS}[1 + (u5 * 10000)::INT % 4] ELSE 0 END)::TINYINT
                AS instal_n,
            (u4 < 0.0015 AND txn_type = 0) AS is_fraud FROM x"""
