"""The whole night of one bank on every engine: every column of every published table is the same."""

from __future__ import annotations

import importlib.util
import os
import shutil

import pytest

from kajing.analytics.backends import open_backend
from kajing.analytics.feeds import FEEDS
from kajing.analytics.parameters import DEFAULTS
from kajing.analytics.pipeline import _Night, build
from tests.analytics.backends.checksums import Checksums, checksums, shown
from tests.analytics.backends.clickhouse_peer import clickhouse_peer
from tests.analytics.backends.cluster import spark_cluster
from tests.analytics.backends.conftest import UNTIL, night
from tests.analytics.backends.words import answers, wanted

pytestmark = pytest.mark.slow

EVERYTHING = os.environ.get("KAJING_REQUIRE_ALL") == "1"
WHOLE_LOCAL = os.environ.get("KAJING_TEST_SPARK_LOCAL") == "1"
# For a bank this small Spark's time is the making of plans: Java's first compiler only, plans and expressions as they are.
QUICK = (
    "spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=1&spark.executor.extraJavaOptions=-XX:TieredStopAtLevel=1"
    "&spark.sql.shuffle.partitions=2&spark.sql.adaptive.enabled=false"
    "&spark.sql.codegen.wholeStage=false&spark.sql.codegen.factoryMode=NO_CODEGEN"
    "&spark.driver.memory=1g&spark.executor.memory=512m"
)
FIRST_STEPS = ("staging", "transactions", "spend", "cards", "accounts", "customers", "details")
# Months before tonight's are told once, by the owners of the night that told them first.
TOLD_ONCE = ("metric_rows",)


def need(module: str, *, java: bool = False) -> None:
    """Skip without the engine, unless nothing may be skipped."""
    there = importlib.util.find_spec(module) and (not java or shutil.which("java"))
    if not there and not EVERYTHING:
        pytest.skip(f"{module}{' or java' if java else ''} is not installed")


def differing(found: Checksums, wanted: Checksums) -> list[str]:
    """Which columns of which tables differ."""
    names = [
        (table, column) for table in wanted | found for column in {**wanted.get(table, {}), **found.get(table, {})}
    ]
    return [
        f"{table}: {column}"
        for table, column in names
        if found.get(table, {}).get(column) != wanted.get(table, {}).get(column)
    ]


def test_the_bank_has_something_to_tell(golden: Checksums) -> None:
    """A comparison of empty tables would prove nothing."""
    rows = {table: int(columns["rows"]) for table, columns in golden.items()}
    assert all(rows.values()), rows
    assert rows["history"] > 20_000
    assert rows["alerts"] > 5


def test_clickhouse_embedded(demo_warehouse, assignments, golden: Checksums) -> None:
    """And readers see the same when the next night is DuckDB's again, which goes on from what it remembers."""
    need("chdb")
    state, _steps = build(demo_warehouse, UNTIL, assignments=assignments, engine="chdb://")
    assert differing(checksums(demo_warehouse.state_path(state)), golden) == []
    assert [path.name for path in (demo_warehouse.root / "states").glob(".building-*")] == []
    demo_warehouse.publish(state)
    seen = shown(demo_warehouse)
    assert seen["customer_features"] == golden["customer_features"]
    state, steps = build(demo_warehouse, UNTIL, assignments=assignments)
    assert steps[0].name == "changes"
    demo_warehouse.publish(state)
    now = shown(demo_warehouse)
    for name in TOLD_ONCE:
        del now[name], seen[name]
    assert differing(now, seen) == []


def test_clickhouse_server(demo_warehouse, assignments, golden: Checksums, tmp_path) -> None:
    """Over HTTP: the URL, our settings with every request, inserts and streams; no database is left behind."""
    need("chdb")
    with clickhouse_peer(tmp_path / "server") as (url, asked):
        assert differing(night(demo_warehouse, url, assignments), golden) == []
        assert {"join_use_nulls=1", "session_timezone=UTC"} <= set(asked)
        import clickhouse_connect

        with clickhouse_connect.get_client(dsn=url) as client:
            assert client.query("SHOW DATABASES LIKE 'kajing_%'").result_rows == []


def test_spark_small_questions(warehouse, tmp_path) -> None:
    need("pyspark", java=True)
    backend = open_backend(f"spark-local://?{QUICK}", warehouse, tmp_path / "words.duckdb")
    try:
        assert answers(backend) == wanted()
        empty = backend.raw(FEEDS["transactions"], [])
        assert backend.rows(empty.agg(n=empty.count(), newest=empty.occurred_at.max())) == [{"n": 0, "newest": None}]
    finally:
        backend.close()


@pytest.mark.skipif(not (EVERYTHING or WHOLE_LOCAL), reason="the cluster's night says the same (CI does both)")
def test_spark_on_this_machine(demo_warehouse, assignments, golden: Checksums) -> None:
    """The first steps of the night, from the raw files to the tables handed over; the whole night is the cluster's."""
    need("pyspark", java=True)
    if WHOLE_LOCAL:
        assert differing(night(demo_warehouse, f"spark-local://?{QUICK}", assignments), golden) == []
        return
    with demo_warehouse.build_aside("first-steps") as path:
        backend = open_backend(f"spark-local://?{QUICK}", demo_warehouse, path)
        try:
            steps = _Night(backend, demo_warehouse, UNTIL, DEFAULTS, assignments, "first-steps", whole=True)
            for step in FIRST_STEPS:
                getattr(steps, step)()
            backend.finish()
        finally:
            backend.close()
    found = checksums(demo_warehouse.state_path("first-steps"))
    assert {"customer_features", "card_features", "account_features"} <= set(found)
    assert differing(found, {table: golden[table] for table in found}) == []


def test_spark_on_a_cluster(demo_warehouse, assignments, golden: Checksums, tmp_path) -> None:
    need("pyspark", java=True)
    with spark_cluster(tmp_path / "cluster") as url:
        assert differing(night(demo_warehouse, f"{url}?{QUICK}", assignments), golden) == []
