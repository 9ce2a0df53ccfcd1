"""Changed cycles, repayments and spending after them, and what moves with time alone → how accounts repay."""

from __future__ import annotations

from datetime import date, timedelta

from kajing.analytics.backends.duck import DuckBackend
from kajing.analytics.features import conduct
from kajing.analytics.memory.debts import CYCLES
from kajing.analytics.memory.store import ALIAS, Memory
from kajing.analytics.memory.tallies import renew
from kajing.analytics.parameters import Parameters

MOST_CYCLES = 13  # figures look back at most a year of statements


def update(memory: Memory, backend: DuckBackend, before: date, as_of: date, p: Parameters) -> int:
    """Bring `f_conduct` up to date; how many accounts were computed again. After `debts.update`."""
    con = memory.con
    con.execute(f"CREATE TEMP TABLE new_conduct AS {' UNION '.join(_concerned(before, as_of, p))}")
    of = "SEMI JOIN new_conduct USING (account_id)"
    con.execute(f"CREATE TEMP TABLE conduct_cycles AS FROM {CYCLES} {of}")
    con.execute(
        "CREATE TEMP TABLE conduct_repayments AS SELECT repayment_id, account_id, paid_at, paid_at::DATE AS paid_on,"
        f" amount FROM {ALIAS}.w_repayments {of} WHERE paid_at < DATE '{as_of + timedelta(1)}'"
    )
    con.execute(
        "CREATE TEMP TABLE conduct_txn AS SELECT account_id, kind, reversed, day, amount, occurred_at"
        f" FROM {ALIAS}.txn {of} WHERE day > DATE '{as_of - timedelta(conduct.RESPEND_DAYS)}'"
    )
    cycles, repayments = backend.described("conduct_cycles"), backend.described("conduct_repayments")
    t, opened = backend.described("conduct_txn"), backend.described("s_accounts")
    backend.make("fresh_conduct", conduct.conduct(cycles, repayments, t, opened, as_of, p), kept=False)
    renew(memory, "f_conduct", "account_id", "fresh_conduct", of="new_conduct")
    return int(con.execute("SELECT count(*) FROM fresh_conduct").fetchall()[0][0])


def _concerned(before: date, as_of: date, p: Parameters) -> list[str]:
    """SQL of the accounts whose figures may be others tonight, reason by reason."""

    def passed(column: str, days: int) -> str:
        ends = (day - timedelta(days) for day in (before, as_of))
        return "{0} > DATE '{1}' AND {0} <= DATE '{2}'".format(column, *ends)

    spent = (
        "SELECT account_id, unnest([day, day - 1])::DATE AS on_ FROM"
        " (SELECT account_id, day FROM was_txn UNION SELECT account_id, day FROM now_txn)"
    )
    stopped = f"last_statement_on <= DATE '{as_of - timedelta(conduct.RESPEND_DAYS // 2)}'"
    # Figures count statements that billed something: of these an account may have few, however many it was sent.
    billed = f"count(*) FILTER (WHERE past_grace AND owing AND balance > {p.tolerance_amount})"
    few = f"{CYCLES} SEMI JOIN dropped_cycles USING (account_id) GROUP BY account_id HAVING {billed} < {MOST_CYCLES}"
    aged = f"{CYCLES} c JOIN {ALIAS}.f_debts USING (account_id) WHERE {passed('c.statement_on', conduct.RESPEND_DAYS)}"
    again = f"{ALIAS}.w_repayments r JOIN ({spent}) x ON r.account_id = x.account_id AND r.paid_at::DATE = x.on_"
    return [
        "SELECT account_id FROM new_cycles",
        # An old statement that left was among the last twelve of one that gets few.
        f"SELECT account_id FROM {few}",
        f"SELECT account_id FROM dropped_cycles ANTI JOIN (SELECT account_id FROM {CYCLES}) c USING (account_id)",
        f"SELECT account_id FROM {ALIAS}.f_conduct WHERE fpd1 IS NOT NULL AND fpd30 IS NULL",
        f"SELECT account_id FROM s_accounts WHERE {passed('opened_on', conduct.FIRST_PAYMENT_DAYS)}",
        "SELECT account_id FROM was_accounts UNION SELECT account_id FROM now_accounts",
        f"SELECT c.account_id FROM {aged} AND {stopped}",
        f"SELECT r.account_id FROM {again}",
    ]
