"""Acts on contacts, conversations and templates over the API: what the pages do, by the same rules, told as problems."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from kajing.audit.models import AuditRow
from kajing.contact.choices import State
from kajing.contact.models import BODY, Interaction, Message, MessageThread, StrayMessage, TemplateVersion, seal
from kajing.contact.models.incoming import SENDER
from kajing.contact.services import attach_recording, log_contact, sendings
from kajing.customers.models import ContactHold, Customer
from kajing.org.models import Person
from kajing.workflow.models import ApprovalRequest
from tests.contact.test_pages import JPEG
from tests.factories.contact import reach, template
from tests.factories.customers import customer

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]
API = "/api/v1"
PNG_BUT_TEXT = b"\x89PNG\r\n\x1a\nnothing"


@pytest.fixture(autouse=True)
def morning(monkeypatch: pytest.MonkeyPatch, at: datetime) -> Iterator[list[datetime]]:
    """The clock of the operations: a Monday at ten; a test may move it."""
    clock = [at.replace(hour=10)]
    monkeypatch.setattr(timezone, "now", lambda: clock[0])
    yield clock


@pytest.fixture
def post(sign_in: Callable[..., Any]) -> Callable[..., Any]:
    """`post(who, path, {…})` as JSON, or with `file=` as a form."""

    def send(who: Person, path: str, body: Any = None, *, key: str = "", file: bytes | None = None) -> Any:
        client, headers = sign_in(who), {"Idempotency-Key": key} if key else {}
        if file is not None:
            return client.post(API + path, {"file": SimpleUploadedFile("a.jpg", file), **(body or {})}, headers=headers)
        return client.post(API + path, json.dumps(body or {}), content_type="application/json", headers=headers)

    return send


def contact(who: Person, about: Customer, state: str, **values: Any) -> Interaction:
    now = timezone.now()
    given = {"channel": "PHONE", "purpose": "SERVICE", "at": now, "created_at": now, "created_by": who.person_no}
    return Interaction.objects.create(customer=about, person=who, state=state, **{**given, **values})


# -- one contact -------------------------------------------------------------------------------------------------------
def test_a_plan_begins_ends_and_is_taken_back(ana, ben, post, sign_in, morning):
    plan = contact(ana, customer(ana), State.PLANNED, planned_at=morning[0])
    path = f"/contacts/{plan.pk}"
    assert post(ben, f"{path}/begin").status_code == post(ben, f"{path}/reopen").status_code == 404
    begun = post(ana, f"{path}/begin")
    assert (begun.status_code, begun.json()["id"], begun.json()["state"]) == (200, plan.pk, "STARTED")
    assert post(ana, f"{path}/begin").json()["version"] == begun.json()["version"]  # it runs, and goes on
    assert post(ana, f"{path}/end", {"outcome": "REFUSED"}).json()["state"] == "DONE"
    assert post(ana, f"{path}/begin").status_code == 409
    morning[0] += timedelta(minutes=29)
    back = post(ana, f"{path}/reopen").json()
    assert (back["state"], back["outcome"], back["ended_at"]) == ("STARTED", "", None)
    assert not ContactHold.objects.filter(source=f"interaction:{plan.pk}", lifted_at=None).exists()
    post(ana, f"{path}/end", {"outcome": "REACHED", "note": "一" * 2000})
    morning[0] += timedelta(minutes=31)
    assert post(ana, f"{path}/reopen").status_code == 409
    assert sign_in(ana).get(API + path).json()["note"] == "一" * 2000
    assert {"contact.start", "contact.end", "contact.reopen"} <= set(AuditRow.objects.values_list("action", flat=True))


def test_a_plan_outside_of_the_hours_is_409_with_the_next_time(ana, post, morning):
    plan = contact(ana, customer(ana), State.PLANNED, planned_at=morning[0], purpose="MARKETING")
    morning[0] = morning[0].replace(hour=23)
    told = post(ana, f"/contacts/{plan.pk}/begin")
    assert told.status_code == 409 and told.json()["detail"]
    plan.refresh_from_db()
    assert plan.state == State.PLANNED


def test_a_note_changes_what_is_named(ana, auditor, post):
    one = contact(ana, customer(ana), State.DONE, material_version="M012 v3")
    path = f"/contacts/{one.pk}/note"
    changed = post(ana, path, {"note": " 要电子账单\r\n卡号 4111111111111111 "}).json()
    assert changed["note"].startswith("要电子账单\n卡号") and "4111111111111111" not in changed["note"]
    assert changed["material_version"] == "M012 v3"
    assert (
        post(ana, path, {"note": "x", "material_version": "", "version": changed["version"]}).json()["material_version"]
        == ""
    )
    assert post(ana, path, {"note": "y", "version": changed["version"]}).status_code == 409
    for bad in (
        {},
        {"note": None},
        {"note": "x" * 2001},
        {"note": "a\x00"},
        {"note": "x", "version": "new"},
        {"note": "x", "at": 1},
    ):
        answer = post(ana, path, bad)
        assert answer.status_code == 422 and answer.json()["errors"], bad
    assert post(auditor, path, {"note": "x"}).status_code == 403


def test_the_photo_of_a_visit(ana, ben, post, sign_in, settings, tmp_path, morning):
    settings.KAJING_FILES = tmp_path
    visit = contact(ana, customer(ana), State.DONE, channel="VISIT", started_at=morning[0])
    path = f"/contacts/{visit.pk}/photo"
    assert sign_in(ana).get(API + path).status_code == 404
    kept, again = (post(ana, path, file=JPEG, key="p1").json() for _n in range(2))
    assert kept["photo_sha256"] and again == kept
    shown = sign_in(ana).get(API + path)
    assert shown["Content-Type"] == "image/jpeg" and shown.content[:3] == JPEG[:3]
    assert sign_in(ana).get(f"{API}/records/customer/{visit.customer_id}/files").json()["items"][0]["note"]
    for content, more in (
        (b"", {}),
        (b"GIF89a", {}),
        (PNG_BUT_TEXT, {}),
        (JPEG + b"0" * 11 * 1024 * 1024, {}),
        (JPEG, {"photo": "x"}),
    ):
        answer = post(ana, path, more, file=content)
        assert answer.status_code == 422, content[:9]
        assert answer.json()["detail"] or answer.json()["errors"]
    assert post(ana, path, {"file": "x"}).status_code in {415, 422}
    assert post(ben, path, file=JPEG).status_code == sign_in(ben).get(API + path).status_code == 404
    call = contact(ana, visit.customer, State.DONE)
    assert post(ana, f"/contacts/{call.pk}/photo", file=JPEG).status_code == 409


def test_a_recording_is_held_by_compliance_alone(ana, compliance, post, sign_in, at):
    call = log_contact(
        actor=ana, customer=customer(ana), channel="PHONE", purpose="SERVICE", outcome="REACHED", began_at=at, at=at
    )
    path, why = f"/contacts/{call.pk}/legal-hold", {"keep": True, "reason": "诉讼 2026-118"}
    assert post(compliance, path, why).status_code == 409  # there is none
    attach_recording(actor=ana, contact=call, pointer="store://1", sha256="a" * 64, at=at)
    assert post(ana, path, why).status_code == 403
    assert post(compliance, path, why).json()["legal_hold"] is True
    assert AuditRow.objects.filter(action="contact.legal_hold", reason="").count() == 0
    assert post(compliance, path, {**why, "keep": False}).json()["legal_hold"] is False
    long = {**why, "reason": "诉" * 400}
    assert post(compliance, path, long).status_code == 200
    assert AuditRow.objects.filter(action="contact.legal_hold", reason=long["reason"]).exists()
    page = sign_in(compliance).post(f"/contact/{call.pk}/legal-hold/", {"keep": "0", "reason": " "})
    assert page.status_code == 422
    assert "请简要说明保留或解除录音的原因" in page.content.decode()
    for bad in ({"keep": True}, {"keep": True, "reason": " "}, {"reason": "xx"}, {"keep": "perhaps", "reason": "xx"}):
        assert post(compliance, path, bad).status_code == 422


# -- conversations and strays ------------------------------------------------------------------------------------------
@pytest.fixture
def asked(ana: Person, morning: list[datetime]) -> MessageThread:
    """A customer of Ana's who wrote and waits."""
    about, now = reach(customer(ana, name="王小明")), morning[0] - timedelta(hours=1)
    made = MessageThread.objects.create(
        customer=about, channel="SMS", token="t1", opened_at=now, last_at=now, waiting_since=now
    )
    Message.objects.create(
        customer=about, thread=made, channel="SMS", purpose="SERVICE", direction="IN", state="RECEIVED", planned_at=now,
        body_enc=seal(BODY, "王小明问年费"),
    )  # fmt: skip
    return made


