"""A small demo bank in a warehouse, and the checksums of its night on DuckDB that every engine must give."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kajing.analytics.demo import make_feed
from kajing.analytics.ingest import admit, check, in_order, read_manifest
from kajing.analytics.pipeline import build
from kajing.analytics.warehouse import Warehouse
from kajing.lib.crypto import KeyRing
from tests.analytics.backends.checksums import Checksums, checksums

UNTIL = date(2026, 11, 22)
KEYS = KeyRing({1: b"d" * 32}, b"i" * 32, b"a" * 32)


@pytest.fixture(scope="session")
def demo_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """150 customers over 14 months, 22,400 transactions, all kinds of postings; little to compute."""
    feeds = tmp_path_factory.mktemp("golden-feeds") / "feeds"
    make_feed(feeds, customers=150, months=14, seed=7, until=UNTIL, monthly=True)
    warehouse = Warehouse(tmp_path_factory.mktemp("golden"), memory="1GB", threads=2)
    for folder in sorted(path.parent for path in feeds.glob("*/manifest.json")):
        manifest = read_manifest(folder)
        for feed in in_order(manifest.files):
            path, declared = manifest.path(feed), manifest.files[feed]
            checked = check(
                path, feed=feed, business_date=manifest.business_date, declared=declared, keys=KEYS, warehouse=warehouse
            )
            admit(checked, warehouse=warehouse)
    return warehouse


@pytest.fixture(scope="session")
def assignments(demo_warehouse: Warehouse) -> Path:
    """Hand-overs: every seventh customer to another manager, every eleventh to the pool."""
    import duckdb

    path = demo_warehouse.root / "assignments.parquet"
    parts = ", ".join(f"'{part.path}'" for part in demo_warehouse.parts("customers"))
    duckdb.sql(
        "COPY (SELECT DISTINCT customer_id, 'B7' AS unit_code, CASE WHEN hash(customer_id) % 11 = 0 THEN NULL"
        f" ELSE 'P7' END AS manager_no FROM read_parquet([{parts}]) WHERE hash(customer_id) % 7 = 0"
        f" OR hash(customer_id) % 11 = 0) TO '{path}'"
    )
    return path


@pytest.fixture(scope="session")
def golden(demo_warehouse: Warehouse, assignments: Path) -> Checksums:
    """What DuckDB makes of it."""
    return night(demo_warehouse, "", assignments)


def night(warehouse: Warehouse, engine: str, assignments: Path) -> Checksums:
    """The checksums of one whole night."""
    state, _steps = build(warehouse, UNTIL, assignments=assignments, engine=engine, whole=True)
    return checksums(warehouse.state_path(state))
