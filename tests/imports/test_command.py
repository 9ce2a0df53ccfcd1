"""`kajing import` and the jobs: exit codes, the table, resuming, files that are gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from kajing.customers.models import Customer
from kajing.imports import jobs
from kajing.imports.models import Batch, FeedMapping
from kajing.imports.services import DayReport, import_directories, resume_all
from kajing.imports.signals import batch_moved
from kajing.queue.context import JobContext
from kajing.queue.models import Job
from kajing.queue.services import enqueue
from tests.imports.bank import UNITS, customer, write_bank, write_day

Load = Callable[..., list[DayReport]]
pytestmark = pytest.mark.django_db


def run(*words: str) -> int:
    with pytest.raises(SystemExit) as ended:
        call_command("import_feeds", *words)
    return int(str(ended.value.code))


def test_exit_codes_and_table(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_bank(tmp_path / "good")
    assert run(str(tmp_path / "good")) == 0
    told = capsys.readouterr().out
    assert "2026-11-22" in told
    assert "transactions" in told
    bad = [customer(n, opened_on="2026-13-01" if n == 3 else "2021-03-01") for n in range(1, 41)]
    write_day(tmp_path / "bad", "2026-11-23", {"customers": bad})
    assert run(str(tmp_path / "bad")) == 2
    write_day(tmp_path / "none", "2026-11-24", {"units": UNITS}, manifest=False)
    assert run(str(tmp_path / "none")) == 1
    assert run(str(tmp_path / "none"), "--no-manifest") == 0
    assert run(str(tmp_path / "nowhere")) == 1


def test_a_mapping_file_is_kept_once_by_its_content(home: Path, tmp_path: Path) -> None:
    write_day(tmp_path / "feeds", "2026-11-20", {"units": [{"机构号": "HQ", "name": "总行", "kind": "HEAD_OFFICE"}]})
    mapping = tmp_path / "core.toml"
    mapping.write_text('[units.columns]\n"机构号" = "unit_code"\n', encoding="utf-8")
    assert run(str(tmp_path / "feeds"), "--mapping", str(mapping)) == 0
    assert run(str(tmp_path / "feeds"), "--mapping", str(mapping)) == 0
    assert FeedMapping.objects.count() == Batch.objects.count() == 1
    mapping.write_text("[units.columns\n", encoding="utf-8")
    with pytest.raises(CommandError, match="mapping"):
        call_command("import_feeds", str(tmp_path / "feeds"), "--mapping", str(mapping))


def test_the_job_loads_a_folder(home: Path, tmp_path: Path, at: datetime) -> None:
    write_bank(tmp_path / "feeds")
    job = enqueue("imports.load_directory", at=at, kwargs={"path": str(tmp_path / "feeds")})
    Job.objects.filter(pk=job.pk).update(state=Job.State.RUNNING)
    job.refresh_from_db()
    assert jobs.load_directory(JobContext(job), str(tmp_path / "feeds")) == {"days": 3, "exit_code": 0}
    job.refresh_from_db()
    assert job.done_units == 3


class Stopped(Exception):
    """Stands for the end of the process."""


@pytest.fixture
def interrupted(home: Path, tmp_path: Path, at: datetime) -> Path:
    """Customers that were read and not yet admitted when the import ended."""
    day = write_day(tmp_path / "feeds", "2026-11-20", {"units": UNITS, "customers": [customer(1)]})

    def stop(batch: Batch, place: str, **news: object) -> None:
        if batch.feed == "customers" and place == "checked":
            raise Stopped

    batch_moved.connect(stop)
    try:
        with pytest.raises(Stopped):
            import_directories(paths=[day], actor="system", clock=lambda: at)
    finally:
        batch_moved.disconnect(stop)
    return day


def test_what_was_interrupted_is_finished_without_the_folder_being_named(interrupted: Path, at: datetime) -> None:
    assert Batch.objects.get(feed="customers").state == "CHECKED"
    assert resume_all(actor="system", clock=lambda: at) == 1
    assert Batch.objects.get(feed="customers").state == "DONE"
    assert Customer.objects.get().pk == "C0001"


def test_a_file_that_changed_meanwhile_is_refused(interrupted: Path, at: datetime) -> None:
    (interrupted / "customers.csv").write_text("customer_id\nC0009\n", encoding="utf-8")
    resume_all(actor="system", clock=lambda: at)
    refused = Batch.objects.get(feed="customers")
    assert refused.state == "REFUSED"
    assert "customers.csv" in refused.problem["en"]
    assert not Customer.objects.exists()


def test_the_worker_asks_for_a_resume_once(interrupted: Path, at: datetime) -> None:
    jobs.sweep(at + timedelta(minutes=1))
    assert not Job.objects.filter(task="imports.resume").exists()
    jobs.sweep(at + timedelta(minutes=5))
    jobs.sweep(at + timedelta(minutes=6))
    assert Job.objects.filter(task="imports.resume").count() == 1
