"""Leads over the API: the same scopes, checks and refusals as the pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from kajing.org.models import Person, Unit
from kajing.sales.models import Lead
from tests.factories.customers import customer
from tests.factories.records import field
from tests.factories.sales import facts, lead
from tests.workflow.test_gates import gate, move

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
PATH = "/api/v1/leads"


def send(browser: Client, path: str, body: dict[str, Any], way: str = "post", key: str = "") -> Any:
    return getattr(browser, way)(
        f"{PATH}{path}", body, content_type="application/json", headers={"Idempotency-Key": key or uuid4().hex}
    )


def said(**values: Any) -> dict[str, Any]:
    given = timezone.now() - timedelta(hours=1)
    return {
        "name": "李晓梅", "phone": "12955540001", "source": "BRANCH", "consent_version": "v1",
        "consent_at": given.isoformat(), **values,
    }  # fmt: skip


def test_registered_once_under_one_key(ana: Person, units: dict[str, Unit], sign_in: SignIn) -> None:
    field(units["HQ"], "budget", "MONEY", kind="lead", label="预算")
    browser, key = sign_in(Person.objects.get(pk=ana.pk)), uuid4().hex
    body = said(expected_limit=5_000_000, tags=["vip"], fields={"budget": 12_000}, id_number="310115199003070011")
    first, again = (send(browser, "", body, key=key) for _time in range(2))
    assert first.status_code == 201 and again.json() == first.json() and Lead.objects.count() == 1
    out = first.json()
    assert (out["phone"], out["id_number"], out["name"]) == ("129****0001", "3****************1", "李晓梅")
    assert (out["tags"], out["fields"], out["owner"], out["expected_limit"]) == (
        ["vip"], {"budget": 12_000}, ana.person_no, 5_000_000,
    )  # fmt: skip
    assert browser.get(f"{PATH}/{out['id']}").json() == out


def test_refusals_name_the_fields_and_who_is_on_file(ana: Person, ben: Person, sign_in: SignIn) -> None:
    browser = sign_in(ana)
    wrong = send(browser, "", said(phone="1", source="ACTIVITY"))
    assert wrong.status_code == 422
    assert {one["field"] for one in wrong.json()["errors"]} == {"phone", "source_detail"}
    lead(ben, said=facts(name="司徒远方", phone="12955540002"))
    found = send(browser, "", said(phone="12955540002"))
    (error,) = found.json()["errors"]
    assert found.status_code == 409 and error["contact_no"] == ben.person_no and error["lead_id"] is None
    assert "司徒" not in found.content.decode()
    checked = send(browser, "/check", {"phone": "12955540002"}).json()
    assert (checked[0]["kind"], checked[0]["claimable"], checked[0]["contact"]) == ("lead", False, ben.name)
    assert send(browser, "", said(state="LOST")).status_code == 422  # nobody declares a stage


def test_filters_conditions_cursors_and_scope(ana: Person, ben: Person, lee: Person, sign_in: SignIn) -> None:
    for stage, limit in (("LEAD", 1_000_000), ("INTENT", 3_000_000), ("LOST", None)):
        lead(ana, stage=stage, expected_limit=limit)
    lead(ben)
    browser = sign_in(lee)
    count = {
        "": 3, "stage=INTENT": 1, "show=open": 2, "expected=20000..": 1, "owner=" + ana.person_no: 3, "whose=mine": 0,
        "where=stage = LEAD or stage = LOST": 2, "where=expected_limit > 5": 0, "search=lxm": 3,
    }  # fmt: skip
    for query, expected in count.items():
        answer = browser.get(f"{PATH}?{query}")
        assert answer.status_code == (422 if "expected_limit" in query else 200), answer.content
        assert answer.status_code == 422 or answer.json()["total"] == expected, query
    page = browser.get(f"{PATH}?limit=2&order=id").json()
    rest = browser.get(f"{PATH}?limit=2&order=id&cursor={page['next']}").json()
    assert len(page["items"]) == 2 and len(rest["items"]) == 1 and rest["next"] is None
    assert sign_in(ben).get(f"{PATH}/{page['items'][0]['id']}").status_code == 404


def test_changed_by_parts(ana: Person, sign_in: SignIn) -> None:
    one = lead(ana, said=facts(employer="某公司", phone="12955540003"))
    browser = sign_in(ana)
    answer = send(browser, f"/{one.pk}", {"version": 1, "expected_limit": 2_000_000}, "patch")
    assert answer.status_code == 200 and answer.json()["expected_limit"] == 2_000_000
    assert answer.json()["employer"].startswith("某") and answer.json()["phone"] == "129****0003"
    assert send(browser, f"/{one.pk}", {"version": 1, "name": "x"}, "patch").status_code == 409
    assert send(browser, f"/{one.pk}", {"version": 2, "stage": "ISSUED"}, "patch").status_code == 422


def test_the_way_with_the_gates_words(ana: Person, lee: Person, sign_in: SignIn) -> None:
    at = timezone.now()
    one = lead(ana)
    browser = sign_in(ana)
    moved = send(browser, f"/{one.pk}/move", {"to": "INTENT"})
    assert moved.status_code == 200 and moved.json()["stage"] == "INTENT"
    assert send(browser, f"/{one.pk}/move", {"to": "LEAD"}).status_code == 422
    assert send(browser, f"/{one.pk}/move", {"to": "ISSUED"}).status_code == 422
    gate("lead", move("SUBMITTED", facts=["id_number"], files=1), move("LOST"), move("LEAD"), at=at)
    refused = send(browser, f"/{one.pk}/move", {"to": "SUBMITTED"})
    assert refused.status_code == 422
    assert {error["code"] for error in refused.json()["errors"]} == {"gate.fact", "gate.file"}
    assert send(browser, f"/{one.pk}/lose", {"reason": "RIVAL"}).status_code == 422
    lost = send(browser, f"/{one.pk}/lose", {"reason": "RIVAL", "rival": "某银行", "rival_card": "金卡"})
    assert lost.json()["stage"] == "LOST"
    assert send(browser, f"/{one.pk}/reopen", {}).json()["stage"] == "LEAD"
    stages = [row["stage"] for row in browser.get(f"{PATH}/{one.pk}/way").json()]
    assert stages == ["LEAD", "INTENT", "LOST", "LEAD"]


def test_hands_links_and_activities(ana: Person, lee: Person, units: dict[str, Unit], sign_in: SignIn) -> None:
    one, own = lead(ana), customer(ana)
    browser, leader = sign_in(ana), sign_in(lee)
    assert send(browser, f"/{one.pk}/assign", {"owner": lee.person_no}).status_code == 403
    assert send(leader, f"/{one.pk}/assign", {"owner": lee.person_no}).json()["owner"] == lee.person_no
    assert send(browser, f"/{one.pk}/release", {"reason": "不在本地"}).status_code == 404
    assert send(leader, f"/{one.pk}/release", {"reason": "不在本地"}).json()["owner"] is None
    assert send(browser, f"/{lead(unit=units['T01']).pk}/claim", {}).json()["owner"] == ana.person_no
    mine = lead(ana)
    assert send(browser, f"/{mine.pk}/link", {"customer_id": own.pk}).json()["customer_id"] == own.pk
    shown = send(browser, f"/{mine.pk}/reveal", {"field": "phone", "reason": "约见客户"}, key="k1")
    assert shown.json()["value"].startswith("129") and len(shown.json()["value"]) == 11
    assert (
        send(browser, f"/{mine.pk}/reveal", {"field": "phone", "reason": "约见客户"}, key="k1").json()["value"] is None
    )
    assert send(browser, f"/{mine.pk}/reveal", {"field": "name", "reason": "约见客户"}).status_code == 422
    logged = send(browser, f"/{mine.pk}/activities", {"kind": "CALL", "outcome": "REACHED", "note": "下周"})
    assert logged.status_code == 201
    assert browser.get(f"{PATH}/{mine.pk}/activities").json()[0]["note"] == "下周"
    assert send(browser, f"/{mine.pk}/activities", {"kind": "CALL"}).status_code == 422


def test_board_funnel_and_many(ana: Person, lee: Person, sign_in: SignIn) -> None:
    ids = [lead(ana, expected_limit=1_000_000).pk for _each in range(3)]
    browser = sign_in(lee)
    board = {one["stage"]: one for one in browser.get(f"{PATH}/board?show=open").json()}
    assert (board["LEAD"]["count"], board["LEAD"]["expected_limit"], sorted(board["LEAD"]["first"])) == (
        3, 3_000_000, ids,
    )  # fmt: skip
    assert browser.get(f"{PATH}/board?show=x").status_code == 422
    assert browser.get(f"{PATH}/funnel?months=3").json()["steps"][0]["stage"] == "LEAD"
    assert browser.get(f"{PATH}/funnel?months=5").status_code == 422
    done = send(browser, "/many", {"act": "lose", "ids": ids, "reason": "PRICE"})
    assert done.status_code == 201 and Lead.objects.filter(stage="LOST").count() == 3
    assert send(sign_in(ana), "/many", {"act": "assign", "ids": ids, "owner": ana.person_no}).status_code == 403
