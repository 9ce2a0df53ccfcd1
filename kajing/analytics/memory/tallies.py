"""Changed transactions → the figures that stand on them, by adding what came and subtracting what went."""

from __future__ import annotations

from datetime import date, timedelta

import duckdb

from kajing.analytics import marts
from kajing.analytics.backends.duck import DuckBackend
from kajing.analytics.features import cards, rhythm, spend
from kajing.analytics.memory import pruning
from kajing.analytics.memory.store import ALIAS, Memory
from kajing.analytics.parameters import Parameters

RECENT_DAYS = 60  # where the newest row of a kind is looked for first


def windows(memory: Memory, backend: DuckBackend, before: date, as_of: date, p: Parameters) -> int:
    """Bring `f_sums` up to date; how many customers have some. After the transactions changed.

    Sums over a window of customer-days are additive. Changed days that last night knew enter and leave as they stood in
    last night's windows; then the windows move on over the days as they are now, by the days at their edges: exact
    integers, and of all the days between only those few are looked at.
    """
    con = memory.con
    con.execute("CREATE TEMP TABLE edge_days AS SELECT unnest(?::DATE[]) AS day", [edge_days(before, as_of)])
    by_number = f"(SELECT * REPLACE (holder AS customer_id) FROM {ALIAS}.txn)"
    _days(memory, backend, "edge", "SEMI JOIN edge_days USING (day)", p, source=by_number)
    moved = spend.sums(backend.described("edge"), as_of, before=before)
    backend.make("sum_by_number", moved, kept=False)
    con.execute(
        "CREATE TEMP TABLE sum_edge AS SELECT h.customer_id, s.* EXCLUDE (customer_id) FROM sum_by_number s"
        f" JOIN {ALIAS}.holders h ON s.customer_id = h.holder"
    )
    con.execute(
        "CREATE TEMP TABLE changed_days AS SELECT DISTINCT holder, day FROM (FROM was_txn UNION ALL FROM now_txn)"
        f" WHERE day <= DATE '{before}'"
    )
    low, high = con.execute("SELECT min(day), max(day) FROM changed_days").fetchall()[0]
    signed = [("sum_edge", 1)]
    if low:
        inside = f"SEMI JOIN changed_days USING (holder, day) WHERE day BETWEEN DATE '{low}' AND DATE '{high}'"
        con.execute(f"CREATE TEMP TABLE changed_txn AS SELECT * EXCLUDE (bd, part) FROM {ALIAS}.txn {inside}")
        con.execute(
            "CREATE TEMP VIEW changed_before AS FROM changed_txn ANTI JOIN now_txn USING (txn_id)"
            f" UNION ALL BY NAME SELECT * FROM was_txn WHERE day <= DATE '{before}'"
        )
        for name, source, sign in (("now", "changed_txn", 1), ("was", "changed_before", -1)):
            _days(memory, backend, f"{name}_changed", "", p, source=source)
            rows = spend.sums(backend.described(f"{name}_changed"), before)
            backend.make(f"sum_{name}_changed", rows, kept=False)
            signed.append((f"sum_{name}_changed", sign))
    return _add_to_sums(memory, signed)


def _days(
    memory: Memory, backend: DuckBackend, name: str, condition: str, p: Parameters, *, source: str = f"{ALIAS}.txn"
) -> None:
    memory.con.execute(f"CREATE TEMP VIEW {name}_txn AS SELECT * FROM {source} {condition}")
    backend.make(name, marts.customer_day(backend.described(f"{name}_txn"), p), kept=False)


def _add_to_sums(memory: Memory, signed: list[tuple[str, int]]) -> int:
    """Nearly every customer has a day at some edge, so the table is written anew."""
    con, table = memory.con, f"{ALIAS}.f_sums"
    described = con.execute(f"SELECT column_name FROM (DESCRIBE {table})").fetchall()
    names = [row[0] for row in described if row[0] != "customer_id"]
    parts = [f"SELECT customer_id, {', '.join(names)} FROM {table}"]
    parts += [
        f"SELECT customer_id, {', '.join(f'{sign} * {name}' for name in names)} FROM {source}"
        for source, sign in signed
    ]
    totals = ", ".join(f"sum({name})::BIGINT AS {name}" for name in names)
    con.execute(
        f"CREATE TEMP TABLE new_sums AS SELECT customer_id, {totals} FROM ({' UNION ALL '.join(parts)})"
        " GROUP BY customer_id HAVING sum(days_known) > 0"
    )
    con.execute(f"CREATE OR REPLACE TABLE {table} AS FROM new_sums")
    return int(con.execute("SELECT count(*) FROM new_sums").fetchall()[0][0])