def test_a_conversation_is_read_and_answered_once(ana, ben, auditor, asked, post, sign_in):
    assert [one["id"] for one in sign_in(ana).get(f"{API}/message-threads?waiting=true").json()["items"]] == [asked.pk]
    assert sign_in(ben).get(f"{API}/message-threads").json()["total"] == 0
    path = f"/message-threads/{asked.pk}"
    assert sign_in(ana).get(API + path).json()["messages"][0]["text"] == "王小明问年费"
    assert sign_in(ben).get(API + path).status_code == 404
    for bad in (
        {},
        {"text": " "},
        {"text": "x" * 20_001},
        {"text": "a\x00b"},
        {"text": 3},
        {"text": "x", "channel": "EMAIL"},
    ):
        assert post(ana, f"{path}/answer", bad).status_code == 422, bad
    first, again = (post(ana, f"{path}/answer", {"text": "三日内退回"}, key="a1") for _n in range(2))
    assert first.status_code == 201 and first.json() == again.json()
    assert asked.messages.filter(direction="OUT").count() == 1
    told = sign_in(ana).get(API + path).json()
    assert [one["text"] for one in told["messages"]] == ["王小明问年费", "三日内退回"] and not told["thread"][
        "waiting_since"
    ]
    assert post(ben, f"{path}/answer", {"text": "x"}).status_code == 404
    assert post(auditor, f"{path}/answer", {"text": "x"}).status_code == 403


