"""Changed transactions, cycles, owners and segments → totals of the portfolio, by the customers concerned.

Every total is a sum over customers. So the night takes away what the customers concerned added as they were and adds
what they add as they are: all others stand in the totals already. It runs after the night knows tonight's segments,
outside the transaction of `update`; totals of another night than the one `update` started from are made whole.

    total_who, total_what     whose a customer is and what an account is, as the totals have them
    total_months              `portfolio.month_totals`
    total_days                `portfolio.day_totals`
    total_ends                `portfolio.past_overdue`
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta

from ibis.expr.types import Table

from kajing.analytics import portfolio
from kajing.analytics.backends.duck import DuckBackend
from kajing.analytics.marts import month_of
from kajing.analytics.memory.debts import CYCLES
from kajing.analytics.memory.store import ALIAS, Memory

NEAR = 10  # days: customers whose changes are so new are looked up in few rows


def update(memory: Memory, backend: DuckBackend, whole: Mapping[str, Callable[[], Table]], as_of: date) -> None:
    """Bring the totals to `as_of`. `whole` makes each from nothing; the temporary `who` and `what` are tonight's."""
    con = memory.con
    con.execute("BEGIN")
    follows = memory.totals_follow()
    stale = set(whole) if not follows else set()
    if month_of(memory.before, 0) != month_of(as_of, 0):
        stale.add("total_ends")
    if follows:
        _moved(memory)
        _months(memory, backend, as_of)
        _days(memory, backend, as_of)
        if "total_ends" not in stale:
            _ends(memory, backend, as_of)
    for name in stale:
        memory.keep(name, whole[name](), backend)
    for name in ("who", "what"):
        con.execute(f"CREATE OR REPLACE TABLE {ALIAS}.total_{name} AS FROM {name}")
    memory.totals_are_of_tonight()
    con.execute("COMMIT")


def _moved(memory: Memory) -> None:
    """`moved_owner`: customers with another unit or manager; `moved_group`: those, and other segments or products."""
    con, who, what = memory.con, f"{ALIAS}.total_who", f"{ALIAS}.total_what"
    differ = " OR ".join(f"w.{name} IS DISTINCT FROM n.{name}" for name in ("customer_id", "unit_id", "manager_id"))
    con.execute(
        "CREATE TEMP TABLE moved_who AS SELECT coalesce(w.customer_id, n.customer_id) AS customer_id,"
        f" ({differ}) AS owner FROM {who} w FULL JOIN who n ON w.customer_id = n.customer_id"
        f" WHERE {differ} OR w.segment IS DISTINCT FROM n.segment"
    )
    con.execute("CREATE TEMP TABLE moved_owner AS SELECT customer_id FROM moved_who WHERE owner")
    con.execute(
        "CREATE TEMP TABLE moved_group AS SELECT customer_id FROM moved_who UNION"
        " SELECT unnest([w.customer_id, n.customer_id]) AS customer_id"
        f" FROM {what} w FULL JOIN what n ON w.account_id = n.account_id"
        " WHERE w.account_id IS DISTINCT FROM n.account_id OR w.product_id IS DISTINCT FROM n.product_id"
        " OR w.customer_id IS DISTINCT FROM n.customer_id"
    )


def _merge(memory: Memory, table: str, plus: str, minus: str) -> None:
    """Add and take away; a group without rows goes. Keys may be null, so rows are grouped and never joined."""
    con, name = memory.con, f"{ALIAS}.{table}"
    columns = con.execute(f"SELECT column_name, column_type FROM (DESCRIBE {name})").fetchall()
    keys = [column for column, kind in columns if kind != "BIGINT" or column == "gap"]
    sums = [column for column, _kind in columns if column not in keys]
    parts = [f"SELECT {', '.join([*keys, *sums])} FROM {source}" for source in (name, plus)]
    parts.append(f"SELECT {', '.join([*keys, *(f'-{column}' for column in sums)])} FROM {minus}")
    totals = ", ".join(f"sum({column})::BIGINT AS {column}" for column in sums)
    con.execute(
        f"CREATE TEMP TABLE merged_{table} AS SELECT {', '.join(keys)}, {totals}"
        f" FROM ({' UNION ALL '.join(parts)}) GROUP BY {', '.join(keys)} HAVING sum(n) <> 0"
    )
    con.execute(f"CREATE OR REPLACE TABLE {name} AS FROM merged_{table}")


def _months(memory: Memory, backend: DuckBackend, as_of: date) -> None:
    """Months of account with changed postings, and every month of customers who are told elsewhere now."""
    con, table = memory.con, f"{ALIAS}.account_month"
    first = f"month >= DATE '{month_of(as_of, -(portfolio.MONTHS - 1))}'"
    con.execute(
        f"CREATE TEMP TABLE touched_months AS SELECT DISTINCT customer_id, month FROM delta_months WHERE {first}"
    )
    con.execute(
        f"CREATE TEMP TABLE now_account_months AS FROM {table} SEMI JOIN moved_group USING (customer_id) WHERE {first}"
        f" UNION ALL FROM {table} SEMI JOIN touched_months USING (customer_id, month)"
        " ANTI JOIN moved_group USING (customer_id)"
    )
    keys, sums = "account_id, customer_id, month", ("spend", "txn_count", "cash", "uses", "postings")
    con.execute(
        f"CREATE TEMP TABLE was_account_months AS SELECT {keys},"
        f" {', '.join(f'sum({name})::BIGINT AS {name}' for name in sums)} FROM"
        f" (SELECT {keys}, {', '.join(sums)} FROM now_account_months UNION ALL"
        f" SELECT {keys}, {', '.join('-' + name for name in sums)} FROM delta_months WHERE {first})"
        f" GROUP BY {keys} HAVING sum(postings) > 0"
    )
    for side, who, what in (("was", "total_who", "total_what"), ("now", "who", "what")):
        rows = backend.described(f"{side}_account_months")
        products = backend.described(what).select("account_id", "product_id")
        made = portfolio.month_totals(rows, backend.described(who), products, as_of)
        backend.make(f"{side}_total_months", made, kept=False)
    _merge(memory, "total_months", "now_total_months", "was_total_months")


