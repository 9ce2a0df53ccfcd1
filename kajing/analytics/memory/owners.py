"""Which accounts and cards are known and whose they are: what came, went or changed hands since last night."""

from __future__ import annotations

from kajing.analytics.memory.store import ALIAS, Memory


def update(memory: Memory) -> None:
    """`come_accounts`, `come_cards`: new tonight. `left_accounts`, `left_cards`: gone or of another customer.

    Compares the temporary s_accounts and s_cards with `owners` and `known_cards`, and brings those up to date.
    """
    con = memory.con
    for what, known, columns in (
        ("accounts", f"{ALIAS}.owners", "account_id, customer_id"),
        ("cards", f"{ALIAS}.known_cards", "card_id"),
    ):
        key = columns.partition(",")[0]
        con.execute(f"CREATE TEMP TABLE come_{what} AS SELECT {columns} FROM s_{what} EXCEPT FROM {known}")
        con.execute(f"CREATE TEMP TABLE left_{what} AS FROM {known} EXCEPT SELECT {columns} FROM s_{what}")
        con.execute(f"DELETE FROM {known} WHERE {key} IN (SELECT {key} FROM left_{what})")
        con.execute(f"INSERT INTO {known} SELECT * FROM come_{what}")
