"""The first act that needs consent: a file above the row cap, from the question to the file."""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

import pytest
from django.test import Client

from kajing.audit.models import AuditRow
from kajing.audit.services import exporting, record
from kajing.customers import services as customers
from kajing.customers.models import ExportPart, ExportRequest
from kajing.customers.services import exports
from kajing.lib.errors import NotAllowed
from kajing.org.models import Person
from kajing.queue.models import Job
from kajing.queue.worker import Worker
from kajing.workflow.models import ApprovalRequest
from kajing.workflow.services import approvals
from tests.factories.customers import customer, figures

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]


@pytest.fixture
def worker(db: None) -> Iterator[Worker]:
    one = Worker()
    yield one
    one.life.end()


@pytest.fixture(autouse=True)
def small_caps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exports, "MOST_EXPORTED", 2)
    monkeypatch.setattr(exports, "PART", 2)


@pytest.fixture
def book(ana: Person) -> list[str]:
    made = [customer(ana, name=f"王小{n}") for n in range(5)]
    for one in made:
        figures(one, spend_30d=100)
    return [one.pk for one in made]


FORM = {"all": "1", "query": "order=-spend", "reason": "季度核对"}


def asked(browser: Client) -> ApprovalRequest:
    refused = browser.post("/customers/export/", FORM)
    assert refused.status_code == 422
    assert 'name="ask"' in refused.content.decode()
    assert browser.post("/customers/export/", {**FORM, "ask": "1"}).status_code == 302
    return ApprovalRequest.objects.get()


def test_above_the_cap_others_agree_a_job_makes_the_file_and_it_is_fetched_once(
    lee: Person, head: Person, book: list[str], sign_in: SignIn, worker: Worker, at: datetime
) -> None:
    browser = sign_in(lee)
    request = asked(browser)
    assert (request.amount, request.asker) == (5, lee)
    assert "等待审批" in browser.get("/customers/exports/", HTTP_ACCEPT_LANGUAGE="zh-hans").content.decode()
    approvals.approve(actor=head, request=request, reason="可以", at=at)
    assert Job.objects.get().task == "customers.export"
    worker.work_until_empty()
    export = ExportRequest.objects.get()
    assert (export.state, export.rows) == ("READY", 5)
    assert not any(b"\xe7\x8e\x8b" in bytes(part.content_enc) for part in ExportPart.objects.all())  # encrypted
    answer = browser.post(f"/customers/exports/{export.pk}/fetch/")
    assert hashlib.sha256(answer.content).hexdigest() == export.sha256
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert sorted(row[0] for row in rows[1:6]) == sorted(book)
    assert any(lee.person_no in cell for row in rows[7:] for cell in row)
    assert any(str(request.pk) in cell for row in rows[7:] for cell in row)
    assert rows[-1][1] == export.reference
    assert AuditRow.objects.filter(action="customers.export", object_id=str(export.pk)).count() == 1
    assert not ExportPart.objects.exists()
    assert browser.post(f"/customers/exports/{export.pk}/fetch/").status_code == 302
    with pytest.raises(customers.CannotFetch):
        customers.fetch_export(actor=lee, number=export.pk, at=at)


def test_nobody_else_fetches_it(
    lee: Person, head: Person, book: list[str], sign_in: SignIn, worker: Worker, at: datetime
) -> None:
    approvals.approve(actor=head, request=asked(sign_in(lee)), at=at)
    worker.work_until_empty()
    export = ExportRequest.objects.get()
    assert sign_in(head).post(f"/customers/exports/{export.pk}/fetch/").status_code == 404


def test_it_expires_with_its_rows(lee: Person, head: Person, book: list[str], sign_in: SignIn, worker: Worker) -> None:
    from django.utils import timezone

    now = timezone.now()
    approvals.approve(actor=head, request=asked(sign_in(lee)), at=now)
    worker.work_until_empty()
    assert customers.expire_exports(at=now + timedelta(days=2)) == 0
    assert customers.expire_exports(at=now + timedelta(days=4)) == 1
    assert (ExportRequest.objects.get().state, ExportPart.objects.count()) == ("EXPIRED", 0)


def test_returned_and_sent_again(lee: Person, head: Person, book: list[str], sign_in: SignIn, at: datetime) -> None:
    request = asked(sign_in(lee))
    approvals.return_request(actor=head, request=request, reason="范围太大", at=at)
    assert ExportRequest.objects.get().state == "RETURNED"
    request = approvals.send_again(actor=lee, request=request, reason="只用于核对", at=at)
    assert ExportRequest.objects.get().state == "WAITING"
    assert approvals.approve(actor=head, request=request, at=at).state == "APPROVED"
    assert ExportRequest.objects.get().state == "MAKING"