def test_what_belongs_to_nobody_is_placed_or_put_aside(ana, service, post, sign_in):
    about = reach(customer(ana))
    first, second = (
        StrayMessage.objects.create(
            channel="SMS", sender_enc=seal(SENDER, "12955559999"), body_enc=seal(BODY, "卡呢"), came_at=timezone.now()
        )
        for _n in range(2)
    )
    listed = sign_in(service).get(f"{API}/stray-messages").json()
    assert {one["id"] for one in listed["items"]} == {first.pk, second.pk} and listed["items"][0]["text"] == "卡呢"
    assert sign_in(ana).get(f"{API}/stray-messages").status_code == 403
    path = f"/stray-messages/{first.pk}"
    assert post(service, f"{path}/place", {"customer_id": "CNOBODY"}).status_code == 404
    assert post(service, f"{path}/place", {}).status_code == 422
    placed = post(service, f"{path}/place", {"customer_id": about.pk})
    assert (placed.status_code, placed.json()["customer_id"], placed.json()["direction"]) == (201, about.pk, "IN")
    assert post(service, f"{path}/place", {"customer_id": about.pk}).status_code == 404
    assert post(service, f"{path}/dismiss").status_code == 404
    aside = post(service, f"/stray-messages/{second.pk}/dismiss").json()
    assert aside["done_at"] and aside["became"] is None
    assert sign_in(service).get(f"{API}/stray-messages").json()["total"] == 0


