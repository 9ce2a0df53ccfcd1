"""One task for each of many customers, from the bulk bar of the list."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kajing.customers.services import place_hold
from kajing.notifications.models import Notification
from kajing.org.models import Person
from kajing.queue.worker import Worker
from kajing.records.models import BulkAct
from kajing.records.undo.returning import undo
from kajing.workflow.models import Plan, Playbook, Task
from kajing.workflow.services import plans
from tests.factories.customers import customer
from tests.factories.workflow import task, tasks_for
from tests.tables import differing, tables
from tests.workflow.test_plans import book, step

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
TOLD = ("records", "audit", "queue", "django_session", "org.person")  # the way back is told too
PARTIAL = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}
FILLED = {"title": "讲解年费", "kind": "follow_up", "due_at": "2099-11-30T17:30"}


def test_each_chosen_customer_gets_a_task(ana: Person, sign_in: SignIn) -> None:
    chosen = [customer(ana), customer(ana)]
    browser = sign_in(ana)
    ids = [row.pk for row in chosen]
    asked = browser.post("/tasks/bulk/", {"ids": ids}, **PARTIAL)
    assert asked.status_code == 200
    assert "<html" not in asked.content.decode()
    assert not Task.objects.exists()
    assert browser.post("/tasks/bulk/", {"ids": ids, **FILLED}, **PARTIAL).status_code in {200, 204}
    assert sorted(Task.objects.values_list("customer_id", flat=True)) == sorted(ids)
    assert set(Task.objects.values_list("owner_id", "title")) == {(ana.person_no, "讲解年费")}


def test_customers_of_others_drop_out(ana: Person, ben: Person, sign_in: SignIn) -> None:
    own, foreign = customer(ana), customer(ben)
    sign_in(ana).post("/tasks/bulk/", {"ids": [own.pk, foreign.pk], **FILLED})
    assert list(Task.objects.values_list("customer_id", flat=True)) == [own.pk]
    refused = sign_in(ana).post("/tasks/bulk/", {"ids": [foreign.pk], **FILLED}, **PARTIAL)
    assert refused.status_code == 422
    assert Task.objects.count() == 1


def test_a_leaders_tasks_go_to_the_managers(ana: Person, lee: Person, at: datetime) -> None:
    about = customer(ana)
    more = customer(ana)
    assert tasks_for(lee, [about, more], due_at=at + timedelta(days=1), at=at).done == 2
    assert set(Task.objects.values_list("owner_id", flat=True)) == {ana.person_no}
    (news,) = Notification.objects.filter(person=ana)  # once, not task by task
    assert news.params["count"] == 2


def test_more_than_a_hundred_go_in_the_background_and_back_as_one(ana: Person, at: datetime) -> None:
    chosen = [customer(ana) for _n in range(101)]
    act = tasks_for(ana, chosen, due_at=at + timedelta(days=1), at=at)
    assert (act.state, Task.objects.count()) == ("WORKING", 0)
    worker = Worker()
    worker.work_until_empty()
    worker.life.end()
    act.refresh_from_db()
    assert (act.state, act.done, Task.objects.count()) == ("DONE", 101, 101)
    undo(actor=ana, reversal=act.reversal, at=at)
    assert not Task.objects.exists()


@pytest.mark.usefixtures("rules")
class TestPlans:
    """A playbook for many: tried first, with who is blocked and why, undone as one."""

    @pytest.fixture
    def playbook(self, at: datetime) -> Playbook:
        return book(at, step("1", 0, kind="care"), step("2", 3))

    FORM = {"playbook": "test", "day_zero": (timezone.localdate() + timedelta(days=7)).isoformat()}

    def test_blocked_ones_are_shown_and_the_others_get_their_plan(
        self, ana: Person, at: datetime, playbook: Playbook, sign_in: SignIn
    ) -> None:
        free, busy, dead = customer(ana), customer(ana), customer(ana, name="李未来")
        plans.start_plan(actor=ana, customer=busy, playbook=playbook, day_zero=at.date(), at=at)
        place_hold(actor="system", customer=dead, kind="DECEASED", source="notice:1", at=at)
        before, browser = tables(*TOLD), sign_in(ana)
        asked = {"ids": [free.pk, busy.pk, dead.pk], **self.FORM}
        text = browser.post("/plans/start/", asked, **PARTIAL).content.decode()
        assert "李未来" in text and "BP317" in text and busy.pk in text and 'name="without"' in text
        assert Plan.objects.count() == 1
        assert browser.post("/plans/start/", {**asked, "without": "1"}, **PARTIAL).status_code == 204
        assert Plan.objects.filter(customer=free, state="RUNNING").count() == 1 and Plan.objects.count() == 2
        act = BulkAct.objects.get()
        assert (act.done, act.failed) == (1, 2)
        assert set(act.failures.values_list("object_id", flat=True)) == {busy.pk, dead.pk}
        undo(actor=ana, reversal=act.reversal, at=timezone.now())
        assert differing(before, tables(*TOLD)) == {}

    def test_by_api_tried_and_done(self, ana: Person, ben: Person, playbook: Playbook, sign_in: SignIn) -> None:
        own, foreign, browser = customer(ana), customer(ben), sign_in(ana)

        def post(path: str, **body: object) -> Any:
            given = {"customer_ids": [own.pk, foreign.pk], **body}
            return browser.post(f"/api/v1/{path}", given, content_type="application/json")

        tried = post("plans/for-customers/try", **self.FORM).json()
        assert (tried["asked"], [one["customer_id"] for one in tried["refused"]]) == (2, [foreign.pk])
        assert not Plan.objects.exists()
        made = post("plans/for-customers", **self.FORM)
        assert (made.status_code, made.json()["done"], made.json()["failed"]) == (201, 1, 1)
        assert post("plans/for-customers", playbook="nosuch", day_zero="2026-11-23").status_code == 404
        tasks = post("tasks/for-customers", title="回访", due_at="2099-01-05T10:00:00+08:00")
        assert (tasks.status_code, tasks.json()["done"]) == (201, 1)
        assert post("tasks/for-customers/try", title="回访", due_at="2099-01-05T10:00:00+08:00").json()["tried"] == 2
        assert Task.objects.filter(title="回访", customer=own).count() == 1


def test_one_task_moved_called_off_and_opened_again_by_api(
    ana: Person, ben: Person, at: datetime, sign_in: SignIn
) -> None:
    mine, must, theirs = task(ana), task(ana, must_do=True), task(ben)
    browser = sign_in(ana)

    def post(one: Task, act: str, **body: object) -> Any:
        return browser.post(f"/api/v1/tasks/{one.pk}/{act}", body, content_type="application/json")

    later = "2099-01-05T10:00:00+08:00"
    assert datetime.fromisoformat(post(mine, "due", due_at=later).json()["due_at"]) == datetime.fromisoformat(later)
    assert post(must, "due", due_at=later).status_code == 403
    assert post(theirs, "due", due_at=later).status_code == 404
    assert post(must, "done", outcome="REACHED").json()["state"] == "DONE"
    assert post(must, "reopen").json()["state"] == "OPEN"
    assert post(mine, "cancel", reason="x").status_code == 422
    assert post(mine, "cancel", reason="客户已来过").json()["state"] == "CANCELLED"
    assert post(mine, "cancel", reason="客户已来过").status_code == 409
    mine.refresh_from_db()
    assert mine.outcome_note == "客户已来过"
