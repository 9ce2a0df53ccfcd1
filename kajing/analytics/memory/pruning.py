"""Transactions that no window needs any more are dropped; what tells that a change reaches into that time is kept.

Dropped are the transactions of whole months more than `memory_days` ago (the history that pages show is a layer of its
own), and months of accounts as old. Of them stay, in a sixth of the room:

    old_keys     64-bit hashes of their ids
    old_cards    customers, accounts and cards with some
    old_parts    raw parts with some
    old_months   what metrics of past months need: `metrics.use_by_month`
    old_until    the first day that is kept, and the first day ever

Statements are dropped as long after as no cycle needs them, repayments once no month that is told looks back on them
(`sleeping_months` before the oldest). Of them stay:

    old_debtors     accounts with some
    old_repaid      64-bit hashes of the ids of repayments
    old_debt_parts  raw parts with some
    old_debt_until  the first day that is kept, by feed

First and last uses, counts and totals are states of their own and have the old ones in them. A night cannot tell what
becomes of such states when something dropped is corrected, given back, deleted or joined by a late row: it stops
(`Reached`), and a whole night from raw takes its place. Equal hashes of different ids only make a night whole in vain.
"""

from __future__ import annotations

from datetime import date, timedelta

import duckdb

from kajing.analytics import metrics
from kajing.analytics.backends.duck import DuckBackend
from kajing.analytics.features import debt
from kajing.analytics.marts import month_of
from kajing.analytics.memory.store import ALIAS, Memory
from kajing.analytics.memory.winners import PartsTonight
from kajing.analytics.parameters import Parameters


class Reached(Exception):
    """A change reaches into time whose transactions were dropped: only a whole night is exact."""


def begin(memory: Memory) -> None:
    """The tables of a new memory, empty."""
    con = memory.con
    con.execute(f"CREATE TABLE {ALIAS}.old_keys (k UBIGINT)")
    con.execute(f"CREATE TABLE {ALIAS}.old_cards (customer_id VARCHAR, account_id VARCHAR, card_id VARCHAR)")
    con.execute(f"CREATE TABLE {ALIAS}.old_parts (bd DATE, part VARCHAR)")
    con.execute(
        f"CREATE TABLE {ALIAS}.old_months"
        " (account_id VARCHAR, card_id VARCHAR, month DATE, spend BIGINT, last_use_on DATE)"
    )
    con.execute(f"CREATE TABLE {ALIAS}.old_until (day DATE, first DATE)")
    con.execute(f"CREATE TABLE {ALIAS}.old_debtors (account_id VARCHAR)")
    con.execute(f"CREATE TABLE {ALIAS}.old_repaid (k UBIGINT)")
    con.execute(f"CREATE TABLE {ALIAS}.old_debt_parts (feed VARCHAR, bd DATE, part VARCHAR)")
    con.execute(f"CREATE TABLE {ALIAS}.old_debt_until (feed VARCHAR, day DATE)")


def until(memory: Memory) -> date | None:
    """The first day whose transactions are all kept; None while nothing was dropped."""
    rows = memory.con.execute(f"SELECT day FROM {ALIAS}.old_until").fetchall()
    return rows[0][0] if rows else None


def first_day(memory: Memory) -> date | None:
    """The first day of the transactions that were dropped."""
    rows = memory.con.execute(f"SELECT first FROM {ALIAS}.old_until").fetchall()
    return rows[0][0] if rows else None


def drop(memory: Memory, backend: DuckBackend, as_of: date, p: Parameters) -> int:
    """Drop what is older than the kept months; how many rows. A whole month at a time, so not every night."""
    return _drop_transactions(memory, backend, as_of, p) + sum(
        _drop_debts(memory, feed, line) for feed, line in debts_until(as_of, p).items()
    )


def debts_until(as_of: date, p: Parameters) -> dict[str, date]:
    """The first day whose statements and repayments are needed, by feed.

    Cycles are of 25 months (`features.debt`); what metrics of the oldest month-end ask of repayments lies
    `sleeping_months` or `active_window_days` before it.
    """
    bills = month_of(as_of - timedelta(max(p.memory_days, 31 * debt.MONTHS_OF_CYCLES)), 0)
    oldest = month_of(as_of, -metrics.MONTHS)
    paid = min(month_of(oldest, -p.sleeping_months), oldest - timedelta(p.active_window_days))
    return {"statements": bills, "repayments": min(bills, month_of(paid, -1))}


