"""Changed postings, repayments and statements → what each account owes tonight and owed 30 days ago.

A balance is the newest statement's and what moved after it. So an account with a new or changed statement is added up
again, from few days; any other adds what came since last night, and what changed before.
"""

from __future__ import annotations

from datetime import date, timedelta

from kajing.analytics.backends.duck import DuckBackend
from kajing.analytics.features import debt
from kajing.analytics.memory import pruning
from kajing.analytics.memory.store import ALIAS, Memory

TABLES = {"f_now": 0, "f_then": debt.BEFORE_DAYS}
USUAL_DAYS = 70  # from one statement to the next but one: older ones are looked up apart


def update(memory: Memory, backend: DuckBackend, before: date, as_of: date) -> None:
    """Bring `f_now` and `f_then` up to date. After `postings.update`."""
    for name, days in TABLES.items():
        _bring(memory, backend, name, before - timedelta(days), as_of - timedelta(days))


def _bring(memory: Memory, backend: DuckBackend, name: str, since: date, until: date) -> None:
    con, table = memory.con, f"{ALIAS}.{name}"
    _again(memory, name, since, until)
    _added_up(memory, backend, name, until)
    con.execute(
        f"CREATE TEMP TABLE moved_{name} AS SELECT m.account_id, sum(m.amount) AS amount FROM"
        f" ({_moves(since, until)}) m LEFT JOIN {table} b USING (account_id)"
        " WHERE m.on_day > coalesce(b.billed_on, DATE '1900-01-01') GROUP BY m.account_id"
    )
    con.execute(
        f"CREATE TEMP TABLE new_{name} AS SELECT account_id, b.billed_on,"
        " (coalesce(b.balance, 0) + coalesce(m.amount, 0))::BIGINT AS balance"
        f" FROM (SELECT account_id FROM s_accounts) a LEFT JOIN {table} b USING (account_id)"
        f" LEFT JOIN moved_{name} m USING (account_id) ANTI JOIN again_{name} USING (account_id)"
        f" UNION ALL BY NAME FROM fresh_{name}"
    )
    con.execute(f"CREATE OR REPLACE TABLE {table} AS FROM new_{name}")


def _again(memory: Memory, name: str, since: date, until: date) -> None:
    """`again_<name>`: accounts to add up again, with the day of the newest statement.

    Those with another statement by then, and new ones that had statements or repayments before they came.
    """
    bills = f"{ALIAS}.w_statements"
    memory.con.execute(
        f"CREATE TEMP TABLE arrived_{name} AS SELECT account_id FROM s_accounts"
        f" ANTI JOIN {ALIAS}.{name} USING (account_id)"
    )
    memory.con.execute(
        f"CREATE TEMP TABLE billed_{name} AS SELECT account_id FROM ("
        f"SELECT account_id, statement_on FROM was_statements UNION ALL SELECT account_id, statement_on"
        f" FROM now_statements UNION ALL SELECT account_id, statement_on FROM {bills} WHERE statement_on >"
        f" DATE '{since}') WHERE statement_on <= DATE '{until}'"
        f" UNION SELECT account_id FROM {bills} SEMI JOIN arrived_{name} USING (account_id)"
        f" UNION SELECT account_id FROM {ALIAS}.w_repayments SEMI JOIN arrived_{name} USING (account_id)"
    )
    memory.con.execute(
        f"CREATE TEMP TABLE again_{name} AS SELECT account_id, max(s.statement_on) AS billed_on"
        f" FROM billed_{name} SEMI JOIN s_accounts USING (account_id) LEFT JOIN (SELECT account_id, statement_on"
        f" FROM {bills} WHERE statement_on <= DATE '{until}') s USING (account_id) GROUP BY account_id"
    )


def _added_up(memory: Memory, backend: DuckBackend, name: str, until: date) -> None:
    """`fresh_<name>`: the balances of `again_<name>`. Rows of long ago are looked for only where they may count."""
    pruning.refuse_balances(memory, f"again_{name}")
    con, line = memory.con, until - timedelta(USUAL_DAYS)
    of, old = f"again_{name}", f"(FROM again_{name} WHERE coalesce(billed_on <= DATE '{line}', true))"
    far = con.execute(f"SELECT count(*) FROM {old}").fetchall()[0][0]
    for kind, columns, source, day in (
        ("txn", "account_id, posted_on, signed", "txn", "posted_on"),
        ("repaid", "account_id, paid_at::DATE AS paid_on, amount", "w_repayments", "paid_at"),
    ):
        rows = f"SELECT {columns} FROM {ALIAS}.{source} SEMI JOIN {{0}} USING (account_id) WHERE {day} {{1}} '{line}'"
        parts = [rows.format(of, ">=")] + ([rows.format(old, "<")] if far else [])
        con.execute(f"CREATE TEMP TABLE {kind}_{name} AS {' UNION ALL '.join(parts)}")
    con.execute(
        f"CREATE TEMP TABLE bills_{name} AS SELECT account_id, statement_on, balance FROM {ALIAS}.w_statements"
        f" SEMI JOIN {of} USING (account_id)"
    )
    posted, bills, paid = (backend.described(f"{kind}_{name}") for kind in ("txn", "bills", "repaid"))
    backend.make(f"fresh_{name}", debt.balances(backend.described(of), posted, bills, paid, until), kept=False)


def _moves(since: date, until: date) -> str:
    """SQL of account_id, on_day, amount: what moved after `since`, and what changed of the time before."""
    inside = f"> DATE '{since}' AND {{0}} <= DATE '{until}'"
    known = f"<= DATE '{since}'"
    posted = "SELECT account_id, posted_on AS on_day, {0} AS amount FROM {1} WHERE posted_on {2}"
    paid = (
        "SELECT account_id, on_day, {0} AS amount FROM (SELECT account_id, paid_at::DATE AS on_day, amount FROM {1}"
        " WHERE paid_at >= {3}) WHERE on_day {2}"
    )
    long_ago, newer = "DATE '0001-01-01'", f"DATE '{since}'"
    return " UNION ALL ".join(
        [
            posted.format("signed", f"{ALIAS}.txn", inside.format("posted_on")),
            posted.format("signed", "now_txn", known),
            posted.format("-signed", "was_txn", known),
            paid.format("-amount", f"{ALIAS}.w_repayments", inside.format("on_day"), newer),
            paid.format("-amount", "now_repayments", known, long_ago),
            paid.format("amount", "was_repayments", known, long_ago),
        ]
    )
