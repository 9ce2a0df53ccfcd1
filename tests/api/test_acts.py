"""Acts over the API: what a page can do, a client can do, by the same rules and with the same refusals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kajing.audit.models import AuditRow
from kajing.customers.models import Consent, ExportRequest
from kajing.notifications.services import notify
from kajing.org import services
from kajing.org.models import IdempotencyKey, Person, Unit
from kajing.queue.models import Job, OutboxMessage
from kajing.queue.services import enqueue, send_email
from kajing.reference.models import Parameter
from kajing.reference.services import load_reference
from kajing.risk.models import Alert
from tests.factories.customers import customer
from tests.factories.risk import alert

API = "/api/v1"


def post(client: Client, path: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
    return client.post(API + path, body or {}, content_type="application/json", headers=headers)


# -- people and units --------------------------------------------------------------------------------------------------
def test_somebody_joins_moves_leaves_and_comes_back(admin: Person, units: dict[str, Unit], sign_in: Callable[..., Any]):
    client = sign_in(admin)
    joined = post(
        client, "/people",
        {"person_no": "P900", "username": "nine", "name": "九月", "role": "MANAGER", "unit_code": "T01", "hired_on": "2026-11-02"},
    )  # fmt: skip
    assert joined.status_code == 201, joined.content
    assert not Person.objects.get(person_no="P900").has_usable_password()
    moved = post(client, "/people/P900/move", {"unit_code": "T02", "on": "2026-11-09"}).json()
    assert [one["unit_code"] for one in moved["postings"]] == ["T02", "T01"]
    assert post(client, "/people/P900/role", {"role": "LEADER", "on": "2026-11-16"}).json()["role"] == "LEADER"
    assert post(client, "/people/P900/licences", {"code": "T01", "granted_on": "2026-11-16"}).status_code == 201
    assert post(client, "/people/P900/last-day", {"last_day": "2026-11-20"}).json()["left_on"] == "2026-11-20"
    assert post(client, "/people/P900/back", {"on": "2026-11-30"}).json()["left_on"] is None
    assert [one["code"] for one in client.get(API + "/people/P900").json()["licences"]] == ["T01"]


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/people/P-ANA/role", {"role": "EMPEROR", "on": "2026-11-23"}, 409),
        ("/people/P-ANA/move", {"unit_code": "NOWHERE", "on": "2026-11-23"}, 404),
        ("/people/P-ADMIN/role", {"role": "LEADER", "on": "2026-11-23"}, 403),
        ("/people/P-ANA/back", {"on": "2026-11-23"}, 409),
        ("/people/P-ANA/licences", {"code": "T 1", "granted_on": "2026-11-23"}, 422),
        ("/units", {"unit_code": "T01", "parent_code": "S01", "name": "x", "valid_from": "2026-11-23"}, 409),
        ("/units", {"unit_code": "T9", "parent_code": "S01", "name": "x", "kind": "MOON", "valid_from": "2026-11-23"}, 409),
        ("/units/B01/merge", {"into": "T01", "on": "2026-11-23"}, 409),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_refused_with_a_sentence(path, body, status, admin, ana, sign_in):
    answer = post(sign_in(admin), path, body)
    assert answer.status_code == status, answer.content
    assert answer.json()["title"]


def test_reach_over_the_api_names_no_customer(admin, ana, sign_in):
    customer(ana, customer_id="C00000077")
    answer = sign_in(admin).get(f"{API}/people/P-ANA/reach")
    assert "C00000077" not in answer.content.decode()
    assert {one["label"]: one["open"] for one in answer.json()["menus"]}["客户"]


def test_a_leader_sees_the_own_branch_of_the_tree(lee, sign_in):
    codes = [one["unit_code"] for one in sign_in(lee).get(f"{API}/units").json()["items"]]
    assert codes == ["T01"]


# -- customers ---------------------------------------------------------------------------------------------------------
def test_a_word_of_the_customer_goes_into_the_ledger_and_out_again(ana, sign_in):
    whom, client = customer(ana), sign_in(ana)
    path = f"/customers/{whom.pk}/consents"
    given = {"purpose": "MARKETING", "channel": "SMS", "given": True, "text_version": "v3", "source": "call"}
    assert post(client, path, given).status_code == 201
    assert post(client, path, given | {"text_version": ""}).status_code == 422  # which text was agreed to
    assert post(client, path, given | {"given": False}).status_code == 201
    assert [one["given"] for one in client.get(API + path).json()] == [False, True]
    assert Consent.objects.filter(customer=whom).count() == 2


def test_customers_change_hands_with_a_pack_and_an_undo(lee, ana, units, sign_in):
    moving = [customer(ana), customer(ana)]
    answer = post(
        sign_in(lee), "/assignments",
        {"customer_ids": [one.pk for one in moving], "manager": lee.person_no, "reason": "Ana is away"},
    ).json()  # fmt: skip
    assert (answer["count"], answer["queued"]) == (2, False)
    assert answer["undo"]
    assert answer["handover"]
    moving[0].refresh_from_db()
    assert moving[0].manager_id == lee.person_no


def test_a_stranger_takes_nobody_over(lee, ben, sign_in):
    whose = customer(ben)
    body = {"customer_ids": [whose.pk], "manager": lee.person_no, "reason": "mine now"}
    answer = post(sign_in(lee), "/assignments", body)
    assert answer.status_code in {409, 422}
    whose.refresh_from_db()
    assert whose.manager_id == ben.person_no


def test_a_list_query_chooses_and_the_file_is_masked_and_not_kept(lee, ana, sign_in, db):
    customer(ana, name="王小明")
    client = sign_in(lee)
    body = {"query": "", "reason": "monthly report"}
    answer = post(client, "/exports/file", body, **{"Idempotency-Key": "once"})
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"].startswith("text/csv")
    assert not IdempotencyKey.objects.filter(key="once").exists()


def test_above_the_cap_a_file_is_asked_for_and_listed(lee, head, compliance, ana, sign_in, at):
    load_reference(actor="system", at=at)
    Parameter.objects.filter(key="export_rows_without_approval").update(value="1")
    for _ in range(3):
        customer(ana)
    client = sign_in(lee)
    body = {"query": "", "reason": "monthly report"}
    assert post(client, "/exports/file", body).status_code == 422
    asked = post(client, "/exports", body)
    assert asked.status_code == 201, asked.content
    assert [one["id"] for one in client.get(f"{API}/exports").json()["items"]] == [asked.json()["id"]]
    assert ExportRequest.objects.get().asked_rows == 3
    assert post(client, f"/exports/{asked.json()['id']}/fetch").status_code == 409  # nobody has agreed yet


# -- alerts, news, parameters, jobs ------------------------------------------------------------------------------------
def test_an_alert_is_dismissed_with_a_reason_only(ana, sign_in):
    raised = alert(customer(ana))
    client = sign_in(ana)
    decision = {"state": "DISMISSED", "outcome": "FALSE"}
    assert post(client, f"/alerts/{raised.pk}/close", decision).status_code == 409
    assert (
        post(client, f"/alerts/{raised.pk}/close", decision | {"reason": "paid already"}).json()["state"] == "DISMISSED"
    )
    assert client.get(f"{API}/alerts/{raised.pk}").json()["state"] == "DISMISSED"
    assert Alert.objects.get(pk=raised.pk).closed_by == ana.person_no


def test_news_is_read_snoozed_brought_back_and_done(ana, ben, sign_in, at):
    notify(person=ana, kind="task.assigned", title="News", group="g1", at=at)
    notify(person=ben, kind="task.assigned", title="News", group="g1", at=at)
    client = sign_in(ana)
    (item,) = client.get(f"{API}/inbox").json()["items"]
    later = (timezone.now() + timedelta(hours=1)).isoformat()
    assert post(client, f"/inbox/{item['id']}/read").json()["read_at"]
    assert post(client, f"/inbox/{item['id']}/snooze", {"until": later}).status_code == 200
    assert client.get(f"{API}/inbox").json()["items"] == []
    assert len(client.get(f"{API}/inbox?show=snoozed").json()["items"]) == 1
    post(client, f"/inbox/{item['id']}/back")
    assert post(client, "/inbox/done").json() == {"done": 1}
    assert len(sign_in(ben).get(f"{API}/inbox").json()["items"]) == 1


def test_a_parameter_gets_a_value_from_a_day_on(admin, sign_in, at):
    load_reference(actor="system", at=at)
    client = sign_in(admin)
    now = next(
        one for one in client.get(f"{API}/parameters?search=undo_days").json()["items"] if one["key"] == "undo_days"
    )
    change = {"value": "20", "valid_from": "2027-01-01", "source": "Board 2026-11", "reason": "shorter"}
    assert post(client, "/parameters/undo_days", change).status_code == 201
    values = {one["value"] for one in client.get(f"{API}/parameters/undo_days").json()}
    assert values == {now["value"], "20"}
    assert post(client, "/parameters/undo_days", change | {"value": "soon"}).status_code in {409, 422}
    assert post(client, "/parameters/no_such_key", change).status_code == 404


def test_jobs_are_followed_cancelled_and_tried_again(admin, ana, sign_in, at):
    enqueue("customers.find_duplicates", at=at, kwargs={}, owner=ana.person_no, title="Assign")
    job = Job.objects.get()
    assert sign_in(ana).get(f"{API}/jobs/{job.pk}").json()["state"] == "READY"
    client = sign_in(admin)
    assert post(client, f"/jobs/{job.pk}/cancel").json()["state"] == "CANCELLED"
    assert post(client, f"/jobs/{job.pk}/cancel").status_code == 409
    assert post(client, f"/jobs/{job.pk}/retry").json()["state"] == "READY"
    assert [one["title"] for one in client.get(f"{API}/jobs?state=READY").json()["items"]] == ["Assign"]


def test_a_message_given_up_is_found_and_tried_again(admin, auditor, ana, sign_in, at):
    sent_by_itself, lost = (
        send_email(to=f"{one}@bank.example", subject="x", body="y", at=at) for one in ("li", "wang")
    )
    OutboxMessage.objects.filter(pk=lost.pk).update(state="DEAD", attempts=12, error="550 no such box")
    client, address = sign_in(admin), f"/unsent-messages/{lost.pk}/send-again"
    (found,) = client.get(f"{API}/unsent-messages").json()["items"]
    assert (found["id"], found["recipient"], found["problem"]) == (lost.pk, "w***@bank.example", "550 no such box")
    assert sign_in(ana).get(f"{API}/unsent-messages").status_code == 403
    assert post(sign_in(auditor), address).status_code == 403
    assert post(client, address).json()["state"] == "WAITING"
    assert AuditRow.objects.get(action="queue.send_again").object_id == str(lost.pk)
    assert (
        post(client, address).status_code
        == post(client, f"/unsent-messages/{sent_by_itself.pk}/send-again").status_code
        == 404
    )
    assert client.get(f"{API}/unsent-messages").json()["items"] == []


def test_a_temporary_access_is_found_and_ended(admin, lee, ana, ben, sign_in, at):
    theirs = customer(ben)
    made = services.grant_access(
        person=ana, customer_id=theirs.pk, first_day=at.date(), last_day=at.date() + timedelta(days=900), reason="visit",
        source="task:7", actor="P-LEE", at=at,
    )  # fmt: skip
    client, address = sign_in(admin), f"/grants/{made.pk}/revoke"
    (found,) = client.get(f"{API}/people/{ana.person_no}/grants").json()["items"]
    assert (found["customer_id"], found["ended_at"]) == (theirs.pk, None)
    assert sign_in(ana).get(f"{API}/customers/{theirs.pk}").status_code == 200
    assert post(sign_in(lee), address).status_code == 403
    ended = post(client, address).json()
    assert ended["ended_at"] and post(client, address).json() == ended
    assert AuditRow.objects.filter(action="org.revoke_access").count() == 1
    assert sign_in(ana).get(f"{API}/customers/{theirs.pk}").status_code == 404
    assert post(client, "/grants/987654321/revoke").status_code == 404
