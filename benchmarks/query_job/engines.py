"""Every engine as a function that runs a query and gives its checksum row."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import sql

THREADS, MEMORY = 2, "12GB"
NEEDS = {
    "sql": (),
    "ibis": (),
    "polars": ("polars",),
    "pandas": ("pandas",),
    "chdb": ("chdb",),
    "spark": ("pyspark",),
    "cluster": ("pyspark",),
}
Run = Callable[[], tuple[Any, ...]]


def open_engine(engine: str, name: str, folder: Path, chunks: int) -> Run:
    """Ready to run: imported, connected, the files known. Chunks of cards are for DuckDB (sql, ibis)."""
    if engine in ("polars", "pandas"):
        from importlib import import_module

        job = import_module(f"query_job.{engine}_job")
        return lambda: job.run(name, folder)
    if engine == "sql":
        return _duck(folder, name, chunks, lambda part, of: sql.query(name, sql.chunk(part, of)))
    if engine == "ibis":
        return _duck(folder, name, chunks, _compiled(name, folder))
    return {"chdb": _chdb, "spark": _spark, "cluster": _cluster}[engine](name, folder)


def connect(folder: Path) -> Any:
    """DuckDB with the three tables, spilling beside the data."""
    import duckdb

    con = duckdb.connect()
    con.execute(f"SET threads = {THREADS}; SET memory_limit = '{MEMORY}'; SET preserve_insertion_order = false")
    con.execute(f"SET temp_directory = '{folder}/spill'")
    for table, path in _paths(folder).items():
        con.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{path}')")
    return con


def _paths(folder: Path) -> dict[str, str]:
    return {
        "txn": f"{folder}/txn/*.parquet",
        "card": f"{folder}/card.parquet",
        "city": f"{folder}/city.parquet",
    }


def _duck(folder: Path, name: str, chunks: int, text: Callable[[int, int], str]) -> Run:
    con = connect(folder)

    def whole() -> tuple[Any, ...]:
        return con.execute(sql.checksum(name, text(0, 1))).fetchone()

    def in_chunks() -> tuple[Any, ...]:
        for part in range(chunks):
            query = text(part, chunks)
            rows = sql.checksum(name, query) if name in sql.PER_CARD else query
            con.execute(f"{'INSERT INTO part' if part else 'CREATE OR REPLACE TEMP TABLE part AS'} {rows}")
        return con.execute(sql.together(name)).fetchone()

    return whole if chunks == 1 else in_chunks


def _tables(folder: Path) -> dict[str, Any]:
    import ibis

    con = connect(folder)
    schemas = {name: con.sql(f"SELECT * FROM {name} LIMIT 0").to_arrow_table().schema for name in _paths(folder)}
    con.close()
    return {name: ibis.table(ibis.Schema.from_pyarrow(schema), name=name) for name, schema in schemas.items()}


def _compiled(name: str, folder: Path) -> Callable[[int, int], str]:
    """The expression becomes SQL inside the timed run, as in the night.

    The first time, which loads Ibis's compiler, belongs to the set-up: a night compiles hundreds in one process.
    """
    import ibis

    from . import expressions

    tables = _tables(folder)

    def text(part: int, of: int) -> str:
        txn = tables["txn"] if of == 1 else tables["txn"].filter(tables["txn"].card_id % of == part)
        return str(ibis.to_sql(expressions.query(name, txn, tables["card"], tables["city"]), dialect="duckdb"))

    text(0, 1)
    return text


def _text(name: str, folder: Path, dialect: str) -> str:
    import ibis

    from . import expressions

    if dialect == "pyspark":
        ibis.pyspark  # noqa: B018 - naming the backend registers the options its compiler reads
    query = expressions.query(name, **_tables(folder))
    return str(ibis.to_sql(expressions.checksum(name, query), dialect=dialect))


def _chdb(name: str, folder: Path) -> Run:
    from chdb import session

    one = session.Session()
    # Spark's and DuckDB's outer join gives NULL where nothing matches; ClickHouse's own gives 0.
    settings = f"SETTINGS max_threads = {THREADS}, join_use_nulls = 1, session_timezone = 'UTC'"
    one.query("CREATE DATABASE IF NOT EXISTS bench ENGINE = Atomic")
    one.query("USE bench")
    for table, path in _paths(folder).items():
        one.query(f"CREATE VIEW {table} AS SELECT * FROM file('{path}', Parquet)")
    text = _text(name, folder, "clickhouse")
    return lambda: tuple(json.loads(str(one.query(f"{text} {settings}", "JSONCompact")))["data"][0])


def _cluster(name: str, folder: Path) -> Run:
    return _spark(name, folder, os.environ["SPARK_MASTER"])


def _spark(name: str, folder: Path, master: str = f"local[{THREADS}]") -> Run:
    from pyspark.sql import SparkSession

    options = {
        "spark.driver.memory": os.environ.get("SPARK_MEMORY", "8g"),
        "spark.sql.shuffle.partitions": "8",
        "spark.ui.enabled": "false",
        "spark.sql.session.timeZone": "UTC",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.local.dir": str(folder / "spill"),
    }
    builder = SparkSession.builder.master(master).appName("kajing bench queries")
    for key, value in options.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("ERROR")
    for table, path in _paths(folder).items():
        spark.read.parquet(path).createOrReplaceTempView(table)
    text = _text(name, folder, "pyspark")
    return lambda: tuple(spark.sql(text).collect()[0])
