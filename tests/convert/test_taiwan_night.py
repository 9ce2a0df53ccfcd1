"""Taiwan through the ingest and the night: every one of the 30,000 clients shows what the source says."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from kajing.analytics import pipeline
from kajing.analytics.ingest import admit, check, in_order, read_manifest
from kajing.analytics.parameters import Parameters
from kajing.analytics.warehouse import Warehouse
from kajing.lib.crypto import KeyRing
from tests.convert.taiwan_expected import AS_OF, FILE, Expected, expected

KEYS = KeyRing({1: b"d" * 32}, b"i" * 32, b"a" * 32)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def shown(converted, tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """The published state after loading all six feed days and one night."""
    warehouse = Warehouse(tmp_path_factory.mktemp("warehouse"), memory="2GB", threads=2)
    for folder in sorted(converted("taiwan", "taiwan_default").folder.iterdir()):
        load(folder, warehouse)
    state, _ = pipeline.build(warehouse, AS_OF, Parameters())
    con = duckdb.connect(
        str(next(warehouse.root.glob(f"**/*{Path(state).name.removesuffix('.duckdb')}*.duckdb"))), read_only=True
    )
    yield con
    con.close()


def load(folder: Path, warehouse: Warehouse) -> None:
    manifest = read_manifest(folder)
    for feed in in_order(manifest.files):
        checked = check(
            manifest.path(feed), feed=feed, business_date=manifest.business_date, declared=manifest.files[feed],
            mapping=None, keys=KEYS, warehouse=warehouse,
        )  # fmt: skip
        assert checked.quarantined == 0, (folder.name, feed)
        admit(checked, warehouse=warehouse)


@pytest.fixture(scope="module")
def pairs(shown, source) -> list[tuple[dict, Expected]]:
    wanted = expected(source("taiwan_default") / FILE)
    columns = "customer_id, credit_limit, balance, utilisation, cycle_bucket, dpd, bucket, spend_365d"
    rows = shown.execute(f"SELECT {columns} FROM customer_features").fetchall()
    assert len(rows) == len(wanted) == 30_000
    names = columns.split(", ")
    return [(dict(zip(names, row, strict=True)), wanted[row[0]]) for row in rows]


def test_cycle_bucket_agrees_for_every_client(pairs) -> None:
    assert [row["customer_id"] for row, want in pairs if row["cycle_bucket"] != want.cycle_bucket] == []


def test_limits_balances_utilisation_and_spend_agree_for_every_client(pairs) -> None:
    assert [
        row["customer_id"]
        for row, want in pairs
        if (row["credit_limit"], row["balance"], row["utilisation"], row["spend_365d"])
        != (want.credit_limit, want.balance, want.utilisation, want.spent)
    ] == []


def test_day_bucket_agrees_where_statements_and_repayments_determine_it(pairs) -> None:
    determined = [(row, want) for row, want in pairs if want.determined]
    assert len(determined) > 9_000
    assert [row["customer_id"] for row, want in determined if row["bucket"] != want.bucket] == []


def test_days_past_due_agree_for_every_client_with_the_documented_minimum(pairs) -> None:
    assert [row["customer_id"] for row, want in pairs if row["dpd"] != want.dpd] == []


def test_five_classes_follow_the_days(shown) -> None:
    """Domain reference §1.9, both schemes."""
    wrong = shown.execute("""
        SELECT count(*) FROM customer_features WHERE five_class_card2011 <> CASE WHEN dpd = 0 THEN 'NORMAL' WHEN dpd <= 90 THEN 'SPECIAL_MENTION'
                WHEN dpd <= 120 THEN 'SUBSTANDARD' WHEN dpd <= 180 THEN 'DOUBTFUL' ELSE 'LOSS' END
            OR five_class_asset2023 <> CASE WHEN dpd = 0 THEN 'NORMAL' WHEN dpd <= 90 THEN 'SPECIAL_MENTION' WHEN dpd <= 270 THEN 'SUBSTANDARD' ELSE 'DOUBTFUL' END
    """).fetchall()[0][0]
    assert wrong == 0
