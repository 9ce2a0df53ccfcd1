"""Reads converted feeds back."""

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.csv as pacsv


def tables(folder: Path) -> duckdb.DuckDBPyConnection:
    """A database with a table for each feed; small feeds as text."""
    con = duckdb.connect()
    con.execute("SET threads = 1; SET memory_limit = '1GB'")
    for feed in ("transactions", "statements", "repayments"):
        con.execute(f"CREATE TABLE {feed} AS SELECT * FROM read_parquet('{folder}/*/{feed}.parquet')")
    for feed in ("customers", "accounts", "cards", "units", "people", "fraud_labels"):
        paths = sorted(folder.glob(f"*/{feed}.csv.gz"))
        if paths:
            con.register("incoming", pa.concat_tables([_text(path) for path in paths]))
            con.execute(f"CREATE TABLE {feed} AS SELECT * FROM incoming")
            con.unregister("incoming")
    return con


def _text(path: Path) -> pa.Table:
    rows = pacsv.read_csv(path, convert_options=pacsv.ConvertOptions(strings_can_be_null=True))
    rows = pa.table({name: rows.column(name).cast(pa.string()) for name in rows.column_names})
    return rows.append_column("day", pa.array([path.parent.name] * rows.num_rows))


def first_row(con: duckdb.DuckDBPyConnection, query: str) -> tuple[Any, ...]:
    return con.execute(query).fetchall()[0]
