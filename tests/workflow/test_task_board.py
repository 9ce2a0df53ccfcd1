"""The board of tasks: columns under the list's filters, what a drop does, asks or refuses, and the API's columns."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kajing.audit.models import AuditRow
from kajing.org.models import Person
from kajing.records.lists import ListState
from kajing.workflow.models import Task
from kajing.workflow.task_list import TASK_BOARD, TASKS
from tests.factories.customers import customer
from tests.factories.workflow import task
from tests.workflow.test_gates import gate, move

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
PARTIAL = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}
NOW = datetime.fromisoformat("2026-11-23T09:00:00+08:00")
ALL = "/tasks/board/?whose=mine&show=all"


def drop(client: Client, one: Task, to: str, **more: Any) -> Any:
    """A card dropped into a column, as the script sends it."""
    return client.post("/tasks/board/move/", {"card": one.pk, "to": to, **more}, **PARTIAL)


def told(answer: Any) -> dict[str, Any]:
    """The toast of an answer."""
    found: dict[str, Any] = json.loads(answer.headers["HX-Trigger"])["toast"][0]
    return found


class TestColumns:
    def test_count_sum_first_cards_and_budget(self, ana: Person, ben: Person, sign_in: SignIn) -> None:
        own = customer(ana)
        for place in range(33):
            task(ana, about=own, due_at=NOW + timedelta(hours=place), value_at_stake=1_000_00)
        for state in ("DONE", "CANCELLED"):
            for _each in range(31):
                task(ana, state=state, done_at=NOW, done_by=ana.person_no, value_at_stake=200_00)
        task(ben)
        client = sign_in(ana)
        client.get(ALL)
        with CaptureQueriesContext(connection) as queries:
            page = client.get(ALL).content.decode()
        assert len(queries) <= 12, [q["sql"][:90] for q in queries]
        assert page.count("data-card=") == 90 and page.count("还有 3 项") == 1 and page.count("还有 1 项") == 2
        assert "¥3.3万" in page and page.count("¥6,200") == 2
        assert page.count("<") - page.count("</") < 1500

    def test_the_rest_of_a_column_is_the_list_under_the_same_filters(self, ana: Person, sign_in: SignIn) -> None:
        for place in range(31):
            task(ana, title=f"第 {place} 件", must_do=place < 30)
        task(ana, must_do=True, state="DONE", done_at=NOW)
        page = sign_in(ana).get(f"{ALL}&where=not must_do = 0 or title ~ 第").content.decode()
        assert "还有 1 项" in page
        rest = page.split("还有 1 项")[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
        assert rest.startswith("/tasks/?") and "layout" not in rest
        assert sign_in(ana).get(rest).content.decode().count('name="ids"') == 25

    def test_open_cards_stand_in_the_order_of_work_and_ended_ones_by_when(self, ana: Person) -> None:
        late = task(ana, due_at=NOW + timedelta(days=9))
        must = task(ana, due_at=NOW + timedelta(days=9), must_do=True)
        old = task(ana, state="DONE", done_at=NOW - timedelta(days=2))
        new = task(ana, state="DONE", done_at=NOW - timedelta(days=1))
        from kajing.records.lists import Context
        from kajing.records.selectors import tallies

        found = {one.state: list(one.keys) for one in tallies(TASK_BOARD, TASKS.narrowed({}, Context(ana, NOW.date())))}
        assert found == {"OPEN": [must.pk, late.pk], "DONE": [new.pk, old.pk], "CANCELLED": []}

    def test_a_column_that_the_filter_leaves_out_says_so(self, ana: Person, sign_in: SignIn) -> None:
        task(ana)
        task(ana, state="DONE", done_at=NOW)
        client = sign_in(ana)
        page = client.get("/tasks/board/?whose=mine&show=open").content.decode()
        assert page.count("当前筛选不含这些") == 2 and "show=all" in page
        assert "当前筛选不含这些" not in client.get(ALL).content.decode()

    def test_list_and_board_keep_each_others_filters(self, ana: Person, sign_in: SignIn) -> None:
        task(ana, must_do=True)
        client = sign_in(ana)
        page = client.get("/tasks/?must_do=1").content.decode()
        assert "/tasks/board/?must_do=1" in page
        page = client.get("/tasks/board/?must_do=1").content.decode()
        assert 'href="/tasks/?must_do=1&amp;order=work"' in page
        answer = client.post(
            "/views/tasks/filters/", {"query": "must_do=1&layout=board", "must_do": "1", "kind": "call"}, **PARTIAL
        )
        assert answer.headers["HX-Redirect"].startswith("/tasks/board/?")
        assert ListState().layout == ""

    def test_views_are_shaped_from_the_board_and_lead_back_to_it(self, ana: Person, sign_in: SignIn) -> None:
        client = sign_in(ana)
        saved = client.post(
            "/views/tasks/manage/", {"query": "kind=call&layout=board", "name": "电话", "audience": "MINE"}, **PARTIAL
        ).headers["HX-Redirect"]
        pk = saved.rpartition("=")[2]
        assert saved == f"/tasks/board/?view={pk}"
        page = client.get("/views/tasks/manage/?layout=board", **PARTIAL).content.decode()
        assert page.count('name="query" value="layout=board"') >= 3
        here = {"query": "layout=board"}
        assert client.post(f"/views/view/{pk}/rename/", {**here, "name": "通话"}).headers["Location"] == saved
        assert client.post(f"/views/view/{pk}/star/", here).headers["Location"] == saved
        assert client.post(f"/views/view/{pk}/delete/", here).headers["Location"] == "/tasks/board/"
        assert 'value="layout=' not in client.get("/views/tasks/manage/", **PARTIAL).content.decode()


class TestDrop:
    def test_done_at_once_with_undo(self, ana: Person, sign_in: SignIn) -> None:
        one, client = task(ana), sign_in(ana)
        answer = drop(client, one, "DONE", version=1)
        one.refresh_from_db()
        assert (answer.status_code, one.state, one.outcome) == (204, "DONE", "DONE")
        assert "tasks:changed" in answer.headers["HX-Trigger"]
        assert client.post(told(answer)["undo"], **PARTIAL).status_code == 204
        one.refresh_from_db()
        assert one.state == "OPEN"

    def test_back_again_by_who_did_it_within_the_half_hour(self, ana: Person, ben: Person, sign_in: SignIn) -> None:
        mine = task(ana, state="DONE", done_at=timezone.now(), done_by=ana.person_no)
        late = task(ana, state="DONE", done_at=timezone.now() - timedelta(hours=1), done_by=ana.person_no)
        client = sign_in(ana)
        page = client.get(ALL).content.decode()
        assert page.count('data-to="OPEN"') == 1
        assert drop(client, mine, "OPEN").status_code == 204 and told(drop(client, late, "OPEN"))["tone"] == "bad"
        assert [Task.objects.get(pk=one.pk).state for one in (mine, late)] == ["OPEN", "DONE"]

    def test_calling_off_asks_why(self, ana: Person, sign_in: SignIn) -> None:
        one, client = task(ana), sign_in(ana)
        answer = drop(client, one, "CANCELLED")
        assert answer.status_code == 200 and 'name="reason"' in answer.content.decode()
        one.refresh_from_db()
        assert one.state == "OPEN"
        assert (
            client.post(f"/tasks/{one.pk}/cancel/", {"reason": "客户已销卡", "version": 1}, **PARTIAL).status_code
            == 204
        )
        one.refresh_from_db()
        assert one.state == "CANCELLED"

    def test_a_must_do_task_is_not_called_off_by_its_owner(self, ana: Person, lee: Person, sign_in: SignIn) -> None:
        one = task(ana, must_do=True)
        rows = AuditRow.objects.count()
        answer = drop(sign_in(ana), one, "CANCELLED")
        assert told(answer)["tone"] == "bad" and answer.status_code == 204
        one.refresh_from_db()
        assert (one.state, one.version, AuditRow.objects.filter(action="workflow.cancel").count()) == ("OPEN", 1, 0)
        assert AuditRow.objects.count() >= rows
        assert drop(sign_in(lee), one, "CANCELLED").status_code == 200

    def test_the_gate_narrows_and_says_why(self, ana: Person, sign_in: SignIn, at: datetime) -> None:
        gate("task", move("CANCELLED"), move("DONE", roles=["LEADER"]), at=at)
        one, client = task(ana), sign_in(ana)
        assert 'data-to="CANCELLED"' in client.get(ALL).content.decode()
        answer = drop(client, one, "DONE")
        assert answer.status_code == 204 and told(answer)["tone"] == "bad" and len(told(answer)["text"]) > 8
        one.refresh_from_db()
        assert one.state == "OPEN"

    def test_what_the_gate_wants_is_asked_in_its_dialog(self, ana: Person, sign_in: SignIn, at: datetime) -> None:
        gate("task", move("DONE", note=True, files=1), at=at)
        one, client = task(ana), sign_in(ana)
        answer = drop(client, one, "DONE")
        page = answer.content.decode()
        assert answer.status_code == 200 and f"/moves/task/{one.pk}/DONE/" in page
        assert 'name="note"' in page and 'type="file"' in page and 'name="given_outcome"' in page

    def test_an_open_gate_asks_nothing(self, ana: Person, sign_in: SignIn, at: datetime) -> None:
        gate("task", move("DONE"), at=at)
        one = task(ana)
        assert drop(sign_in(ana), one, "DONE").status_code == 204
        one.refresh_from_db()
        assert one.state == "DONE"

    def test_a_stale_card_changes_nothing(self, ana: Person, sign_in: SignIn) -> None:
        one = task(ana)
        Task.objects.filter(pk=one.pk).update(version=3)
        for to in ("DONE", "CANCELLED"):
            assert drop(sign_in(ana), one, to, version=1).status_code == 409
        one.refresh_from_db()
        assert one.state == "OPEN"

    def test_what_is_not_there_and_where_nothing_goes(self, ana: Person, ben: Person, sign_in: SignIn) -> None:
        client, foreign = sign_in(ana), task(ben)
        assert drop(client, foreign, "DONE").status_code == 404
        assert client.post("/tasks/board/move/", {"card": "x", "to": "DONE"}).status_code == 404
        over = task(ana, state="CANCELLED", done_at=NOW)
        assert told(drop(client, over, "DONE"))["tone"] == told(drop(client, over, "X"))["tone"] == "bad"
        assert Task.objects.get(pk=over.pk).state == "CANCELLED"


def test_columns_over_the_api(ana: Person, sign_in: SignIn) -> None:
    one = task(ana, value_at_stake=500_00)
    over = task(ana, state="DONE", done_at=NOW)
    found = {row["state"]: row for row in sign_in(ana).get("/api/v1/tasks/board?show=all").json()}
    assert found["OPEN"] == {"state": "OPEN", "count": 1, "value_at_stake": 500_00, "first": [one.pk]}
    assert (found["DONE"]["first"], found["CANCELLED"]["count"]) == ([over.pk], 0)
    assert sign_in(ana).get("/api/v1/tasks/board?show=x").status_code == 422
