"""Acts on many tasks: tried first, row by row told what was refused, in the background above a hundred, undone as one."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from python_calamine import CalamineWorkbook

from kajing.customers.models import TimelineMark
from kajing.lib.errors import NotAllowed
from kajing.notifications.models import Notification
from kajing.org.models import Person
from kajing.queue.models import Job
from kajing.queue.worker import Worker
from kajing.records.models import BulkAct, BulkFailure, Reversal, Tagging
from kajing.records.services import CannotActOnMany, CannotStop, bulk, stop
from kajing.records.undo.returning import undo
from kajing.workflow import services
from kajing.workflow.models import Task
from kajing.workflow.services import many
from tests.factories.customers import customer
from tests.factories.workflow import task
from tests.tables import differing, tables

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
PARTIAL = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}
TOLD = ("notifications.notification",)  # what people were told stays
AHEAD = timedelta(days=400)


def do(who: Person, kind: str, rows: list[Task], **params: Any) -> BulkAct:
    return services.act_on_many(
        actor=who, kind=kind, ids=[one.pk for one in rows], params=params, at=timezone.now()
    )  # fmt: skip


def back(who: Person, act: BulkAct) -> None:
    assert act.reversal is not None
    undo(actor=who, reversal=act.reversal, at=timezone.now())


ACTS = [
    (many.FINISH, {"outcome": "REACHED", "note": "好"}, lambda one: (one.state, one.outcome) == ("DONE", "REACHED")),
    (many.SNOOZE, {"until": "2099-01-01T09:00:00+08:00"}, lambda one: one.snoozed_until.year in (2098, 2099)),
    (many.PRIORITY, {"must_do": True}, lambda one: one.must_do),
    (many.TAG, {"tag": "急"}, lambda one: Tagging.objects.filter(object_id=str(one.pk), kind="task").count() == 1),
    (many.REASSIGN, {"owner": "P-LEE", "reason": "换岗"}, lambda one: one.owner_id == "P-LEE"),
]


@pytest.mark.parametrize(("kind", "params", "is_done"), ACTS, ids=[act[0] for act in ACTS])
def test_every_act_does_all_and_undo_restores_every_table(
    ana: Person, carl: Person, lee: Person, kind: str, params: dict[str, Any], is_done: Any
) -> None:
    rows = [task(ana, customer(ana) if n % 2 else None, due_at=timezone.now() + AHEAD) for n in range(4)]
    if kind == many.TAG:
        task_of_tag = do(lee, many.TAG, rows[:1], tag="急")
        back(lee, task_of_tag)  # the word itself stays known
    before = tables(*TOLD)
    act = do(lee, kind, rows, **params)
    assert (act.state, act.done, act.failed) == ("DONE", 4, 0)
    assert all(is_done(one) for one in Task.objects.all())
    back(lee, act)
    assert differing(before, tables(*TOLD)) == {}


def test_refused_rows_are_told_and_left_alone(ana: Person, ben: Person, lee: Person) -> None:
    good, over, foreign = task(ana), task(ana, state="DONE"), task(ben, customer(ben))
    rows = [good, over, foreign]
    tried = services.look_at_many(
        actor=lee, kind=many.FINISH, ids=[one.pk for one in rows], params={"outcome": "DONE"}, at=timezone.now()
    )  # fmt: skip
    assert set(tried) == {over.pk, foreign.pk}
    good.refresh_from_db()
    assert good.state == "OPEN"  # a look leaves nothing behind
    assert not BulkAct.objects.exists()
    act = do(lee, many.FINISH, rows, outcome="DONE")
    assert (act.done, act.failed) == (1, 2)
    assert set(BulkFailure.objects.values_list("object_id", flat=True)) == {str(over.pk), str(foreign.pk)}
    assert Task.objects.get(pk=foreign.pk).state == "OPEN"


def test_what_a_single_act_forbids_the_bulk_act_forbids(ana: Person, lee: Person) -> None:
    must = task(ana, must_do=True, due_at=timezone.now() + timedelta(days=1))
    assert do(ana, many.SNOOZE, [must], until="2099-01-01T09:00:00+08:00").failed == 1
    assert do(ana, many.PRIORITY, [must], must_do=False).failed == 1
    assert do(lee, many.PRIORITY, [must], must_do=False).done == 1
    with pytest.raises(NotAllowed):
        do(ana, many.REASSIGN, [must], owner="P-LEE")
    with pytest.raises(CannotActOnMany):
        do(ana, many.FINISH, [], outcome="DONE")


def test_handed_on_together_is_one_piece_of_news(ana: Person, carl: Person, lee: Person) -> None:
    do(lee, many.REASSIGN, [task(ana) for _n in range(6)], owner=carl.person_no, reason="换岗")
    news = Notification.objects.get(person=carl)
    assert news.params == {"count": 6}


def test_many_go_in_the_background_and_a_killed_job_goes_on(
    ana: Person, lee: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 5)
    monkeypatch.setattr(bulk, "CHUNK", 5)
    rows = [task(ana, state="DONE" if n % 7 == 3 else "OPEN") for n in range(23)]
    before = tables(*TOLD)
    act = do(lee, many.FINISH, rows, outcome="DONE")
    assert (act.state, act.done) == ("WORKING", 0)
    real, calls = bulk.do_chunk, []

    def dies(**given: Any) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise RuntimeError("killed")
        real(**given)

    monkeypatch.setattr(bulk, "do_chunk", dies)
    Worker().work_until_empty()
    act.refresh_from_db()
    assert act.done + act.failed == 10  # two chunks are safe
    monkeypatch.setattr(bulk, "do_chunk", real)
    Job.objects.update(run_after=timezone.now())
    Worker().work_until_empty()
    act.refresh_from_db()
    assert (act.state, act.done, act.failed) == ("DONE", 20, 3)
    assert BulkFailure.objects.count() == 3
    assert Job.objects.get().result == {"done": 20, "failed": 3}
    back(lee, act)
    assert differing(before, tables(*TOLD)) == {}


def test_stopped_in_the_middle_keeps_what_is_done_for_undo(
    ana: Person, lee: Person, ben: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bulk, "AT_ONCE", 2)
    rows = [task(ana) for _n in range(5)]
    act = do(lee, many.FINISH, rows, outcome="DONE")
    bulk.do_chunk(act=act, actor=lee, ids=[rows[0].pk], at=timezone.now())
    with pytest.raises(NotAllowed):
        stop(actor=ben, act=act, at=timezone.now())
    act = stop(actor=lee, act=act, at=timezone.now())
    assert (act.state, act.done) == ("STOPPED", 1)
    assert Job.objects.get().state == "CANCELLED"
    with pytest.raises(CannotStop):
        stop(actor=lee, act=act, at=timezone.now())
    back(lee, act)
    assert Task.objects.filter(state="OPEN").count() == 5


class TestPages:
    def test_question_refusals_act_page_file_and_undo(self, ana: Person, lee: Person, sign_in: SignIn) -> None:
        good, over = task(ana, title="甲"), task(ana, title="=乙", state="DONE")
        browser, ids = sign_in(lee), {"ids": [good.pk, over.pk], "query": "show=all"}
        assert browser.post("/tasks/many/done/", ids, **PARTIAL).status_code == 200
        form = {**ids, "outcome": "REACHED", "note": ""}
        asked = browser.post("/tasks/many/done/", form, **PARTIAL)
        assert asked.status_code == 422
        assert "=乙" in asked.content.decode() and 'name="without"' in asked.content.decode()
        assert Task.objects.get(pk=good.pk).state == "OPEN"
        done = browser.post("/tasks/many/done/", {**form, "without": "1"}, **PARTIAL)
        act = BulkAct.objects.get()
        assert done["HX-Redirect"] == f"/bulk/{act.pk}/"
        assert "=乙" in browser.get(f"/bulk/{act.pk}/").content.decode()
        rows = list(csv.reader(io.StringIO(browser.get(f"/bulk/{act.pk}/refused.csv").content.decode("utf-8-sig"))))
        assert rows[1][:2] == [str(over.pk), "'=乙"]
        book = CalamineWorkbook.from_filelike(io.BytesIO(browser.get(f"/bulk/{act.pk}/refused.xlsx").content))
        assert book.get_sheet_by_index(0).to_python()[1][0] in (str(over.pk), float(over.pk))
        assert browser.get(f"/bulk/{act.pk}/refused.pdf").status_code == 404
        assert str(act.title_text) in browser.get("/bulk/").content.decode()
        assert browser.post(f"/undo/{act.reversal_id}/do/").status_code == 302
        assert Task.objects.get(pk=good.pk).state == "OPEN"

    def test_all_good_leads_back_to_the_list_with_undo(self, ana: Person, sign_in: SignIn) -> None:
        rows = [task(ana) for _n in range(3)]
        browser = sign_in(ana)
        form = {"all": "1", "query": "whose=mine&show=open", "tag": "急", "off": "0"}
        answer = browser.post("/tasks/many/tag/", form, **PARTIAL)
        assert answer["HX-Redirect"].startswith("/tasks/?")
        assert Tagging.objects.filter(kind="task").count() == len(rows)
        assert f"/undo/{Reversal.objects.get().pk}/do/" in browser.get("/tasks/").content.decode()

    def test_the_quick_ways_of_a_row(self, ana: Person, sign_in: SignIn) -> None:
        one = task(ana, customer(ana))
        browser = sign_in(ana)
        page = browser.get("/tasks/").content.decode()
        assert f'hx-post="/tasks/{one.pk}/done/"' in page
        assert f'hx-get="/tasks/{one.pk}/"' in page
        answer = browser.post(f"/tasks/{one.pk}/done/", {"next": "/tasks/", "version": 1}, **PARTIAL)
        assert answer.status_code == 204
        assert "tasks:changed" in answer["HX-Trigger"]
        assert f"/tasks/{one.pk}/reopen/?from=list" in answer["HX-Trigger"]
        again = browser.post(f"/tasks/{one.pk}/reopen/?from=list", **PARTIAL)
        assert (again.status_code, "tasks:changed" in again["HX-Trigger"]) == (204, True)

    def test_priority_of_one_task(self, ana: Person, sign_in: SignIn) -> None:
        one = task(ana)
        assert (
            sign_in(ana).post(f"/tasks/{one.pk}/priority/", {"must_do": "1", "version": 1}, **PARTIAL).status_code
            == 204
        )
        one.refresh_from_db()
        assert one.must_do
        assert sign_in(ana).post(f"/tasks/{one.pk}/priority/", {"must_do": "0"}, **PARTIAL).status_code == 422


class TestApi:
    def post(self, browser: Client, url: str, body: dict[str, Any]) -> Any:
        return browser.post(url, body, content_type="application/json", headers={"Idempotency-Key": uuid4().hex})

    def test_try_act_and_failures(self, ana: Person, ben: Person, sign_in: SignIn) -> None:
        good, over, foreign = task(ana), task(ana, state="DONE"), task(ben, customer(ben))
        browser = sign_in(ana)
        body = {"act": "done", "ids": [good.pk, over.pk, foreign.pk], "outcome": "reached"}
        tried = self.post(browser, "/api/v1/tasks/many/try", body).json()
        assert (tried["asked"], {one["id"] for one in tried["refused"]}) == (3, {over.pk, foreign.pk})
        made = self.post(browser, "/api/v1/tasks/many", body)
        assert (made.status_code, made.json()["done"], made.json()["failed"]) == (201, 1, 2)
        number = made.json()["id"]
        assert browser.get(f"/api/v1/bulk/{number}").json()["state"] == "DONE"
        assert browser.get(f"/api/v1/bulk/{number}/failures").json()["total"] == 2
        assert sign_in(ben).get(f"/api/v1/bulk/{number}").status_code == 404

    def test_rights_and_limits(self, ana: Person, sign_in: SignIn) -> None:
        browser, one = sign_in(ana), task(ana)
        assert self.post(browser, "/api/v1/tasks/many", {"act": "reassign", "ids": [one.pk]}).status_code == 403
        assert self.post(browser, "/api/v1/tasks/many", {"act": "done", "ids": []}).status_code == 422
        assert (
            self.post(browser, "/api/v1/tasks/many", {"act": "tag", "ids": [one.pk], "tag": "a,b"}).status_code == 422
        )


def test_the_timeline_of_a_bulk_act_goes_with_it(ana: Person) -> None:
    act = do(ana, many.FINISH, [task(ana, customer(ana))], outcome="DONE")
    assert TimelineMark.objects.count() == 1
    back(ana, act)
    assert TimelineMark.objects.count() == 0
    assert datetime.now(tz=timezone.get_current_timezone()) > act.at
