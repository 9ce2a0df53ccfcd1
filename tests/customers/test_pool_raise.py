"""A higher limit of the pool: asked for, decided by the leader, in force until its day; and the ways to hand a book over."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.test import Client

from kajing.customers.models import PoolRaise
from kajing.customers.selectors import allowance
from kajing.customers.services import request_pool_raise
from kajing.customers.services.pool_raises import CannotRaise
from kajing.lib.errors import NotAllowed
from kajing.org.models import Person
from kajing.reference.services import load_reference
from kajing.workflow.models import ApprovalRequest
from kajing.workflow.services.approvals import approve, return_request, take_back
from tests.factories.customers import customer

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
DAY = date(2026, 11, 23)


@pytest.fixture(autouse=True)
def rules(at: datetime) -> None:
    load_reference(actor="system", at=at)


def ask(person: Person, at: datetime, *, most: int = 250, days: int = 30, reason: str = "接收撤并团队") -> PoolRaise:
    return request_pool_raise(actor=person, most=most, until=DAY + timedelta(days=days), reason=reason, on=DAY, at=at)


def test_granted_by_the_leader_and_over_after_its_day(ana: Person, lee: Person, at: datetime) -> None:
    assert allowance(ana, DAY).most == 200
    ask(ana, at)
    assert allowance(ana, DAY).most == 200
    request = ApprovalRequest.objects.get(act="customers.pool_raise")
    approve(actor=lee, request=request, at=at)
    assert PoolRaise.objects.get().state == "GRANTED"
    assert (allowance(ana, DAY).most, allowance(ana, DAY + timedelta(days=30)).most) == (250, 250)
    assert allowance(ana, DAY + timedelta(days=31)).most == 200


def test_returned_or_taken_back_it_may_be_asked_again(ana: Person, lee: Person, at: datetime) -> None:
    ask(ana, at)
    with pytest.raises(CannotRaise):
        ask(ana, at, most=300)
    return_request(actor=lee, request=ApprovalRequest.objects.get(), reason="先用完现有额度", at=at)
    assert (PoolRaise.objects.get().state, allowance(ana, DAY).most) == ("RETURNED", 200)
    ask(ana, at, most=300)
    take_back(actor=ana, request=ApprovalRequest.objects.get(state="OPEN"), at=at)
    assert sorted(PoolRaise.objects.values_list("state", flat=True)) == ["RETURNED", "TAKEN_BACK"]


@pytest.mark.parametrize("wrong", [{"most": 200}, {"most": 501}, {"days": 0}, {"days": 91}, {"reason": " x "}])
def test_what_cannot_be_asked_for(wrong: dict[str, object], ana: Person, at: datetime) -> None:
    with pytest.raises(CannotRaise):
        ask(ana, at, **wrong)  # type: ignore[arg-type]
    assert not PoolRaise.objects.exists()


def test_leaders_take_nothing_and_ask_for_nothing(lee: Person, at: datetime) -> None:
    with pytest.raises(NotAllowed):
        ask(lee, at)


def test_the_page_and_the_api(ana: Person, lee: Person, sign_in: SignIn) -> None:
    browser = sign_in(ana)
    assert "200" in browser.get("/customers/pool/raise/").content.decode()
    until = (datetime.now() + timedelta(days=20)).date().isoformat()  # noqa: DTZ005  a day is enough
    for wrong in ({}, {"most": "x"}, {"most": "10", "until": until, "reason": "为什么"}, {"most": "\0"}):
        assert browser.post("/customers/pool/raise/", wrong).status_code == 422
    assert browser.post("/customers/pool/raise/", {"most": 220, "until": until, "reason": "接收"}).status_code == 302
    assert browser.get("/api/v1/pool/limits").json()["raise_asked"] is True
    sent = json.dumps({"most": 230, "until": until, "reason": "接收"})
    again = browser.post("/api/v1/pool/raises", sent, content_type="application/json")
    assert again.status_code == 422
    assert again.json()["detail"]


def test_the_way_to_hand_a_book_over_stands_on_the_persons_page_and_on_the_team_board(
    ana: Person, lee: Person, sign_in: SignIn
) -> None:
    customer(ana)
    way = f"/customers/assign/?all=1&amp;query=status%3DACTIVE%26manager%3D{ana.person_no}"
    leads = sign_in(lee)
    for page in (f"/org/people/{ana.person_no}/", "/team/"):
        assert way in leads.get(page).content.decode()
    question = leads.get(way.replace("&amp;", "&")).content.decode()
    assert 'name="all" value="1"' in question
    assert way not in sign_in(ana).get("/org/me/").content.decode()
