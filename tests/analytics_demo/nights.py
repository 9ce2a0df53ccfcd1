"""A feed folder through ingest and one night of the engine."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from kajing.analytics import pipeline
from kajing.analytics.ingest import admit, check, in_order, read_manifest
from kajing.analytics.parameters import Parameters
from kajing.analytics.warehouse import Warehouse
from kajing.lib.crypto import KeyRing
from tests.analytics_demo.bank import UNTIL

KEYS = KeyRing({1: b"d" * 32}, b"i" * 32, b"a" * 32)


@contextmanager
def night(feeds: Path, root: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Everything in `feeds` loaded into a warehouse at `root`, not one row quarantined; gives the night's tables."""
    warehouse = Warehouse(root, memory="2GB", threads=2)
    for folder in sorted(path for path in feeds.iterdir() if path.is_dir()):
        manifest = read_manifest(folder)
        for feed in in_order(manifest.files):
            checked = check(
                manifest.path(feed), feed=feed, business_date=manifest.business_date, declared=manifest.files[feed],
                mapping=None, keys=KEYS, warehouse=warehouse,
            )  # fmt: skip
            assert (checked.quarantined, checked.unknown_columns) == (0, ()), (folder.name, feed)
            admit(checked, warehouse=warehouse)
    name, _ = pipeline.build(warehouse, UNTIL, Parameters())
    built = next(warehouse.root.glob(f"**/*{Path(name).name.removesuffix('.duckdb')}*.duckdb"))
    with duckdb.connect(str(built), read_only=True) as con:
        yield con
