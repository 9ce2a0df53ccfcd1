"""The signals of the last days' transactions, of all customers or of some: what a night computes and what it keeps.

f_signals   `features.windows.signals` of the days that carry signals
f_usual     `features.baselines` that they stand on
f_moments   the portfolio's prior, by day
f_roots     card → first card of its chain, and whose it is
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Protocol

import ibis
import pyarrow as pa
from ibis.expr.types import Table

from kajing.analytics.features import baselines, places, windows
from kajing.analytics.marts import customer_key
from kajing.analytics.parameters import Parameters

PART_ROWS = 15_000_000  # transactions whose cards' windows are made at once; more are made in parts


class Maker(Protocol):
    """What is needed of a backend."""

    def make(self, name: str, expression: Table, *, kept: bool) -> Table:
        """Run an expression into a table."""

    def load(self, name: str, rows: pa.Table, *, kept: bool) -> Table:
        """Make a table of rows that are here already."""

    def count(self, name: str) -> int:
        """How many rows a table has."""


def first_day(as_of: date, p: Parameters) -> date:
    """The oldest day whose transactions carry signals."""
    return as_of - timedelta(p.signal_days - 1)


def compute(
    backend: Maker,
    t: Table,
    chain: Table,
    shared: Table,
    as_of: date,
    p: Parameters,
    *,
    of: Table | None = None,
    first: date | None = None,
    told: Table | None = None,
    plastics: Table | None = None,
    mark: str = "",
) -> tuple[Table, Table]:
    """Signals and the baselines they stand on, as far as `told` does not have these; `shared` from `windows.moments`.

    `of` limits them to some customers, `first` to newer days than all that carry signals. `plastics` has the numbers of
    cards, where `t` has them (`memory.numbers`). `mark` keeps the names of tables apart where a night computes twice.
    """
    first = first or first_day(as_of, p)
    made_now = _usual(backend, t, first, as_of, of, told, mark)
    usual = made_now if told is None else made_now.union(told.select(*made_now.columns))
    known = backend.load(f"places{mark}", places.places(), kept=False)
    parts = 1 if of is not None else 1 + backend.count("txn") // PART_ROWS
    made = []
    for n in range(parts):
        bucket = (n, parts) if parts > 1 else None
        mine = backend.make(
            f"mine{mark}_{n}", windows.targets(t, chain, first, as_of, of=of, bucket=bucket), kept=False
        )
        cards = windows.family(mine, chain)
        if plastics is not None:
            cards = windows.numbered(cards, plastics)
        cards = backend.make(f"family{mark}_{n}", cards, kept=False)
        tried = backend.make(f"near{mark}_{n}", windows.near(t, cards, first, as_of), kept=False)
        past = windows.history(t, cards, first, p)
        if of is None:  # few rows are laid against it once
            past = backend.make(f"past{mark}_{n}", past, kept=False)
        if plastics is not None:
            mine = windows.by_number(mine, cards)
        found = windows.signals(mine, tried, past, shared, usual, known, first, as_of, p, few=of is not None)
        if plastics is not None:
            found = windows.by_id(found, cards)
        made.append(backend.make(f"signals{mark}_{n}", found, kept=False))
    return (made[0] if parts == 1 else ibis.union(*made)), made_now


def _usual(
    backend: Maker, t: Table, first: date, as_of: date, of: Table | None, told: Table | None, mark: str
) -> Table:
    """Baselines of the customers who tried something on days that use them, without those already told."""
    renewals = baselines.renewals(first, as_of)
    wanted = []
    for n, (on, until) in enumerate(zip(renewals, [*renewals[1:], as_of], strict=True)):
        tried = t.filter(t.kind.isin(windows.KINDS) & (t.day >= first) & (t.day > on) & (t.day <= until))
        if of is not None:
            tried = tried.semi_join(of, "customer_id")
        if told is not None:
            tried = tried.anti_join(told.filter(told.baseline_on == ibis.literal(on).cast("date")), "customer_id")
        folk = tried.select(*dict.fromkeys(["customer_id", customer_key(t)])).distinct()
        wanted.append(backend.make(f"wanted{mark}_{n}", folk, kept=False))
    made = [
        backend.make(f"usual{mark}_{n}", rows, kept=False)
        for n, rows in enumerate(_figures(backend, t, renewals, wanted, mark, few=of is not None))
    ]
    return made[0] if len(made) == 1 else ibis.union(*made)


def _figures(
    backend: Maker, t: Table, renewals: list[date], wanted: list[Table], mark: str, *, few: bool
) -> Iterator[Table]:
    """Baselines of each renewal. For few customers their purchases are looked up once for all of these."""
    if not few:
        yield from (baselines.baselines(t, on, of=folk) for on, folk in zip(renewals, wanted, strict=True))
        return
    every = wanted[0] if len(wanted) == 1 else ibis.union(*wanted).distinct()
    oldest = renewals[0] - timedelta(baselines.DAYS)
    key = customer_key(t, every)
    rows = baselines.purchases(t, oldest, renewals[-1], key=key)
    rows = rows.semi_join(every.select(customer_id=key), "customer_id")
    bought = backend.make(f"bought{mark}", rows, kept=False)
    for on, folk in zip(renewals, wanted, strict=True):
        year = bought
        if len(wanted) > 1:
            year = bought.filter((bought.day > on - timedelta(baselines.DAYS)) & (bought.day <= on))
            year = year.semi_join(folk.select(customer_id=key), "customer_id")
        made = baselines.figures(year, on)
        yield made if key == "customer_id" else _by_id(made, folk.select(key, of="customer_id"), key)


def _by_id(made: Table, folk: Table, key: str) -> Table:
    """Figures by number as figures by customer_id; `folk` has `key` and, as `of`, the id."""
    rows = made.join(folk, [("customer_id", key)])
    return rows.select(customer_id="of", **{name: rows[name] for name in made.columns if name != "customer_id"})


def other_baselines(
    backend: Maker, t: Table, told: Table, of: Table, first: date, as_of: date, p: Parameters
) -> tuple[Table, Table]:
    """The signals since `first` among `told` of some customers, and their baselines, after purchases were taken back.

    `of` has customer_id and, where `t` has them, numbers. Whether a purchase counts is nothing to any other signal than
    that of the baseline.
    """
    mine = backend.make("mine_again", told.filter(told.day >= first).semi_join(of, "customer_id"), kept=False)
    renewals = baselines.renewals(first, as_of)
    wanted = []
    for n, on in enumerate(renewals):
        folk = of.semi_join(mine.filter(mine.baseline_on == ibis.literal(on).cast("date")), "customer_id")
        wanted.append(backend.make(f"wanted_again_{n}", folk, kept=False))
    made = [
        backend.make(f"usual_again_{n}", rows, kept=False)
        for n, rows in enumerate(_figures(backend, t, renewals, wanted, "_again", few=True))
    ]
    usual = made[0] if len(made) == 1 else ibis.union(*made)
    return windows.with_baselines(mine, usual, p), usual


def newest(usual: Table) -> Table:
    """The newest baseline of each customer."""
    last: Any = usual.baseline_on.max().over(group_by="customer_id")
    return usual.mutate(last=last).filter(lambda r: r.baseline_on == r["last"]).drop("last")


def roots(cards: Table, chain: Table, accounts: Table) -> Table:
    """card_id, root_card_id, customer_id of every replacement."""
    owners = cards.select("card_id", "account_id").join(accounts.select("account_id", "customer_id"), "account_id")
    return chain.join(owners.select("card_id", "customer_id"), "card_id")