def edge_days(before: date, as_of: date) -> list[date]:
    """Every day that enters or leaves a window on a night after `before` up to `as_of`."""
    nights = [before + timedelta(n) for n in range(1, (as_of - before).days + 1)]
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
    con.execute("ALTER TABLE delta RENAME TO delta_months")
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
    _look_up(memory, "doubtful", "customer_id", "max(day) AS last_purchase_on", "purchase")
    con.execute(
        "CREATE TEMP TABLE touched_last AS SELECT DISTINCT customer_id FROM now_txn WHERE purchase"
        " UNION SELECT customer_id FROM doubtful"
    )
    con.execute(
        "CREATE TEMP TABLE fresh_last AS SELECT customer_id, max(day) AS last_purchase_on FROM ("
        "SELECT customer_id, day FROM now_txn WHERE purchase"
        f" UNION ALL SELECT customer_id, last_purchase_on FROM {ALIAS}.f_last"
        " SEMI JOIN touched_last USING (customer_id) ANTI JOIN doubtful USING (customer_id)"
        " UNION ALL SELECT customer_id, last_purchase_on FROM found_doubtful) GROUP BY customer_id"
    )
    renew(memory, "f_last", "customer_id", "fresh_last", of="touched_last")


def _look_up(memory: Memory, those: str, key: str, figures: str, condition: str) -> None:
    """`found_<those>`: the newest of something, of a few keys; all rows are read only for those without one lately."""
    con, table = memory.con, f"{ALIAS}.txn"
    line = f"DATE '{memory.before - timedelta(RECENT_DAYS)}'"
    found = f"SELECT {key}, {figures} FROM {table} SEMI JOIN {{0}} USING ({key}) WHERE {condition} {{1}} GROUP BY {key}"
    con.execute(f"CREATE TEMP TABLE found_{those} AS {found.format(those, f'AND day > {line}')}")
    con.execute(f"CREATE TEMP TABLE old_{those} AS FROM {those} ANTI JOIN found_{those} USING ({key})")
    if con.execute(f"SELECT count(*) FROM old_{those}").fetchall()[0][0]:
        con.execute(f"INSERT INTO found_{those} {found.format(f'old_{those}', '')}")
        con.execute(f"CREATE TEMP TABLE lost_{those} AS FROM old_{those} ANTI JOIN found_{those} USING ({key})")
        pruning.refuse_unknown(memory, f"lost_{those}", key)


FEW_NIGHTS = 60  # between two nights, for the gaps to be followed and not made anew
SOON = 45  # days in which the next purchase is looked for first


def gaps(memory: Memory, backend: DuckBackend, before: date, as_of: date) -> int:
    """Bring `f_gaps` up to date; of how many customers. Before `last_purchases`.

    A new day adds the gap since the last purchase; a day that leaves the window takes along the gap to the next one.
    Customers who got or lost a purchase on a day among those known are computed again.
    """
    con, newest = memory.con, as_of - timedelta(rhythm.REMEMBERED_DAYS)
    known = f"day <= DATE '{before}'" if (as_of - before).days <= FEW_NIGHTS else "true"
    days = f"SELECT customer_id, holder, day FROM {{0}}_txn WHERE purchase AND {known}"
    was, now = days.format("was"), days.format("now")
    con.execute(
        "CREATE TEMP TABLE late_gaps AS SELECT DISTINCT customer_id, holder FROM"
        f" (({was} EXCEPT {now}) UNION ALL ({now} EXCEPT {was}))"
    )
    if known == "true":
        con.execute(
            f"CREATE OR REPLACE TEMP TABLE late_gaps AS SELECT customer_id, holder FROM {ALIAS}.holders"
            f" WHERE customer_id IN (SELECT customer_id FROM {ALIAS}.f_last UNION SELECT customer_id FROM late_gaps)"
        )
    con.execute(
        "CREATE TEMP TABLE late_purchases AS SELECT DISTINCT customer_id, day, 1::BIGINT AS purchases"
        f" FROM {ALIAS}.txn SEMI JOIN late_gaps USING (holder) WHERE purchase AND day > DATE '{newest}'"
    )
    backend.make("fresh_gaps", rhythm.gaps(backend.described("late_purchases"), as_of), kept=False)
    renew(memory, "f_gaps", "customer_id", "fresh_gaps", of="late_gaps")
    _come(memory, before, newest)
    _go(memory, before, newest)
    con.execute(
        "CREATE TEMP TABLE counted_gaps AS SELECT customer_id, gap, sum(times)::BIGINT AS times FROM (SELECT"
        " customer_id, gap, 1 AS times FROM come_gaps UNION ALL SELECT customer_id, gap, -1 FROM gone_gaps)"
        " GROUP BY ALL"
    )
    add_signed(con, f"{ALIAS}.f_gaps", ("customer_id", "gap"), ["times"], [("counted_gaps", 1)])
    con.execute(f"DELETE FROM {ALIAS}.f_gaps WHERE times = 0")
    return int(con.execute("SELECT count(DISTINCT customer_id) FROM counted_gaps").fetchall()[0][0])


