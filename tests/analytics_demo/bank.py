"""One demo bank for all tests of this folder: 800 customers, 24 months, one directory a month."""

import gzip
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.csv as pacsv
import pytest

from kajing.analytics.demo import make_feed

UNTIL = date(2026, 11, 22)
BIG = ("transactions", "statements", "repayments")
SMALL = ("customers", "accounts", "cards", "units", "people", "fraud_labels", "bureau")


@pytest.fixture(scope="session")
def feeds(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("demo") / "feeds"
    make_feed(out, customers=800, months=24, seed=7, until=UNTIL, monthly=True)
    return out


@pytest.fixture(scope="session")
def bank(feeds: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """All feeds as tables, each row with its directory's `day`; `latest_…` holds the newest row of a key."""
    with tables(feeds) as con:
        yield con


@contextmanager
def tables(feeds: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A feed folder as tables, see `bank`."""
    con = duckdb.connect()
    con.execute("SET threads = 1; SET memory_limit = '1GB'")
    for feed in BIG:
        con.execute(f"CREATE TABLE {feed} AS SELECT * FROM read_parquet('{feeds}/*/{feed}.parquet')")
    for feed in SMALL:
        con.register("incoming", pa.concat_tables(_texts(feeds, feed)))
        con.execute(f"CREATE TABLE {feed} AS SELECT * FROM incoming")
        con.unregister("incoming")
    for feed, key in (("customers", "customer_id"), ("accounts", "account_id"), ("cards", "card_id")):
        con.execute(
            f"CREATE TABLE latest_{feed} AS FROM {feed} QUALIFY row_number() OVER (PARTITION BY {key} ORDER BY day DESC) = 1"
        )
    yield con
    con.close()


def _texts(feeds: Path, feed: str) -> list[pa.Table]:
    """A CSV feed of every directory, every column as text."""
    tables = []
    for path in sorted(feeds.glob(f"*/{feed}.csv.gz")):
        header = gzip.decompress(path.read_bytes()).decode().split("\n", 1)[0].replace('"', "").split(",")
        types = pacsv.ConvertOptions(column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=True)
        rows = pacsv.read_csv(path, convert_options=types)
        tables.append(rows.append_column("day", pa.array([path.parent.name] * rows.num_rows)))
    return tables


def manifests(feeds: Path) -> list[tuple[Path, dict[str, Any]]]:
    return [
        (path.parent, json.loads(path.read_text(encoding="utf-8"))) for path in sorted(feeds.glob("*/manifest.json"))
    ]


def one(con: duckdb.DuckDBPyConnection, query: str) -> Any:
    """The single value of a query."""
    return con.execute(query).fetchall()[0][0]
