"""Changed transactions → signals of the customers concerned.

A signal stands on its card's own rows, the customer's baseline, the chain of replacements and the portfolio's prior.
So the signals of customers with a changed row or chain are computed again, all others only grow old; everything is
computed again on the rare night whose prior differs.
"""

from __future__ import annotations

from datetime import date, timedelta

from ibis.expr.types import Table

from kajing.analytics import signalling
from kajing.analytics.backends.duck import DuckBackend
from kajing.analytics.features import cards, windows
from kajing.analytics.memory.store import ALIAS, Memory
from kajing.analytics.parameters import Parameters

TABLES = ("f_signals", "f_usual")


def update(memory: Memory, backend: DuckBackend, before: date, as_of: date, p: Parameters) -> int:
    """Bring `f_signals`, `f_usual`, `f_moments` and `f_roots` up to date; of how many customers."""
    con, first = memory.con, signalling.first_day(as_of, p)
    chain = backend.make("link_0", cards.links(backend.described("s_cards")), kept=False)
    for n in range(1, cards.CHAIN_DOUBLINGS + 1):
        chain = backend.make(f"link_{n}", cards.doubled(chain), kept=False)
    _roots(memory, backend, f"link_{cards.CHAIN_DOUBLINGS}")
    shared = backend.make("now_moments", windows.moments(backend.described("txn"), first, as_of), kept=False)
    everyone = _prior_moved(memory, first, before)
    con.execute(f"CREATE OR REPLACE TABLE {ALIAS}.f_moments AS FROM now_moments")
    con.execute(
        "CREATE TEMP TABLE new_signals AS SELECT DISTINCT customer_id FROM (SELECT customer_id FROM was_txn"
        " UNION ALL SELECT customer_id FROM now_txn UNION ALL SELECT customer_id FROM moved_roots)"
    )
    if everyone or con.execute("SELECT count(*) FROM new_signals").fetchall()[0][0]:
        _again(memory, backend, chain, shared, as_of, p, everyone=everyone)
    con.execute(f"DELETE FROM {ALIAS}.f_signals WHERE day < DATE '{first}'")
    con.execute(
        f"DELETE FROM {ALIAS}.f_usual WHERE (customer_id, baseline_on) NOT IN"
        f" (SELECT (customer_id, baseline_on) FROM {ALIAS}.f_signals)"
    )
    return int(con.execute("SELECT count(*) FROM new_signals").fetchall()[0][0])


def _again(
    memory: Memory, backend: DuckBackend, chain: Table, shared: Table, as_of: date, p: Parameters, *, everyone: bool
) -> None:
    """Compute the signals of `new_signals`, or of everyone."""
    con = memory.con
    of = None if everyone else backend.described("new_signals")
    found, usual = signalling.compute(backend, backend.described("txn"), chain, shared, as_of, p, of=of)
    backend.make("fresh_signals", found, kept=False)
    backend.make("fresh_usual", usual, kept=False)
    for name in TABLES:
        con.execute(f"DELETE FROM {ALIAS}.{name}" + ("" if everyone else " WHERE customer_id IN (FROM new_signals)"))
        con.execute(f"INSERT INTO {ALIAS}.{name} BY NAME SELECT * FROM fresh_{name.removeprefix('f_')}")


def _roots(memory: Memory, backend: DuckBackend, chain: str) -> None:
    """`moved_roots`: customers with a card whose chain is another one than last night."""
    con, known = memory.con, f"{ALIAS}.f_roots"
    tonight = signalling.roots(*(backend.described(name) for name in ("s_cards", chain, "s_accounts")))
    backend.make("now_roots", tonight, kept=False)
    con.execute(
        f"CREATE TEMP TABLE moved_roots AS SELECT DISTINCT customer_id FROM ((FROM {known} EXCEPT FROM now_roots)"
        f" UNION ALL (FROM now_roots EXCEPT FROM {known}))"
    )
    con.execute(f"CREATE OR REPLACE TABLE {known} AS FROM now_roots")


def _prior_moved(memory: Memory, first: date, before: date) -> bool:
    """Whether the prior of a day that was known last night is another one tonight."""
    start = f"DATE '{first - timedelta(windows.RUN_DAYS + 1)}'"
    sql = (
        f"SELECT count(*) FROM ((FROM now_moments WHERE day <= DATE '{before}' EXCEPT FROM {ALIAS}.f_moments)"
        f" UNION ALL (FROM {ALIAS}.f_moments WHERE day >= {start} EXCEPT FROM now_moments))"
    )
    return bool(memory.con.execute(sql).fetchall()[0][0])
