"""Changed statements and repayments, deadlines that passed → cycles and debts of the accounts concerned."""

from __future__ import annotations

from datetime import date, timedelta

from kajing.analytics.backends.duck import DuckBackend
from kajing.analytics.features import cards, debt
from kajing.analytics.memory import pruning
from kajing.analytics.memory.store import ALIAS, Memory
from kajing.analytics.memory.tallies import renew
from kajing.analytics.parameters import Parameters

CYCLES = f"{ALIAS}.f_cycles"
NEVER = "DATE '9999-01-01'"


def update(memory: Memory, backend: DuckBackend, before: date, as_of: date, p: Parameters) -> int:
    """Bring `f_cycles`, `f_debts`, `f_repaid`, `f_paid` up to date; how many cycles were computed again.

    A settled cycle (`debt.cycles`) changes only by a correction. So an account is computed from its oldest cycle that
    is not settled, or whole when something older than that changed.
    """
    _leave(memory, before, as_of)
    _concerned(memory, before, as_of)
    _open_from(memory, as_of)
    renewed = _cycles(memory, backend, as_of, p)
    _debts(memory, backend, before, as_of)
    _repayments(memory, backend)
    return renewed


def _leave(memory: Memory, before: date, as_of: date) -> None:
    """Drop cycles older than the months kept; `left_cycles` has the accounts whose figures may stand on one."""
    line = f"DATE '{as_of - timedelta(31 * debt.MONTHS_OF_CYCLES)}'"
    memory.con.execute(
        f"CREATE TEMP TABLE left_cycles AS SELECT DISTINCT account_id FROM {CYCLES} WHERE statement_on <= {line}"
        " AND (unmet OR minimum_only OR next_on IS NULL)"
    )
    memory.con.execute(f"CREATE TEMP TABLE dropped_cycles AS SELECT * FROM {CYCLES} WHERE statement_on <= {line}")
    memory.con.execute(f"DELETE FROM {CYCLES} WHERE statement_on <= {line}")


def _concerned(memory: Memory, before: date, as_of: date) -> None:
    """`new_cycles`: accounts whose cycles may have changed; `new_debts`: those and accounts whose months moved on."""
    con = memory.con
    con.execute(
        "CREATE TEMP TABLE moved_owners AS SELECT account_id FROM come_accounts"
        " UNION SELECT account_id FROM left_accounts"
    )
    con.execute(
        "CREATE TEMP TABLE new_cycles AS SELECT DISTINCT account_id FROM (SELECT account_id FROM was_statements"
        " UNION ALL SELECT account_id FROM now_statements UNION ALL SELECT account_id FROM was_repayments"
        " UNION ALL SELECT account_id FROM now_repayments UNION ALL SELECT account_id FROM moved_owners"
        f" UNION ALL SELECT account_id FROM {CYCLES} WHERE deadline >= DATE '{before}' AND deadline < DATE '{as_of}')"
    )
    year = f"due_on > DATE '{before - timedelta(366)}' AND due_on <= DATE '{as_of - timedelta(366)}'"
    con.execute(
        "CREATE TEMP TABLE new_debts AS SELECT account_id FROM new_cycles UNION SELECT account_id FROM left_cycles"
        f" UNION SELECT account_id FROM {CYCLES} WHERE {year}"
    )


def _open_from(memory: Memory, as_of: date) -> None:
    """`open_from`: account_id → the statement day from which its cycles are computed again.

    Whole: an owner moved, a repayment went or changed, a repayment falls into the time of a settled cycle, or a
    statement is not newer than every settled one.
    """
    con = memory.con
    con.execute(
        "CREATE TEMP TABLE settled_until AS SELECT account_id,"
        " max(statement_on) FILTER (WHERE settled) AS last_settled,"
        " max(greatest(next_on, deadline)) FILTER (WHERE settled) AS closed_until,"
        " min(statement_on) FILTER (WHERE NOT settled) AS first_open"
        f" FROM {CYCLES} SEMI JOIN new_cycles USING (account_id) GROUP BY account_id"
    )
    con.execute(
        "CREATE TEMP TABLE whole AS SELECT DISTINCT account_id FROM (SELECT account_id FROM moved_owners"
        " UNION ALL SELECT account_id FROM was_repayments"
        " UNION ALL SELECT n.account_id FROM now_repayments n JOIN settled_until s USING (account_id)"
        " WHERE n.paid_at::DATE <= s.closed_until"
        " UNION ALL SELECT n.account_id FROM (SELECT account_id, statement_on FROM was_statements UNION ALL"
        " SELECT account_id, statement_on FROM now_statements) n JOIN settled_until s USING (account_id)"
        " WHERE n.statement_on <= s.first_open OR (s.first_open IS NULL AND n.statement_on <= s.closed_until))"
    )
    con.execute(
        "CREATE TEMP TABLE open_from AS SELECT account_id, CASE WHEN w.account_id IS NOT NULL THEN DATE '0001-01-01'"
        " ELSE coalesce(s.first_open, s.last_settled, DATE '0001-01-01') END AS since"
        " FROM new_cycles LEFT JOIN settled_until s USING (account_id) LEFT JOIN whole w USING (account_id)"
    )


