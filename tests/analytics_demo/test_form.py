"""The feed directories: form, manifests, equal bytes, only what is new."""

import hashlib
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kajing.analytics.demo import FolderNotEmpty, make_feed
from kajing.analytics.demo.workshop import Workshop
from kajing.analytics.feeds import FEEDS
from tests.analytics_demo.bank import BIG, UNTIL, manifests, one

# Licences come from a bank's training system; the demo bank grants its own by the product's service.
MADE = {name: feed for name, feed in FEEDS.items() if name != "licences"}
pytestmark = pytest.mark.slow  # they share one made bank


def test_equal_seeds_give_equal_bytes_and_another_seed_others(tmp_path: Path) -> None:
    def sums(name: str, seed: int) -> dict[str, str]:
        make_feed(tmp_path / name, customers=40, months=1, seed=seed, until=UNTIL)
        return {
            str(path.relative_to(tmp_path / name)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in (tmp_path / name).rglob("*.*")
        }

    first = sums("a", 1)
    assert sums("b", 1) == first
    other = sums("c", 2)
    changed = [name for name in first if name.endswith("transactions.parquet") and first[name] != other.get(name)]
    assert len(changed) > 25


def test_looked_up_text_stands_once_in_a_dictionary(tmp_path: Path) -> None:
    """Arrow pads the page of a dictionary with a text twice from memory it has not written: unequal bytes."""
    workshop = Workshop(tmp_path / "f", "parquet")
    workshop.look_up("repayments", payer=["甲", "乙"] * 20_000)
    workshop.write(
        "repayments",
        """SELECT DATE '2026-11-22' AS day, 'R' || i AS repayment_id, nullif(i % 5, 4)::INT AS payer,
            1::DECIMAL(18, 2) AS amount FROM range(60000) t(i)""",
    )
    workshop.close([])
    path = tmp_path / "f" / "2026-11-22" / "repayments.parquet"
    assert pq.read_table(path).column("payer").to_pylist()[:6] == ["甲", "乙", "甲", "乙", None, "甲"]
    column = pq.ParquetFile(path).metadata.row_group(0).column(1)
    assert column.path_in_schema == "payer"
    assert column.total_uncompressed_size < 50_000  # two words and a bit or two for each row


def test_manifests_tell_the_truth(feeds: Path) -> None:
    seen = set()
    for folder, manifest in manifests(feeds):
        assert manifest["business_date"] == folder.name
        assert {path.name for path in folder.iterdir()} == {
            "manifest.json",
            *(e["file"] for e in manifest["files"].values()),
        }
        for feed, entry in manifest["files"].items():
            seen.add(feed)
            content = (folder / entry["file"]).read_bytes()
            assert entry["sha256"] == hashlib.sha256(content).hexdigest()
            if feed in BIG:
                rows = pq.read_table(folder / entry["file"])
                assert entry["rows"] == rows.num_rows
                assert Decimal(entry["amount_sum"]) == sum(rows.column(FEEDS[feed].control).to_pylist())
    assert seen == set(MADE)


def test_columns_are_those_of_the_feeds(bank) -> None:
    for feed in MADE.values():
        columns = {row[0] for row in bank.execute(f"DESCRIBE {feed.name}").fetchall()} - {"day"}
        assert columns <= set(feed.names), feed.name
        assert set(feed.required) <= columns, feed.name


def test_one_directory_a_month_the_last_on_the_last_day(feeds: Path) -> None:
    days = [folder.name for folder, _ in manifests(feeds)]
    assert days[0] == "2024-11-30"
    assert days[-1] == "2026-11-22"
    assert len(days) == 25


def test_one_directory_a_day_holds_what_that_day_brought(tmp_path: Path) -> None:
    made = make_feed(tmp_path / "f", customers=60, months=2, seed=3, until=UNTIL, form="parquet")
    start = date(2026, 9, 23)
    days = [folder.name for folder, _ in manifests(tmp_path / "f")]
    assert days == [(start + timedelta(n)).isoformat() for n in range((UNTIL - start).days + 1)]
    assert made.days == len(days)
    for path in (tmp_path / "f").glob("*/transactions.parquet"):
        assert set(pq.read_table(path, columns=["posted_on"]).column(0).to_pylist()) == {
            date.fromisoformat(path.parent.name)
        }
    # Staff and customers come whole on the first day, afterwards only changes.
    assert pq.read_table(tmp_path / "f" / "2026-09-23" / "customers.parquet").num_rows > 40
    assert made.rows["customers"] < 60 * 1.6


def test_only_changed_accounts_come_again(bank) -> None:
    again = one(
        bank,
        """
        SELECT count(*) FROM (
            SELECT row(credit_limit, temp_limit_until, closed_on, status) AS now,
                lag(row(credit_limit, temp_limit_until, closed_on, status)) OVER (PARTITION BY account_id ORDER BY day) AS before
            FROM accounts
        ) WHERE now IS NOT DISTINCT FROM before
    """,
    )
    assert again == 0
    assert one(bank, "SELECT count(*) FROM accounts") > one(bank, "SELECT count(DISTINCT account_id) FROM accounts")


def test_a_folder_with_files_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("x", encoding="utf-8")
    with pytest.raises(FolderNotEmpty, match="not empty"):
        make_feed(tmp_path, customers=40, months=2, seed=1, until=UNTIL)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_a_bank_needs_customers_and_months(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 4 customers"):
        make_feed(tmp_path / "f", customers=1, months=24, seed=1, until=UNTIL)