def _come(memory: Memory, before: date, newest: date) -> None:
    """`come_gaps`: from the last purchase known, if it is still in the window, through the new days."""
    memory.con.execute(
        "CREATE TEMP TABLE new_purchases AS SELECT DISTINCT customer_id, day FROM now_txn"
        f" ANTI JOIN late_gaps USING (customer_id) WHERE purchase AND day > DATE '{before}'"
    )
    memory.con.execute(
        "CREATE TEMP TABLE come_gaps AS SELECT customer_id, gap::BIGINT AS gap FROM (SELECT"
        " customer_id, day - lag(day) OVER (PARTITION BY customer_id ORDER BY day) AS gap FROM"
        " (FROM new_purchases UNION ALL"
        f" SELECT customer_id, last_purchase_on FROM {ALIAS}.f_last SEMI JOIN new_purchases USING (customer_id)"
        f" WHERE last_purchase_on > DATE '{newest}')) WHERE gap IS NOT NULL"
    )


def _go(memory: Memory, before: date, newest: date) -> None:
    """`gone_gaps`: from each day that left the window to the next purchase that last night knew."""
    con, oldest = memory.con, before - timedelta(rhythm.REMEMBERED_DAYS)
    left = f"day > DATE '{oldest}' AND day <= DATE '{newest}'"
    rows = f"SELECT DISTINCT holder, day FROM {ALIAS}.txn"
    con.execute(
        f"CREATE TEMP TABLE soon_purchases AS {rows} ANTI JOIN late_gaps USING (holder)"
        f" WHERE purchase AND day > DATE '{oldest}' AND day <= DATE '{newest + timedelta(SOON)}'"
    )
    con.execute(
        "CREATE TEMP TABLE left_purchases AS SELECT * FROM (SELECT holder, day,"
        f" lead(day) OVER (PARTITION BY holder ORDER BY day) AS next FROM soon_purchases) WHERE {left}"
    )
    con.execute("CREATE TEMP TABLE seldom AS SELECT holder, day FROM left_purchases WHERE next IS NULL")
    con.execute(
        f"CREATE TEMP TABLE seldom_next AS SELECT s.holder, s.day, min(t.day) AS next FROM seldom s"
        f" JOIN {ALIAS}.txn t ON t.holder = s.holder WHERE t.purchase AND t.day > DATE"
        f" '{newest + timedelta(SOON)}' AND t.day <= DATE '{before}' GROUP BY ALL"
    )
    con.execute(
        "CREATE TEMP TABLE gone_gaps AS SELECT customer_id, (next - day)::BIGINT AS gap FROM"
        " (FROM left_purchases WHERE next IS NOT NULL UNION ALL FROM seldom_next)"
        f" JOIN {ALIAS}.holders USING (holder)"
    )


def use_of_cards(memory: Memory, backend: DuckBackend) -> None:
    """Bring `f_use` up to date: newest and oldest of both, looked up again where the row they stood on went."""
    con = memory.con
    for name, column in (("late_cards", "last_txn_on"), ("first_cards", "first_use_on")):
        con.execute(
            f"CREATE TEMP TABLE {name} AS SELECT DISTINCT w.card_id FROM was_txn w JOIN {ALIAS}.f_use u"
            f" ON w.card_id = u.card_id AND w.day = u.{column} WHERE w.use"
        )
    _look_up(memory, "late_cards", "card_id", "max(day) AS last_txn_on", '"use"')
    con.execute("CREATE TEMP TABLE found_first_cards (card_id VARCHAR, first_use_on DATE)")
    if con.execute("SELECT count(*) FROM first_cards").fetchall()[0][0]:
        con.execute(
            f"INSERT INTO found_first_cards SELECT card_id, min(day) FROM {ALIAS}.txn SEMI JOIN first_cards"
            ' USING (card_id) WHERE "use" AND purchase AND NOT refunded GROUP BY card_id'
        )
    backend.make("new_use", cards.use(backend.described("now_txn")), kept=False)
    con.execute(
        "CREATE TEMP TABLE touched_cards AS SELECT card_id FROM new_use UNION SELECT card_id FROM late_cards"
        " UNION SELECT card_id FROM first_cards"
    )
    con.execute(
        "CREATE TEMP TABLE fresh_use AS SELECT card_id, max(last_txn_on) AS last_txn_on,"
        " min(first_use_on) AS first_use_on FROM (FROM new_use"
        " UNION ALL BY NAME FROM found_late_cards UNION ALL BY NAME FROM found_first_cards"
        f" UNION ALL BY NAME SELECT card_id, last_txn_on FROM {ALIAS}.f_use SEMI JOIN touched_cards USING (card_id)"
        " ANTI JOIN late_cards USING (card_id)"
        f" UNION ALL BY NAME SELECT card_id, first_use_on FROM {ALIAS}.f_use SEMI JOIN touched_cards USING (card_id)"
        " ANTI JOIN first_cards USING (card_id)) GROUP BY card_id HAVING max(last_txn_on) IS NOT NULL"
    )
    renew(memory, "f_use", "card_id", "fresh_use", of="touched_cards")
