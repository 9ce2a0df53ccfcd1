"""The imports pages: who sees them, uploading, deciding on a held file, mending rejected rows, mappings, the API."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from kajing.audit.models import AuditRow
from kajing.customers.models import Customer
from kajing.imports.models import Batch, FeedMapping, Upload
from kajing.imports.services import DayReport, load_upload, resume_all
from kajing.org.models import Person
from kajing.queue.models import Job
from tests.imports.bank import UNITS, customer, write_day, write_feed

SignIn = Callable[[Person], Client]
Load = Callable[..., list[DayReport]]


@pytest.fixture
def held(load: Load, tmp_path: Path) -> Batch:
    """A file of ten customers, two of them bad."""
    rows = [customer(n, opened_on="2026-13-01" if n < 3 else "2021-03-01") for n in range(1, 11)]
    load(write_day(tmp_path / "feeds", "2026-11-20", {"units": UNITS, "customers": rows}))
    return Batch.objects.get(feed="customers")


@pytest.fixture
def partly(load: Load, tmp_path: Path) -> Batch:
    """A file of forty customers, one of them bad, loaded."""
    rows = [customer(n, opened_on="2026-13-01" if n == 3 else "2021-03-01") for n in range(1, 41)]
    load(write_day(tmp_path / "feeds", "2026-11-20", {"units": UNITS, "customers": rows}))
    return Batch.objects.get(feed="customers")


def test_who_sees_the_files(sign_in: SignIn, admin: Person, lee: Person, ana: Person, held: Batch) -> None:
    for page in (reverse("imports:list"), reverse("imports:batch", args=[held.pk])):
        assert sign_in(admin).get(page).status_code == 200
        assert sign_in(lee).get(page).status_code == 200
        assert sign_in(ana).get(page).status_code == 403
    assert sign_in(lee).get(reverse("imports:upload")).status_code == 403
    assert sign_in(admin).get(reverse("imports:batch", args=[held.pk + 99])).status_code == 404


def test_the_list_looks_again_only_while_files_are_on_their_way(sign_in: SignIn, admin: Person, held: Batch) -> None:
    client = sign_in(admin)
    assert "every 3s" not in client.get(reverse("imports:list")).content.decode()
    Batch.objects.filter(pk=held.pk).update(state="CHECKED")
    part = client.get(reverse("imports:list"), {"part": "days"}).content.decode()
    assert "every 3s" in part
    assert "<html" not in part


def test_a_rejected_row_shows_line_column_and_reason_but_no_personal_data(
    sign_in: SignIn, admin: Person, held: Batch
) -> None:
    page = sign_in(admin).get(reverse("imports:batch", args=[held.pk])).content.decode()
    assert "2026-13-01" in page
    assert "opened_on" in page
    assert "12900000001" not in page
    assert "110101199001010001" not in page


def test_the_download_is_an_attachment_and_masked(sign_in: SignIn, admin: Person, held: Batch) -> None:
    answer = sign_in(admin).get(reverse("imports:rejects", args=[held.pk]))
    text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert len(text.strip().splitlines()) == 3
    assert "12900000001" not in text


def test_releasing_a_held_file_loads_its_good_rows(sign_in: SignIn, admin: Person, held: Batch, at: datetime) -> None:
    client = sign_in(admin)
    assert client.post(reverse("imports:release", args=[held.pk]), {"reason": ""}).status_code == 422
    answer = client.post(reverse("imports:release", args=[held.pk]), {"reason": "dates are known to be wrong"})
    assert answer.status_code == 302
    assert Job.objects.filter(task="imports.resume").count() == 1
    resume_all(actor="system", clock=lambda: at)
    held.refresh_from_db()
    assert (held.state, held.released_by, held.accepted) == ("DONE", admin.person_no, 8)
    assert Customer.objects.count() == 8
    assert AuditRow.objects.get(action="imports.released").reason == "dates are known to be wrong"
    assert client.post(reverse("imports:release", args=[held.pk]), {"reason": "again"}).status_code == 422


def test_refusing_a_held_file_loads_nothing(sign_in: SignIn, admin: Person, held: Batch, at: datetime) -> None:
    sign_in(admin).post(reverse("imports:refuse", args=[held.pk]), {"reason": "send it again"})
    resume_all(actor="system", clock=lambda: at)
    held.refresh_from_db()
    assert held.state == "REFUSED"
    assert "send it again" in held.problem["zh"]
    assert not Customer.objects.exists()


def test_a_rejected_row_is_mended_and_run_again(sign_in: SignIn, admin: Person, partly: Batch, at: datetime) -> None:
    assert not Customer.objects.filter(pk="C0003").exists()
    client = sign_in(admin)
    data = {"line": "4", "value-4-opened_on": "2021-03-02", "value-9-opened_on": "ignored"}
    answer = client.post(reverse("imports:mend", args=[partly.pk]), data)
    mended = Batch.objects.get(mends=partly)
    assert answer.status_code == 302
    assert mended.mended_lines == [4]
    assert b"2021-03-02" not in bytes(mended.edits_enc)
    resume_all(actor="system", clock=lambda: at)
    mended.refresh_from_db()
    assert (mended.state, mended.accepted, mended.quarantined) == ("DONE", 1, 0)
    assert bytes(mended.edits_enc) == b""
    assert Customer.objects.get(pk="C0003").opened_on == date(2021, 3, 2)
    page = client.get(reverse("imports:batch", args=[partly.pk])).content.decode()
    assert reverse("imports:batch", args=[mended.pk]) in page


def test_mending_nothing_is_told(sign_in: SignIn, admin: Person, partly: Batch) -> None:
    assert sign_in(admin).post(reverse("imports:mend", args=[partly.pk]), {}).status_code == 422
    assert not Batch.objects.filter(mends=partly).exists()


def _file(name: str, content: bytes) -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def test_uploading_a_day_loads_it_and_removes_the_files(
    sign_in: SignIn, admin: Person, home: Path, at: datetime, tmp_path: Path
) -> None:
    day = write_day(tmp_path / "feeds", "2026-11-20", {"units": UNITS, "customers": [customer(1)]})
    files = [_file(path.name, path.read_bytes()) for path in sorted(day.iterdir())]
    answer = sign_in(admin).post(reverse("imports:upload"), {"feed_files": files})
    assert answer.status_code == 302
    upload = Upload.objects.get()
    assert Job.objects.get(pk=upload.job_id).kwargs == {"upload_id": upload.pk}
    folder = home / "uploads" / upload.folder
    assert {path.stat().st_mode & 0o077 for path in folder.iterdir()} == {0}
    load_upload(upload=upload, clock=lambda: at)
    assert Customer.objects.get(pk="C0001").unit_id == "T01"
    assert not folder.exists()
    assert len(upload.batch_ids) == 2


def test_uploading_one_file_of_another_name_without_manifest(
    sign_in: SignIn, admin: Person, home: Path, at: datetime
) -> None:
    data = {"feed_files": [_file("机构表.csv", write_feed(UNITS))], "feed": "units", "business_date": "2026-11-20"}
    assert sign_in(admin).post(reverse("imports:upload"), data).status_code == 302
    upload = load_upload(upload=Upload.objects.get(), clock=lambda: at)
    assert Batch.objects.get(pk=upload.batch_ids[0]).has_manifest is False


@pytest.mark.parametrize(
    ("name", "content", "feed", "day"),
    [
        ("units.exe", b"MZ", "units", "2026-11-20"),
        ("../../../etc/passwd", b"x", "", "2026-11-20"),
        ("unknown.csv", b"a,b\n", "", "2026-11-20"),
        ("units.csv", b"", "", "2026-11-20"),
        ("units.csv", b"a,b\n", "", ""),
    ],
)
def test_what_may_not_be_uploaded(
    sign_in: SignIn, admin: Person, home: Path, name: str, content: bytes, feed: str, day: str
) -> None:
    data = {"feed_files": [_file(name, content)], "feed": feed, "business_date": day}
    assert sign_in(admin).post(reverse("imports:upload"), data).status_code == 422
    assert not Upload.objects.exists()


def test_a_mapping_is_made_and_used(
    sign_in: SignIn, admin: Person, home: Path, at: datetime, load: Load, tmp_path: Path
) -> None:
    client = sign_in(admin)
    header = {"feed": "units", "delimiter": ",", "header": "机构号,上级,名称,类型"}
    page = client.post(reverse("imports:make_mapping"), header).content.decode()
    assert "机构号" in page
    choices = {
        "name": "core-2026", "source-unit_code": "机构号", "source-parent_code": "上级", "source-name": "名称",
        "source-kind": "类型", "values-kind": "总行=HEAD_OFFICE\n分行=BRANCH", "constant-valid_from": "2020-01-01",
    }  # fmt: skip
    assert client.post(reverse("imports:make_mapping"), {**header, **choices}).status_code == 302
    assert '"机构号" = "unit_code"' in FeedMapping.objects.get(name="core-2026").toml
    assert client.post(reverse("imports:make_mapping"), {**header, **choices}).status_code == 422
    rows = [{"机构号": "HQ", "上级": "", "名称": "总行", "类型": "总行"}]
    [report] = load(write_day(tmp_path / "feeds", "2026-11-20", {"units": rows}), mapping="core-2026")
    assert [(batch.state, batch.accepted, batch.mapping) for batch in report.loaded] == [("DONE", 1, "core-2026")]
    assert "机构号" in client.get(reverse("imports:mapping", args=["core-2026"])).content.decode()


def test_the_api_names_of_the_contract(sign_in: SignIn, admin: Person, ana: Person, held: Batch) -> None:
    client = sign_in(admin)
    page = client.get("/api/v1/imports").json()
    one = next(item for item in page["items"] if item["id"] == held.pk)
    wanted = {"id", "business_date", "feed", "state", "accepted", "duplicate", "corrected", "quarantined"}
    assert wanted <= set(one)
    assert (one["feed"], one["state"], one["quarantined"]) == ("customers", "HELD", 2)
    rows = client.get(f"/api/v1/imports/{held.pk}/rejects?limit=1").json()
    assert rows["next"] == "1"
    assert {"file", "line", "column", "reason"} <= set(rows["items"][0])
    assert (rows["items"][0]["line"], rows["items"][0]["column"]) == (2, "opened_on")
    assert json.dumps(rows).count("12900000001") == 0
    assert client.get("/api/v1/imports/999999/rejects").status_code == 404
    assert sign_in(ana).get("/api/v1/imports").status_code == 403
