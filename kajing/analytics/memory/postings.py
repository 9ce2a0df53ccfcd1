"""Changed rows of the transactions feed, and changed owners → `was_txn` and `now_txn`: transactions as they count.

A transaction stands on its own row, on the original it gives back, on the refunds that take it back, and on its account
and card being known. So a change reaches its originals and its refunds, one step each way and no further.
"""

from __future__ import annotations

import duckdb

from kajing.analytics import marts
from kajing.analytics.backends.duck import DuckBackend
from kajing.analytics.feeds import FEEDS
from kajing.analytics.memory import pruning, winners
from kajing.analytics.memory.store import ALIAS, Memory

TXN = f"{ALIAS}.txn"
WAITING = f"{ALIAS}.waiting_txn"
FEED = FEEDS["transactions"]
STEPS = 3  # a refund, its original, and what either hangs on


def raw_sql(relation: str) -> str:
    """Transactions as they count, back in the columns of their feed (plus bd and part)."""
    special = {
        "amount": "original_amount AS amount",
        "billing_amount": "amount AS billing_amount",
        **{name: f"CASE WHEN lent_{name} THEN NULL ELSE {name} END AS {name}" for name in marts.LENT},
    }
    names = ", ".join(special.get(name, name) for name in winners.columns(FEED))
    return f"(SELECT {names}, bd, part FROM {relation})"


def update(memory: Memory, backend: DuckBackend, parts: winners.PartsTonight) -> int:
    """Bring `txn` and `waiting_txn` up to date; leaves `was_txn` and `now_txn`; returns how many rows they have.

    Needs the temporary n_accounts, n_cards, s_mcc_groups of tonight and the tables of `owners.update`.
    """
    con = memory.con
    winners.incoming(con, "transactions", parts, _lost(parts))
    pruning.refuse_changes(memory, WAITING, parts)
    _changed(con)
    _neighbours(con)
    con.execute(
        "CREATE TEMP TABLE was_transactions AS SELECT * FROM near_raw SEMI JOIN"
        " (SELECT txn_id FROM in_transactions UNION ALL SELECT txn_id FROM lost_transactions) USING (txn_id)"
    )
    winners.newest(con, "transactions", parts)
    con.execute(
        "CREATE TEMP TABLE context AS SELECT * FROM now_transactions UNION ALL BY NAME"
        " SELECT * FROM near_raw ANTI JOIN was_transactions USING (txn_id)"
    )
    staged = backend.described("context")
    backs = backend.make("context_backs", marts.givebacks(staged), kept=False)
    mcc = backend.described("s_mcc_groups")
    rows = marts.transactions(staged, backs, backend.described("n_accounts"), backend.described("n_cards"), mcc)
    backend.make("context_txn", rows, kept=False)
    _compare(con)
    _store(con)
    memory.keep_parts("transactions", parts.all)
    return _count(con, "was_txn") + _count(con, "now_txn")


def _lost(parts: winners.PartsTonight) -> str:
    condition = winners.gone_sql(parts)
    return f"SELECT txn_id FROM {TXN} WHERE {condition} UNION ALL SELECT txn_id FROM {WAITING} WHERE {condition}"


def _changed(con: duckdb.DuckDBPyConnection) -> None:
    """`changed_ids`: rows that came or went, or whose account or card came, went or changed hands.

    Rows of accounts and cards that just came can only wait; those of others stand among the transactions.
    """
    of_moved = "account_id IN (SELECT account_id FROM {0}_accounts) OR card_id IN (SELECT card_id FROM {0}_cards)"
    con.execute(
        "CREATE TEMP TABLE changed_ids AS SELECT DISTINCT txn_id FROM (SELECT txn_id FROM in_transactions"
        " UNION ALL SELECT txn_id FROM lost_transactions"
        f" UNION ALL SELECT txn_id FROM {WAITING} WHERE {of_moved.format('come')})"
    )
    if _count(con, "left_accounts") + _count(con, "left_cards"):
        con.execute(f"INSERT INTO changed_ids SELECT txn_id FROM {TXN} WHERE {of_moved.format('left')}")


