"""ClickHouse: a server by `clickhouse://…`, or embedded in this process by `chdb://`. One build is one database.

Raw parts are read here by DuckDB, so that a row means the same everywhere, and sent as Arrow.
"""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import clickhouse_connect
import duckdb
import ibis
import pyarrow as pa
from clickhouse_connect.driver.exceptions import ClickHouseError
from ibis.expr.schema import Schema
from ibis.expr.types import Table

from kajing.analytics.backends.base import EngineUnreachable
from kajing.analytics.backends.dialects import ClickHouseTypes, ExactClickHouse
from kajing.analytics.backends.handover import as_rows, megabytes, nullable, take_over, unordered
from kajing.analytics.feeds import Feed
from kajing.analytics.ingest.parts import files_sql
from kajing.analytics.warehouse import Part, Warehouse

BATCH_ROWS = 500_000
SETTINGS = {
    "join_use_nulls": 1,  # a missing partner is null, not 0 or ''
    "session_timezone": "UTC",  # times are Shanghai's without a zone: nothing may be shifted
    "enable_extended_results_for_datetime_functions": 1,  # months before 1970 stay what they are
}


COMPILER = ExactClickHouse()


class ClickHouseBackend:
    """A database of its own for one build, dropped at the end."""

    def __init__(self, client: Any, state: duckdb.DuckDBPyConnection, *, folder: Path | None = None) -> None:
        self.client, self.state, self.folder = client, state, folder
        self.database = f"kajing_{uuid.uuid4().hex[:12]}"
        self.kept: dict[str, tuple[Schema, str]] = {}
        client.command(f"CREATE DATABASE {self.database}")
        client.database = self.database

    def make(self, name: str, expression: Table, *, kept: bool) -> Table:
        unsorted, order = unordered(expression)
        schema = nullable(expression.schema())
        self.client.command(
            f"CREATE TABLE {name} ENGINE = MergeTree ORDER BY tuple() AS {_typed(_sql(unsorted), schema)}"
        )
        if kept:
            self.kept[name] = (expression.schema(), order)
        return ibis.table(schema, name=name)

    def load(self, name: str, rows: pa.Table, *, kept: bool) -> Table:
        schema = nullable(Schema.from_pyarrow(rows.schema))
        self._fill(name, schema, iter([rows]))
        if kept:
            self.kept[name] = (schema, "")
        return ibis.table(schema, name=name)

    def parquet(self, name: str, path: Path) -> Table:
        return self._send(name, f"read_parquet('{str(path).replace(chr(39), chr(39) * 2)}')")

    def raw(self, feed: Feed, parts: Sequence[Part]) -> Table:
        return self._send(f"raw_{feed.name}", files_sql(list(parts), feed))

    def count(self, name: str) -> int:
        return int(self.client.command(f"SELECT count() FROM {name}"))

    def rows(self, expression: Table) -> list[dict[str, Any]]:
        sql = _typed(_sql(expression), nullable(expression.schema()))
        return as_rows(self.client.query_arrow(sql, use_strings=True))

    def forget(self, name: str) -> None:
        self.client.command(f"DROP TABLE {name} SYNC")

    def finish(self) -> None:
        for name, (schema, order) in self.kept.items():
            with self.client.query_arrow_stream(f"SELECT * FROM {name}", use_strings=True) as blocks:
                self.state.register("handed_over", _reader(iter(blocks), schema))
                take_over(self.state, name, "handed_over", schema, order)
                self.state.unregister("handed_over")
        self.state.execute("CHECKPOINT")

    def close(self) -> None:
        if self.database:
            self.client.command(f"DROP DATABASE IF EXISTS {self.database} SYNC")
            self.client.close()
            self.state.close()
            self.database = ""
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)

    def _send(self, name: str, relation: str) -> Table:
        """A relation that DuckDB reads, sent block by block."""
        result = self.state.sql(f"SELECT * FROM {relation}").to_arrow_reader(BATCH_ROWS)
        schema = nullable(Schema.from_pyarrow(result.schema))
        self._fill(name, schema, (pa.Table.from_batches([batch]) for batch in result))
        return ibis.table(schema, name=name)

    def _fill(self, name: str, schema: Schema, blocks: Iterator[pa.Table]) -> None:
        columns = ", ".join(f"`{column}` {ClickHouseTypes.to_string(kind)}" for column, kind in schema.items())
        self.client.command(f"CREATE TABLE {name} ({columns}) ENGINE = MergeTree ORDER BY tuple()")
        for block in blocks:
            if block.num_rows:
                self.client.insert_arrow(name, block)


def _sql(expression: Table) -> str:
    made: str = COMPILER.to_sqlglot(expression.unbind()).sql(dialect=COMPILER.dialect)
    return made


def _typed(sql: str, schema: Schema) -> str:
    columns = ", ".join(
        f"CAST(`{name}` AS {ClickHouseTypes.to_string(kind)}) AS `{name}`" for name, kind in schema.items()
    )
    return f"SELECT {columns} FROM ({sql})"


def _reader(blocks: Iterator[pa.RecordBatch], schema: Schema) -> pa.RecordBatchReader:
    """Blocks as they come, so that a big table is never whole in memory here."""
    first = next(blocks, None)
    if first is None:
        return schema.to_pyarrow().empty_table().to_reader()
    return pa.RecordBatchReader.from_batches(first.schema, chain([first], blocks))


def connect(url: str, state: duckdb.DuckDBPyConnection, warehouse: Warehouse, folder: Path) -> ClickHouseBackend:
    """The server at a `clickhouse://` URL (`clickhouses://` over TLS), or the embedded engine, in `folder`."""
    if not url.startswith("chdb:"):
        try:
            return ClickHouseBackend(clickhouse_connect.get_client(dsn=url, settings=SETTINGS), state)
        except ClickHouseError as error:
            raise EngineUnreachable(f"ClickHouse at {urlsplit(url).hostname} does not let us in: {error}") from error
    shutil.rmtree(folder, ignore_errors=True)
    client = clickhouse_connect.get_client(
        dsn=f"chdb://{folder.resolve()}", settings=SETTINGS | _limits(warehouse.memory, warehouse.threads)
    )
    return ClickHouseBackend(client, state, folder=folder)


def _limits(memory: str, threads: int | None) -> dict[str, int]:
    """The warehouse's bounds for the engine in this process; beyond half of the memory it spills to disk."""
    most = megabytes(memory) * 1_000_000
    limits = {"max_memory_usage": most}
    limits |= {f"max_bytes_before_external_{what}": most // 2 for what in ("group_by", "sort")}
    return limits | ({"max_threads": threads} if threads else {})
