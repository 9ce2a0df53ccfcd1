"""Handovers and households over the API."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from django.test import Client

from kajing.customers.models import Customer, Handover, Relation
from kajing.org.models import Person
from tests.factories.customers import customer

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]


@pytest.fixture
def cora(ana: Person) -> Person:
    return Person.objects.create(person_no="P777", username="cora", name="柯兰", role="MANAGER", unit=ana.unit)


def post(browser: Client, path: str, body: dict[str, Any]) -> tuple[int, Any]:
    answer = browser.post(f"/api/v1{path}", json.dumps(body), content_type="application/json")
    return answer.status_code, answer.json()


def test_hand_over_read_and_acknowledge(ana: Person, cora: Person, lee: Person, at: datetime, sign_in: SignIn) -> None:
    mine = [customer(ana).pk for _number in range(3)]
    leads, receives = sign_in(lee), sign_in(cora)
    assert post(leads, "/handovers/preview", {"customer_ids": mine})[1]["customers"] == 3
    body = {"customer_ids": mine, "manager_no": cora.person_no, "reason": "调岗"}
    status, made = post(leads, "/handovers", body)
    assert (status, made["customers"], made["queued"]) == (201, 3, False)
    assert set(Customer.objects.values_list("manager_id", flat=True)) == {cora.person_no}
    listed = receives.get("/api/v1/handovers?state=TO_READ").json()["items"]
    assert [(one["id"], one["customers"], one["state"]) for one in listed] == [(made["handover_id"], 3, "TO_READ")]
    path = f"/handovers/{made['handover_id']}"
    told = receives.get(f"/api/v1{path}").json()
    assert (told["seen"], told["moved_on"], told["givers"]) == (3, 0, [ana.name])
    assert post(leads, f"{path}/acknowledge", {})[0] == 409
    assert post(receives, f"{path}/acknowledge", {})[1]["state"] == "READ"
    assert not receives.get("/api/v1/handovers?state=TO_READ").json()["items"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"manager_no": None}, 422),
        ({"manager_no": "P-NOBODY"}, 422),
        ({"reason": " "}, 422),
        ({"customer_ids": []}, 422),
        ({"customer_ids": ["\0"]}, 422),
        ({"customer_ids": ["C-NONE"]}, 422),
        ({"manager_no": "P-BEN"}, 422),
        ({"surprise": 1}, 422),
    ],
)
def test_what_cannot_be_handed_over(
    change: dict[str, Any], status: int, ana: Person, ben: Person, cora: Person, lee: Person, sign_in: SignIn
) -> None:
    body = {"customer_ids": [customer(ana).pk], "manager_no": cora.person_no, "reason": "调岗"} | change
    answered, problem = post(sign_in(lee), "/handovers", body)
    assert answered in {status, 409}
    assert problem["detail"] or problem["errors"]
    assert not Handover.objects.exists()


def test_managers_hand_nothing_over(ana: Person, cora: Person, sign_in: SignIn) -> None:
    body = {"customer_ids": [customer(ana).pk], "manager_no": cora.person_no, "reason": "调岗"}
    assert post(sign_in(ana), "/handovers", body)[0] == 403


def test_a_household_by_the_api(ana: Person, ben: Person, sign_in: SignIn) -> None:
    wife, husband, foreign = customer(ana, name="王小明"), customer(ana, name="李小红"), customer(ben)
    browser = sign_in(ana)
    path = f"/customers/{wife.pk}"
    assert browser.get(f"/api/v1{path}/household").json()["members"] == []
    assert post(browser, f"{path}/relations", {"other_id": foreign.pk, "role": "SPOUSE"})[0] == 422
    assert post(browser, f"{path}/relations", {"other_id": wife.pk, "role": "SPOUSE"})[0] == 422
    assert post(browser, f"{path}/relations", {"other_id": husband.pk, "role": "PET"})[0] == 422
    status, made = post(browser, f"{path}/relations", {"other_id": husband.pk, "role": "SPOUSE"})
    assert status == 201
    assert {one["customer_id"] for one in made["members"]} == {wife.pk, husband.pk}
    assert post(browser, f"{path}/relations", {"other_id": husband.pk, "role": "SPOUSE"})[0] == 422
    other_side = browser.get(f"/api/v1/customers/{husband.pk}/household").json()
    tie = other_side["ties"][0]
    assert (tie["customer_id"], tie["role"]) == (wife.pk, "SPOUSE")
    assert post(browser, f"/customers/{husband.pk}/relations/{tie['id']}/remove", {})[1]["ties"] == []
    assert not Relation.objects.exists()


def test_a_tie_to_somebody_out_of_sight_has_no_name(ana: Person, ben: Person, at: datetime, sign_in: SignIn) -> None:
    about, foreign = customer(ana), customer(ben, name="王大明")
    Relation.objects.create(
        customer=about, other=foreign, role="PARENT", note="王大明的电话", created_by="P1", created_at=at
    )
    found = sign_in(ana).get(f"/api/v1/customers/{about.pk}/household")
    assert found.json()["ties"] == [
        {"id": Relation.objects.get().pk, "customer_id": "", "name": "", "role": "PARENT", "note": ""}
    ]
    assert (found.json()["hidden"], "王大明" in found.content.decode()) == (1, False)
