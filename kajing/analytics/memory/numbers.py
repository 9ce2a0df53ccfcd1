"""Whole numbers for customers and cards: looking for some of them among millions of rows by text costs five times more.

    holders     customer_id, holder
    plastics    card_id, plastic

A number is given once and stays with its id until the memory is made anew. Numbers are of this file only: figures carry
ids, transactions in the memory carry both.
"""

from __future__ import annotations

from kajing.analytics.memory.store import ALIAS, Memory

TABLES = (("holders", "customer_id", "holder", "s_accounts"), ("plastics", "card_id", "plastic", "s_cards"))

MADE = ("n_accounts", "n_cards")


def holders(memory: Memory | None) -> int:
    """How many customers have a number, 0 without a memory; a whole night numbers them in the order of their ids."""
    if memory is None:
        return 0
    return int(memory.con.execute(f"SELECT count(*) FROM {ALIAS}.holders").fetchall()[0][0])


def update(memory: Memory) -> None:
    """Number who came with the temporary s_accounts and s_cards; `n_accounts` and `n_cards` have the numbers."""
    con = memory.con
    for table, key, number, source in TABLES:
        known = f"{ALIAS}.{table}"
        con.execute(f"CREATE TABLE IF NOT EXISTS {known} ({key} VARCHAR, {number} UINTEGER)")
        con.execute(
            f"INSERT INTO {known} SELECT {key}, (SELECT coalesce(max({number}), 0) FROM {known})"
            f" + row_number() OVER (ORDER BY {key}) FROM (SELECT DISTINCT {key} FROM {source} ANTI JOIN {known}"
            f" USING ({key}))"
        )
    con.execute(
        "CREATE TEMP TABLE n_accounts AS SELECT account_id, customer_id, holder FROM s_accounts"
        f" JOIN {ALIAS}.holders USING (customer_id)"
    )
    con.execute(
        f"CREATE TEMP TABLE n_cards AS SELECT card_id, plastic FROM s_cards JOIN {ALIAS}.plastics USING (card_id)"
    )
