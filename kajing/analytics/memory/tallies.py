"""Changed transactions → the figures that stand on them, by adding what came and subtracting what went."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb

from kajing.analytics import marts
from kajing.analytics.backends.duck import DuckBackend
from kajing.analytics.features import cards, rhythm, spend
from kajing.analytics.memory.store import ALIAS, Memory
from kajing.analytics.parameters import Parameters

RECENT_DAYS = 60  # where the newest row of a kind is looked for first


class Windows:
    """Window sums: old sums − old days + new days, over the days that entered, left or changed.

    Sums over a window of customer-days are additive, so with D = days at a window's edge ∪ days with a changed row,
    sums(tonight) = sums(last night) − Σ old D within the old windows + Σ new D within the new windows: exact integers.
    """

    def __init__(self, memory: Memory, backend: DuckBackend, before: date, as_of: date, p: Parameters) -> None:
        self.con, self.backend = memory.con, backend
        self.before, self.as_of, self.p = before, as_of, p
        self.edges = edge_days(before, as_of)

    def note_old(self) -> None:
        """Before the transactions change."""
        self.con.execute("CREATE TEMP TABLE edge_days AS SELECT unnest(?::DATE[]) AS day", [self.edges])
        self._days("old_edge_days", "SEMI JOIN edge_days USING (day)")

    def note_new(self) -> None:
        """After; the old days of changed rows are the new ones less now plus was."""
        self._days("new_edge_days", "SEMI JOIN edge_days USING (day)")
        self.con.execute(
            "CREATE TEMP TABLE changed_days AS SELECT DISTINCT customer_id, day"
            " FROM (FROM was_txn UNION ALL FROM now_txn) ANTI JOIN edge_days USING (day)"
        )
        inside = "SEMI JOIN changed_days USING (customer_id, day)"
        low, high = self._range("changed_days")
        self._days("new_changed_days", f"{inside} WHERE day BETWEEN {low} AND {high}")
        self.con.execute(
            f"CREATE TEMP VIEW txn_before AS SELECT * EXCLUDE (bd, part) FROM {ALIAS}.txn {inside}"
            f" ANTI JOIN now_txn USING (txn_id) WHERE day BETWEEN {low} AND {high}"
            f" UNION ALL BY NAME SELECT * FROM was_txn {inside}"
        )
        self._days("old_changed_days", "", source="txn_before")

    def _range(self, table: str) -> tuple[str, str]:
        low, high = self.con.execute(f"SELECT min(day), max(day) FROM {table}").fetchall()[0]
        return f"DATE '{low or '9999-01-01'}'", f"DATE '{high or '0001-01-01'}'"

    def _days(self, name: str, condition: str, source: str = f"{ALIAS}.txn") -> None:
        self.con.execute(f"CREATE TEMP VIEW {name}_txn AS SELECT * FROM {source} {condition}")
        self.backend.make(name, marts.customer_day(self.backend.described(f"{name}_txn"), self.p), kept=False)

    def add_up(self) -> int:
        """Bring `f_sums` up to date."""
        con = self.con
        signed: list[tuple[str, int]] = []
        for kind in ("edge_days", "changed_days"):
            for age, day, sign in (("old", self.before, -1), ("new", self.as_of, 1)):
                name = f"{age}_{kind}"
                self.backend.make(f"sum_{name}", spend.sums(self.backend.described(name), day), kept=False)
                signed.append((f"sum_{name}", sign))
        described = con.execute(f"SELECT column_name FROM (DESCRIBE {ALIAS}.f_sums)").fetchall()
        names = [row[0] for row in described if row[0] != "customer_id"]
        add_signed(con, f"{ALIAS}.f_sums", ("customer_id",), names, signed)
        return int(con.execute(f"SELECT count(*) FROM {ALIAS}.f_sums").fetchall()[0][0])


def edge_days(before: date, as_of: date) -> list[date]:
    """Every day at an edge of a window on any night from `before` to `as_of`."""
    nights = [before + timedelta(n) for n in range((as_of - before).days + 1)]
    return sorted({day for night in nights for day in spend.edges(night)})


def add_signed(
    con: duckdb.DuckDBPyConnection, table: str, keys: tuple[str, ...], names: list[str], signed: list[tuple[str, int]]
) -> None:
    """Add Σ sign · source to a table by key, for integer columns; only rows that change are written."""
    listed, columns = ", ".join(keys), ", ".join(names)
    parts = [
        f"SELECT {listed}, {', '.join(f'{sign} * {name} AS {name}' for name in names)} FROM {source}"
        for source, sign in signed
    ]
    totals = ", ".join(f"sum({name})::BIGINT AS {name}" for name in names)
    moved = " OR ".join(f"{name} <> 0" for name in names)
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE delta AS SELECT * FROM (SELECT {listed}, {totals}"
        f" FROM ({' UNION ALL '.join(parts)}) GROUP BY {listed}) WHERE {moved}"
    )
    con.execute(
        f"CREATE OR REPLACE TEMP TABLE renewed AS SELECT {listed}, {totals} FROM (SELECT {listed}, {columns} FROM delta"
        f" UNION ALL SELECT {listed}, {columns} FROM {table} SEMI JOIN delta USING ({listed})) GROUP BY {listed}"
    )
    short = table.rpartition(".")[2]
    matches = " AND ".join(f"{short}.{key} = renewed.{key}" for key in keys)
    con.execute(f"DELETE FROM {table} USING renewed WHERE {matches}")
    con.execute(f"INSERT INTO {table} BY NAME SELECT * FROM renewed")


def months(memory: Memory, backend: DuckBackend) -> int:
    """Bring `account_month` up to date; a month without postings has no row."""
    for side in ("was", "now"):
        backend.make(f"{side}_months", marts.account_month(backend.described(f"{side}_txn")), kept=False)
    con, table = memory.con, f"{ALIAS}.account_month"
    keys = ("account_id", "customer_id", "month")
    described = con.execute(f"SELECT column_name FROM (DESCRIBE {table})").fetchall()
    names = [row[0] for row in described if row[0] not in keys]
    add_signed(con, table, keys, names, [("was_months", -1), ("now_months", 1)])
    con.execute(f"DELETE FROM {table} WHERE postings = 0")
    return int(con.execute("SELECT count(*) FROM renewed").fetchall()[0][0])


def renew(memory: Memory, table: str, key: str, fresh: str, *, of: str) -> None:
    """Replace the rows of `table` whose key is in `of` by the rows of `fresh`."""
    con, short = memory.con, table
    con.execute(f"DELETE FROM {ALIAS}.{short} USING {of} WHERE {short}.{key} = {of}.{key}")
    con.execute(f"INSERT INTO {ALIAS}.{short} BY NAME SELECT * FROM {fresh}")


def last_purchases(memory: Memory) -> None:
    """Bring `f_last` up to date: the later of both, looked up again where the newest purchase went."""
    con = memory.con
    con.execute(
        f"CREATE TEMP TABLE doubtful AS SELECT DISTINCT w.customer_id FROM was_txn w JOIN {ALIAS}.f_last l"
        " ON w.customer_id = l.customer_id AND w.day = l.last_purchase_on WHERE w.purchase"
    )
    con.execute(
        "CREATE TEMP TABLE touched_last AS SELECT DISTINCT customer_id FROM now_txn WHERE purchase"
        " UNION SELECT customer_id FROM doubtful"
    )
    con.execute(
        "CREATE TEMP TABLE fresh_last AS SELECT customer_id, max(day) AS last_purchase_on FROM ("
        "SELECT customer_id, day FROM now_txn WHERE purchase"
        f" UNION ALL SELECT customer_id, last_purchase_on FROM {ALIAS}.f_last"
        " SEMI JOIN touched_last USING (customer_id) ANTI JOIN doubtful USING (customer_id)"
        f" UNION ALL SELECT customer_id, day FROM {ALIAS}.txn SEMI JOIN doubtful USING (customer_id) WHERE purchase"
        ") GROUP BY customer_id"
    )
    renew(memory, "f_last", "customer_id", "fresh_last", of="touched_last")


def gaps(memory: Memory, backend: DuckBackend, before: date, as_of: date) -> int:
    """Bring `f_gaps` up to date: computed again for customers whose purchase days changed or left the window."""
    con = memory.con
    oldest, newest = (day - timedelta(rhythm.REMEMBERED_DAYS) for day in (before, as_of))
    con.execute(
        "CREATE TEMP TABLE touched_gaps AS SELECT DISTINCT customer_id FROM ("
        "SELECT customer_id FROM was_txn WHERE purchase UNION ALL SELECT customer_id FROM now_txn WHERE purchase"
        f" UNION ALL SELECT customer_id FROM {ALIAS}.txn"
        f" WHERE purchase AND day > DATE '{oldest}' AND day <= DATE '{newest}')"
    )
    con.execute(
        f"CREATE TEMP TABLE touched_purchases AS SELECT DISTINCT customer_id, day, 1::BIGINT AS purchases"
        f" FROM {ALIAS}.txn SEMI JOIN touched_gaps USING (customer_id) WHERE purchase AND day > DATE '{newest}'"
    )
    backend.make("fresh_gaps", rhythm.gaps(backend.described("touched_purchases"), as_of), kept=False)
    renew(memory, "f_gaps", "customer_id", "fresh_gaps", of="touched_gaps")
    return int(con.execute("SELECT count(*) FROM touched_gaps").fetchall()[0][0])


def use_of_cards(memory: Memory, backend: DuckBackend) -> None:
    """Bring `f_use` up to date: newest and oldest of both, looked up again where the row they stood on went."""
    con = memory.con
    con.execute(
        f"CREATE TEMP TABLE doubtful_cards AS SELECT DISTINCT w.card_id FROM was_txn w JOIN {ALIAS}.f_use u"
        " ON w.card_id = u.card_id AND w.day IN (u.last_txn_on, u.first_use_on) WHERE w.use"
    )
    con.execute(
        "CREATE TEMP TABLE touched_cards AS SELECT DISTINCT card_id FROM now_txn WHERE use"
        " UNION SELECT card_id FROM doubtful_cards"
    )
    con.execute(
        "CREATE TEMP VIEW used_txn AS SELECT * FROM now_txn ANTI JOIN doubtful_cards USING (card_id)"
        f" UNION ALL BY NAME SELECT * EXCLUDE (bd, part) FROM {ALIAS}.txn SEMI JOIN doubtful_cards USING (card_id)"
    )
    backend.make("new_use", cards.use(backend.described("used_txn")), kept=False)
    con.execute(
        "CREATE TEMP TABLE fresh_use AS SELECT card_id, max(last_txn_on) AS last_txn_on,"
        " min(first_use_on) AS first_use_on FROM (FROM new_use UNION ALL BY NAME"
        f" SELECT * FROM {ALIAS}.f_use SEMI JOIN touched_cards USING (card_id)"
        " ANTI JOIN doubtful_cards USING (card_id)) GROUP BY card_id"
    )
    renew(memory, "f_use", "card_id", "fresh_use", of="touched_cards")
