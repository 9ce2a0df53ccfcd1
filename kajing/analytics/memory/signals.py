"""Changed transactions → signals of the customers concerned.

A signal stands on its card's own earlier rows, the customer's baseline, the chain of replacements and the portfolio's
prior. So customers who only have rows of new days get the signals of these days, on the baselines already told; those
of customers with an older row that changed, or another chain, are computed again; where a purchase was taken back and
nothing else changed, only baselines are; all others only grow old. Everything is computed again on the rare night whose
prior differs.
"""

from __future__ import annotations

from datetime import date, timedelta

from ibis.expr.types import Table

from kajing.analytics import signalling
from kajing.analytics.backends.duck import DuckBackend
from kajing.analytics.features import baselines, cards, windows
from kajing.analytics.memory.store import ALIAS, Memory
from kajing.analytics.parameters import Parameters

# What signals read of a transaction. Whether a purchase was taken back is read by baselines only.
MATTERS = (
    "txn_id customer_id account_id card_id occurred_at day kind amount merchant_id merchant_name mcc country "
    "city channel card_present device_id"
).split()


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
    _concerned(memory, before)
    plastics = backend.described("plastics")
    if everyone or _count(memory, "news_signals"):
        of = None if everyone else backend.described("news_signals")
        found, usual = signalling.compute(
            backend, backend.described("txn"), chain, shared, as_of, p, of=of, plastics=plastics
        )
        where = "" if everyone else " WHERE customer_id IN (FROM news_signals)"
        _put(memory, backend, found, usual, where)
    if not everyone and _count(memory, "news_usual"):
        told, of = backend.described("f_signals"), backend.described("news_usual")
        found, usual = signalling.other_baselines(backend, backend.described("txn"), told, of, first, as_of, p)
        _put(memory, backend, found, usual, " WHERE customer_id IN (SELECT customer_id FROM news_usual)")
    if not everyone and _count(memory, "fresh_customers"):
        found, usual = signalling.compute(
            backend,
            backend.described("txn"),
            chain,
            shared,
            as_of,
            p,
            of=backend.described("fresh_customers"),
            first=max(first, before + timedelta(1)),
            told=backend.described("f_usual"),
            plastics=plastics,
            mark="_fresh",
        )
        _put(memory, backend, found, usual, " WHERE false")
    con.execute(f"DELETE FROM {ALIAS}.f_signals WHERE day < DATE '{first}'")
    con.execute(f"DELETE FROM {ALIAS}.f_usual WHERE baseline_on < DATE '{baselines.renewed_on(first)}'")
    con.execute(f"CREATE OR REPLACE TEMP TABLE used AS SELECT DISTINCT customer_id, baseline_on FROM {ALIAS}.f_signals")
    con.execute(
        f"DELETE FROM {ALIAS}.f_usual u WHERE NOT EXISTS"
        " (FROM used WHERE used.customer_id = u.customer_id AND used.baseline_on = u.baseline_on)"
    )
    return _count(memory, "news_signals") + _count(memory, "fresh_customers")


def _concerned(memory: Memory, before: date) -> None:
    """`news_signals`: customers with a changed row of a told day, or a moved chain; `fresh_customers`: of new days.

    `news_usual`: those of whom only a purchase was taken back, or counts again.
    """
    was, now = (f"SELECT {', '.join(MATTERS)} FROM {side}_txn" for side in ("was", "now"))
    memory.con.execute(f"CREATE TEMP TABLE changed_signals AS ({was} EXCEPT {now}) UNION ALL ({now} EXCEPT {was})")
    changed = "changed_signals"
    memory.con.execute(
        f"CREATE TEMP TABLE news_signals AS SELECT customer_id FROM {changed} WHERE day <= DATE '{before}'"
        " UNION SELECT customer_id FROM moved_roots"
    )
    # A card may have rows of several customers: they are told by its rows, whoever's these are.
    link = f"link_{cards.CHAIN_DOUBLINGS}"
    memory.con.execute(
        f"INSERT INTO news_signals SELECT DISTINCT customer_id FROM {ALIAS}.f_signals WHERE root_card_id IN"
        f" (SELECT coalesce(l.root_card_id, x.card_id) FROM changed_signals x LEFT JOIN {link} l USING (card_id)"
        f" WHERE x.day <= DATE '{before}')"
        " AND customer_id NOT IN (FROM news_signals)"
    )
    memory.con.execute(
        "CREATE TEMP TABLE news_usual AS SELECT DISTINCT n.customer_id, n.holder FROM was_txn w JOIN now_txn n"
        " ON w.txn_id = n.txn_id WHERE w.purchase <> n.purchase AND n.customer_id NOT IN (FROM news_signals)"
    )
    memory.con.execute(
        f"CREATE TEMP TABLE fresh_customers AS SELECT DISTINCT customer_id FROM {changed} WHERE day > DATE '{before}'"
        " AND customer_id NOT IN (FROM news_signals)"
    )


def _count(memory: Memory, table: str) -> int:
    return int(memory.con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])


def _put(memory: Memory, backend: DuckBackend, found: Table, usual: Table, where: str) -> None:
    """Put what was computed in the place of what `where` names."""
    for name, rows in (("f_signals", found), ("f_usual", usual)):
        backend.make("computed", rows, kept=False)
        memory.con.execute(f"DELETE FROM {ALIAS}.{name}{where}")
        memory.con.execute(f"INSERT INTO {ALIAS}.{name} BY NAME SELECT * FROM computed")
        memory.con.execute("DROP TABLE computed")


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
