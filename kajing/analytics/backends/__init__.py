"""Where the night's expressions run. The state file they end in is always DuckDB's, so readers know no other engine.

A backend evaluates Ibis expressions into tables named by the night and hands the kept ones to the state file. Steps and
expressions are the same everywhere; a backend may differ only in how it stores, casts and reads files.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
from ibis.expr.types import Table

from kajing.analytics.backends.duck import DuckBackend
from kajing.analytics.feeds import Feed
from kajing.analytics.warehouse import Part, Warehouse

__all__ = ["Backend", "DuckBackend", "EngineNotInstalled", "UnknownEngine", "open_backend"]


EXTRAS = {
    "clickhouse": "clickhouse",
    "clickhouses": "clickhouse",
    "chdb": "chdb",
    "spark": "spark",
    "spark-local": "spark",
}


class Backend(Protocol):
    """One build: tables by name, made from expressions over tables made before."""

    def make(self, name: str, expression: Table, *, kept: bool) -> Table:
        """Run an expression into a table of exactly the expression's types; `kept` puts it into the state file."""

    def load(self, name: str, rows: pa.Table, *, kept: bool) -> Table:
        """Make a table of rows that are here already."""

    def parquet(self, name: str, path: Path) -> Table:
        """Make a table of this build only from one Parquet file."""

    def raw(self, feed: Feed, parts: Sequence[Part]) -> Table:
        """The raw parts of a feed as `raw_<feed>`, with `bd` and `part` beside the columns; without parts, no rows."""

    def count(self, name: str) -> int:
        """How many rows a table has."""

    def rows(self, expression: Table) -> list[dict[str, Any]]:
        """The rows of a small result."""

    def finish(self) -> None:
        """Every kept table is in the state file and on its way to the disk."""

    def close(self) -> None:
        """Let go of the engine and of everything that was of this build only; again changes nothing."""


class UnknownEngine(ValueError):
    """No engine goes by that URL."""


class EngineNotInstalled(ImportError):
    """The engine's client is an extra that is not installed."""


def open_backend(url: str, warehouse: Warehouse, state: Path) -> Backend:
    """The backend at a URL, building the state file at `state`; '' and `duckdb:` mean DuckDB in this process.

    `clickhouse://user:password@host:port` and `chdb://` (embedded), `spark://host:port` and `spark-local://`. Raises
    UnknownEngine, EngineNotInstalled, and the engine's own errors when it cannot be reached.
    """
    scheme = url.partition(":")[0]
    if scheme in ("", "duckdb"):
        return DuckBackend(warehouse.connect_to_build(state))
    if scheme not in EXTRAS:
        raise UnknownEngine(f"KAJING_ENGINE cannot be {scheme}:…; it is empty, duckdb: or one of {', '.join(EXTRAS)}.")
    con = warehouse.connect_to_build(state)
    try:
        return _connector(scheme)(url, con, warehouse, state.with_suffix(".engine"))
    except ImportError as error:
        con.close()
        raise EngineNotInstalled(f"KAJING_ENGINE={scheme}:… needs kajing[{EXTRAS[scheme]}]: {error}") from error
    except BaseException:
        con.close()
        raise


def _connector(scheme: str) -> Callable[..., Backend]:
    """The engine's `connect`; its client is imported only when it is asked for."""
    if scheme.startswith("spark"):
        from kajing.analytics.backends.spark import connect as spark

        return spark
    from kajing.analytics.backends.clickhouse import connect as clickhouse

    return clickhouse
