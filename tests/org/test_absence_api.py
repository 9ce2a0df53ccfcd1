"""Leave and substitutes over the API."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kajing.org.models import Person, Substitution

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]


@pytest.fixture
def cora(ana: Person) -> Person:
    return Person.objects.create(person_no="P777", username="cora", name="柯兰", role="MANAGER", unit=ana.unit)


def body(substitute: str, first: int, last: int) -> dict[str, Any]:
    today = timezone.localdate()
    days = {name: (today + timedelta(days=by)).isoformat() for name, by in (("first_day", first), ("last_day", last))}
    return {"substitute_no": substitute, "reason": "年假", **days}


def post(browser: Client, path: str, sent: dict[str, Any]) -> Any:
    return browser.post(f"/api/v1{path}", json.dumps(sent), content_type="application/json")


def test_my_leave_from_entering_to_coming_back(ana: Person, cora: Person, sign_in: SignIn) -> None:
    mine, stands_in = sign_in(ana), sign_in(cora)
    made = post(mine, "/me/leave", body(cora.person_no, 0, 5))
    assert (made.status_code, made.json()["substitute_no"]) == (201, cora.person_no)
    assert post(mine, "/me/leave", body(cora.person_no, 2, 3)).status_code == 409
    seen = stands_in.get("/api/v1/substitutions").json()["items"]
    assert [(one["person_no"], one["reason"]) for one in seen] == [(ana.person_no, "年假")]
    assert post(stands_in, f"/substitutions/{made.json()['id']}/end", {}).status_code == 404
    ended = post(mine, f"/substitutions/{made.json()['id']}/end", {})
    assert (ended.status_code, ended.json()) == (200, {"person_no": ana.person_no, "last_day": None})
    assert not Substitution.objects.exists()
    assert mine.get("/api/v1/substitutions").json()["items"] == []


@pytest.mark.parametrize("change", [{"substitute_no": "P-NOBODY"}, {"substitute_no": "P-BEN"}, {"first_day": "x"}, {}])
def test_leave_that_cannot_be(change: dict[str, str], ana: Person, ben: Person, cora: Person, sign_in: SignIn) -> None:
    sent = body(cora.person_no, 3, 1) | change
    answer = post(sign_in(ana), "/me/leave", sent)
    assert answer.status_code in {404, 409, 422}
    assert not Substitution.objects.exists()


def test_leaders_set_and_end_those_of_their_people_only(
    ana: Person, ben: Person, cora: Person, lee: Person, sign_in: SignIn
) -> None:
    leads = sign_in(lee)
    assert post(sign_in(ana), f"/people/{cora.person_no}/leave", body(ana.person_no, 0, 1)).status_code == 403
    assert post(leads, f"/people/{ben.person_no}/leave", body(cora.person_no, 0, 1)).status_code == 404
    assert post(leads, f"/people/{lee.person_no}/leave", body(cora.person_no, 0, 1)).status_code == 403
    made = post(leads, f"/people/{ana.person_no}/leave", body(cora.person_no, 0, 1))
    assert made.status_code == 201
    listed = leads.get(f"/api/v1/substitutions?person_no={ana.person_no}").json()["items"]
    assert [one["id"] for one in listed] == [made.json()["id"]]
    assert post(leads, f"/substitutions/{made.json()['id']}/end", {}).status_code == 200


def test_what_is_over_is_listed_when_asked_for(ana: Person, cora: Person, sign_in: SignIn) -> None:
    past = timezone.localdate() - timedelta(days=9)
    Substitution.objects.create(person=ana, substitute=cora, first_day=past, last_day=past, made_by="P1")
    assert sign_in(ana).get("/api/v1/substitutions").json()["total"] == 0
    assert sign_in(ana).get("/api/v1/substitutions?past=true").json()["total"] == 1
