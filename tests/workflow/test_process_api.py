"""Rules, chains, playbooks, webhooks and gates by program: rights, Idempotency-Key, problem documents, secrets."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from standardwebhooks import Webhook, WebhookVerificationError

from kajing.org.models import IdempotencyKey, Person
from kajing.queue.models import OutboxMessage
from kajing.reference.models import Parameter
from kajing.workflow import webhooks
from kajing.workflow.models import (
    ApprovalChain,
    GateVersion,
    Playbook,
    PlaybookVersion,
    RuleVersion,
    Task,
    WebhookEndpoint,
    WorkflowRule,
)
from kajing.workflow.services.rules import endpoints
from tests.factories.customers import customer
from tests.factories.workflow import task

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
API = "/api/v1"
TAG = {"kind": "tag", "way": "add", "on": "customer", "tag": "回访"}
DONE = {"kind": "act", "action": "workflow.done"}


def send(client: Client, path: str, body: Any = None, key: str = "") -> tuple[int, Any]:
    headers = {"Idempotency-Key": key} if key else {}
    answer = client.post(f"{API}{path}", json.dumps(body or {}), content_type="application/json", headers=headers)
    return answer.status_code, answer.json()


def get(client: Client, path: str) -> Any:
    answer = client.get(f"{API}{path}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_a_rules_whole_way(admin: Person, compliance: Person, ana: Person, sign_in: SignIn) -> None:
    editor, publisher = sign_in(admin), sign_in(compliance)
    assert send(editor, "/rules", {"code": "r1", "name": "回访"}, key="a")[0] == 201
    assert send(editor, "/rules", {"code": "r1", "name": "回访"}, key="a")[0] == 201  # the same answer again
    assert send(editor, "/rules", {"code": "r1", "name": "回访"}, key="b")[0] == 422
    assert WorkflowRule.objects.count() == 1
    assert get(editor, "/rules/r1") == {"code": "r1", "name": "回访"}
    body = {"trigger": DONE, "actions": [TAG], "condition": "spend_30d > 1000"}
    status, told = send(editor, "/rules/r1/versions", body)
    assert (status, told["number"], told["state"]) == (201, 1, "DRAFT")
    status, told = send(editor, "/rules/r1/versions/1/test")
    assert (status, told["state"], told["test"]["hits"]) == (200, "TESTED", 0)
    assert send(editor, "/rules/r1/versions/1/shadow")[0] == 200
    assert send(publisher, "/rules/r1/versions/1/publish", {})[0] == 422  # not a week yet, and no reason
    assert send(publisher, "/rules/r1/versions/1/publish", {"reason": "试行"})[1]["state"] == "LIVE"
    assert send(publisher, "/rules/r1/versions/1/retire", {"reason": "结束"})[1]["state"] == "RETIRED"
    assert send(sign_in(ana), "/rules", {"code": "r2", "name": "x"})[0] == 403


@pytest.mark.parametrize(
    "wrong",
    [
        {"trigger": {"kind": "act", "action": ["x"]}, "actions": [TAG]},
        {"trigger": {"kind": "event", "event": "alert_raised", "where": ["x"]}, "actions": [TAG]},
        {"trigger": {"kind": "schedule", "weekdays": [{}]}, "actions": [TAG]},
        {"trigger": DONE, "actions": [{"kind": "task", "owner": {}}]},
        {"trigger": DONE, "actions": [{"kind": "message", "template": "x", "sender": "manager"}]},
        {"trigger": DONE, "actions": [{"kind": "field", "field": "customer:cf_x", "value": 5}]},
        {"trigger": DONE, "actions": []},
        {"trigger": DONE, "actions": [TAG], "condition": "spend_30d >"},
        {"trigger": {}, "actions": [TAG]},
        {"trigger": DONE, "actions": [TAG], "state": "LIVE"},
    ],
)
def test_a_version_that_makes_no_sense_is_a_problem_in_words(
    admin: Person, sign_in: SignIn, at: datetime, wrong: dict[str, Any]
) -> None:
    WorkflowRule.objects.create(code="r1", name="r1", made_by="P-X", made_at=at)
    status, told = send(sign_in(admin), "/rules/r1/versions", wrong)
    assert status == 422
    assert told["detail"] or told["errors"]
    assert not RuleVersion.objects.exists()


def test_chains(admin: Person, compliance: Person, sign_in: SignIn) -> None:
    editor, publisher = sign_in(admin), sign_in(compliance)
    (export,) = [one for one in get(editor, "/approval-chains") if one["act"] == "customers.export"]
    assert (export["live"], export["steps"][0]["way"]) == (None, "ANY")
    path = "/approval-chains/customers.export/versions"
    assert send(editor, path, {"steps": [{"name": "x", "way": "ANY", "who": []}]})[0] == 422
    assert send(editor, path, {"steps": [{"name": "x", "way": "SOME"}]})[0] == 422
    steps = [{"name": "Risk", "way": "ALL", "who": [{"role": "RISK"}, {"leader": True}], "hours": 8}]
    assert send(editor, path, {"steps": steps, "note": "试行"})[0] == 201
    assert send(editor, f"{path}/1/publish")[0] == 422  # the author
    assert send(publisher, f"{path}/1/publish")[1]["state"] == "LIVE"
    live = ApprovalChain.objects.get(state="LIVE")
    assert live.steps == [{**steps[0], "on_timeout": "ESCALATE"}]
    assert get(editor, path)[0]["published_by"] == compliance.person_no
    assert editor.get(f"{API}/approval-chains/no.such/versions").status_code == 404


def test_playbooks(admin: Person, compliance: Person, ana: Person, sign_in: SignIn) -> None:
    editor, publisher = sign_in(admin), sign_in(compliance)
    assert send(editor, "/playbooks", {"code": "care", "name": "关怀"})[0] == 201
    steps = [{"key": "1", "title": "打电话", "day": 3, "kind": "call"}, {"key": "2", "title": "回顾", "day": 9, "kind": "follow_up", "after": ["1"]}]  # fmt: skip
    circle = [{**steps[0], "after": ["2"]}, steps[1]]
    assert send(editor, "/playbooks/care/versions", {"steps": circle})[0] == 422
    assert send(editor, "/playbooks/care/versions", {"steps": steps, "exits": ["status != ACTIVE"]})[0] == 201
    assert send(publisher, "/playbooks/care/versions/1/publish")[1]["state"] == "LIVE"
    assert send(publisher, "/playbooks/care/switch", {"enabled": False})[1]["enabled"] is False
    about = customer(ana)
    body = {"playbook": "care", "day_zero": "2026-11-23"}
    status, told = send(sign_in(ana), f"/customers/{about.pk}/plans", body)
    assert (status, len(told["steps"])) == (201, 2)
    assert get(editor, "/playbooks/care")["running"] == 1
    assert get(editor, "/playbooks/care/versions")[0]["running"] == 1
    assert Playbook.objects.get().made_by == admin.person_no
    assert PlaybookVersion.objects.get().exits == ["status != ACTIVE"]


def test_the_secret_of_a_webhook_is_told_once_and_kept_nowhere_in_clear(
    admin: Person, ana: Person, sign_in: SignIn
) -> None:
    editor = sign_in(admin)
    body = {"name": "core", "url": "https://hooks.example.com/k"}
    status, told = send(editor, "/webhooks", body, key="once")
    secret = told["secret"]
    assert (status, secret.startswith("whsec_")) == (201, True)
    status, again = send(editor, "/webhooks", body, key="once")
    assert (status, again["secret"], again["webhook"]) == (201, None, told["webhook"])
    assert secret.encode() not in bytes(IdempotencyKey.objects.get().answer)
    assert "secret" not in json.dumps(get(editor, "/webhooks"))
    assert send(editor, "/webhooks", {"name": "x", "url": "http://hooks.example.com/"})[0] == 422
    assert send(sign_in(ana), "/webhooks", body)[0] == 403


def test_a_changed_secret_signs_beside_the_old_one_for_a_day(admin: Person, sign_in: SignIn, at: datetime) -> None:
    editor = sign_in(admin)
    old = send(editor, "/webhooks", {"name": "core", "url": "https://hooks.example.com/k"})[1]["secret"]
    one = WebhookEndpoint.objects.get()
    new = send(editor, f"/webhooks/{one.pk}/secret")[1]["secret"]
    one.refresh_from_db()
    assert one.former_until is not None
    message = webhooks.post(endpoint=one, event="rule.r1", data={"x": 1}, at=at)
    now = one.former_until - timedelta(hours=1)
    headers = webhooks.headers_for(message, *webhooks.secrets_of(one, now))
    for secret in (old, new):
        Webhook(secret).verify(message.body, headers)
    later = webhooks.headers_for(message, *webhooks.secrets_of(one, one.former_until))
    Webhook(new).verify(message.body, later)
    with pytest.raises(WebhookVerificationError):
        Webhook(old).verify(message.body, later)


@pytest.mark.parametrize(("row", "hours"), [("", 24), ("2", 2)])
def test_for_how_long_the_old_secret_signs_is_a_dated_row(admin: Person, at: datetime, row: str, hours: int) -> None:
    if row:
        Parameter.objects.create(
            key="webhook_overlap_hours", value=row, rule_id="T-OVER", source="test", unit="hour",
            valid_from=date(1990, 1, 1),
        )  # fmt: skip
    made, _secret = endpoints.new_endpoint(actor=admin, name="x", url="https://x.example/in", at=at)
    endpoints.rotate_secret(actor=admin, endpoint=made, at=at)
    made.refresh_from_db()
    assert made.former_until == at + timedelta(hours=hours)


def test_deliveries_and_sending_again(admin: Person, sign_in: SignIn, at: datetime) -> None:
    seal = settings.KAJING_KEYS.encrypt(webhooks.COLUMN, "x")
    one, other = (
        WebhookEndpoint.objects.create(
            name=name, url="https://a.example.com/", secret_enc=seal, made_by="P", made_at=at
        )
        for name in ("one", "other")
    )
    sent = webhooks.post(endpoint=one, event="rule.r1", data={}, at=at)
    webhooks.post(endpoint=other, event="rule.r2", data={}, at=at)
    editor = sign_in(admin)
    path = f"/webhooks/{one.pk}/deliveries"
    (told,) = get(editor, path)["items"]
    assert (told["event"], told["state"], told["webhook_id"]) == ("rule.r1", "WAITING", one.pk)
    assert send(editor, f"{path}/{sent.pk}/redeliver")[0] == 409  # it is on its way
    OutboxMessage.objects.filter(pk=sent.pk).update(state="SENT", attempts=1)
    assert send(editor, f"{path}/{sent.pk}/redeliver")[1]["state"] == "WAITING"
    again = OutboxMessage.objects.get(pk=sent.pk)
    assert (again.message_id, again.attempts) == (sent.message_id, 0)
    assert send(editor, f"/webhooks/{other.pk}/deliveries/{sent.pk}/redeliver")[0] == 404
    assert send(editor, f"/webhooks/{one.pk}/switch", {"enabled": False})[1]["enabled"] is False


def test_a_gate_and_a_move_through_it(
    admin: Person, compliance: Person, ana: Person, ben: Person, sign_in: SignIn
) -> None:
    editor, publisher, mine = sign_in(admin), sign_in(compliance), sign_in(ana)
    one = task(ana, customer(ana))
    assert mine.get(f"{API}/moves/task/{one.pk}").status_code == 404  # no gate
    moves = [{"from": ["OPEN"], "to": "DONE", "note": True, "facts": ["value"]}]
    status, told = send(editor, "/gates/task/versions", {"moves": moves, "limits": {"OPEN": 48}})
    assert (status, told["moves"][0]["from"]) == (201, ["OPEN"])
    assert send(editor, "/gates/task/versions/1/test")[1]["test"]["lacking"] == 1
    assert send(publisher, "/gates/task/versions/1/publish", {})[1]["state"] == "LIVE"
    (kind,) = [row for row in get(editor, "/gates") if row["kind"] == "task"]
    assert (kind["live"], kind["draft"]) == (1, None)
    told = get(mine, f"/moves/task/{one.pk}")
    assert (told["state"], [way["to"] for way in told["next"]]) == ("OPEN", ["DONE"])
    assert (len(told["next"][0]["lacking"]), told["next"][0]["given"]) == (1, ["outcome"])
    status, refused = send(mine, f"/moves/task/{one.pk}", {"to": "DONE", "given": {"outcome": "DONE"}})
    assert (status, [part["code"] for part in refused["errors"]]) == (422, ["gate.fact", "gate.note"])
    status, refused = send(mine, f"/tasks/{one.pk}/done", {"outcome": "DONE"})
    assert (status, [part["field"] for part in refused["errors"]]) == (422, ["value", "note"])
    Task.objects.filter(pk=one.pk).update(value_at_stake=5)
    body = {"to": "DONE", "note": "已联系", "given": {"outcome": "REACHED"}}
    assert send(mine, f"/moves/task/{one.pk}", body) == (200, {"state": "DONE", "approval": None})
    assert send(sign_in(ben), f"/moves/task/{one.pk}", body)[0] == 404
    assert send(publisher, "/gates/task/versions/1/close", {"reason": "结束"})[1]["state"] == "RETIRED"
    assert GateVersion.objects.get().ended_by == compliance.person_no
