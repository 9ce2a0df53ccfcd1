"""Pages and partials of tasks."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.test import Client

from kajing.audit.models import Night
from kajing.org.models import Person
from kajing.workflow.models import Task
from tests.factories.customers import customer
from tests.factories.workflow import task

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
PARTIAL = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}


def test_the_list_shows_my_open_tasks_and_its_filters_are_its_address(
    ana: Person, lee: Person, sign_in: SignIn
) -> None:
    about = customer(ana, name="王小明")
    task(ana, about, title="打电话")
    task(ana, title="写报告", state="DONE")
    task(lee, title="组长自己的")
    page = sign_in(ana).get("/tasks/").content.decode()
    assert "王小明" in page
    assert "打电话" in page
    assert "写报告" not in page
    assert "组长自己的" not in page
    done = sign_in(ana).get("/tasks/?show=done").content.decode()
    assert "写报告" in done
    assert "打电话" not in done
    assert "打电话" in sign_in(lee).get(f"/tasks/?owner={ana.person_no}").content.decode()


def test_a_tick_answers_the_row_with_undo(ana: Person, sign_in: SignIn) -> None:
    made = task(ana, customer(ana))
    answer = sign_in(ana).post(f"/tasks/{made.pk}/done/", {"from": "row", "version": 1}, **PARTIAL)
    body = answer.content.decode().strip()
    assert answer.status_code == 200
    assert body.startswith(f'<li id="task-{made.pk}"')
    assert "<html" not in body
    assert f"/tasks/{made.pk}/reopen/" in answer["HX-Trigger"]
    made.refresh_from_db()
    assert (made.state, made.outcome) == ("DONE", "DONE")


def test_undo_brings_the_row_back_out_of_band(ana: Person, sign_in: SignIn) -> None:
    made = task(ana, customer(ana))
    browser = sign_in(ana)
    browser.post(f"/tasks/{made.pk}/done/", {"from": "row"}, **PARTIAL)
    answer = browser.post(f"/tasks/{made.pk}/reopen/", **PARTIAL)
    assert 'hx-swap-oob="true"' in answer.content.decode()
    made.refresh_from_db()
    assert made.state == "OPEN"


def test_without_script_every_act_leads_back(ana: Person, sign_in: SignIn) -> None:
    made = task(ana)
    answer = sign_in(ana).post(f"/tasks/{made.pk}/done/", {"outcome": "REACHED", "note": "好"})
    assert (answer.status_code, answer["Location"]) == (303, "/tasks/")
    made.refresh_from_db()
    assert (made.outcome, made.outcome_note) == ("REACHED", "好")


def test_the_way_back_is_only_to_our_own_pages(ana: Person, sign_in: SignIn) -> None:
    made = task(ana)
    answer = sign_in(ana).post(f"/tasks/{made.pk}/done/", {"next": "https://evil.example/"})
    assert answer["Location"] == "/tasks/"


def test_a_stale_write_is_409_and_changes_nothing(ana: Person, sign_in: SignIn) -> None:
    made = task(ana, version=3)
    answer = sign_in(ana).post(f"/tasks/{made.pk}/done/", {"version": 2}, **PARTIAL)
    assert answer.status_code == 409
    assert "<html" not in answer.content.decode()
    made.refresh_from_db()
    assert made.state == "OPEN"


def test_a_refusal_stays_in_the_form(ana: Person, sign_in: SignIn) -> None:
    made = task(ana, must_do=True)
    answer = sign_in(ana).post(f"/tasks/{made.pk}/cancel/", {"reason": "不想做"}, **PARTIAL)
    assert answer.status_code == 422
    assert "不想做" in answer.content.decode()


@pytest.mark.parametrize("act", ["", "done/", "snooze/", "due/", "cancel/", "reopen/", "wake/"])
def test_a_strangers_task_is_not_there(ana: Person, ben: Person, sign_in: SignIn, act: str) -> None:
    made = task(ana, customer(ana))
    browser = sign_in(ben)
    answer = browser.post(f"/tasks/{made.pk}/{act}") if act else browser.get(f"/tasks/{made.pk}/")
    assert answer.status_code == 404


def test_snooze_by_a_choice_hides_the_task(ana: Person, at: datetime, sign_in: SignIn) -> None:
    made = task(ana, due_at=at + timedelta(days=30))
    sign_in(ana).post(f"/tasks/{made.pk}/snooze/", {"way": "tomorrow", "version": 1}, **PARTIAL)
    made.refresh_from_db()
    assert made.snoozed_until is not None
    assert made.snoozed_until.astimezone(at.tzinfo).isoformat() == "2026-11-24T09:00:00+08:00"


def test_a_new_task_for_a_customer(ana: Person, sign_in: SignIn, rules: None) -> None:
    about = customer(ana)
    form = {"title": "回访", "customer": about.pk, "kind": "care", "due_at": "2099-11-30T10:00"}
    answer = sign_in(ana).post("/tasks/new/", form)
    assert answer.status_code == 303
    made = Task.objects.get()
    assert (made.customer, made.owner, made.kind) == (about, ana, "care")
    assert sign_in(ana).post("/tasks/new/", form | {"title": ""}).status_code == 422


def test_a_new_task_about_a_strangers_customer_is_not_possible(ana: Person, ben: Person, sign_in: SignIn) -> None:
    form = {"title": "x", "customer": customer(ben).pk, "kind": "care", "due_at": "2099-11-30T10:00"}
    answer = sign_in(ana).post("/tasks/new/", form | {"title": "别丢了我的话"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "没有这个客户号" in page
    assert "别丢了我的话" in page
    assert not Task.objects.exists()


@pytest.mark.parametrize("url", ["/tasks/new/", "/tasks/bulk/"])
def test_a_new_task_is_not_due_on_a_day_that_passed(ana: Person, sign_in: SignIn, rules: None, url: str) -> None:
    form = {"title": "x", "kind": "follow_up", "due_at": "2020-01-01T10:00", "ids": [customer(ana).pk]}
    answer = sign_in(ana).post(url, form, **PARTIAL)
    assert answer.status_code == 422
    assert "该日期已过" in answer.content.decode()
    assert not Task.objects.exists()


def test_a_new_task_is_due_today_as_pages_count_it(ana: Person, sign_in: SignIn, rules: None, as_of: date) -> None:
    Night.objects.update(as_of=as_of - timedelta(days=3000))  # nights behind the calendar
    browser = sign_in(ana)
    offered = str(browser.get("/tasks/new/").context["form"]["due_at"].value())
    today = as_of - timedelta(days=2999)
    assert offered.startswith(today.isoformat())
    form = {"title": "写报告", "kind": "follow_up", "due_at": f"{today}T18:00"}
    assert browser.post("/tasks/new/", form).status_code == 303
    made = Task.objects.get()
    assert browser.post(f"/tasks/{made.pk}/due/", {"due_at": f"{today}T19:00", "version": 1}).status_code == 303
    yesterday = {"due_at": f"{today - timedelta(days=1)}T18:00", "version": 2}
    assert browser.post(f"/tasks/{made.pk}/due/", yesterday).status_code == 422


def test_a_form_that_is_the_page_leaves_it_when_done(ana: Person, sign_in: SignIn) -> None:
    form = {"title": "写报告", "kind": "follow_up", "due_at": "2099-11-30T10:00"}
    browser = sign_in(ana)
    answer = browser.post("/tasks/new/", form, **PARTIAL, HTTP_HX_CURRENT_URL="http://testserver/tasks/new/")
    assert '"page:leave"' in answer.headers["HX-Trigger"]
    assert "任务已建立" in browser.get("/tasks/").content.decode()
    answer = browser.post("/tasks/new/", form, **PARTIAL, HTTP_HX_CURRENT_URL="http://testserver/tasks/")
    assert '"dialog:close"' in answer.headers["HX-Trigger"]


def test_a_leader_gives_and_hands_on(ana: Person, lee: Person, sign_in: SignIn) -> None:
    browser = sign_in(lee)
    form = {"title": "x", "kind": "care", "due_at": "2099-11-30T10:00", "owner": ana.person_no}
    assert browser.post("/tasks/new/", form).status_code == 303
    made = Task.objects.get()
    assert made.owner == ana
    browser.post(f"/tasks/{made.pk}/reassign/", {"owner": lee.person_no, "version": 1}, **PARTIAL)
    made.refresh_from_db()
    assert made.owner == lee


def test_names_are_masked_for_who_may_not_know_them(ana: Person, service: Person, sign_in: SignIn) -> None:
    made = task(ana, customer(ana, name="王小明"))
    page = sign_in(service).get(f"/tasks/{made.pk}/").content.decode()
    assert "王**" in page
    assert "王小明" not in page


def test_the_list_costs_few_queries(ana: Person, sign_in: SignIn, django_assert_max_num_queries) -> None:  # type: ignore[no-untyped-def]
    for _turn in range(30):
        task(ana, customer(ana))
    browser = sign_in(ana)
    browser.get("/tasks/")
    with django_assert_max_num_queries(12):
        assert browser.get("/tasks/").status_code == 200
