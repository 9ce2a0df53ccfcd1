"""Complaints over the API: register, every act, filters, cursors, and a key that makes a request count once."""

from __future__ import annotations

import json

import pytest

from kajing.audit.models import AuditRow
from kajing.complaints.models import Complaint
from kajing.workflow.models import ApprovalRequest
from kajing.workflow.services import approvals
from tests.factories.complaints import complaint
from tests.factories.customers import customer

API = "/api/v1"


@pytest.fixture
def post(sign_in):
    """`post(who, path, body)` as JSON."""

    def send(who, path, body, **headers):
        return sign_in(who).post(f"{API}{path}", json.dumps(body), content_type="application/json", **headers)

    return send


@pytest.fixture
def body(wang):
    return {
        "customer_id": wang.pk, "channel": "A13", "business": "B21", "source": "PHONE",
        "description": "说好免年费，仍被收取", "tags": ["年费"], "received_at": "2026-11-23T08:00:00",
    }  # fmt: skip


class TestRegister:
    def test_it_comes_back_whole(self, service, post, body):
        answer = post(service, "/complaints", body)
        found = answer.json()
        assert answer.status_code == 201, found
        assert (found["due_on"], found["days_left"], found["tags"]) == (found["due_on"], 15, ["年费"])
        assert found["priority"] == "HIGH" and found["state"] == "REGISTERED"

    def test_the_same_again_is_409_until_it_is_joined(self, service, post, body):
        first = post(service, "/complaints", body).json()
        again = post(service, "/complaints", body)
        assert again.status_code == 409 and first["number"] in again.json()["detail"]
        joined = post(service, "/complaints", body | {"join": first["id"]}).json()
        assert (joined["state"], joined["merged_into"]) == ("CLOSED", first["id"])
        assert post(service, "/complaints", body | {"despite": True}).status_code == 201

    @pytest.mark.parametrize(
        ("part", "status"),
        [({"business": "B999"}, 422), ({"business": "x"}, 422), ({"source": "FAX"}, 422), ({"handler": "P-NO"}, 422),
         ({"customer_id": "NOBODY"}, 404), ({"surprise": 1}, 422)],
    )  # fmt: skip
    def test_what_is_wrong(self, service, post, body, part, status):
        assert post(service, "/complaints", body | part).status_code == status
        assert not Complaint.objects.exists()

    def test_one_key_counts_once(self, service, post, body):
        first = post(service, "/complaints", body, HTTP_IDEMPOTENCY_KEY="a-key-of-mine")
        again = post(service, "/complaints", body, HTTP_IDEMPOTENCY_KEY="a-key-of-mine")
        assert first.json() == again.json() and Complaint.objects.count() == 1


