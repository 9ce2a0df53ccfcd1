"""One bank handed over by months, by days, or by months and then days: in the end the same warehouse."""

from datetime import date, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from kajing.analytics.demo import make_feed
from tests.analytics_demo.bank import UNTIL, manifests
from tests.analytics_demo.nights import night

pytestmark = pytest.mark.slow

FORMS = {"days": {}, "months": {"monthly": True}, "tail": {"monthly": True, "daily_days": 12}}
TABLES = ("customer_features", "account_features", "alerts")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    out = tmp_path_factory.mktemp("forms")
    for name, form in FORMS.items():
        make_feed(out / name, customers=60, months=2, seed=11, until=UNTIL, **form)
    return {name: out / name for name in FORMS}


def test_one_directory_for_each_day(folders: dict[str, Path]) -> None:
    days = [folder.name for folder, _ in manifests(folders["days"])]
    assert days == [(date(2026, 9, 23) + timedelta(n)).isoformat() for n in range(61)]


def test_months_first_and_days_at_the_end(folders: dict[str, Path]) -> None:
    days = [folder.name for folder, _ in manifests(folders["tail"])]
    assert days == ["2026-09-30", "2026-10-31", "2026-11-10", *(f"2026-11-{day}" for day in range(11, 23))]
    for path in folders["tail"].glob("2026-11-1[1-9]/transactions.parquet"):
        assert set(pq.read_table(path, columns=["posted_on"]).column(0).to_pylist()) == {
            date.fromisoformat(path.parent.name)
        }


def test_the_night_finds_the_same_whatever_the_directories(folders: dict[str, Path], tmp_path: Path) -> None:
    found = {}
    for form, folder in folders.items():
        with night(folder, tmp_path / form) as con:
            found[form] = {table: con.execute(f"SELECT * FROM {table} ORDER BY ALL").fetchall() for table in TABLES}
    assert len(found["days"]["customer_features"]) == 60
    assert found["months"] == found["days"]
    assert found["tail"] == found["days"]


def test_daily_days_go_with_months_only(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="monthly"):
        make_feed(tmp_path / "f", customers=40, months=2, seed=1, until=UNTIL, daily_days=3)
