"""What pages read of single customers: the last full night's tables, and over them the rows that changed since.

A layer has three tables: `<name>` in the state of the last full night, in customer order; `<name>` in tonight's state
with the rows that came or changed since; `gone_<name>` with the keys that no longer count in the older one. Readers
see one view (`Warehouse.reader`). So a night writes what changed, and one customer is still found in milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import ibis
from ibis.expr.types import Table

from kajing.analytics import marts
from kajing.analytics.backends.duck import DuckBackend
from kajing.analytics.memory.store import ALIAS, Memory
from kajing.analytics.warehouse import LAYERS


@dataclass(frozen=True, slots=True)
class _Change:
    """SQL of the keys that went and of the rows that came."""

    gone: str
    come: str


RANGE_ROWS = 25_000_000  # transactions that are sorted at once; more are sorted in ranges of customers


def whole(t: Mapping[str, Table], as_of: date, rows: int, holders: int) -> dict[str, list[Table]]:
    """The layers of a whole night by name: expressions whose rows one after the other are the table in its order.

    `rows` is how many transactions there are, `holders` how many customers have a number (`numbers.holders`). Ranges of
    numbers are ranges of ids. Each is sorted for itself: 200 million rows at once need 39 GB, most of it on the disk.
    """
    owners = t["s_accounts"].select("account_id", "customer_id")
    repaid = marts.repaid(t["s_repayments"].join(owners, "account_id"), as_of)
    parts = 1 + rows // RANGE_ROWS if holders else 1
    history = [
        marts.history(of, as_of).order_by("customer_id", ibis.desc("occurred_at"), "txn_id")
        for of in _ranges(t["txn"], holders, parts)
    ]
    return {
        "history": history,
        "statement_cycles": [t["f_cycles"].order_by("customer_id", "account_id", "statement_on")],
        "repaid": [repaid.order_by("customer_id", "paid_at")],
    }


def _ranges(t: Table, holders: int, parts: int) -> list[Table]:
    if parts == 1:
        return [t]
    ends = [holders * n // parts for n in range(parts + 1)]
    return [t.filter((t.holder > after) & (t.holder <= until)) for after, until in pairwise(ends)]


def update(memory: Memory, backend: DuckBackend, as_of: date) -> int:
    """Bring the tails of every layer up to date; how many rows they have."""
    con = memory.con
    _repaid(memory)
    for side in ("was", "now"):
        backend.make(f"{side}_history", marts.history(backend.described(f"{side}_txn"), as_of), kept=False)
    con.execute(
        "CREATE TEMP TABLE same_cycles AS SELECT w.account_id, w.statement_on FROM was_cycles w JOIN now_cycles n ON "
        + " AND ".join(f"w.{name} IS NOT DISTINCT FROM n.{name}" for name in _columns(memory, "now_cycles"))
    )
    differ = "ANTI JOIN same_cycles USING (account_id, statement_on)"
    changes = {
        "history": _Change("was_history", "FROM now_history"),
        "statement_cycles": _Change(f"(FROM was_cycles {differ})", f"FROM now_cycles {differ}"),
        "repaid": _Change("was_repaid", "FROM now_repaid"),
    }
    return sum(_write(memory, name, change) for name, change in changes.items())


def _columns(memory: Memory, table: str) -> list[str]:
    return [row[0] for row in memory.con.execute(f"SELECT column_name FROM (DESCRIBE {table})").fetchall()]


def _write(memory: Memory, name: str, change: _Change) -> int:
    con, keys = memory.con, ", ".join(LAYERS[name])
    gone, tail = f"{ALIAS}.gone_{name}", f"{ALIAS}.tail_{name}"
    con.execute(f"CREATE TEMP TABLE going_{name} AS SELECT DISTINCT {keys} FROM {change.gone}")
    con.execute(f"INSERT INTO {gone} SELECT * FROM going_{name} EXCEPT FROM {gone}")
    matches = " AND ".join(f"tail_{name}.{key} = going.{key}" for key in LAYERS[name])
    con.execute(f"DELETE FROM {tail} USING going_{name} going WHERE {matches}")
    con.execute(f"INSERT INTO {tail} BY NAME SELECT * FROM ({change.come})")
    return int(con.execute(f"SELECT count(*) FROM {tail}").fetchall()[0][0])


def _repaid(memory: Memory) -> None:
    """`was_repaid`, `now_repaid`: repayments with the customer they were and are shown at."""
    con, rows = memory.con, f"{ALIAS}.w_repayments"
    columns = "customer_id, account_id, repayment_id, paid_at, amount, method"
    con.execute(
        "CREATE TEMP TABLE stayed_accounts AS SELECT account_id, customer_id FROM s_accounts"
        " ANTI JOIN come_accounts USING (account_id)"
    )
    con.execute(
        f"CREATE TEMP TABLE was_repaid AS SELECT {columns} FROM was_repayments JOIN stayed_accounts USING (account_id)"
        f" UNION SELECT {columns} FROM (FROM {rows} UNION ALL FROM was_repayments)"
        " JOIN left_accounts USING (account_id)"
    )
    con.execute(
        f"CREATE TEMP TABLE now_repaid AS SELECT {columns} FROM now_repayments JOIN stayed_accounts USING (account_id)"
        f" UNION ALL SELECT {columns} FROM {rows} JOIN come_accounts USING (account_id)"
    )