def _neighbours(con: duckdb.DuckDBPyConnection) -> None:
    """`near_txn`, `near_raw`: last night's rows among the changed ones, their originals and refunds.

    A further step is taken for what the rows found refer to: the originals of old links, the refunds of refunds. Few
    transactions have an original; where these stand is looked up once.
    """
    con.execute(
        "CREATE TEMP TABLE backs_at AS SELECT rowid AS place, original_txn_id AS txn_id"
        f" FROM {TXN} WHERE original_txn_id IS NOT NULL"
    )
    con.execute(f"CREATE TEMP TABLE near_txn AS SELECT rowid AS place, * FROM {TXN} LIMIT 0")
    con.execute(f"CREATE TEMP TABLE near_raw AS SELECT * FROM {WAITING} LIMIT 0")
    con.execute(
        "CREATE TEMP TABLE asked AS SELECT DISTINCT txn_id FROM (SELECT txn_id FROM changed_ids UNION ALL"
        " SELECT original_txn_id FROM in_transactions WHERE original_txn_id IS NOT NULL)"
    )
    con.execute("CREATE TEMP TABLE by_id AS SELECT txn_id FROM asked")
    con.execute("CREATE TEMP TABLE by_original AS SELECT txn_id FROM asked")
    for _step in range(STEPS):
        _find(con, "txn_id", "by_id")
        _find(con, "original_txn_id", "by_original")
        con.execute(
            "CREATE OR REPLACE TEMP TABLE by_id AS SELECT DISTINCT original_txn_id AS txn_id FROM near_raw"
            " WHERE original_txn_id IS NOT NULL AND original_txn_id NOT IN (SELECT txn_id FROM asked)"
        )
        con.execute(
            "CREATE OR REPLACE TEMP TABLE by_original AS SELECT txn_id FROM near_raw ANTI JOIN asked USING (txn_id)"
            " UNION SELECT txn_id FROM by_id"
        )
        con.execute("INSERT INTO asked SELECT txn_id FROM by_original")


def _find(con: duckdb.DuckDBPyConnection, column: str, those: str) -> None:
    if not _count(con, those):
        return
    asked = f"{column} IN (SELECT txn_id FROM {those})"
    if column == "original_txn_id":
        asked_txn = f"rowid IN (SELECT place FROM backs_at SEMI JOIN {those} USING (txn_id))"
    else:
        asked_txn = asked
    new = "ANTI JOIN near_raw USING (txn_id)"
    con.execute(
        "CREATE OR REPLACE TEMP TABLE found_txn AS SELECT * FROM"
        f" (SELECT rowid AS place, * FROM {TXN} WHERE {asked_txn}) {new}"
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE found_waiting AS SELECT * FROM (FROM {WAITING} WHERE {asked}) {new}")
    con.execute("INSERT INTO near_txn SELECT * FROM found_txn")
    con.execute(f"INSERT INTO near_raw BY NAME SELECT * FROM {raw_sql('found_txn')}")
    con.execute("INSERT INTO near_raw BY NAME SELECT * FROM found_waiting")


def _compare(con: duckdb.DuckDBPyConnection) -> None:
    """`reach`: the ids whose standing may have changed; `was_txn`, `now_txn`: those where it did."""
    con.execute(
        "CREATE TEMP TABLE reach AS SELECT DISTINCT txn_id FROM (SELECT txn_id FROM changed_ids"
        " UNION ALL SELECT original_txn_id FROM context SEMI JOIN changed_ids USING (txn_id)"
        " UNION ALL SELECT original_txn_id FROM was_transactions"
        " UNION ALL SELECT txn_id FROM context WHERE original_txn_id IN (SELECT txn_id FROM changed_ids))"
        " WHERE txn_id IS NOT NULL"
    )
    described = con.execute("SELECT column_name FROM (DESCRIBE context_txn)").fetchall()
    names = [row[0] for row in described if row[0] not in {"bd", "part"}]
    same = " AND ".join(f"w.{name} IS NOT DISTINCT FROM n.{name}" for name in names)
    con.execute(f"CREATE TEMP TABLE same_txn AS SELECT w.txn_id FROM near_txn w JOIN context_txn n ON {same}")
    for name, source in (("was_txn", "near_txn"), ("now_txn", "context_txn")):
        con.execute(
            f"CREATE TEMP TABLE {name} AS SELECT {', '.join(names)} FROM {source} SEMI JOIN reach USING (txn_id)"
            " ANTI JOIN same_txn USING (txn_id)"
        )


def _store(con: duckdb.DuckDBPyConnection) -> None:
    con.execute(f"DELETE FROM {TXN} WHERE rowid IN (SELECT place FROM near_txn SEMI JOIN reach USING (txn_id))")
    winners.delete_keys(con, WAITING, "reach", ("txn_id",))
    con.execute(f"INSERT INTO {TXN} BY NAME SELECT * FROM context_txn SEMI JOIN reach USING (txn_id)")
    con.execute(
        f"INSERT INTO {WAITING} BY NAME SELECT * FROM context SEMI JOIN reach USING (txn_id)"
        " ANTI JOIN context_txn USING (txn_id)"
    )


def _count(con: duckdb.DuckDBPyConnection, table: str) -> int:
    return int(con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])
