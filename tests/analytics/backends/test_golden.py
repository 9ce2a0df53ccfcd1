"""The whole night of one bank on every engine: every column of every published table is the same."""

from __future__ import annotations

import importlib.util
import os
import shutil

import pytest

from tests.analytics.backends.checksums import Checksums
from tests.analytics.backends.cluster import spark_cluster
from tests.analytics.backends.conftest import night

pytestmark = pytest.mark.slow

# For a bank this small Spark's time is the compiling of plans: the first of Java's two compilers, and few partitions.
QUICK = (
    "spark.driver.extraJavaOptions=-XX:TieredStopAtLevel=1&spark.executor.extraJavaOptions=-XX:TieredStopAtLevel=1"
    "&spark.sql.shuffle.partitions=2&spark.sql.codegen.wholeStage=false"
    "&spark.driver.memory=1g&spark.executor.memory=512m"
)


def need(module: str, *, java: bool = False) -> None:
    """Skip without the engine, unless nothing may be skipped."""
    there = importlib.util.find_spec(module) and (not java or shutil.which("java"))
    if not there and os.environ.get("KAJING_REQUIRE_ALL") != "1":
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
    assert rows["recent_transactions"] > 4000
    assert rows["alerts"] > 3


def test_clickhouse_embedded(demo_warehouse, assignments, golden: Checksums) -> None:
    need("chdb")
    assert differing(night(demo_warehouse, "chdb://", assignments), golden) == []


def test_spark_on_this_machine(demo_warehouse, assignments, golden: Checksums) -> None:
    need("pyspark", java=True)
    assert differing(night(demo_warehouse, f"spark-local://?{QUICK}", assignments), golden) == []


def test_spark_on_a_cluster(demo_warehouse, assignments, golden: Checksums, tmp_path) -> None:
    need("pyspark", java=True)
    with spark_cluster(tmp_path / "cluster") as url:
        assert differing(night(demo_warehouse, f"{url}?{QUICK}", assignments), golden) == []
