"""The night's ordered steps: raw → staging → marts → features → segments, alerts, totals → published state."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa
from ibis.backends.sql.datatypes import DuckDBType
from ibis.expr.types import Table

from kajing.analytics import alerts, features, marts, metrics, portfolio, segments, staging
from kajing.analytics.feeds import FEEDS
from kajing.analytics.ingest.parts import files_sql
from kajing.analytics.parameters import DEFAULTS, Parameters
from kajing.analytics.warehouse import Part, Warehouse

DATA = Path(__file__).parent / "data"
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
) -> tuple[str, list[StepCount]]:
    """Build the state of a date aside; `warehouse.publish(state_id)` makes it the one that counts.

    Only rows with business date and posting day ≤ as_of count; `as_of` defaults to the newest loaded business date.
    `assignments` is a Parquet of customer_id, unit_code, manager_no that goes before the feed's.
    `progress(step, number, of)` is called before each step. The same inputs give the same tables. Returns the state's
    id and the steps. Raises NothingToBuild; on any error the published state stays as it was.
    """
    as_of = as_of or warehouse.newest_business_date()
    if as_of is None or not warehouse.parts("customers", until=as_of):
        raise NothingToBuild("no feed has been loaded")
    state_id = f"{as_of.isoformat()}-{time.time_ns():x}"
    with warehouse.build_aside(state_id) as path:
        con = warehouse.connect_to_build(path)
        try:
            counts = _Night(con, warehouse, as_of, parameters, assignments, state_id).run(progress)
        finally:
            con.close()
    return state_id, counts


class _Night:
    """One build: the tables made so far, by name."""

    def __init__(
        self,
        con: duckdb.DuckDBPyConnection,
        warehouse: Warehouse,
        as_of: date,
        parameters: Parameters,
        assignments: Path | None,
        state_id: str,
    ) -> None:
        self.con, self.warehouse, self.as_of = con, warehouse, as_of
        self.p, self.assignments, self.state_id = parameters, assignments, state_id
        self.tables: dict[str, Table] = {}
        self.rows = 0

    def run(self, progress: Progress | None) -> list[StepCount]:
        steps = [
            self.staging,
            self.transactions,
            self.spend,
            self.cards,
            self.accounts,
            self.customers,
            self.details,
            self.alerts,
            self.portfolio,
            self.metrics,
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

    def _keep(self, name: str, expression: Table) -> Table:
        """A published table."""
        return self._make("TABLE", name, expression)

    def _temp(self, name: str, expression: Table) -> Table:
        """A table of this build only."""
        return self._make("TEMP TABLE", name, expression)

    def _make(self, what: str, name: str, expression: Table) -> Table:
        """Run an expression into a table with the types the expression says.

        DuckDB sums BIGINT to HUGEINT, and a date plus an interval to TIMESTAMP.
        """
        schema = expression.schema()
        columns = ", ".join(
            f'CAST("{column}" AS {DuckDBType.to_string(kind)}) AS "{column}"' for column, kind in schema.items()
        )
        self.con.execute(f"CREATE {what} {name} AS SELECT {columns} FROM ({ibis.to_sql(expression, dialect='duckdb')})")
        self.tables[name] = ibis.table(schema, name=name)
        self.rows += int(self.con.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0])
        return self.tables[name]

    def _known(self, name: str) -> Table:
        self.rows += int(self.con.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0])
        self.tables[name] = self._ibis_table(name)
        return self.tables[name]

    def _ibis_table(self, name: str) -> Table:
        described = self.con.sql(f"SELECT * FROM {name} LIMIT 0").to_arrow_table().schema
        return ibis.table(ibis.Schema.from_pyarrow(described), name=name)

    def _parts(self, feed: str) -> list[Part]:
        return self.warehouse.parts(feed, until=self.as_of)

    def _raw(self, feed: str) -> Table:
        self.con.execute(f"CREATE TEMP VIEW raw_{feed} AS SELECT * FROM {files_sql(self._parts(feed), FEEDS[feed])}")
        return self._ibis_table(f"raw_{feed}")

    # --- steps ------------------------------------------------------------------------------------

    def staging(self) -> None:
        """The version of each row that counts."""
        given = None
        if self.assignments is not None:
            self.con.execute(
                f"CREATE TEMP TABLE assignments AS SELECT customer_id, unit_code, manager_no FROM '{self.assignments}'"
            )
            given = self._ibis_table("assignments")
        self._temp("s_customers", staging.customers(self._raw("customers"), given))
        folk = self.tables["s_customers"]
        self._temp("s_accounts", staging.accounts(self._raw("accounts")).semi_join(folk, "customer_id"))
        held = self.tables["s_accounts"]
        self._temp("s_cards", staging.cards(self._raw("cards")).semi_join(held, "account_id"))
        self._temp(
            "s_statements", staging.statements(self._raw("statements"), self.as_of).semi_join(held, "account_id")
        )
        self._temp(
            "s_repayments", staging.repayments(self._raw("repayments"), self.as_of).semi_join(held, "account_id")
        )
        self.con.execute(
            f"CREATE TABLE mcc_groups AS SELECT mcc, group_code, name_zh, name_en, group_zh,"
            f" cashout_attention_0_3::INTEGER AS cashout_attention,"
            f" commonly_excluded_from_points = '1' AS excluded_from_points"
            f" FROM read_csv('{DATA / 'mcc_categories.csv'}', header = true, all_varchar = true)"
        )
        self.tables["mcc_groups"] = self._ibis_table("mcc_groups")

    def transactions(self) -> None:
        """Every posting with its customer, group and fate."""
        t = self.tables
        raw = self._raw("transactions")
        [twice] = self.con.execute("SELECT count(*) - count(DISTINCT hash(txn_id)) FROM raw_transactions").fetchall()
        staged = staging.transactions(raw, self.as_of, repeated=twice[0] > 0)
        backs = self._temp("backs", marts.givebacks(staged))
        self._temp("txn", marts.transactions(staged, backs, t["s_accounts"], t["s_cards"], t["mcc_groups"]))

    def spend(self) -> None:
        """Days, windows, rhythm."""
        days = self._temp("customer_day", marts.customer_day(self.tables["txn"], self.p))
        self._temp("f_spend", features.spend.spend(days, self.as_of))
        self._temp("f_rhythm", features.rhythm.rhythm(days, self.as_of, self.p))

    def cards(self) -> None:
        """Chains, use, sleep."""
        t = self.tables
        chain = self._temp("chain_0", features.cards.links(t["s_cards"]))
        for n in range(1, features.cards.CHAIN_DOUBLINGS + 1):
            chain = self._temp(f"chain_{n}", features.cards.doubled(chain))
        rows = features.cards.cards(t["s_cards"], chain, t["txn"], t["s_repayments"], self.as_of, self.p)
        self._temp("f_cards", rows)

    def accounts(self) -> None:
        """Balances, cycles, days past due."""
        t = self.tables
        rows = features.debt.cycles(t["s_statements"], t["s_repayments"], self.as_of, self.p)
        cycles = self._temp("f_cycles", rows.join(t["s_accounts"].select("account_id", "customer_id"), "account_id"))
        rows = features.debt.accounts(
            t["s_accounts"], t["txn"], t["s_statements"], t["s_repayments"], cycles, self.as_of, self.p
        )
        self._temp("f_accounts", rows)

    def customers(self) -> None:
        """One row a customer with every scalar feature, class and score."""
        t = self.tables
        rows = features.customers.customers(
            t["s_customers"], t["f_spend"], t["f_rhythm"], t["f_accounts"], t["f_cards"], self.as_of, self.p
        )
        rows = features.customers.risk(rows, self.p)
        rows = segments.classify(rows, self.as_of, self.p)
        self._keep("customer_features", rows.order_by("customer_id"))

    def details(self) -> None:
        """Tables the pages read: cards, accounts, groups, merchants, months, events, transactions, statements."""
        t, folk = self.tables, self.tables["s_customers"]
        cards = marts.owned(t["f_cards"], folk)
        self._keep("card_features", cards.order_by("customer_id"))
        account_state = (
            t["f_cards"]
            .group_by("account_id")
            .agg(sleeping_on=lambda c: c.sleeping_on.max(), last_use_on=lambda c: c.last_use_on.max())
        )
        accounts = marts.owned(t["f_accounts"], folk).left_join(account_state, "account_id").drop("account_id_right")
        accounts = accounts.mutate(
            state=features.cards.state_of(accounts.last_use_on, accounts.sleeping_on, self.as_of, self.p)
        )
        self._keep("account_features", accounts.order_by("customer_id"))
        for name, rows in (
            ("customer_mcc", marts.customer_mcc(t["txn"], self.as_of)),
            ("customer_merchants", marts.customer_merchants(t["txn"], self.as_of)),
            ("customer_month", marts.customer_month(t["txn"], self.as_of)),
        ):
            self._keep(name, marts.owned(rows, folk).order_by("customer_id"))
        recent = marts.owned(marts.recent_transactions(t["txn"], self.as_of), folk)
        self._keep("recent_transactions", recent.order_by("customer_id", ibis.desc("occurred_at"), "txn_id"))
        cycles = marts.owned(t["f_cycles"], folk)
        self._keep("statement_cycles", cycles.order_by("customer_id", "statement_on"))
        newest = cycles.statement_on.max().over(group_by="account_id")
        latest = cycles.mutate(newest=newest).filter(lambda c: c.statement_on == c.newest).drop("newest")
        self._keep("statements_latest", latest.order_by("customer_id"))
        self._events()

    def _events(self) -> None:
        t = self.tables
        rows = marts.events(
            t["txn"], t["f_cycles"], t["s_repayments"], t["s_accounts"], t["f_cards"], self.as_of, self.p
        )
        found = marts.owned(rows, t["s_customers"]).order_by("customer_id", ibis.desc("at"))
        self._keep("customer_events", found)

    def alerts(self) -> None:
        """What holds tonight, with reasons."""
        t = self.tables
        tables = alerts.AlertTables(t["customer_features"], t["f_accounts"], t["f_cards"], t["txn"], self.as_of)
        found: list[dict[str, Any]] = []
        for rule in alerts.RULES.values():
            rows = self._rows(rule.expression(tables, self.p))
            found.extend(alerts.to_rows(rule, rows, self.as_of, self.p.version))
        self.con.register("found", _alert_table(found))
        self.con.execute(
            "CREATE TABLE alerts AS SELECT f.*, c.unit_id, c.manager_id FROM found f JOIN customer_features c"
            " USING (customer_id) ORDER BY rule, customer_id, account_id"
        )
        self.con.unregister("found")
        self._known("alerts")

    def _rows(self, expression: Table) -> list[dict[str, Any]]:
        result = self.con.execute(ibis.to_sql(expression, dialect="duckdb"))
        names = [column[0] for column in result.description or []]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def portfolio(self) -> None:
        """Totals by month, week, day."""
        t = self.tables
        who, as_of = t["customer_features"], self.as_of
        self._keep("portfolio_month", portfolio.by_month(t["txn"], t["f_accounts"], t["f_cards"], who, as_of))
        self._keep("portfolio_week", portfolio.by_week(t["txn"], t["f_cycles"], who, as_of))
        self._keep("portfolio_overdue", portfolio.by_overdue(t["f_cycles"], t["f_accounts"], who, as_of))
        self._keep("portfolio_day", portfolio.by_day(t["txn"], who, as_of))

    def metrics(self) -> None:
        """Numerators and denominators of the dictionary."""
        t = self.tables
        who = t["customer_features"].select("customer_id", "unit_id", "manager_id", "segment")
        accounts = t["f_accounts"].join(who, "customer_id")
        products = t["f_accounts"].select("account_id", account_product="product_id")
        cards = t["f_cards"].join(who, "customer_id").join(products, "account_id")
        cards = cards.mutate(product_id=ibis.coalesce(cards.product_id, cards.account_product)).drop("account_product")
        tables = metrics.MetricTables(
            accounts, cards, t["customer_features"], t["txn"], t["f_cycles"], self.as_of, self.p
        )
        self._keep("metric_rows", metrics.all_rows(tables))

    def finish(self) -> None:
        """What this state was made of."""
        parts = sum(len(self._parts(feed)) for feed in FEEDS)
        self.con.execute(
            "CREATE TABLE build_info AS SELECT ?::DATE AS as_of, ? AS state_id, ?::INTEGER AS built_from_parts,"
            " ? AS parameters",
            [self.as_of, self.state_id, parts, self.p.as_json()],
        )
        self.con.execute("CHECKPOINT")
        self.rows = 1


def _alert_table(rows: Iterable[dict[str, Any]]) -> pa.Table:
    schema = pa.schema(
        [
            ("rule", pa.string()),
            ("customer_id", pa.string()),
            ("account_id", pa.string()),
            ("raised_on", pa.date32()),
            ("severity", pa.string()),
            ("value_at_stake", pa.int64()),
            ("reasons", pa.string()),
            ("inputs", pa.string()),
            ("rule_version", pa.string()),
        ]
    )
    return pa.Table.from_pylist(list(rows), schema=schema)
