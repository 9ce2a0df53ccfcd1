"""Tasks over the API: the contract's names, the same scopes as the pages."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from kajing.audit.models import Night
from kajing.org.models import Person
from kajing.workflow.models import Task
from tests.factories.customers import customer
from tests.factories.workflow import task

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]


def post(browser: Client, url: str, body: dict[str, Any]) -> Any:
    return browser.post(url, body, content_type="application/json", headers={"Idempotency-Key": uuid4().hex})


def test_the_list_has_the_names_that_stay(ana: Person, sign_in: SignIn) -> None:
    about = customer(ana)
    task(ana, about, reason="欠款")
    found = sign_in(ana).get("/api/v1/tasks").json()
    assert found["total"] == 1
    names = {"id", "title", "reason", "due_at", "source", "customer_id", "owner", "state"}
    assert names <= found["items"][0].keys()
    assert (found["items"][0]["customer_id"], found["items"][0]["owner"]) == (about.pk, ana.person_no)


def test_filters(ana: Person, lee: Person, sign_in: SignIn) -> None:
    task(ana, customer(ana))
    task(ana, state="DONE")
    browser = sign_in(lee)
    assert browser.get("/api/v1/tasks?state=DONE").json()["total"] == 1
    assert browser.get("/api/v1/tasks?due=2026-11-22").json()["total"] == 0
    assert browser.get("/api/v1/tasks?due=2026-11-23").json()["total"] == 1
    assert browser.get(f"/api/v1/tasks?owner={lee.person_no}").json()["total"] == 0


def test_open_and_finish(ana: Person, sign_in: SignIn) -> None:
    about, browser = customer(ana), sign_in(ana)
    made = post(browser, "/api/v1/tasks", {"title": "回访", "due_at": "2026-11-24T10:00:00", "customer_id": about.pk})
    assert made.status_code == 201
    number = made.json()["id"]
    done = post(browser, f"/api/v1/tasks/{number}/done", {"outcome": "REACHED"})
    assert (done.status_code, done.json()["state"]) == (200, "DONE")
    again = post(browser, f"/api/v1/tasks/{number}/done", {"outcome": "REACHED"})
    assert again.status_code == 409


def test_foreign_tasks_and_customers_are_not_there(ana: Person, ben: Person, sign_in: SignIn) -> None:
    theirs, browser = task(ben, customer(ben)), sign_in(ana)
    assert post(browser, f"/api/v1/tasks/{theirs.pk}/done", {"outcome": "DONE"}).status_code == 404
    body = {"title": "x", "due_at": "2026-11-24T10:00:00", "customer_id": theirs.customer_id}
    assert post(browser, "/api/v1/tasks", body).status_code == 404
    assert browser.get("/api/v1/tasks").json()["total"] == 0
    assert Task.objects.count() == 1


def test_a_task_cannot_be_given_to_anybody(ana: Person, ben: Person, sign_in: SignIn) -> None:
    body = {"title": "x", "due_at": "2026-11-24T10:00:00", "owner": ben.person_no}
    assert post(sign_in(ana), "/api/v1/tasks", body).status_code == 404


def test_a_day_that_passed_is_refused_as_on_the_form(ana: Person, sign_in: SignIn) -> None:
    browser, made = sign_in(ana), task(ana)
    mistyped = "2006-11-24T10:00:00"
    for url, body in (
        ("/api/v1/tasks", {"title": "回访", "due_at": mistyped}),
        (f"/api/v1/tasks/{made.pk}/due", {"due_at": mistyped}),
    ):
        answer = post(browser, url, body)
        assert (answer.status_code, answer.json()["detail"]) == (422, "该日期已过，请选择今天或以后的日期。")
    assert list(Task.objects.values_list("pk", "version")) == [(made.pk, made.version)]


def test_a_night_that_is_days_old_makes_its_morning_today(ana: Person, sign_in: SignIn) -> None:
    Night.objects.update(as_of=date(2020, 1, 1))
    page = sign_in(ana).get("/tasks/new/").content.decode()
    assert 'value="2020-01-02T17:30"' in page  # what the form offers, it takes
    answer = sign_in(ana).post("/tasks/new/", {"title": "回访", "kind": "follow_up", "due_at": "2020-01-02T17:30"})
    assert (answer.status_code, Task.objects.count()) == (303, 1)
