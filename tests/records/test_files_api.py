"""Files and masked fields of records over the API: the pages' rules, refusals as problem documents, keys that count once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from kajing.audit.models import AuditRow
from kajing.org.models import IdempotencyKey
from kajing.records import services
from kajing.records.models import Attachment
from kajing.reference.services import load_reference
from tests.factories.customers import customer
from tests.factories.records import field
from tests.factories.workflow import task
from tests.records.test_files import PDF, photo

pytestmark = pytest.mark.django_db
API = "/api/v1/records"


@pytest.fixture(autouse=True)
def folder(tmp_path, settings):
    settings.KAJING_FILES = tmp_path / "files"


@pytest.fixture
def send(sign_in):
    """`send(who, path, "a.pdf", bytes, note=…)` as a form with a file."""

    def post(who: Any, path: str, name: str = "a.pdf", content: bytes = PDF, key: str = "", **form: Any) -> Any:
        headers = {"Idempotency-Key": key} if key else {}
        return sign_in(who).post(f"{API}/{path}", {"file": SimpleUploadedFile(name, content), **form}, headers=headers)

    return post


def test_attached_listed_downloaded_and_taken_away(ana, lee, head, send, sign_in):
    one = customer(ana)
    path = f"customer/{one.pk}/files"
    made = send(ana, path, "合同.pdf", note=" 已签署 ", roles=["LEADER", "MANAGER"])
    assert made.status_code == 201, made.content
    told = made.json()
    assert (told["name"], told["note"], told["size"], told["by"]) == ("合同.pdf", "已签署", len(PDF), "P-ANA")
    assert told["roles"] == ["LEADER", "MANAGER"]
    assert sign_in(lee).get(f"{API}/{path}").json() == {"items": [told]}
    assert sign_in(head).get(f"{API}/{path}").json() == {"items": []}  # not one of the two roles
    got = sign_in(lee).get(f"{API}/{path}/{told['id']}")
    assert (got.content, got["Content-Type"], got["X-Content-Type-Options"]) == (PDF, "application/pdf", "nosniff")
    assert got["Content-Disposition"].startswith("attachment;") and "no-store" in got["Cache-Control"]
    assert sign_in(head).get(f"{API}/{path}/{told['id']}").status_code == 404
    gone = sign_in(ana).post(f"{API}/{path}/{told['id']}/remove")
    assert gone.json() == {"removed": told["id"], "items": []}
    assert sign_in(ana).post(f"{API}/{path}/{told['id']}/remove").status_code == 404
    assert sign_in(lee).get(f"{API}/{path}/{told['id']}").status_code == 404
    acts = AuditRow.objects.filter(customer_id=one.pk).order_by("pk").values_list("action", flat=True)
    assert list(acts) == ["records.attach", "records.download", "records.remove_file"]


def test_a_repeated_key_is_one_file_and_another_file_under_it_is_refused(ana, send):
    path = f"customer/{customer(ana).pk}/files"
    first, again = send(ana, path, key="k1"), send(ana, path, key="k1")  # each with a boundary of its own
    assert first.json() == again.json() and again["Idempotency-Replayed"] == "true"
    assert Attachment.objects.count() == 1
    assert send(ana, path, content=PDF + b"\n", key="k1").status_code == 422
    assert send(ana, path, note="x", key="k1").status_code == 422
    assert send(ana, path, key="k2").status_code == 201


def test_photos_lose_their_place_unless_they_prove_a_visit(ana, send, sign_in):
    path = f"customer/{customer(ana).pk}/files"
    for keep, found in (("", False), ("true", True)):
        made = send(ana, path, "p.jpg", photo(), **({"keep_place": keep} if keep else {})).json()
        assert (b"SECRETCAMERA" in sign_in(ana).get(f"{API}/{path}/{made['id']}").content) is found


@pytest.mark.parametrize(
    ("name", "content", "form"),
    [
        ("a.pdf", b"", {}), ("a.exe", b"MZ\x90\x00", {}), ("a.jpg", PDF, {}), ("a.pdf", PDF, {"roles": "BOSS"}),
        ("a.pdf", PDF, {"note": "x" * 201}), ("a.pdf", PDF, {"note": "a\x00b"}), ("a.pdf", PDF, {"keep_place": "perhaps"}),
        ("a.pdf", PDF, {"owner": "P-BEN"}),
    ],
)  # fmt: skip
def test_what_is_not_taken_is_told_and_nothing_is_kept(ana, send, name, content, form):
    answer = send(ana, f"customer/{customer(ana).pk}/files", name, content, **form)
    assert answer.status_code == 422 and answer["Content-Type"] == "application/problem+json"
    assert answer.json()["detail"] or answer.json()["errors"]
    assert not Attachment.objects.exists()


def test_too_large_is_refused_with_the_limit(ana, send, settings):
    settings.KAJING_FILE_MB = 1
    answer = send(ana, f"customer/{customer(ana).pk}/files", content=PDF + b" " * 1024 * 1024 + b"%%EOF")
    assert answer.status_code == 422 and "1 MB" in answer.json()["detail"]
    assert not Attachment.objects.exists()


def test_no_form_or_no_file_in_it(ana, sign_in):
    path, client = f"{API}/customer/{customer(ana).pk}/files", sign_in(ana)
    bodies = [
        client.post(path, {"note": "x"}),
        client.post(path, {"file": "a text"}),
        client.post(path, json.dumps({"file": "x"}), content_type="application/json"),
        client.post(path, b"--x\r\nbroken", content_type="multipart/form-data"),
    ]
    assert bodies[3].status_code == 400 and "multipart/form-data" in bodies[3].json()["detail"]
    two = [SimpleUploadedFile("a.pdf", PDF), SimpleUploadedFile("b.pdf", PDF)]
    bodies.append(client.post(path, {"file": two}))  # the first would be lost
    assert not Attachment.objects.exists()
    for answer in bodies:
        assert answer.status_code in {400, 415, 422}, answer.content
        assert answer["Content-Type"] == "application/problem+json"


def test_of_records_of_others_nothing(ana, ben, auditor, send, sign_in):
    one, foreign = customer(ana), customer(ben)
    theirs = send(ben, f"customer/{foreign.pk}/files").json()["id"]
    for path in (f"customer/{foreign.pk}/files", "customer/NOBODY/files", f"nothing/{one.pk}/files", "task/abc/files"):
        assert send(ana, path).status_code == 404
    for path in (f"customer/{foreign.pk}/files/{theirs}", f"customer/{one.pk}/files/{theirs}"):
        assert sign_in(ana).get(f"{API}/{path}").status_code == 404
        assert sign_in(ana).post(f"{API}/{path}/remove").status_code == 404
    assert send(auditor, f"customer/{one.pk}/files").status_code == 403
    assert sign_in(ana).get(f"{API}/customer/{one.pk}/files/abc").status_code == 422


def test_other_kinds_carry_files_too(ana, at, send):
    one = task(ana, customer(ana), due_at=at)
    assert send(ana, f"task/{one.pk}/files").status_code == 201
    assert send(ana, f"task/{task(ana, due_at=at).pk}/files").status_code == 201


# -- a masked field in clear -------------------------------------------------------------------------------------------
def show(client: Any, path: str, body: dict[str, Any], **headers: str) -> Any:
    return client.post(f"{API}/{path}/show", json.dumps(body), content_type="application/json", headers=headers)


@pytest.fixture
def passport(ana, units):
    load_reference(actor="system", at=timezone.now())
    field(units["HQ"], "passport", "MASKED", access={"": "EDIT", "LEADER": "MASK"})
    field(units["HQ"], "hobby")
    one = customer(ana)
    values = {"passport": "E99887766", "hobby": "露营"}
    services.set_values(actor=ana, kind="customer", object_id=one.pk, values=values, at=timezone.now())
    return f"customer/{one.pk}/fields/passport"


def test_a_masked_field_is_shown_for_a_reason_once(ana, ben, passport, sign_in):
    client, why = sign_in(ana), {"reason": "签证资料核对"}
    shown, again = (show(client, passport, why, **{"Idempotency-Key": "k"}) for _n in range(2))
    assert shown.json() == {"value": "E99887766"} and again.json() == {"value": None}
    assert "E99887766" not in bytes(IdempotencyKey.objects.get().answer).decode()
    row = AuditRow.objects.get(action="records.reveal_field")
    assert (row.actor, row.reason, row.changes) == ("P-ANA", "签证资料核对", {"field": "passport"})
    for body in ({}, {"reason": " "}, {"reason": 5}, {**why, "field": "hobby"}):
        assert show(client, passport, body).status_code == 422
    assert show(sign_in(ben), passport, why).status_code == 404
    for name in ("hobby", "no_such"):  # there is nothing masked in it
        assert show(client, passport.replace("passport", name), why).status_code == 404


def test_the_quota_of_the_day_holds(ana, passport, sign_in):
    AuditRow.objects.bulk_create(
        AuditRow(at=timezone.now(), actor="P-ANA", action="customers.reveal", object_kind="customer", object_id="x", mac="x")
        for _n in range(60)
    )  # fmt: skip
    answer = show(sign_in(ana), passport, {"reason": "再看一次"})
    assert answer.status_code == 429 and "E99887766" not in answer.content.decode()


def test_who_sees_it_masked_only_has_nothing_to_show(lee, passport, sign_in):
    assert sign_in(lee).get(f"{API}/{passport.removesuffix('/passport')}").json()["values"]["passport"].startswith("*")
    assert show(sign_in(lee), passport, {"reason": "签证资料核对"}).status_code == 404
