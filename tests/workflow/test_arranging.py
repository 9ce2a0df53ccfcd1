"""The order of one's own day: accepted, changed, forgotten; never somebody else's, never for tomorrow."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from kajing.audit.models import AuditRow
from kajing.org.models import Person
from kajing.workflow import selectors, services
from kajing.workflow.models import DayPlace
from tests.factories.customers import customer
from tests.factories.workflow import task

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]


@pytest.fixture
def three(ana: Person, at: datetime) -> list[int]:
    """Tasks of today by work order: must-do, at stake, plain."""
    due = at + timedelta(minutes=5)
    made = [task(ana, customer(ana), due_at=due, **more) for more in ({"must_do": True}, {"value_at_stake": 9_00}, {})]
    return [one.pk for one in made]


def shown(who: Person, at: datetime, by: str = "") -> list[int]:
    return [row.pk for row in selectors.my_day(who, selectors.moment(at), by=by).rows]


def test_chosen_order_stands_and_news_comes_behind(ana, three, at):
    first, second, third = three
    assert shown(ana, at) == three
    services.arrange_day(actor=ana, ids=[third, first], at=at)
    assert shown(ana, at) == [third, first, second]
    news = task(ana, customer(ana), due_at=at + timedelta(minutes=5), must_do=True).pk
    assert shown(ana, at) == [third, first, second, news]
    assert shown(ana, at, "priority") == [first, news, second, third]
    assert AuditRow.objects.get(action="workflow.arrange_day").changes == {"tasks": 3}


def test_accepting_keeps_the_list_as_it_stands(ana, three, at):
    services.arrange_day(actor=ana, ids=[], at=at)
    news = task(ana, customer(ana), due_at=at + timedelta(minutes=5), must_do=True).pk
    assert shown(ana, at) == [*three, news]
    services.forget_order(actor=ana, at=at)
    assert shown(ana, at) == [three[0], news, *three[1:]]
    assert not DayPlace.objects.exists()


def test_an_order_is_for_its_day_and_its_person(ana, ben, three, at):
    services.arrange_day(actor=ana, ids=three[::-1], at=at)
    today = selectors.moment(at).today
    assert not selectors.places_of(ana, today + timedelta(days=1)).exists()
    DayPlace.objects.filter(person=ana).update(day=today - timedelta(days=1))
    assert shown(ana, at) == three
    services.arrange_day(actor=ana, ids=[], at=at)
    assert set(DayPlace.objects.values_list("day", flat=True)) == {today}  # yesterday's is gone
    with pytest.raises(services.CannotArrange):
        services.arrange_day(actor=ben, ids=[three[0]], at=at)
    bens = task(ben, customer(ben), due_at=at + timedelta(minutes=5)).pk
    with pytest.raises(services.CannotArrange):
        services.arrange_day(actor=ana, ids=[bens], at=at)
    assert shown(ben, at) == [bens]


def test_page_arranges_and_goes_back(ana, three, at, sign_in: SignIn):
    browser = sign_in(ana)
    partial = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}
    assert "data-arrange" in browser.get("/").content.decode()
    page = browser.post("/today/order/", {"ids": f"{three[2]},{three[0]}"}, **partial).content.decode()
    places = [page.index(f'id="task-{pk}"') for pk in (three[2], three[0], three[1])]
    assert places == sorted(places)
    assert "我的顺序" in page
    page = browser.post("/today/order/", {"forget": "1"}, **partial).content.decode()
    assert "我的顺序" not in page
    bad = browser.post("/today/order/", {"ids": "99999999"}, **partial)
    assert json.loads(bad.headers["HX-Trigger"])["toast"][0]["tone"] == "bad"
    assert browser.post("/today/order/", {}).status_code == 303


def test_api_arranges_and_forgets(ana, ben, three, at, sign_in: SignIn):
    browser = sign_in(ana)
    body = {"tasks": [three[1]]}
    made = browser.put("/api/v1/day-order", body, content_type="application/json")
    assert made.json() == {"tasks": [three[1], three[0], three[2]]}
    wrong = sign_in(ben).put("/api/v1/day-order", body, content_type="application/json")
    assert wrong.status_code == 422
    assert sign_in(ana).delete("/api/v1/day-order").json() == {"tasks": []}
    assert not DayPlace.objects.exists()
