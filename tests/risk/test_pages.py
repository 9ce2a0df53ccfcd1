"""Pages, panel and API of alerts."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from kajing.org.models import Person
from tests.factories.customers import customer, figures
from tests.factories.risk import alert

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
PARTIAL = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}
REASON = {"code": "missed_payment", "value": 8.0, "usual": 0.0, "window": 365, "params": {"overdue_amount": 128_450}}


def test_the_list_filters_by_state_level_and_rule(ana: Person, sign_in: SignIn) -> None:
    alert(customer(ana, name="王小明"), severity="L2", reasons=[REASON])
    alert(customer(ana, name="李雷"), "silence", severity="L4", reasons=[])
    alert(customer(ana, name="韩梅"), state="DISMISSED", reasons=[])
    browser = sign_in(ana)

    def shown(query: str) -> set[str]:
        page = browser.get(f"/risk/?{query}").content.decode()
        return {name for name in ("王小明", "李雷", "韩梅") if name in page}

    assert shown("") == {"王小明", "李雷"}
    assert shown("severity=L3%2B") == {"李雷"}
    assert shown("rule=missed_payment") == {"王小明"}
    assert shown("state=DISMISSED") == {"韩梅"}
    assert shown("state=ALL") == {"王小明", "李雷", "韩梅"}


def test_the_detail_shows_value_beside_usual_and_what_may_be_said(ana: Person, sign_in: SignIn) -> None:
    made = alert(customer(ana), reasons=[REASON])
    page = sign_in(ana).get(f"/risk/{made.pk}/").content.decode()
    assert "¥1,284.50" in page
    assert "您的最低还款尚未到账" in page
    part = sign_in(ana).get(f"/risk/{made.pk}/", **PARTIAL).content.decode().strip()
    assert part.startswith('<section class="card" id="alert-detail"')


def test_a_decision_is_recorded_and_a_missing_reason_stays_in_the_form(ana: Person, sign_in: SignIn) -> None:
    made, browser = alert(customer(ana), reasons=[REASON], severity="L2"), sign_in(ana)
    refused = browser.post(f"/risk/{made.pk}/close/", {"state": "DISMISSED", "outcome": "FALSE"}, **PARTIAL)
    assert refused.status_code == 422
    done = browser.post(f"/risk/{made.pk}/close/", {"state": "DISMISSED", "outcome": "FALSE", "reason": "本人"})
    assert done.status_code == 303
    made.refresh_from_db()
    assert (made.state, made.outcome, made.closed_by) == ("DISMISSED", "FALSE", ana.person_no)


def test_strangers_alerts_are_not_there(ana: Person, ben: Person, sign_in: SignIn) -> None:
    made = alert(customer(ana), reasons=[REASON])
    browser = sign_in(ben)
    assert browser.get(f"/risk/{made.pk}/").status_code == 404
    assert browser.post(f"/risk/{made.pk}/close/", {}).status_code == 404
    assert browser.get("/api/v1/alerts").json()["total"] == 0


def test_the_api_has_the_names_that_stay(ana: Person, sign_in: SignIn) -> None:
    about = customer(ana)
    alert(about, reasons=[REASON], account_id="A1")
    found = sign_in(ana).get("/api/v1/alerts?state=OPEN&rule=missed_payment").json()["items"][0]
    names = {"id", "rule", "customer_id", "account_id", "raised_on", "severity", "reasons"}
    assert names <= found.keys()
    assert found["reasons"][0].keys() == {"text", "value", "usual", "window", "unless"}
    assert (found["customer_id"], found["reasons"][0]["value"]) == (about.pk, 8)
    assert "¥1,284.50" in found["reasons"][0]["text"]


def test_open_alerts_stand_on_the_customers_page(ana: Person, sign_in: SignIn) -> None:
    about = customer(ana)
    figures(about)
    alert(about, reasons=[REASON])
    page = sign_in(ana).get(f"/customers/{about.pk}/").content.decode()
    assert 'id="panel-alerts"' in page
    assert 'id="panel-tasks"' in page


def test_the_list_costs_few_queries(ana: Person, sign_in: SignIn, django_assert_max_num_queries: Any) -> None:
    for _turn in range(30):
        alert(customer(ana), reasons=[REASON])
    browser = sign_in(ana)
    browser.get("/risk/")
    with django_assert_max_num_queries(12):
        assert browser.get("/risk/").status_code == 200
