"""The task list: views, filters and conditions, the order of work, own fields and tags, and the list as a file."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from python_calamine import CalamineWorkbook

from kajing.audit.models import AuditRow
from kajing.customers.models import ExportRequest
from kajing.customers.services import exports
from kajing.lib.errors import NotAllowed
from kajing.org.models import Person
from kajing.records import services as records
from kajing.records.lists import Context, ListState, page
from kajing.records.models import FieldValue, Tagging
from kajing.records.selectors import listing, selection
from kajing.workflow.models import ApprovalRequest, Task
from kajing.workflow.selectors import in_work_order, moment, tasks
from kajing.workflow.task_list import TASKS
from tests.factories.customers import customer
from tests.factories.records import field
from tests.factories.workflow import task

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
PARTIAL = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}


def found(who: Person, text: str = "", at: datetime | None = None, **query: str) -> list[int]:
    """Keys of the list under a condition and filters, in the order of work."""
    who = Person.objects.get(pk=who.pk)  # as the next request meets them
    asked = {name: [value] for name, value in query.items()} | ({"where": [text]} if text else {})
    shown = page(TASKS, ListState(query=asked, limit=200), Context(who, moment(at).today if at else moment(NOW).today))
    return [row.pk for row in shown.rows]


NOW = datetime.fromisoformat("2026-11-23T09:00:00+08:00")


class TestOrder:
    def test_pages_go_in_the_order_of_the_workbench(self, ana: Person) -> None:
        for place in range(40):
            task(
                ana, due_at=NOW + timedelta(hours=(place * 7) % 60), must_do=place % 5 == 0,
                severity=("", "L1", "L3", "L5")[place % 4], value_at_stake=(None, 500, 120_000, 10**13)[place % 4],
            )  # fmt: skip
        shown: list[int] = []
        state = ListState(order="work", limit=7)
        while True:
            one = page(TASKS, state, Context(ana, NOW.date()))
            shown += [row.pk for row in one.rows]
            if not one.next:
                break
            state = ListState(order="work", limit=7, cursor=one.next)
        wanted = [one.pk for one in in_work_order(tasks(ana), moment(NOW))]
        assert shown == wanted

    def test_back_again(self, ana: Person) -> None:
        for place in range(9):
            task(ana, due_at=NOW + timedelta(hours=place))
        first = page(TASKS, ListState(order="work", limit=4), Context(ana, NOW.date()))
        second = page(TASKS, ListState(order="work", limit=4, cursor=first.next), Context(ana, NOW.date()))
        back = page(TASKS, ListState(order="work", limit=4, cursor=second.previous), Context(ana, NOW.date()))
        assert [row.pk for row in back.rows] == [row.pk for row in first.rows]


class TestFilters:
    def test_where_tasks_stand(self, ana: Person, ben: Person, lee: Person) -> None:
        late = task(ana, due_at=NOW - timedelta(days=1))
        later = task(ana, due_at=NOW + timedelta(days=3), must_do=True)
        asleep = task(ana, due_at=NOW + timedelta(days=3), snoozed_until=NOW + timedelta(days=1))
        over = task(ana, state="DONE", done_at=NOW - timedelta(days=9), outcome="REACHED")
        task(ben)
        assert found(ana, show="overdue") == [late.pk]
        assert found(ana, show="open") == [late.pk, later.pk]
        assert found(ana, show="snoozed") == [asleep.pk]
        assert found(ana, show="done") == [over.pk]
        assert set(found(ana)) == {late.pk, later.pk, asleep.pk, over.pk}
        assert found(lee, whose="mine") == []
        assert found(lee, show="overdue", owner=ana.person_no) == [late.pk]

    def test_conditions(self, ana: Person) -> None:
        who = customer(ana, name="王小明")
        call = task(ana, who, kind="call", title="打电话", source="alert:7", value_at_stake=120_000, due_at=NOW)
        other = task(ana, title="写报告", due_at=NOW + timedelta(days=2), must_do=True)
        assert found(ana, "kind = call and value > 1000") == [call.pk]
        assert found(ana, "due = today") == [call.pk]
        assert found(ana, "due after today") == [other.pk]
        assert found(ana, "due <= tomorrow") == [call.pk]
        assert found(ana, "must_do and not about_customer") == [other.pk]
        assert found(ana, 'title contains "报告"') == [other.pk]
        assert found(ana, "source = alert") == [call.pk]
        assert set(found(ana, "finished is empty")) == {call.pk, other.pk}
        assert found(ana, search="王小") == [call.pk]
        assert found(ana, search="报告") == [other.pk]
        assert found(ana, search=str(call.pk)) == [call.pk]

    def test_a_filter_never_widens_what_is_seen(self, ana: Person, ben: Person) -> None:
        theirs = task(ben, customer(ben))
        assert found(ana, whose="team") == []
        assert found(ana, owner=ben.person_no) == []
        assert found(ana, customer=str(theirs.customer_id)) == []
        assert found(ana, search=str(theirs.pk)) == []

    def test_the_first_view_is_my_open_tasks_and_an_address_says_more(self, ana: Person, lee: Person) -> None:
        mine, hers = task(lee), task(ana)
        first = listing(lee, TASKS, QueryDict(""), NOW.date())
        assert [row.pk for row in first.page.rows] == [mine.pk]
        old = listing(lee, TASKS, QueryDict(f"whose=team&show=open&owner={ana.person_no}"), NOW.date())
        assert [row.pk for row in old.page.rows] == [hers.pk]


class TestFieldsAndTags:
    def test_in_form_list_condition_and_api_at_once(self, ana: Person, units: Any, sign_in: SignIn) -> None:
        field(units["HQ"], "budget", "MONEY", kind="task", label="预算", in_list=True, required=True)
        browser, who = sign_in(ana), customer(ana)
        form = {
            "title": "回访",
            "customer": who.pk,
            "kind": "follow_up",
            "due_at": "2099-11-30T10:00",
            "tags": "急，VIP",
        }
        asked = browser.get("/tasks/new/").content.decode()
        assert "预算 *" in asked
        refused = browser.post("/tasks/new/", form, **PARTIAL)
        assert refused.status_code == 422
        assert not Task.objects.exists()
        refused = browser.post("/tasks/new/", {**form, "own-budget": "viel"}, **PARTIAL)
        assert refused.status_code == 422
        assert not Task.objects.exists()
        assert browser.post("/tasks/new/", {**form, "own-budget": "1,200.50"}).status_code == 303
        made = Task.objects.get()
        assert FieldValue.objects.get(object_id=str(made.pk)).amount == 120_050
        assert set(Tagging.objects.values_list("tag__name", "kind")) == {("急", "task"), ("VIP", "task")}
        shown = browser.get("/tasks/").content.decode()
        assert "预算" in shown and "1,200.50" in shown
        assert found(ana, "budget > 1000 and tag = vip") == [made.pk]
        assert found(ana, "budget > 1300") == []
        out = browser.get("/api/v1/tasks?where=budget%20>%201000").json()["items"]
        assert [(one["id"], one["fields"], one["tags"]) for one in out] == [
            (made.pk, {"budget": 120_050}, ["VIP", "急"])
        ]

    def test_opened_over_the_api_whole_or_not_at_all(self, ana: Person, units: Any, sign_in: SignIn) -> None:
        field(units["HQ"], "budget", "MONEY", kind="task", label="预算")
        browser = sign_in(ana)
        body = {"title": "x", "due_at": "2099-11-30T10:00:00", "fields": {"budget": "much"}, "tags": ["vip"]}
        refused = browser.post(
            "/api/v1/tasks", body, content_type="application/json", headers={"Idempotency-Key": "k1"}
        )
        assert refused.status_code == 422
        assert not Task.objects.exists()
        body["fields"] = {"budget": 90_000}
        made = browser.post("/api/v1/tasks", body, content_type="application/json", headers={"Idempotency-Key": "k2"})
        assert made.status_code == 201
        assert (made.json()["fields"], made.json()["tags"]) == ({"budget": 90_000}, ["vip"])

    def test_a_role_that_may_not_read_a_field_does_not_filter_by_it(self, ana: Person, units: Any) -> None:
        field(units["HQ"], "secret", "TEXT", kind="task", access={"MANAGER": "HIDDEN"})
        who = Person.objects.get(pk=ana.pk)
        assert TASKS.filter_of("cf_secret", who) is None
        assert "secret" not in [one.name for one in TASKS.conditions_for(who)]


class TestFile:
    def chosen(self, who: Person, text: str = "show=open") -> Any:
        return selection(who, TASKS, ids=[], query=QueryDict(text), everything=True, today=NOW.date())

    def test_xlsx_carries_who_when_filter_rows_role_and_reference(self, ana: Person, lee: Person, units: Any) -> None:
        field(units["HQ"], "budget", "MONEY", kind="task", label="预算", in_list=True)
        one = task(ana, customer(ana, name="=cmd|calc"), title="@SUM(1)", value_at_stake=120_050)
        records.set_values(actor=lee, kind="task", object_id=str(one.pk), values={"budget": "7"}, at=NOW)
        lee = Person.objects.get(pk=lee.pk)
        made = exports.export_selection(actor=lee, chosen=self.chosen(lee), reason="核对", at=NOW, form="xlsx")
        book = CalamineWorkbook.from_filelike(io.BytesIO(made.content))
        rows = book.get_sheet_by_index(0).to_python()
        assert rows[1][0] == one.pk
        assert {"'@SUM(1)", "'=cmd|calc", 1200.5, 7.0} <= set(rows[1])
        told = {str(cell) for row in book.get_sheet_by_index(1).to_python() for cell in row}
        row = AuditRow.objects.get(action="workflow.export")
        assert row.changes["reference"] in told
        assert any(lee.person_no in cell for cell in told) and "核对" in told and str(lee.get_role_display()) in told
        assert b"<f>" not in made.content

    def test_names_are_masked_as_on_the_screen(self, ana: Person, risk: Person) -> None:
        task(ana, customer(ana, name="王小明"))
        text = exports.export_selection(actor=risk, chosen=self.chosen(risk), reason="核对", at=NOW).content.decode()
        assert "王**" in text and "王小明" not in text

    def test_right_cap_and_approval(
        self, ana: Person, lee: Person, head: Person, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        from kajing.queue.worker import Worker
        from kajing.workflow.services import approvals

        monkeypatch.setattr(exports, "MOST_EXPORTED", 2)
        numbers = {task(ana, title=f"t{n}").pk for n in range(5)}
        with pytest.raises(NotAllowed):
            exports.export_selection(actor=ana, chosen=self.chosen(ana), reason="核对", at=NOW)
        browser, form = sign_in(lee), {"all": "1", "query": "show=open", "reason": "核对", "form": "xlsx"}
        refused = browser.post("/tasks/export/", form)
        assert refused.status_code == 422 and 'name="ask"' in refused.content.decode()
        assert browser.post("/tasks/export/", {**form, "ask": "1"}).status_code == 302
        assert "5" in browser.get(f"/approvals/{ApprovalRequest.objects.get().pk}/").content.decode()
        approvals.approve(actor=head, request=ApprovalRequest.objects.get(), reason="可以", at=NOW)
        Worker().work_until_empty()
        export = ExportRequest.objects.get()
        assert (export.list_name, export.form, export.state, export.rows) == ("tasks", "xlsx", "READY", 5)
        answer = browser.post(f"/customers/exports/{export.pk}/fetch/")
        rows = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_index(0).to_python()
        assert {int(row[0]) for row in rows[1:]} == numbers

    def test_csv_by_the_page(self, ana: Person, lee: Person, sign_in: SignIn) -> None:
        one = task(ana, title="=1+1")
        answer = sign_in(lee).post("/tasks/export/", {"ids": [one.pk], "reason": "核对", "form": "csv"})
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert rows[1][:2] == [str(one.pk), "'=1+1"]