def test_a_message_to_many_is_called_off(ana, ben, post, at):
    sending = sendings.send_to_selection(
        actor=ana, ids=[reach(customer(ana)).pk], version=template(), at=timezone.now()
    )
    assert post(ben, f"/sendings/{sending.pk}/cancel").status_code == 404
    assert post(ana, f"/sendings/{sending.pk}/cancel").json()["cancelled_at"]
    assert post(ana, f"/sendings/{sending.pk}/cancel").status_code == 200
    sending.refresh_from_db()
    assert sending.cancelled_at


# -- templates ---------------------------------------------------------------------------------------------------------
NEW = {
    "name": "账单提醒", "kind": "REMINDER", "channel": "SMS", "purpose": "SERVICE", "valid_from": "2026-11-01",
    "body": "尊敬的{customer.title}，\r\n账单已出。",
}  # fmt: skip


def test_a_template_is_written_changed_asked_about_and_withdrawn(ana, lee, compliance, post, sign_in):
    made = post(ana, "/message-templates", NEW, key="t1")
    assert made.status_code == 201, made.content
    told, path = made.json(), f"/message-templates/{made.json()['id']}"
    assert (told["newest_state"], told["versions"][0]["body"]) == ("DRAFT", "尊敬的{customer.title}，\n账单已出。")
    assert post(ana, "/message-templates", NEW, key="t1").json() == told
    assert post(ana, "/message-templates", NEW).status_code == 422  # the name is taken
    wording = {"body": "尊敬的{customer.title}，账单已出，请查收。", "valid_from": "2026-11-01"}
    assert post(ana, f"{path}/versions", wording).json()["number"] == 1  # still the draft
    assert post(ana, f"{path}/versions/1/ask").json()["state"] == "ASKED"
    assert ApprovalRequest.objects.count() == 1
    assert post(ana, f"{path}/versions/1/ask").status_code == 409
    assert post(ana, f"{path}/versions", wording).json()["number"] == 2  # what was asked about stays
    whole = sign_in(ana).get(API + path).json()
    assert [(one["number"], one["state"]) for one in whole["versions"]] == [(2, "DRAFT"), (1, "ASKED")]
    found = sign_in(ana).get(f"{API}/message-templates/all?state=DRAFT&search=账单").json()["items"]
    assert [one["id"] for one in found] == [told["id"]]
    assert (
        post(ana, f"{path}/versions/7/ask").status_code
        == post(ana, "/message-templates/987/versions", wording).status_code
        == 404
    )


@pytest.mark.parametrize(
    "part",
    [
        {"body": ""}, {"body": " "}, {"body": "{nobody.knows}"}, {"body": "x" * 20_001}, {"body": "a\x00b"}, {"name": " "}, {"kind": "JOKE"},
        {"channel": "FAX"}, {"purpose": "FUN"}, {"valid_from": "soon"}, {"valid_to": "2026-10-01"}, {"channel": "EMAIL"}, {"state": "APPROVED"},
        {"language": "fr"}, {"subject": "x" * 201},
    ],
)  # fmt: skip
def test_a_template_that_does_not_fit_is_told_and_not_kept(part, ana, post):
    answer = post(ana, "/message-templates", NEW | part)
    assert answer.status_code == 422 and (answer.json()["detail"] or answer.json()["errors"])
    assert not TemplateVersion.objects.exists()


def test_only_who_approves_withdraws_and_says_why(ana, lee, post, sign_in):
    version = template()
    path = f"/message-templates/{version.template_id}/versions/1/retire"
    who, other = (lee, ana) if lee.has_perm("contact.approve_template") else (ana, lee)
    assert post(other, path, {"reason": "收费已改"}).status_code == 403
    assert post(who, path, {}).status_code == post(who, path, {"reason": " x "}).status_code == 422
    assert post(who, path, {"reason": "收费已改"}).json()["state"] == "RETIRED"
    assert post(who, path, {"reason": "收费已改"}).status_code == 409
    assert AuditRow.objects.get(action="contact.retire_template").reason == "收费已改"
