"""Accept, later, not a fit, undo: by page and by API."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client

from kajing.audit.models import AuditRow
from kajing.contact.services import ContactRefused
from kajing.org.models import Person
from kajing.sales.models import Suggestion
from kajing.sales.services import AlreadyDecided, CannotDecide, accept, put_off, reject, take_back
from kajing.workflow.models import Task
from tests.factories.customers import customer, figures
from tests.factories.sales import action, suggestion

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
PARTIAL = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}


def test_accepting_opens_a_task_and_leaves_a_trace(ana: Person, at: datetime) -> None:
    one = suggestion(customer(ana))
    task = accept(actor=ana, suggestion=one, due_at=at + timedelta(hours=4), at=at)
    one.refresh_from_db()
    assert (task.owner, task.customer_id, task.source, one.state, one.task) == (
        ana, one.customer_id, f"suggestion:{one.pk}", "ACCEPTED", task,
    )  # fmt: skip
    assert AuditRow.objects.filter(action="sales.accepted", object_id=str(one.pk)).exists()
    assert one.customer.marks.filter(kind="suggestion").exists()
    with pytest.raises(AlreadyDecided):
        accept(actor=ana, suggestion=one, due_at=at, at=at)


def test_an_offer_is_a_call_that_asks_for_consent(ana: Person, at: datetime) -> None:
    one = suggestion(customer(ana), action("instalment_offer"))
    with pytest.raises(ContactRefused) as refused:
        accept(actor=ana, suggestion=one, due_at=at + timedelta(hours=4), at=at)
    assert refused.value.answer.code == "CONSENT"
    one.refresh_from_db()
    assert (one.state, Task.objects.count()) == ("OPEN", 0)


def test_when_the_hours_are_over_the_task_is_due_on_the_next_day(ana: Person, at: datetime) -> None:
    late = at.replace(hour=21, minute=40)
    task = accept(actor=ana, suggestion=suggestion(customer(ana)), due_at=None, at=late)
    assert task.due_at == (at + timedelta(days=1)).replace(hour=18, minute=0)
    by_day = accept(actor=ana, suggestion=suggestion(customer(ana)), due_at=None, at=at)
    assert by_day.due_at == at.replace(hour=18, minute=0)


def test_a_leader_accepts_for_the_manager(ana: Person, lee: Person, at: datetime) -> None:
    one = suggestion(customer(ana))
    assert accept(actor=lee, suggestion=one, due_at=at + timedelta(hours=4), at=at).owner == ana


def test_a_stranger_decides_nothing(ana: Person, ben: Person, at: datetime) -> None:
    one = suggestion(customer(ana))
    with pytest.raises(AlreadyDecided):
        reject(actor=ben, suggestion=one, reason="HAS_IT", at=at)


def test_what_is_missing_is_said(ana: Person, at: datetime) -> None:
    one = suggestion(customer(ana))
    with pytest.raises(CannotDecide):
        reject(actor=ana, suggestion=one, reason="NO_SUCH", at=at)
    with pytest.raises(CannotDecide):
        reject(actor=ana, suggestion=one, reason="OTHER", note="  ", at=at)
    with pytest.raises(CannotDecide):
        put_off(actor=ana, suggestion=one, until=at.date() - timedelta(days=400), at=at)
    one.refresh_from_db()
    assert one.state == "OPEN"


def test_a_card_number_in_the_note_is_masked(ana: Person, at: datetime) -> None:
    one = suggestion(customer(ana))
    reject(actor=ana, suggestion=one, reason="OTHER", note="card 4111111111111111 lost", at=at)
    one.refresh_from_db()
    assert "1111111111" not in one.note


def test_taking_back_calls_the_task_off(ana: Person, lee: Person, at: datetime) -> None:
    one = suggestion(customer(ana))
    task = accept(actor=ana, suggestion=one, due_at=at + timedelta(hours=4), at=at)
    with pytest.raises(AlreadyDecided):
        take_back(actor=lee, suggestion=one, at=at)
    take_back(actor=ana, suggestion=one, at=at + timedelta(minutes=5))
    one.refresh_from_db()
    task.refresh_from_db()
    assert (one.state, one.decided_by, one.task, task.state) == ("OPEN", "", None, Task.State.CANCELLED)
    reject(actor=ana, suggestion=one, reason="HAS_IT", at=at)
    with pytest.raises(AlreadyDecided):
        take_back(actor=ana, suggestion=one, at=at + timedelta(hours=1))


def test_the_pages_decide(ana: Person, sign_in: SignIn) -> None:
    who = customer(ana)
    figures(who)
    one = suggestion(who, action("first_use", purpose="SERVICE"))  # no rule of hours binds a service call
    browser = sign_in(ana)
    page = browser.get(f"/sales/customers/{who.pk}/panel/").content.decode()
    assert f"/sales/suggestions/{one.pk}/accept/" in page
    page = browser.get(f"/sales/customers/{who.pk}/").content.decode()
    assert "/accept/" in page, "where one reads why, one decides too"
    assert browser.get(f"/sales/suggestions/{one.pk}/reject/", **PARTIAL).status_code == 200
    wrong = browser.post(f"/sales/suggestions/{one.pk}/reject/", {"reason": "OTHER"}, **PARTIAL)
    assert wrong.status_code == 422
    answer = browser.post(f"/sales/suggestions/{one.pk}/accept/", **PARTIAL)
    assert answer.status_code == 204
    assert f"/sales/suggestions/{one.pk}/undo/" in answer["HX-Trigger"]
    undone = browser.post(f"/sales/suggestions/{one.pk}/undo/", **PARTIAL)
    assert undone["HX-Refresh"] == "true"
    assert Suggestion.objects.get(pk=one.pk).state == "OPEN"


def test_the_catalogue_shows_and_is_shaped(admin: Person, lee: Person, sign_in: SignIn) -> None:
    assert "Birthday wishes" in sign_in(lee).get("/sales/actions/", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    assert sign_in(lee).get("/sales/actions/birthday/").status_code == 403
    browser = sign_in(admin)
    wrong = browser.post("/sales/actions/birthday/", {"lever": "9", "rest_days": "1", "reason": "why"})
    assert wrong.status_code == 422
    right = browser.post("/sales/actions/birthday/", {"lever": "2", "rest_days": "1", "reason": "why", "enabled": "on"})
    assert right.status_code == 303


def test_the_api_says_and_does_the_same(ana: Person, ben: Person, sign_in: SignIn) -> None:
    who = customer(ana)
    figures(who)
    one = suggestion(who)
    theirs = suggestion(customer(ben))
    browser = sign_in(ana)
    listed = browser.get("/api/v1/suggestions").json()["items"]
    assert [row["id"] for row in listed] == [one.pk]
    told = browser.get(f"/api/v1/customers/{who.pk}/actions").json()
    assert {row["verdict"] for row in told} >= {"NOT_ELIGIBLE"}
    assert browser.get(f"/api/v1/customers/{theirs.customer_id}/actions").status_code == 404
    bad = browser.post(f"/api/v1/suggestions/{one.pk}/reject", {"reason": "NOPE"}, content_type="application/json")
    assert bad.status_code == 422
    done = browser.post(
        f"/api/v1/suggestions/{one.pk}/reject", {"reason": "HAS_IT"}, content_type="application/json"
    ).json()
    assert done["state"] == "REJECTED"
    gone = browser.post(f"/api/v1/suggestions/{theirs.pk}/accept", {}, content_type="application/json")
    assert gone.status_code == 404


def test_a_decision_is_taken_back_by_api_by_who_made_it(ana: Person, lee: Person, ben: Person, sign_in: SignIn) -> None:
    one = suggestion(customer(ana))
    path = f"/api/v1/suggestions/{one.pk}"
    mine = sign_in(ana)
    assert mine.post(f"{path}/take-back", {}, content_type="application/json").status_code == 409  # nothing decided
    assert mine.post(f"{path}/accept", {}, content_type="application/json").json()["state"] == "ACCEPTED"
    assert sign_in(lee).post(f"{path}/take-back", {}, content_type="application/json").status_code == 409
    assert sign_in(ben).post(f"{path}/take-back", {}, content_type="application/json").status_code == 404
    back = mine.post(f"{path}/take-back", {}, content_type="application/json").json()
    assert (back["state"], back["task_id"]) == ("OPEN", None)
    assert Task.objects.get().state == "CANCELLED"


def test_the_catalogue_is_read_and_shaped_by_api(ana: Person, admin: Person, sign_in: SignIn) -> None:
    suggestion(customer(ana), action("instalment_offer"))
    shapes = sign_in(admin)
    path = "/api/v1/actions/instalment_offer"
    body = {"enabled": False, "lever": 1.5, "rest_days": 30, "reason": "Board of November"}
    for wrong in (
        {"lever": 6},
        {"lever": "much"},
        {"rest_days": -1},
        {"reason": " "},
        {"prior_rate": 1},
        {"enabled": "?"},
    ):
        assert shapes.put(path, body | wrong, content_type="application/json").status_code == 422, wrong
    told = shapes.put(path, body, content_type="application/json").json()
    assert (told["enabled"], told["lever"], told["rest_days"], told["open"]) == (False, 1.5, 30, 0)
    again = shapes.put(path, body, content_type="application/json").json()
    assert again["version"] == told["version"]  # the same again is no change
    assert AuditRow.objects.filter(action="sales.shape_action").count() == 1
    assert shapes.put(f"{path}x", body, content_type="application/json").status_code == 404
    assert sign_in(ana).put(path, body, content_type="application/json").status_code == 403
