"""Spark: a cluster by `spark://host:port`, or this machine's cores by `spark-local://`. Tables are Parquet folders.

Writing each table cuts Spark's plans short and lets DuckDB take the kept ones over. The warehouse's folder must have
the same path on every worker: they read the raw parts and write tables there.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import duckdb
import ibis
import pyarrow as pa
import pyarrow.parquet
from ibis.backends.sql.datatypes import PySparkType
from ibis.expr.schema import Schema
from ibis.expr.types import Table
from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from kajing.analytics.backends.base import EngineNotInstalled, EngineUnreachable
from kajing.analytics.backends.dialects import ExactSpark
from kajing.analytics.backends.handover import as_rows, megabytes, nullable, take_over, unordered
from kajing.analytics.feeds import Feed
from kajing.analytics.warehouse import Part, Warehouse

SETTINGS = {
    "spark.sql.session.timeZone": "UTC",  # times are Shanghai's without a zone: nothing may be shifted
    "spark.sql.ansi.enabled": "true",  # an overflow is an error, not a null
    "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}
TYPES = {
    "VARCHAR": ("STRING", "string"),
    "DATE": ("DATE", "date"),
    "TIMESTAMP": ("TIMESTAMP_NTZ", "timestamp(6)"),
    "BIGINT": ("BIGINT", "int64"),
    "INTEGER": ("INT", "int32"),
    "BOOLEAN": ("BOOLEAN", "boolean"),
    "BLOB": ("BINARY", "binary"),
}
COMPILER = ExactSpark()
OPTIONS = ibis.pyspark  # naming the backend registers the options its compiler reads


class SparkBackend:
    """A session and a folder of tables for one build."""

    def __init__(
        self, session: SparkSession, state: duckdb.DuckDBPyConnection, folder: Path, *, borrowed: bool = False
    ) -> None:
        self.session, self.state, self.folder, self.borrowed = session, state, folder, borrowed
        self.kept: dict[str, tuple[Schema, str]] = {}

    def make(self, name: str, expression: Table, *, kept: bool) -> Table:
        unsorted, order = unordered(expression)
        self.session.sql(_typed(unsorted)).write.parquet(str(self.folder / name))
        if kept:
            self.kept[name] = (expression.schema(), order)
        return self._view(name, expression.schema())

    def load(self, name: str, rows: pa.Table, *, kept: bool) -> Table:
        (self.folder / name).mkdir()
        pyarrow.parquet.write_table(rows, self.folder / name / "rows.parquet")
        schema = Schema.from_pyarrow(rows.schema)
        if kept:
            self.kept[name] = (schema, "")
        return self._view(name, schema)

    def parquet(self, name: str, path: Path) -> Table:
        (self.folder / name).mkdir()
        shutil.copy(path, self.folder / name / "rows.parquet")
        return self._view(name, Schema.from_pyarrow(pyarrow.parquet.read_schema(path)))

    def raw(self, feed: Feed, parts: Sequence[Part]) -> Table:
        """Columns by name, so that parts of before a column was added have nulls in it."""
        columns = [*feed.stored, ("bd", "DATE")]
        wanted = ", ".join(f"`{name}` {TYPES[kind][0]}" for name, kind in columns)
        if parts:
            base = parts[0].path.parent.parent
            reader = self.session.read.schema(wanted).option("basePath", str(base))
            rows = reader.parquet(*[str(part.path) for part in parts]).selectExpr("*", "_metadata.file_name AS part")
        else:
            rows = self.session.createDataFrame([], wanted + ", part STRING")
        rows.createOrReplaceTempView(f"raw_{feed.name}")
        kinds = {name: TYPES[kind][1] for name, kind in columns} | {"part": "string"}
        return ibis.table(kinds, name=f"raw_{feed.name}")

    def count(self, name: str) -> int:
        return int(self.state.execute(f"SELECT count(*) FROM {self._files(name)}").fetchall()[0][0])

    def rows(self, expression: Table) -> list[dict[str, Any]]:
        return as_rows(self.session.sql(_typed(expression)).toArrow())

    def forget(self, name: str) -> None:
        self.session.catalog.dropTempView(name)
        shutil.rmtree(self.folder / name)

    def finish(self) -> None:
        for name, (schema, order) in self.kept.items():
            take_over(self.state, name, self._files(name), schema, order)
        self.state.execute("CHECKPOINT")

    def close(self) -> None:
        if not self.borrowed:
            self.session.stop()
        self.state.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _view(self, name: str, schema: Schema) -> Table:
        self.session.read.parquet(str(self.folder / name)).createOrReplaceTempView(name)
        return ibis.table(nullable(schema), name=name)

    def _files(self, name: str) -> str:
        return f"read_parquet('{str(self.folder / name).replace(chr(39), chr(39) * 2)}/*.parquet')"


def _typed(expression: Table) -> str:
    sql = COMPILER.to_sqlglot(expression.unbind()).sql(dialect=COMPILER.dialect)
    schema = expression.schema()
    columns = ", ".join(f"CAST(`{name}` AS {PySparkType.to_string(kind)}) AS `{name}`" for name, kind in schema.items())
    return f"SELECT {columns} FROM ({sql})"


def connect(url: str, state: duckdb.DuckDBPyConnection, warehouse: Warehouse, folder: Path) -> SparkBackend:
    """A session on a cluster or on this machine.

    The URL's query is Spark's own configuration: `spark://host:7077?spark.executor.memory=8g`. A session that is there
    already in this process is taken, and left.
    """
    if not (shutil.which("java") or os.environ.get("JAVA_HOME")):
        raise EngineNotInstalled(
            "Spark needs Java 17 or newer, and there is no java on the path (Debian: default-jre)."
        )
    parts = urlsplit(url)
    local = parts.scheme == "spark-local"
    settings = SETTINGS | {"spark.sql.warehouse.dir": str(folder / "spark-warehouse")}
    if local or parts.hostname in ("localhost", "127.0.0.1", "::1"):
        settings |= {"spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    if local:
        settings["spark.driver.memory"] = f"{megabytes(warehouse.memory)}m"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    builder = SparkSession.builder.appName("kajing")
    builder = builder.master(f"local[{warehouse.threads or '*'}]" if local else f"spark://{parts.netloc}")
    for name, value in (settings | dict(parse_qsl(parts.query))).items():
        builder = builder.config(name, value)
    borrowed = SparkSession.getActiveSession() is not None
    try:
        return SparkBackend(builder.getOrCreate(), state, folder.resolve(), borrowed=borrowed)
    except (Py4JError, PySparkException) as error:
        raise EngineUnreachable(f"Spark at {parts.netloc or 'this machine'} does not start: {error}") from error