DAY_OF = {"statements": "statement_on", "repayments": "paid_at"}


def kept_since(memory: Memory, feed: str) -> date | None:
    """The first day whose statements or repayments are all kept; None while nothing was dropped."""
    rows = memory.con.execute(f"SELECT day FROM {ALIAS}.old_debt_until WHERE feed = ?", [feed]).fetchall()
    return rows[0][0] if rows else None


def _drop_debts(memory: Memory, feed: str, line: date) -> int:
    con, table = memory.con, f"{ALIAS}.w_{feed}"
    known = kept_since(memory, feed)
    if known and known >= line:
        return 0
    old = f"{table} WHERE {DAY_OF[feed]} < DATE '{line}'"
    count = int(con.execute(f"SELECT count(*) FROM {old}").fetchall()[0][0])
    if count:
        if feed == "repayments":
            con.execute(f"INSERT INTO {ALIAS}.old_repaid SELECT hash(repayment_id) FROM {old} ORDER BY 1")
        con.execute(
            f"INSERT INTO {ALIAS}.old_debtors SELECT DISTINCT account_id FROM {old} EXCEPT FROM {ALIAS}.old_debtors"
        )
        con.execute(
            f"INSERT INTO {ALIAS}.old_debt_parts SELECT DISTINCT '{feed}', bd, part FROM {old}"
            f" EXCEPT FROM {ALIAS}.old_debt_parts"
        )
        con.execute(f"DELETE FROM {old}")
        con.execute(f"DELETE FROM {ALIAS}.old_debt_until WHERE feed = '{feed}'")
        con.execute(f"INSERT INTO {ALIAS}.old_debt_until VALUES ('{feed}', DATE '{line}')")
    return count


def _drop_transactions(memory: Memory, backend: DuckBackend, as_of: date, p: Parameters) -> int:
    con, line = memory.con, month_of(as_of - timedelta(p.memory_days), 0)
    known = until(memory)
    if known and known >= line:
        return 0
    con.execute(
        f'CREATE TEMP TABLE dropped AS SELECT txn_id, customer_id, account_id, card_id, day, bd, part, spend, "use"'
        f" FROM {ALIAS}.txn WHERE day < DATE '{line}' AND posted_on < DATE '{line}'"
    )
    count = int(con.execute("SELECT count(*) FROM dropped").fetchall()[0][0])
    if count:
        _keep(con, backend)
        con.execute(f"DELETE FROM {ALIAS}.txn WHERE day < DATE '{line}' AND posted_on < DATE '{line}'")
        con.execute(f"DELETE FROM {ALIAS}.account_month WHERE month < DATE '{line}'")
        con.execute(
            "CREATE TEMP TABLE dropped_until AS SELECT"
            f" DATE '{line}' AS day, min(first) AS first FROM (SELECT min(day) AS first FROM dropped"
            f" UNION ALL SELECT first FROM {ALIAS}.old_until)"
        )
        con.execute(f"CREATE OR REPLACE TABLE {ALIAS}.old_until AS FROM dropped_until")
    return count


def _keep(con: duckdb.DuckDBPyConnection, backend: DuckBackend) -> None:
    con.execute(f"INSERT INTO {ALIAS}.old_keys SELECT hash(txn_id) FROM dropped ORDER BY 1")
    for name, columns in (("old_cards", "customer_id, account_id, card_id"), ("old_parts", "bd, part")):
        con.execute(f"INSERT INTO {ALIAS}.{name} SELECT DISTINCT {columns} FROM dropped EXCEPT FROM {ALIAS}.{name}")
    backend.make("dropped_months", metrics.use_by_month(backend.described("dropped")), kept=False)
    con.execute(f"INSERT INTO {ALIAS}.old_months BY NAME FROM dropped_months")


# --- what reaches into that time ----------------------------------------------------------------------