def _days(memory: Memory, backend: DuckBackend, as_of: date) -> None:
    """Days with a changed posting and those that look back on one; every day of customers with another owner."""
    con = memory.con
    first, far = as_of - timedelta(portfolio.DAYS - 1), portfolio.FAR
    changed = " UNION ALL ".join(
        f"SELECT customer_id, day FROM {side}_txn WHERE day >= DATE '{first - timedelta(far)}'"
        for side in ("was", "now")
    )
    con.execute(
        f"CREATE TEMP TABLE spans AS SELECT customer_id, greatest(min(day), DATE '{first}') AS since,"
        f" least(max(day) + {far}, DATE '{as_of}') AS until FROM ({changed} UNION ALL"
        f" SELECT customer_id, unnest([DATE '{first}', DATE '{as_of}']) FROM moved_owner) GROUP BY customer_id"
    )
    near = as_of - timedelta(NEAR)
    parts = [
        "SELECT t.txn_id, t.customer_id, t.day, t.spend, t.purchase, t.use"
        f" FROM {ALIAS}.txn t JOIN (FROM spans WHERE since {sign} DATE '{near}') s ON t.customer_id = s.customer_id"
        f" WHERE t.day >= DATE '{since - timedelta(far)}' AND t.day BETWEEN s.since - {far} AND s.until"
        for sign, since in ((">", near), ("<=", first))
    ]
    con.execute(f"CREATE TEMP TABLE now_span_txn AS {' UNION ALL '.join(parts)}")
    con.execute(
        "CREATE TEMP TABLE was_span_txn AS FROM now_span_txn ANTI JOIN now_txn USING (txn_id) UNION ALL"
        " SELECT t.txn_id, t.customer_id, t.day, t.spend, t.purchase, t.use FROM was_txn t"
        f" JOIN spans s ON t.customer_id = s.customer_id WHERE t.day BETWEEN s.since - {far} AND s.until"
    )
    for side, who in (("was", "total_who"), ("now", "who")):
        backend.make(f"{side}_use_days", portfolio.use_days(backend.described(f"{side}_span_txn")), kept=False)
        con.execute(
            f"CREATE TEMP TABLE {side}_told_days AS SELECT d.* FROM {side}_use_days d JOIN spans s"
            " ON d.customer_id = s.customer_id WHERE d.day >= s.since"
        )
        rows = portfolio.day_totals(backend.described(f"{side}_told_days"), backend.described(who))
        backend.make(f"{side}_total_days", rows, kept=False)
    con.execute(f"DELETE FROM {ALIAS}.total_days WHERE day < DATE '{first}'")
    _merge(memory, "total_days", "now_total_days", "was_total_days")


def _ends(memory: Memory, backend: DuckBackend, as_of: date) -> None:
    """Accounts with a cycle that is another one as seen from the month-ends told, and those of other owners.

    What is paid or due after the newest of them changes none of them, so hardly any account is concerned.
    """
    con, ends = memory.con, portfolio.past_ends(as_of)
    newest, oldest = f"DATE '{ends[0]}'", f"DATE '{ends[-1]}'"
    seen = (
        "account_id, customer_id, statement_on, balance, credit_limit, due_on, deadline,"
        f" CASE WHEN next_on <= {newest} THEN next_on END, missed AND deadline < {newest},"
        f" CASE WHEN met_on <= {newest} THEN met_on END"
    )
    was, now = (f"SELECT {seen} FROM {side}_cycles WHERE statement_on <= {newest}" for side in ("was", "now"))
    con.execute(
        f"CREATE TEMP TABLE moved_ends AS SELECT account_id FROM ({was} EXCEPT {now})"
        f" UNION SELECT account_id FROM ({now} EXCEPT {was})"
        " UNION SELECT account_id FROM dropped_cycles WHERE next_on IS NULL OR next_on > " + oldest + ""
        f" OR (missed AND (met_on IS NULL OR met_on > {oldest}))"
        " UNION SELECT account_id FROM (SELECT account_id, customer_id FROM total_what"
        " UNION SELECT account_id, customer_id FROM what) SEMI JOIN moved_owner USING (customer_id)"
    )
    con.execute(f"CREATE TEMP TABLE now_end_cycles AS FROM {CYCLES} SEMI JOIN moved_ends USING (account_id)")
    con.execute(
        "CREATE TEMP TABLE was_end_cycles AS FROM now_end_cycles ANTI JOIN now_cycles USING (account_id, statement_on)"
        " UNION ALL BY NAME FROM was_cycles SEMI JOIN moved_ends USING (account_id)"
        " UNION ALL BY NAME FROM dropped_cycles SEMI JOIN moved_ends USING (account_id)"
    )
    for side, who in (("was", "total_who"), ("now", "who")):
        rows = portfolio.past_overdue(backend.described(f"{side}_end_cycles"), backend.described(who), as_of)
        backend.make(f"{side}_total_ends", rows, kept=False)
    _merge(memory, "total_ends", "now_total_ends", "was_total_ends")
