"""Where the night's expressions run. The state file they end in is always DuckDB's, so readers know no other engine.

A backend evaluates Ibis expressions into tables named by the night and hands the kept ones to the state file. Steps and
expressions are the same everywhere; a backend may differ only in how it stores, casts and reads files.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from kajing.analytics.backends.base import Backend, EngineNotInstalled, EngineUnreachable, UnknownEngine
from kajing.analytics.backends.duck import DuckBackend
from kajing.analytics.warehouse import Warehouse

__all__ = ["Backend", "DuckBackend", "EngineNotInstalled", "EngineUnreachable", "UnknownEngine", "open_backend"]


EXTRAS = {
    "clickhouse": "clickhouse",
    "clickhouses": "clickhouse",
    "chdb": "chdb",
    "spark": "spark",
    "spark-local": "spark",
}


def open_backend(url: str, warehouse: Warehouse, state: Path) -> Backend:
    """The backend at a URL, building the state file at `state`; '' and `duckdb:` mean DuckDB in this process.

    `clickhouse://user:password@host:port` and `chdb://` (embedded), `spark://host:port` and `spark-local://`. Raises
    UnknownEngine, EngineNotInstalled, EngineUnreachable.
    """
    scheme = url.partition(":")[0]
    if scheme in ("", "duckdb"):
        return DuckBackend(warehouse.connect_to_build(state))
    if scheme not in EXTRAS:
        raise UnknownEngine(f"KAJING_ENGINE cannot be {scheme}:…; it is empty, duckdb: or one of {', '.join(EXTRAS)}.")
    con = warehouse.connect_to_build(state)
    try:
        return _connector(scheme)(url, con, warehouse, state.with_suffix(".engine"))
    except BaseException as error:
        con.close()
        if isinstance(error, ImportError):
            raise EngineNotInstalled(f"KAJING_ENGINE={scheme}:… needs kajing[{EXTRAS[scheme]}]: {error}") from error
        raise


def _connector(scheme: str) -> Callable[..., Backend]:
    """The engine's `connect`; its client is imported only when it is asked for."""
    if scheme.startswith("spark"):
        from kajing.analytics.backends.spark import connect as spark

        return spark
    from kajing.analytics.backends.clickhouse import connect as clickhouse

    return clickhouse