def _cycles(memory: Memory, backend: DuckBackend, as_of: date, p: Parameters) -> int:
    con = memory.con
    con.execute(
        "CREATE TEMP TABLE open_statements AS SELECT s.* EXCLUDE (bd, part)"
        f" FROM {ALIAS}.w_statements s JOIN open_from o ON s.account_id = o.account_id AND s.statement_on >= o.since"
    )
    con.execute(
        "CREATE TEMP TABLE open_repayments AS SELECT r.* EXCLUDE (bd, part), r.paid_at::DATE AS paid_on"
        f" FROM {ALIAS}.w_repayments r JOIN open_from o ON r.account_id = o.account_id AND r.paid_at::DATE >= o.since"
    )
    rows = debt.cycles(backend.described("open_statements"), backend.described("open_repayments"), as_of, p)
    backend.make("open_cycles", rows, kept=False)
    con.execute(
        "CREATE TEMP TABLE now_cycles AS SELECT c.*, a.customer_id FROM open_cycles c"
        " JOIN s_accounts a USING (account_id)"
    )
    con.execute(
        f"CREATE TEMP TABLE was_cycles AS SELECT c.* FROM {CYCLES} c JOIN open_from o"
        " ON c.account_id = o.account_id AND c.statement_on >= o.since"
    )
    con.execute(
        f"DELETE FROM {CYCLES} USING open_from o WHERE f_cycles.account_id = o.account_id"
        " AND f_cycles.statement_on >= o.since"
    )
    con.execute(f"INSERT INTO {CYCLES} BY NAME SELECT * FROM now_cycles")
    return int(con.execute("SELECT count(*) FROM now_cycles").fetchall()[0][0])


def _debts(memory: Memory, backend: DuckBackend, before: date, as_of: date) -> None:
    con = memory.con
    con.execute(f"CREATE TEMP TABLE debt_cycles AS SELECT * FROM {CYCLES} SEMI JOIN new_debts USING (account_id)")
    backend.make("fresh_debts", debt.debts(backend.described("debt_cycles"), as_of), kept=False)
    renew(memory, "f_debts", "account_id", "fresh_debts", of="new_debts")


def _repayments(memory: Memory, backend: DuckBackend) -> None:
    """Newest repayments: the later of both; looked up again for accounts with one that went."""
    con = memory.con
    con.execute(
        "CREATE TEMP TABLE paying AS SELECT DISTINCT account_id FROM (SELECT account_id FROM was_repayments"
        " UNION ALL SELECT account_id FROM now_repayments UNION ALL SELECT account_id FROM moved_owners)"
    )
    con.execute(
        "CREATE TEMP TABLE paying_repayments AS SELECT r.* EXCLUDE (bd, part), r.paid_at::DATE AS paid_on"
        f" FROM {ALIAS}.w_repayments r SEMI JOIN paying USING (account_id)"
    )
    rows = backend.described("paying_repayments")
    for name, column, expression in (
        ("f_repaid", "last_repayment_on", debt.last_repayments(rows)),
        ("f_paid", "last_paid_on", cards.paid_by_hand(rows)),
    ):
        backend.make(f"fresh_{name}", expression, kept=False)
        whole = pruning.with_dropped(memory, name, column, f"fresh_{name}", "paying")
        con.execute(f"CREATE TEMP TABLE newest_{name} AS {whole}")
        renew(memory, name, "account_id", f"newest_{name}", of="paying")