def refuse_changes(memory: Memory, waiting: str, parts: PartsTonight) -> None:
    """Raise Reached when rows that came, went or were waited for touch what was dropped. After `winners.incoming`."""
    line = until(memory)
    if line is None:
        return
    old = f"(occurred_at < DATE '{line}' AND posted_on < DATE '{line}')"
    known = "hash({0}) IN (SELECT k FROM " + ALIAS + ".old_keys)"
    back = known.format("original_txn_id")
    moved = "account_id IN (SELECT account_id FROM {0}_accounts) OR card_id IN (SELECT card_id FROM {0}_cards)"
    gone = " OR ".join(f"(bd = DATE '{day}' AND part = '{name}')" for day, name in parts.gone) or "false"
    _refuse(
        memory,
        {
            "a file of dropped days was deleted": f"{ALIAS}.old_parts WHERE {gone}",
            "a late row": f"in_transactions WHERE {old}",
            "a correction": f"in_transactions WHERE {known.format('txn_id')}",
            "a refund of a dropped row": f"in_transactions WHERE original_txn_id IS NOT NULL AND {back}",
            "a row that waited": f"{waiting} WHERE ({moved.format('come')}) AND ({old} OR coalesce({back}, false))",
            "an account of dropped rows that went or changed hands": f"{ALIAS}.old_cards WHERE {moved.format('left')}",
        },
    )


def refuse_unknown(memory: Memory, those: str, key: str) -> None:
    """Raise Reached when the newest row of a key is asked for, none is kept, and there were some."""
    old = f"{ALIAS}.old_cards WHERE {key} IN (SELECT {key} FROM {those})"
    _refuse(memory, {"the newest row of a customer or card": old})


def refuse_balances(memory: Memory, those: str) -> None:
    """Raise Reached when a balance is added up from before what is kept; `those`: account_id, billed_on."""
    kept = {
        "old_cards": until(memory),
        "old_debtors": max((day for feed in DAY_OF if (day := kept_since(memory, feed))), default=None),
    }
    for table, line in kept.items():
        if line is not None:
            early = f"SELECT account_id FROM {those} WHERE coalesce(billed_on < DATE '{line}', true)"
            _refuse(memory, {"a balance since long ago": f"{ALIAS}.{table} WHERE account_id IN ({early})"})


def refuse_debts(memory: Memory, feed: str, parts: PartsTonight) -> None:
    """Raise Reached when a file of a feed touches dropped statements or repayments. After `winners.merge`."""
    line = kept_since(memory, feed)
    if line is None or not parts.changed:
        return
    gone = " OR ".join(f"(bd = DATE '{day}' AND part = '{name}')" for day, name in parts.gone) or "false"
    reasons = {
        f"a file of dropped {feed} was deleted": f"{ALIAS}.old_debt_parts WHERE feed = '{feed}' AND ({gone})",
        f"a late row of the {feed}": f"in_{feed} WHERE {DAY_OF[feed]} < DATE '{line}'",
    }
    if feed == "repayments":
        reasons["a correction"] = f"in_{feed} WHERE hash(repayment_id) IN (SELECT k FROM {ALIAS}.old_repaid)"
    _refuse(memory, reasons)


def refuse_moved(memory: Memory) -> None:
    """Raise Reached when an account with dropped statements or repayments came, went or changed hands."""
    moved = "SELECT account_id FROM come_accounts UNION ALL SELECT account_id FROM left_accounts"
    reason = "an account of dropped statements or repayments that came, went or changed hands"
    _refuse(memory, {reason: f"{ALIAS}.old_debtors WHERE account_id IN ({moved})"})


def with_dropped(memory: Memory, table: str, column: str, fresh: str, of: str) -> str:
    """SQL of `fresh` (account_id and the day of the newest of something) with what a table tells of dropped repayments.

    Of the accounts in `of`, a day before what is kept stands on a dropped row, which nothing has changed. Raises
    Reached when the day stood on a row that was kept, none such is left, and there may be one among those dropped.
    """
    line = kept_since(memory, "repayments")
    if line is None:
        return f"FROM {fresh}"
    told = f"(SELECT account_id, {column} FROM {ALIAS}.{table} SEMI JOIN {of} USING (account_id))"
    lost = f"SELECT account_id FROM {told} ANTI JOIN {fresh} USING (account_id) WHERE {column} >= DATE '{line}'"
    _refuse(memory, {"the newest repayment of an account": f"{ALIAS}.old_debtors WHERE account_id IN ({lost})"})
    return (
        f"SELECT account_id, max({column}) AS {column} FROM (FROM {fresh} UNION ALL BY NAME FROM {told}"
        f" WHERE {column} < DATE '{line}') GROUP BY account_id"
    )


def _refuse(memory: Memory, reasons: dict[str, str]) -> None:
    for reason, sql in reasons.items():
        if memory.con.execute(f"SELECT EXISTS (FROM {sql})").fetchall()[0][0]:
            raise Reached(reason)
