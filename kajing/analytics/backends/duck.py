"""DuckDB, inside this process and right in the state file: the default."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import ibis
import pyarrow as pa
from ibis.backends.sql.datatypes import DuckDBType
from ibis.expr.types import Table

from kajing.analytics.backends.wording import typed
from kajing.analytics.feeds import Feed
from kajing.analytics.ingest.parts import files_sql
from kajing.analytics.warehouse import Part


class DuckBackend:
    """Tables of a connection; kept ones are the state, the others are temporary."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con

    def make(self, name: str, expression: Table, *, kept: bool) -> Table:
        self.con.execute(f"CREATE {_table(kept=kept)} {name} AS {typed(expression)}")
        return ibis.table(expression.schema(), name=name)

    def add(self, name: str, expression: Table) -> None:
        """Run an expression into more rows of a table, after those it has."""
        self.con.execute(f"INSERT INTO {name} {typed(expression)}")

    def load(self, name: str, rows: pa.Table, *, kept: bool) -> Table:
        self.con.register("rows_at_hand", rows)
        self.con.execute(f"CREATE {_table(kept=kept)} {name} AS SELECT * FROM rows_at_hand")
        self.con.unregister("rows_at_hand")
        return self.described(name)

    def parquet(self, name: str, path: Path) -> Table:
        file = str(path).replace("'", "''")
        self.con.execute(f"CREATE TEMP TABLE {name} AS SELECT * FROM read_parquet('{file}')")
        return self.described(name)

    def raw(self, feed: Feed, parts: Sequence[Part]) -> Table:
        self.con.execute(f"CREATE TEMP VIEW raw_{feed.name} AS SELECT * FROM {files_sql(list(parts), feed)}")
        return self.described(f"raw_{feed.name}")

    def count(self, name: str) -> int:
        return int(self.con.execute(f"SELECT count(*) FROM {name}").fetchall()[0][0])

    def rows(self, expression: Table) -> list[dict[str, Any]]:
        result = self.con.execute(typed(expression))
        names = [column[0] for column in result.description or []]
        return [dict(zip(names, row, strict=True)) for row in result.fetchall()]

    def forget(self, name: str) -> None:
        self.con.execute(f"DROP TABLE {name}")

    def finish(self) -> None:
        self.con.execute("CHECKPOINT")

    def close(self) -> None:
        self.con.close()

    def described(self, name: str) -> Table:
        """A table or view of the connection as an Ibis table."""
        found = self.con.sql(f"SELECT * FROM {name} LIMIT 0")
        kinds = map(_kind, map(str, found.types))
        return ibis.table(dict(zip(found.columns, kinds, strict=True)), name=name)


@lru_cache(maxsize=256)
def _kind(kind: str) -> Any:
    return DuckDBType.from_string(kind)


def _table(*, kept: bool) -> str:
    return "TABLE" if kept else "TEMP TABLE"
