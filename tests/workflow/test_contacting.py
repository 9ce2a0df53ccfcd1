"""No task that means a contact is opened past the gate, through whichever door."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kajing.contact.services import ContactRefused, choose_next_step, end_contact, log_contact, start_contact
from kajing.customers.models import Customer
from kajing.customers.services import place_hold
from kajing.org.models import Person
from kajing.workflow.contacting import kind_for
from kajing.workflow.models import Task
from kajing.workflow.services import Draft, open_task, open_tasks
from tests.factories.customers import customer
from tests.factories.workflow import tasks_for
from tests.imports.test_sheets import run, text, tried, upload

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]
SignIn = Callable[[Person], Client]
PARTIAL = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}


@pytest.fixture
def dead(ana: Person, at: datetime) -> Customer:
    """A customer nobody may contact, at any hour."""
    made = customer(ana, name="李未来")
    place_hold(actor="system", customer=made, kind="DECEASED", source="notice:1", at=at)
    return made


def soon() -> str:
    return (timezone.localtime() + timedelta(days=7)).strftime("%Y-%m-%dT10:00")


@pytest.mark.parametrize("kind", ["call", "care", "call_back", "visit"])
def test_the_service_refuses(kind: str, ana: Person, dead: Customer, at: datetime) -> None:
    with pytest.raises(ContactRefused):
        open_task(actor=ana, owner=ana, customer=dead, kind=kind, title="x", due_at=at + timedelta(days=3), at=at)
    with pytest.raises(ContactRefused):
        open_task(actor=None, owner=ana, customer=dead, kind=kind, title="x", due_at=at + timedelta(days=3), at=at)
    open_task(
        actor=ana, owner=ana, customer=dead, kind="follow_up", title="寄证明", due_at=at + timedelta(days=3), at=at
    )
    assert Task.objects.count() == 1


def test_the_page_refuses_and_keeps_what_was_typed(ana: Person, dead: Customer, sign_in: SignIn) -> None:
    form = {"title": "回访一下", "customer": dead.pk, "kind": "care", "due_at": soon()}
    answer = sign_in(ana).post("/tasks/new/", form)
    assert answer.status_code == 422
    assert "客户已身故" in answer.content.decode()
    assert "回访一下" in answer.content.decode()
    assert not Task.objects.exists()


def test_the_api_refuses(ana: Person, dead: Customer, sign_in: SignIn) -> None:
    body = {"title": "x", "customer_id": dead.pk, "kind": "call_back", "due_at": soon()}
    answer = sign_in(ana).post("/api/v1/tasks", json.dumps(body), content_type="application/json")
    assert answer.status_code == 409
    assert "身故" in answer.json()["detail"]
    assert not Task.objects.exists()


def test_bulk_shows_who_is_blocked_and_why_and_opens_for_the_rest(ana: Person, dead: Customer, sign_in: SignIn) -> None:
    free, browser = customer(ana), sign_in(ana)
    asked = {"ids": [free.pk, dead.pk], "title": "关怀", "kind": "care", "due_at": soon()}
    shown = browser.post("/tasks/bulk/", asked, **PARTIAL)
    text = shown.content.decode()
    assert shown.status_code == 422
    assert "李未来" in text
    assert "BP317" in text
    assert not Task.objects.exists()
    assert browser.post("/tasks/bulk/", {**asked, "without": "1"}, **PARTIAL).status_code == 204
    assert list(Task.objects.values_list("customer_id", flat=True)) == [free.pk]


def test_bulk_with_nobody_left_opens_nothing(ana: Person, dead: Customer, at: datetime, sign_in: SignIn) -> None:
    asked = {"ids": [dead.pk], "title": "关怀", "kind": "care", "due_at": soon()}
    shown = sign_in(ana).post("/tasks/bulk/", asked, **PARTIAL)
    assert shown.status_code == 422 and 'name="without"' not in shown.content.decode()
    act = tasks_for(ana, [dead], kind="care", due_at=at + timedelta(days=2), at=at)
    assert (act.done, act.failed, act.reversal_id) == (0, 1, None)
    assert not Task.objects.exists()


def test_the_night_and_rules_leave_the_blocked_out(ana: Person, dead: Customer, at: datetime) -> None:
    free = customer(ana)
    drafts = [
        Draft(f"rule:{one.pk}", ana.person_no, one.unit_id, one.pk, "care", "Birthday", at + timedelta(days=2))
        for one in (free, dead)
    ]
    assert open_tasks(drafts=drafts, at=at, by="birthday") == 1
    assert Task.objects.get().customer_id == free.pk


def test_a_task_may_wait_for_its_hours_but_not_past_its_day(ana: Person, at: datetime) -> None:
    about, noon = customer(ana), at.replace(hour=12, minute=30)
    log_contact(
        actor=ana, customer=about, channel="PHONE", purpose="CARE", outcome="REACHED", began_at=at, at=noon
    )  # fmt: skip
    with pytest.raises(ContactRefused):
        open_task(actor=ana, owner=ana, customer=about, kind="care", title="x", due_at=at.replace(hour=18), at=noon)
    open_task(actor=ana, owner=ana, customer=about, kind="care", title="x", due_at=at + timedelta(days=1), at=noon)
    assert Task.objects.count() == 1


def test_the_next_step_of_a_call_is_a_task(ana: Person, at: datetime) -> None:
    about = customer(ana)
    running = start_contact(actor=ana, customer=about, channel="PHONE", purpose="SERVICE", at=at)
    ended = end_contact(actor=ana, contact=running, outcome="LATER", note="下周再说 50%", at=at)
    choose_next_step(actor=ana, contact=ended, step="call_3", at=at)
    made = Task.objects.get()
    assert (made.kind, made.owner, made.source) == ("call_back", ana, f"interaction:{ended.pk}")
    assert made.due_at == (at + timedelta(days=3)).replace(hour=17, minute=30)
    assert made.reason_text == "下周再说 50%"


def test_a_next_step_the_gate_forbids_is_refused_and_can_be_chosen_again(ana: Person, at: datetime) -> None:
    about = customer(ana)
    running = start_contact(actor=ana, customer=about, channel="PHONE", purpose="CARE", at=at)
    ended = end_contact(actor=ana, contact=running, outcome="NEVER", at=at)
    with pytest.raises(ContactRefused):
        choose_next_step(actor=ana, contact=ended, step="call_3", at=at)
    ended.refresh_from_db()
    assert (ended.next_step, Task.objects.count()) == ("", 0)
    choose_next_step(actor=ana, contact=ended, step="none", at=at)


@pytest.mark.parametrize(
    ("channel", "purpose", "kind"),
    [("PHONE", "MARKETING", "call"), ("VISIT", "MARKETING", "visit"), ("PHONE", "SERVICE", "call_back"),
     ("PHONE", "CARE", "care"), ("VISIT", "CARE", "care"), ("SMS", "MARKETING", "follow_up")],
)  # fmt: skip
def test_the_kind_of_a_task_by_what_it_means(channel: str, purpose: str, kind: str) -> None:
    assert kind_for(channel, purpose) == kind


@pytest.mark.parametrize("kind", ["电话", "关怀", "回电", "拜访"])
def test_a_spreadsheet_opens_no_contact_past_the_gate(kind: str, ana: Person, dead: Customer) -> None:
    alive = customer(ana)
    due = soon().replace("T", " ")
    lines = [["客户号", "任务", "截止", "类型"], [dead.pk, "联系", due, kind], [alive.pk, "寄资料", due, "跟进"]]
    sheet = tried(ana, upload(ana, "tasks", text(lines)))
    assert {row.line: row.column for row in sheet.problems.filter(dry=True)}[2] == "kind"
    run(ana, sheet)
    assert [one.customer_id for one in Task.objects.all()] == [alive.pk]
    assert sheet.ran == sheet.checked


def test_a_spreadsheet_moves_no_contact_past_the_gate(ana: Person, at: datetime) -> None:
    """A line without a kind leaves an open call a call: its new time is asked for as well."""
    about = customer(ana)
    Task.objects.create(
        customer=about, owner=ana, unit=about.unit, title="联系", kind="call", due_at=at + timedelta(days=30),
        created_at=at, created_by=ana.person_no,
    )  # fmt: skip
    place_hold(actor="system", customer=about, kind="DECEASED", source="notice:2", at=at)
    lines = [["客户号", "任务", "截止"], [about.pk, "联系", soon().replace("T", " ")]]
    sheet = tried(ana, upload(ana, "tasks", text(lines)), mode="OVERWRITE")
    assert sheet.checked == {"BAD": 1}