class TestActs:
    def test_the_whole_way(self, service, post, body, lee, sign_in):
        pk = post(service, "/complaints", body).json()["id"]
        steps = (
            ("accept", {}, "ACCEPTED"),
            ("begin", {}, "HANDLING"),
            ("change", {"demand": "道歉"}, "HANDLING"),
            ("facts", {"note": "补交录音", "received_at": "2026-11-23T09:00:00"}, "HANDLING"),
            ("assign", {"handler": "P-LEE"}, "HANDLING"),
            ("answer", {"text": "经核实，已退还年费并致歉", "way": "PHONE"}, "ANSWERED"),
            ("close", {"cause": "C04", "fault": "PART", "redress": "退费", "compensation": 20000}, "CLOSED"),
            ("reopen", {"reason": "客户申请核查"}, "HANDLING"),
            ("withdraw", {"reason": "客户来电撤回"}, "WITHDRAWN"),
        )
        for act, data, state in steps:
            answer = post(service, f"/complaints/{pk}/{act}", data)
            assert (answer.status_code, answer.json().get("state")) == (200, state), (act, answer.json())
        lines = sign_in(service).get(f"{API}/complaints/{pk}/events").json()
        assert lines[0]["title"] == "投诉人撤回" and len(lines) == 10

    def test_refusing(self, service, post, body):
        pk = post(service, "/complaints", body).json()["id"]
        told = {"ground": "NOT_PARTY", "reason": "已告知须本人或授权"}
        assert post(service, f"/complaints/{pk}/refuse", told).json()["state"] == "REFUSED"

    def test_a_refusal_says_why(self, service, ana, post, body):
        pk = post(service, "/complaints", body).json()["id"]
        assert (
            post(service, f"/complaints/{pk}/close", {"cause": "C04", "fault": "PART", "redress": "退费"}).status_code
            == 409
        )
        recused = post(service, f"/complaints/{pk}/assign", {"handler": ana.person_no})
        assert recused.status_code == 403 and "安娜" in recused.json()["detail"]
        assert post(service, f"/complaints/{pk}/accept", {"version": 99}).status_code == 409
        assert post(ana, f"/complaints/{pk}/accept", {}).status_code == 403

    def test_more_time_and_the_proof(self, service, compliance, post, body, sign_in, at):
        pk = post(service, "/complaints", body).json()["id"]
        post(service, f"/complaints/{pk}/accept", {})
        asked = post(service, f"/complaints/{pk}/extensions", {"reason": "需要调单", "notice": "延期告知"})
        assert asked.status_code == 201 and asked.json()["state"] == "ASKED"
        approvals.approve(actor=compliance, request=ApprovalRequest.objects.get(), at=at)
        (found,) = sign_in(service).get(f"{API}/complaints/{pk}/extensions").json()
        assert (found["state"], found["decided_by"]) == ("GRANTED", compliance.person_no)
        told = post(service, f"/complaints/{pk}/extensions/{found['id']}/told", {"way": "SMS"})
        assert told.json()["told_way"] == "SMS"

    def test_merging_gives_the_one_that_stays(self, service, post, wang):
        first, second = complaint(wang), complaint(wang)
        answer = post(service, f"/complaints/{second.pk}/merge", {"into": first.pk})
        assert answer.json()["id"] == first.pk

    def test_many(self, service, lee, post, wang):
        one, other = complaint(wang), complaint(wang, against=lee)
        act = {"act": "assign", "ids": [one.pk, other.pk], "handler": "P-LEE"}
        tried = post(service, "/complaints/many/try", act).json()
        assert [row["id"] for row in tried["refused"]] == [other.pk]
        assert post(service, "/complaints/many", act).json()["done"] == 1
        assert post(service, "/complaints/many", {"act": "tag", "ids": [one.pk], "tag": "年费"}).status_code == 201

    def test_the_number_in_clear_for_a_reason(self, service, lee, ben, post, filed, sign_in):
        made = filed(who="AGENT", complainant="王大明", phone="12955550001")
        assert sign_in(service).get(f"{API}/complaints/{made.pk}").json()["phone"] == "129****0001"
        path, why = f"/complaints/{made.pk}/phone", {"reason": "回电核实"}
        key = {"headers": {"Idempotency-Key": "k1"}}
        shown, again = post(service, path, why, **key), post(service, path, why, **key)
        assert shown.json()["value"] == "12955550001" and shown.json()["expires_at"]
        assert again["Idempotency-Replayed"] == "true" and again.json()["value"] is None
        row = AuditRow.objects.get(action="customers.reveal")
        assert (row.reason, row.changes) == ("回电核实", {"field": "complainant_phone"})
        assert post(ben, path, why).status_code == 404
        for bad in ({}, {"reason": " x "}, {"reason": "回电核实", "field": "name"}, {"reason": 7}):
            assert post(service, path, bad).status_code == 422
        assert post(service, f"/complaints/{filed(despite=True).pk}/phone", why).status_code == 422


class TestList:
    def test_filters_and_cursors(self, service, sign_in, ana):
        made = [complaint(customer(ana), due_on=f"2026-12-0{day}") for day in range(1, 6)]
        client, found, cursor = sign_in(service), [], ""
        while True:
            page = client.get(f"{API}/complaints", {"limit": 2, "cursor": cursor}).json()
            found += [row["id"] for row in page["items"]]
            cursor = page["next"]
            if not cursor:
                break
        assert found == [one.pk for one in made]
        near = client.get(f"{API}/complaints", {"due": "..2026-12-02"}).json()
        assert near["total"] == 2
        assert client.get(f"{API}/complaints", {"where": "due >= 2026-12-05"}).json()["total"] == 1
        assert client.get(f"{API}/complaints", {"where": "oops ="}).status_code == 422

    def test_nothing_of_another_branch(self, ana, ben, sign_in):
        made = complaint(customer(ben))
        client = sign_in(ana)
        assert client.get(f"{API}/complaints").json()["total"] == 0
        assert client.get(f"{API}/complaints/{made.pk}").status_code == 404

    def test_the_dictionary(self, ana, sign_in):
        found = sign_in(ana).get(f"{API}/complaint-codes").json()["items"]
        assert {one["dimension"] for one in found} == {"A", "B", "C"} and all(one["source"] for one in found)
