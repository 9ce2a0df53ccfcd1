"""The night's ordered steps: raw → staging → marts → features → segments, alerts, totals → published state."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import Any, cast

import ibis
import pyarrow as pa
from ibis.expr.types import Table

from kajing.analytics import alerts, features, marts, metrics, pages, portfolio, quality, segments, signalling, staging
from kajing.analytics.backends import Backend, DuckBackend, open_backend, wording
from kajing.analytics.feeds import FEEDS
from kajing.analytics.memory import Memory, Reached, Remembered, layers, numbers, pruning, totals, update
from kajing.analytics.memory.store import ALIAS
from kajing.analytics.parameters import DEFAULTS, Parameters
from kajing.analytics.warehouse import LAYERS, Part, Warehouse

REMEMBERED_FEEDS = ("customers", "accounts", "cards", "statements", "repayments")
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class StepCount:
    """What a step made and how long it took."""

    name: str
    rows: int
    seconds: float


class NothingToBuild(LookupError):
    """No feed has been loaded up to that date."""


def build(
    warehouse: Warehouse,
    as_of: date | None = None,
    parameters: Parameters = DEFAULTS,
    assignments: Path | None = None,
    progress: Progress | None = None,
    engine: str = "",
    *,
    whole: bool = False,
) -> tuple[str, list[StepCount]]:
    """Build the state of a date aside; `warehouse.publish(state_id)` makes it the one that counts.

    Only rows with business date and posting day ≤ as_of count; `as_of` defaults to the newest loaded business date.
    `assignments` is a Parquet of customer_id, unit_code, manager_no that goes before the feed's.
    `progress(step, number, of)` is called before each step. `engine` is a URL of `backends.open_backend`. The same
    inputs give the same tables. The night starts from what the last one remembered (`kajing.analytics.memory`) where it
    can, from raw where it cannot or `whole` is asked. Returns the state's id and the steps; one before the others says
    that a change reached into days no longer remembered. Raises NothingToBuild; on any error the published state stays
    as it was.
    """
    as_of = as_of or warehouse.newest_business_date()
    if as_of is None or not warehouse.parts("customers", until=as_of):
        raise NothingToBuild("no feed has been loaded")
    make = partial(_made_aside, warehouse, as_of, parameters, assignments, progress, engine)
    try:
        return make(whole=whole)
    except Reached as reached:
        state_id, counts = make(whole=True)
        return state_id, [StepCount(f"made whole: {reached} of days no longer remembered", 0, 0.0), *counts]


def _made_aside(
    warehouse: Warehouse,
    as_of: date,
    parameters: Parameters,
    assignments: Path | None,
    progress: Progress | None,
    engine: str,
    *,
    whole: bool,
) -> tuple[str, list[StepCount]]:
    """One build. Raises Reached where only a whole one is exact; memory and published state are as they were."""
    state_id = f"{as_of.isoformat()}-{time.time_ns():x}"
    words = warehouse.root / "memory" / "wording.json"
    wording.recall(words)
    with warehouse.build_aside(state_id) as path, wording.no_collector():
        backend = open_backend(engine, warehouse, path)
        try:
            night = _Night(backend, warehouse, as_of, parameters, assignments, state_id, whole=whole)
            counts = night.run(progress)
        finally:
            backend.close()
    if night.memory:
        night.memory.settle()
        wording.keep(words)
    return state_id, counts


class _Night:
    """One build: the tables made so far, by name."""

    def __init__(
        self,
        backend: Backend,
        warehouse: Warehouse,
        as_of: date,
        parameters: Parameters,
        assignments: Path | None,
        state_id: str,
        *,
        whole: bool,
    ) -> None:
        self.backend, self.warehouse, self.as_of = backend, warehouse, as_of
        self.p, self.assignments, self.state_id = parameters, assignments, state_id
        self.tables: dict[str, Table] = {}
        self.rows = 0
        self.past = True  # whether months before tonight's are told anew
        self.memory = Memory(backend.con, warehouse) if isinstance(backend, DuckBackend) else None
        self.recalled = not whole and self.memory is not None and self.memory.recall(as_of, parameters)
        if self.memory and not self.recalled:
            self.memory.start_anew()

    def run(self, progress: Progress | None) -> list[StepCount]:
        steps = [
            *([self.changes] if self.recalled else []),
            self.staging,
            self.transactions,
            self.spend,
            self.cards,
            self.accounts,
            self.customers,
            self.details,
            self.merchants,
            self.signals,
            self.alerts,
            self.portfolio,
            self.metrics,
            self.quality,
            self.finish,
        ]
        counts = []
        for number, step in enumerate(steps, 1):
            if progress:
                progress(step.__name__, number, len(steps))
            began, self.rows = time.monotonic(), 0
            step()
            counts.append(StepCount(step.__name__, self.rows, time.monotonic() - began))
        return counts

    # --- tools ------------------------------------------------------------------------------------

    def _keep(self, name: str, expression: Table, *more: Table) -> Table:
        """A published table; of several expressions, one after the other."""
        table = self.backend.make(name, expression, kept=True)
        for rows in more:
            self._duck.add(name, rows)
        return self._made(name, table)

    def _temp(self, name: str, expression: Table) -> Table:
        """A table of this build only."""
        return self._made(name, self.backend.make(name, expression, kept=False))

    def _remember(self, name: str, expression: Callable[[], Table]) -> Table:
        """A table that the next night starts from: brought up to date by `changes`, or made whole."""
        if self.memory is None:
            return self._temp(name, expression())
        if self.recalled:
            return self._made(name, self.memory_table(name))
        self.backend.make(f"{ALIAS}.{name}", expression(), kept=True)
        return self._made(name, self.memory_table(name))

    def memory_table(self, name: str) -> Table:
        """A remembered table by its name alone, so that expressions are the same on every night and backend."""
        return self._duck.described(name)

    @property
    def _duck(self) -> DuckBackend:
        """The backend that has a memory."""
        return cast("DuckBackend", self.backend)

    def _made(self, name: str, table: Table) -> Table:
        self.tables[name] = table
        self.rows += self.backend.count(name)
        return table

    def _parts(self, feed: str) -> list[Part]:
        return self.warehouse.parts(feed, until=self.as_of)

    def _raw(self, feed: str) -> Table:
        return self.backend.raw(FEEDS[feed], self._parts(feed))

    def _winners(self, feed: str) -> Table:
        return staging.winners(self._raw(feed), FEEDS[feed])

    # --- steps ------------------------------------------------------------------------------------

    def changes(self) -> None:
        """What the day brought, added to what the last night remembered."""
        counts = update(cast("Memory", self.memory), self._duck, self._parts, self.staging, self.as_of, self.p)
        self.rows = counts["transactions"]

    def staging(self) -> None:
        """The version of each row that counts."""
        if "s_customers" in self.tables:
            return  # `changes` needed them
        given = None
        if self.assignments is not None:
            given = self.backend.parquet("assignments", self.assignments)
        for feed in REMEMBERED_FEEDS:
            self._remember(f"w_{feed}", partial(self._winners, feed))
        w = {feed: self.tables[f"w_{feed}"] for feed in REMEMBERED_FEEDS}
        folk = self._temp("s_customers", staging.customers(w["customers"], given))
        held = self._temp("s_accounts", staging.accounts(w["accounts"]).semi_join(folk, "customer_id"))
        self._temp("s_cards", staging.cards(w["cards"]).semi_join(held, "account_id"))
        self.tables["s_statements"] = staging.statements(w["statements"], self.as_of).semi_join(held, "account_id")
        self.tables["s_repayments"] = staging.repayments(w["repayments"], self.as_of).semi_join(held, "account_id")
        self.tables["s_mcc_groups"] = self.backend.load("s_mcc_groups", staging.mcc_groups(), kept=False)
        if self.memory:
            numbers.update(self.memory)
        self._remember("owners", lambda: held.select("account_id", "customer_id"))
        self._remember("known_cards", lambda: self.tables["s_cards"].select("card_id"))

    def transactions(self) -> None:
        """Every posting with its customer, group and fate."""
        t = self.tables
        if self.recalled:
            for name in ("txn", "account_month"):
                self._made(name, self.memory_table(name))
            return
        raw = self._raw("transactions")
        [found] = self.backend.rows(staging.repeats(raw, "txn_id"))
        staged = staging.transactions(raw, self.as_of, repeated=found["repeats"] > 0)
        backs = self._temp("backs", marts.givebacks(staged))
        held, cards = map(self._duck.described, numbers.MADE) if self.memory else (t["s_accounts"], t["s_cards"])
        self._remember("txn", lambda: marts.transactions(staged, backs, held, cards, t["s_mcc_groups"]))
        self._remember("waiting_txn", lambda: marts.waiting(staged, t["s_accounts"], t["s_cards"]))
        self._remember("account_month", lambda: marts.account_month(t["txn"]))

    def spend(self) -> None:
        """Days, windows, rhythm."""
        made: dict[str, Table] = {}
        done_with: list[str] = []
        if not self.recalled:
            made, done_with = features.days.summed(self.backend, self.tables["txn"], self.as_of, self.p)
        sums, last, gaps = (self._remember(name, partial(made.__getitem__, name)) for name in features.days.NAMES)
        for name in done_with:
            self.backend.forget(name)
        self._temp("f_spend", features.spend.spend(sums, last, self.as_of))
        self._temp("f_rhythm", features.rhythm.rhythm(gaps, last, self.as_of, self.p))

    def cards(self) -> None:
        """Chains, use, balances, sleep."""
        t = self.tables
        chain = self._temp("chain_0", features.cards.links(t["s_cards"]))
        for n in range(1, features.cards.CHAIN_DOUBLINGS + 1):
            chain = self._temp(f"chain_{n}", features.cards.doubled(chain))
        used = self._remember("f_use", lambda: features.cards.use(t["txn"]))
        paid = self._remember("f_paid", lambda: features.cards.paid_by_hand(t["s_repayments"]))
        parts = (t["s_accounts"], t["txn"], t["s_statements"], t["s_repayments"])
        for name, days in (("f_now", 0), ("f_then", features.debt.BEFORE_DAYS)):
            day = self.as_of - timedelta(days)
            self._remember(name, partial(features.debt.balances, *parts, day))
        self._temp("f_cards", features.cards.cards(t["s_cards"], chain, used, paid, t["f_now"], self.as_of, self.p))

    def accounts(self) -> None:
        """Cycles, days past due."""
        t = self.tables
        owners = t["s_accounts"].select("account_id", "customer_id")
        rows = lambda: features.debt.cycles(t["s_statements"], t["s_repayments"], self.as_of, self.p)
        cycles = self._remember("f_cycles", lambda: rows().join(owners, "account_id"))
        self._remember("f_debts", lambda: features.debt.debts(cycles, self.as_of))
        self._remember("f_repaid", lambda: features.debt.last_repayments(t["s_repayments"]))
        rows = features.debt.accounts(
            t["s_accounts"], t["f_now"], t["f_then"], t["f_debts"], t["f_repaid"], self.as_of, self.p
        )
        self._temp("f_accounts", rows)
        habits = (t["s_repayments"], t["txn"], t["s_accounts"], self.as_of, self.p)
        kept = self._remember("f_conduct", lambda: features.conduct.conduct(cycles, *habits))
        self._temp("f_habits", features.conduct.told(kept, self.as_of))

    def customers(self) -> None:
        """One row a customer with every scalar feature, class and score."""
        t = self.tables
        rows = features.customers.customers(
            t["s_customers"], t["f_spend"], t["f_rhythm"], t["f_accounts"], t["f_cards"], self.as_of, self.p
        )
        conduct = features.conduct.of_customers(t["f_habits"], t["f_accounts"])
        rows = rows.left_join(conduct, "customer_id").drop("customer_id_right")
        rows = features.score.risk(rows, t["f_cycles"], self.as_of, self.p)
        scored = segments.scores(t["f_spend"].semi_join(t["s_customers"], "customer_id"))
        rows = segments.classify(rows, self._temp("f_scores", scored), self.as_of, self.p)
        self._keep("customer_features", rows.order_by("customer_id"))

    def details(self) -> None:
        """Tables the pages read: cards, accounts, groups, merchants, months, events, transactions, statements."""
        t, folk = self.tables, self.tables["s_customers"]
        cards = marts.owned(t["f_cards"], folk)
        self._keep("card_features", cards.order_by("customer_id"))
        account_state = (
            t["f_cards"]
            .group_by("account_id")
            .agg(sleeping_on=features.cards.last_to_sleep, last_use_on=lambda c: c.last_use_on.max())
        )
        accounts = marts.owned(t["f_accounts"], folk)
        for more in (account_state, t["f_habits"]):
            accounts = accounts.left_join(more, "account_id").drop("account_id_right")
        accounts = accounts.mutate(
            state=features.cards.state_of(accounts.last_use_on, accounts.sleeping_on, self.as_of, self.p)
        )
        self._keep("account_features", accounts.order_by("customer_id"))
        self._layers()

    def _layers(self) -> None:
        """Tables of single customers: whole, or what changed since the last whole night, and the queries over them."""
        t = self.tables
        whole = {}
        if not self.recalled:
            whole = layers.whole(t, self.as_of, self.backend.count("txn"), numbers.holders(self.memory))
        for name, keys in LAYERS.items():
            if whole:
                kept = self._keep(name, *whole[name])
                self._remember(f"tail_{name}", partial(kept.limit, 0))
                self._remember(f"gone_{name}", partial(kept.select(*keys).limit, 0))
                continue
            for layer in (f"tail_{name}", f"gone_{name}"):  # in customer order, or each page reads all
                self._keep(layer.removeprefix("tail_"), self.memory_table(layer).order_by(*keys))
        self._made("page_queries", self.backend.load("page_queries", pages.queries(t, self.as_of, self.p), kept=True))

    def merchants(self) -> None:
        """Merchants by what was confirmed of their transactions."""
        t = self.tables
        labels = self._temp("s_labels", staging.fraud_labels(self._raw("fraud_labels"), self.as_of))
        confirmed = self._temp("f_frauds", features.merchants.frauds(t["txn"], labels))
        rows = features.merchants.merchants(t["txn"], t["s_accounts"], confirmed, self.as_of, self.p)
        self._keep("merchant_risk", rows.order_by("merchant_id"))

    def signals(self) -> None:
        """How unlike themselves the cards behaved in the last days."""
        t, as_of, folk = self.tables, self.as_of, self.tables["s_customers"]
        chain = t[f"chain_{features.cards.CHAIN_DOUBLINGS}"]
        first = signalling.first_day(as_of, self.p)
        shared = self._remember("f_moments", lambda: features.windows.moments(t["txn"], first, as_of))
        self._remember("f_roots", lambda: signalling.roots(t["s_cards"], chain, t["s_accounts"]))
        if not self.recalled:
            found, usual = signalling.compute(self.backend, t["txn"], chain, shared, as_of, self.p)
            self._remember("f_signals", lambda: found)
            self._remember("f_usual", lambda: usual)
        self._keep("txn_signals", marts.owned(self._recall("f_signals"), folk))
        usual = signalling.newest(self._recall("f_usual"))
        self._keep("customer_baselines", marts.owned(usual, folk).order_by("customer_id"))

    def _recall(self, name: str) -> Table:
        """A remembered table, made tonight or brought up to date by `changes`."""
        return self._made(name, self.memory_table(name)) if self.recalled else self.tables[name]

    def alerts(self) -> None:
        """What holds tonight, with reasons."""
        t = self.tables
        tables = alerts.AlertTables(
            customers=t["customer_features"],
            accounts=t["f_accounts"],
            cards=t["f_cards"],
            transactions=t["txn"],
            months=t["account_month"],
            signals=t["txn_signals"],
            usual=t["customer_baselines"],
            conduct=t["f_habits"],
            cycles=t["f_cycles"],
            repayments=t["s_repayments"],
            people=t["s_customers"],
            as_of=self.as_of,
        )
        found: list[dict[str, Any]] = []
        for rule in alerts.RULES.values():
            if not rule.asked(self.p):
                continue
            rows = self.backend.rows(rule.expression(tables, self.p))
            found.extend(alerts.to_rows(rule, rows, self.as_of, self.p.version))
        rows = self.backend.load("alerts_found", alerts.as_table(found), kept=False)
        self._keep("alerts", marts.owned(rows, t["customer_features"]).order_by("rule", "customer_id", "account_id"))

    def portfolio(self) -> None:
        """Totals by month, week, day."""
        t, as_of = self.tables, self.as_of
        who = self._temp("who", t["customer_features"].select("customer_id", *portfolio.OWNERS, "segment"))
        what = self._temp("what", t["f_accounts"].select("account_id", "customer_id", "product_id"))
        months = t["account_month"]
        of = what.drop("customer_id")
        whole = {
            "total_months": lambda: portfolio.month_totals(months, who, of, as_of),
            "total_days": lambda: portfolio.day_totals(portfolio.recent_days(t["txn"], as_of), who),
            "total_ends": lambda: portfolio.past_overdue(t["f_cycles"], who, as_of),
        }
        if self.recalled:
            totals.update(cast("Memory", self.memory), self._duck, whole, as_of)
        for name, rows in {**whole, "total_who": lambda: who, "total_what": lambda: what}.items():
            self._remember(name, rows)
        self._keep("portfolio_month", portfolio.by_month(t["total_months"], t["f_accounts"], t["f_cards"], who, as_of))
        self._keep("portfolio_week", portfolio.by_week(t["total_days"], t["f_cycles"], who, as_of))
        self._keep("portfolio_overdue", portfolio.by_overdue(t["total_ends"], t["f_accounts"], who, as_of))
        self._keep("portfolio_day", portfolio.by_day(t["total_days"], as_of))

    def metrics(self) -> None:
        """Numerators and denominators of the dictionary."""
        t = self.tables
        first: dict[str, Any] = {}
        for one in metrics.known_since(t["f_accounts"], t["f_cards"], t["txn"], t["f_cycles"]):
            first |= self.backend.rows(one)[0]
        if self.recalled and (day := pruning.first_day(cast("Memory", self.memory))):
            first["transaction"] = min(day, first["transaction"] or day)
        days = metrics.day_rows(self.as_of, self.p, first)
        self.tables["metric_days"] = self.backend.load("metric_days", days, kept=True)
        before = metrics.told_before(days, self.as_of)
        self.tables["told_days"] = self.backend.load("told_days", before, kept=False)
        self.past = past = not (self.recalled and self._months_told(before))
        ends = metrics.month_ends(self.as_of)[: None if past else 2]
        since = date.min if past else marts.month_of(self.as_of, 0)
        used = metrics.use_by_month(t["txn"].filter(t["txn"].day >= since))
        if self.recalled and past:
            used = metrics.put_together(used, self.memory_table("old_months"))
        tables = metrics.metric_tables(
            t["f_accounts"],
            t["f_cards"],
            t["who"],
            use=self._temp("card_month", used),
            repayments=t["s_repayments"],
            cycles=t["f_cycles"],
            positions=self._temp("f_positions", portfolio.positions(t["f_cycles"], ends)),
            as_of=self.as_of,
            parameters=self.p,
            first=first,
            past=past,
        )
        told = metrics.all_rows(tables)
        if past:  # one after the other: together they would need the memory of all
            told = {name: self._temp(f"metric_{name}", rows) for name, rows in told.items()}
        rows = ibis.union(*told.values())
        rows = rows.order_by("metric", "day", "month") if past else rows.filter(rows.day == self.as_of)
        self._keep("metric_rows", rows)

    def quality(self) -> None:
        """Classes tonight; roll rates and vintages, which change when a month is over, told with the months."""
        t, who = self.tables, self.tables["who"]
        self._keep("portfolio_quality", quality.classes(t["f_accounts"], who))
        if not self.past:
            return
        ends = metrics.month_ends(self.as_of)
        rolls = quality.rolls(t["f_positions"], t["f_accounts"], who, ends)
        cells = quality.vintages(t["f_positions"], t["f_cycles"], t["f_accounts"], t["f_cards"], who, ends, self.as_of)
        self._keep("portfolio_roll", rolls)
        self._keep("portfolio_vintage", cells)

    def _months_told(self, told: pa.Table) -> bool:
        """Whether the night that told the months before knew the same of them as tonight."""
        mine = {(row["metric"], row["month"], row["day"]) for row in told.to_pylist()}
        rows = self.backend.rows(self.memory_table("metric_told"))
        before = {(row["metric"], row["month"], row["day"]) for row in rows}
        return mine <= before

    def finish(self) -> None:
        """What this state was made of."""
        made_of = {
            "as_of": pa.array([self.as_of], pa.date32()),
            "state_id": pa.array([self.state_id], pa.string()),
            "built_from_parts": pa.array([sum(len(self._parts(feed)) for feed in FEEDS)], pa.int32()),
            "parameters": pa.array([self.p.as_json()], pa.string()),
            "exact_on": pa.array([self._exact_on()], pa.date32()),
        }
        self.backend.load("build_info", pa.table(made_of), kept=True)
        self.backend.load("mcc_groups", staging.mcc_groups(), kept=True)
        if self.memory:
            self._write_down(self.memory)
        self.backend.finish()
        self.rows = 1

    def _exact_on(self) -> date:
        """When every figure was last computed whole."""
        return self.memory.found.exact_on if self.memory and self.memory.found else self.as_of

    def _write_down(self, memory: Memory) -> None:
        """What tonight stands on, or, after a whole night, what the next ones may stand on."""
        told = self.tables["told_days"]
        if memory.found:
            if self.past:
                memory.told_by(self.state_id, told, self._duck)
            told_by = self.state_id if self.past else memory.found.told
            self.warehouse.stand_on(self.state_id, memory.found.base, told_by)
            return
        memory.prepare()
        pruning.begin(memory)
        dropped = pruning.drop(memory, self._duck, self.as_of, self.p)
        memory.keep("metric_told", told, self._duck)
        for feed in FEEDS:
            memory.keep_parts(feed, self._parts(feed))
        memory.write_down(Remembered(self.as_of, self.state_id, self.as_of, self.state_id, 0), self.p)
        memory.close(smaller=dropped > 0)
