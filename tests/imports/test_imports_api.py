"""Files over the API: a day uploaded, rejected rows mended, mappings made; what does not fit is named and nothing is kept."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from kajing.audit.models import AuditRow
from kajing.customers.models import Customer
from kajing.imports.models import Batch, FeedMapping, Upload
from kajing.imports.services import DayReport, load_upload, resume_all, uploads
from kajing.org.models import IdempotencyKey, Person
from tests.imports.bank import UNITS, customer, write_day, write_feed

SignIn = Callable[[Person], Client]
Load = Callable[..., list[DayReport]]


@pytest.fixture
def partly(load: Load, tmp_path: Path) -> Batch:
    """A file of forty customers, one of them (line 4) bad, loaded."""
    rows = [customer(n, opened_on="2026-13-01" if n == 3 else "2021-03-01") for n in range(1, 41)]
    load(write_day(tmp_path / "feeds", "2026-11-20", {"units": UNITS, "customers": rows}))
    return Batch.objects.get(feed="customers")


def ask(browser: Client, path: str, body: Any) -> Any:
    return browser.generic("POST", f"/api/v1{path}", json.dumps(body), content_type="application/json")


def files(*named: tuple[str, bytes]) -> list[SimpleUploadedFile]:
    return [SimpleUploadedFile(name, content) for name, content in named]


# -- uploads -----------------------------------------------------------------------------------------------------------
def test_a_day_is_uploaded_once_and_followed(
    sign_in: SignIn, admin: Person, home: Path, at: datetime, tmp_path: Path
) -> None:
    day = write_day(tmp_path / "feeds", "2026-11-20", {"units": UNITS, "customers": [customer(1)]})
    sent = [(path.name, path.read_bytes()) for path in sorted(day.iterdir())]
    client, key = sign_in(admin), {"Idempotency-Key": "day-20"}
    first = client.post("/api/v1/uploads", {"files": files(*sent)}, headers=key)
    assert first.status_code == 201, first.content
    told = first.json()
    assert (told["loaded_at"], told["problem"], told["batch_ids"]) == (None, "", [])
    assert client.post("/api/v1/uploads", {"files": files(*sent)}, headers=key).json() == told
    # Another first file under the same name is another request, whatever comes last.
    other = [(sent[0][0], sent[0][1] + b"\n"), *sent[1:]]
    assert client.post("/api/v1/uploads", {"files": files(*other)}, headers=key).status_code == 422
    assert client.get(f"/api/v1/jobs/{told['job_id']}").json()["task"] == "imports.load_upload"
    load_upload(upload=Upload.objects.get(), clock=lambda: at)
    (seen,) = client.get("/api/v1/uploads").json()["items"]
    assert seen["loaded_at"] and len(seen["batch_ids"]) == 2
    assert Customer.objects.get(pk="C0001").unit_id == "T01"
    assert AuditRow.objects.filter(action="imports.uploaded").count() == 1


@pytest.mark.parametrize(
    ("named", "form"),
    [
        (("units.csv", b""), {"business_date": "2026-11-20"}),  # empty
        (("units.exe", b"MZ"), {"business_date": "2026-11-20"}),
        (("机构.csv", b"a\n"), {"business_date": "2026-11-20"}),  # of which feed?
        (("units.csv", b"a\n"), {"business_date": "2026-11-20", "feed": "planets"}),
        (("units.csv", b"a\n"), {}),  # of which day?
        (("units.csv", b"a\n"), {"business_date": "yesterday"}),
        (("units.csv", b"a\n"), {"business_date": "2026-11-20", "mapping": "no-such"}),
        (("units.csv", b"a\n"), {"business_date": "2026-11-20", "maping": "core"}),  # would load without it
    ],
)  # fmt: skip
def test_what_does_not_fit_is_not_kept(
    named: tuple[str, bytes], form: dict[str, str], sign_in: SignIn, admin: Person, home: Path
) -> None:
    answer = sign_in(admin).post("/api/v1/uploads", {"files": files(named), **form})
    assert answer.status_code == 422, answer.content
    assert answer.json()["detail"] or answer.json()["errors"]
    assert not Upload.objects.exists()
    assert not (home / "uploads").exists() or not list((home / "uploads").iterdir())


def test_too_large_a_file_no_file_and_who_may_not(
    sign_in: SignIn, admin: Person, lee: Person, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "LARGEST", 10)
    form = {"files": files(("units.csv", b"x" * 11)), "business_date": "2026-11-20"}
    client = sign_in(admin)
    assert "512" in client.post("/api/v1/uploads", form).json()["detail"]
    assert client.post("/api/v1/uploads", {"business_date": "2026-11-20"}).status_code == 422
    assert ask(client, "/uploads", {"files": []}).status_code in {415, 422}
    form["files"] = files(("units.csv", b"x"))
    assert sign_in(lee).post("/api/v1/uploads", form).status_code == 403
    assert not Upload.objects.exists() and not IdempotencyKey.objects.exists()


# -- rejected rows -----------------------------------------------------------------------------------------------------
def test_a_rejected_row_is_mended(sign_in: SignIn, admin: Person, partly: Batch, at: datetime) -> None:
    client = sign_in(admin)
    made = ask(client, f"/imports/{partly.pk}/mend", {"edits": {"4": {"opened_on": "2021-03-02"}}})
    assert made.status_code == 201, made.content
    assert (made.json()["mends_id"], made.json()["state"]) == (partly.pk, "RECEIVED")
    resume_all(actor="system", clock=lambda: at)
    assert Customer.objects.get(pk="C0003").opened_on == date(2021, 3, 2)
    assert Batch.objects.get(mends=partly).state == "DONE"


@pytest.mark.parametrize(
    ("edits", "said"),
    [
        ({"5": {"opened_on": "2021-03-02"}}, "5"),  # a good row
        ({"4": {"opened": "2021-03-02"}}, "opened"),
        ({"4": "two\nlines"}, ""),
        ({"4": "x" * 4001}, ""),
        ({"0": None}, ""),
        ({"four": None}, "four"),
        ({"4": 7}, ""),
        ({}, ""),
    ],
)
def test_an_edit_that_fits_no_row_is_refused(
    edits: Any, said: str, sign_in: SignIn, admin: Person, partly: Batch
) -> None:
    answer = ask(sign_in(admin), f"/imports/{partly.pk}/mend", {"edits": edits})
    assert answer.status_code == 422 and said in answer.content.decode(), answer.content.decode()
    assert not Batch.objects.filter(mends=partly).exists()


# -- mappings ----------------------------------------------------------------------------------------------------------
def test_a_mapping_is_guessed_saved_and_never_changed(sign_in: SignIn, admin: Person, home: Path) -> None:
    client = sign_in(admin)
    guess = ask(client, "/mappings/suggest", {"feed": "units", "header": ["Unit Code", "层级"]}).json()
    assert guess == {"columns": {"Unit Code": "unit_code"}}
    body = {
        "name": "core", "feed": "units", "delimiter": "|", "columns": guess["columns"],
        "values": {"kind": {"团队": "TEAM"}},
    }  # fmt: skip
    made = ask(client, "/mappings", body)
    assert made.status_code == 201 and '"Unit Code" = "unit_code"' in made.json()["toml"]
    assert ask(client, "/mappings", body).status_code == 409
    again = ask(client, "/mappings", {"name": "copy", "toml": made.json()["toml"]})
    assert again.json()["toml"] == made.json()["toml"]
    assert [one["name"] for one in client.get("/api/v1/mappings").json()["items"]] == ["copy", "core"]
    form = {"files": files(("units.csv", write_feed(UNITS))), "business_date": "2026-11-20", "mapping": "core"}
    assert client.post("/api/v1/uploads", form).json()["mapping"] == "core"


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x", "feed": "planets", "columns": {"a": "unit_code"}},
        {"name": "x", "feed": "units", "columns": {"a": "no_such_column"}},
        {"name": "x", "feed": "units", "constants": {"no_such_column": "1"}},
        {"name": "x", "feed": "units", "columns": {}},
        {"name": "x", "feed": "units", "delimiter": '"', "columns": {"a": "unit_code"}},
        {"name": "x/../y", "feed": "units", "columns": {"a": "unit_code"}},
        {"name": "x", "toml": "not toml"},
        {"name": "x", "toml": "[planets.columns]\na = 'b'"},
        {"name": "x", "feed": "units]\n[x", "columns": {"a": "unit_code"}},
        {"name": "x", "feed": "units", "values": {"kind]\n[x": {"a": "TEAM"}}},
        {"name": "x", "toml": "[units.columns]\na = ['unit_code']"},
        {"name": "x", "toml": "[units.values]\nkind = 'TEAM'"},
        {"name": "x", "toml": "[units.values.kind]\na = {b = 'TEAM'}"},
        {"name": "x", "feed": "units", "columns": ["a"]},
    ],
)  # fmt: skip
def test_a_mapping_that_cannot_be_read_is_not_saved(
    body: dict[str, Any], sign_in: SignIn, admin: Person, home: Path
) -> None:
    answer = ask(sign_in(admin), "/mappings", body)
    assert answer.status_code == 422, answer.content
    assert not FeedMapping.objects.exists()
    assert ask(sign_in(admin), "/mappings/suggest", {"feed": "planets", "header": ["a"]}).status_code == 422