def test_a_killed_job_goes_on_after_its_last_part(
    lee: Person, head: Person, book: list[str], sign_in: SignIn, worker: Worker, at: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    approvals.approve(actor=head, request=asked(sign_in(lee)), at=at)
    real, made = exports.make_part, []

    def dies(**values: object) -> None:
        if made:
            raise RuntimeError("killed")
        made.append(1)
        real(**values)  # type: ignore[arg-type]

    monkeypatch.setattr(exports, "make_part", dies)
    worker.work_until_empty()
    assert ExportPart.objects.exclude(content_enc=None).count() == 1
    monkeypatch.setattr(exports, "make_part", real)
    Job.objects.update(state="READY", run_after=at)
    worker.work_until_empty()
    assert (ExportRequest.objects.get().state, ExportRequest.objects.get().rows) == ("READY", 5)


def test_who_lost_the_right_meanwhile_gets_no_file(
    lee: Person, head: Person, book: list[str], sign_in: SignIn, at: datetime
) -> None:
    request = asked(sign_in(lee))
    Person.objects.filter(pk=lee.pk).update(role="SERVICE")
    request = approvals.approve(actor=head, request=request, at=at)
    assert request.state == "OPEN"
    assert request.problem
    assert ExportRequest.objects.get().state == "WAITING"


def test_the_trail_above_its_cap_is_asked_for_and_decided_by_somebody_else(
    auditor: Person,
    compliance: Person,
    admin: Person,
    sign_in: SignIn,
    worker: Worker,
    at: datetime,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(exporting, "MOST", 3)
    for number in range(5):
        record(
            actor="P-ANA", action="customers.reveal", object_kind="customer", object_id=f"C{number}", at=at,
            customer_id=f"C{number}", changes={"field": "mobile"},
        )  # fmt: skip
    browser = sign_in(auditor)
    refused = browser.post("/audit/export/?actor=P-ANA", {"form": "csv"})
    page = refused.content.decode()
    assert refused.status_code == 422 and "/customers/exports/trail/" in page and 'value="actor=P-ANA"' in page
    assert browser.post("/customers/exports/trail/", {"query": "actor=P-ANA", "reason": " "}).status_code == 302
    assert not ExportRequest.objects.exists()
    form = {"query": "actor=P-ANA", "reason": "监管检查", "form": "csv"}
    assert browser.post("/customers/exports/trail/", form)["Location"] == "/customers/exports/"
    request = ApprovalRequest.objects.get()
    assert (request.act, request.amount) == ("audit.export", 5)
    with pytest.raises(NotAllowed):
        approvals.approve(actor=auditor, request=request, at=at)
    assert "监管检查" in sign_in(compliance).get(f"/approvals/{request.pk}/").content.decode()
    approvals.approve(actor=compliance, request=request, reason="可以", at=at)
    worker.work_until_empty()
    export = ExportRequest.objects.get()
    assert (export.state, export.rows) == ("READY", 5)
    assert f"/customers/exports/{export.pk}/fetch/" in browser.get("/customers/exports/").content.decode()
    answer = browser.post(f"/customers/exports/{export.pk}/fetch/")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0][:3] == ["id", "at", "actor"] and [row[2] for row in rows[1:6]] == ["P-ANA"] * 5
    assert '{"field": "mobile"}' in rows[1] and rows[-1][1] == export.reference
    assert AuditRow.objects.filter(object_kind="export", object_id=str(export.pk), actor=auditor.person_no).count() == 2


def test_who_may_not_read_the_trail_asks_for_none_of_it(
    ana: Person, admin: Person, sign_in: SignIn, at: datetime
) -> None:
    record(actor="P-ANA", action="customers.reveal", object_kind="customer", object_id="C1", customer_id="C1", at=at)
    body = {"list": "trail", "query": "action=customers.reveal", "reason": "看看"}
    for who, status in ((ana, 403), (admin, 422)):  # an administrator sees none of these rows
        told = sign_in(who).post("/api/v1/exports", body, content_type="application/json")
        assert told.status_code == status, told.content
    assert sign_in(ana).post("/customers/exports/trail/", {"reason": "看看"}).status_code == 403
    assert not ExportRequest.objects.exists()
