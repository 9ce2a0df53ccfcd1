"""Playbooks and plans: starting, dependencies, the night, exits, versions, the contact gate."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from kajing.audit.models import Night
from kajing.customers.models import Card, Customer, CustomerFigures
from kajing.lib.errors import DomainError, NotAllowed
from kajing.org.models import Person
from kajing.workflow import events, services
from kajing.workflow.models import Plan, PlanStep, Playbook, PlaybookVersion, Task
from kajing.workflow.services import act_on_many, plans
from kajing.workflow.services.for_each import PLANS
from tests.factories.customers import account, card, customer, figures

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
TODAY = date(2026, 11, 23)  # the page's day: the night before is the 22nd


def step(key: str, day: int, *, after: str = "", kind: str = "follow_up", required: bool = False) -> dict[str, Any]:
    return {"key": key, "title": f"step {key}", "day": day, "kind": kind, "required": required, "after": after.split()}


def book(at: datetime, *steps: dict[str, Any], code: str = "test", **values: Any) -> Playbook:
    made, _new = Playbook.objects.get_or_create(code=code, defaults={"name": "测试计划", "made_by": "P-X"})
    PlaybookVersion.objects.create(
        playbook=made,
        number=made.versions.count() + 1,
        steps=list(steps),
        state="LIVE",
        author="P-X",
        made_at=at,
        **values,
    )
    return made


def start(who: Person, about: Customer, playbook: Playbook, at: datetime) -> Plan:
    return plans.start_plan(actor=who, customer=about, playbook=playbook, day_zero=TODAY, at=at)


def states(plan: Plan) -> list[str]:
    return list(plan.steps.order_by("key").values_list("state", flat=True))


def test_near_steps_become_tasks_and_the_next_opens_when_what_it_waits_for_is_done(ana: Person, at: datetime) -> None:
    about = customer(ana)
    plan = start(ana, about, book(at, step("1", 0), step("2", 3, after="1"), step("3", 30)), at)
    assert states(plan) == ["OPEN", "WAITING", "WAITING"]
    task = Task.objects.get()
    assert (task.owner, task.customer, task.source) == (ana, about, f"plan:{plan.pk}:1")
    services.done_task(actor=ana, task=task, outcome="DONE", at=at)
    assert states(plan) == ["DONE", "OPEN", "WAITING"]
    assert Task.objects.get(source=f"plan:{plan.pk}:2").due_at.astimezone().date() == TODAY + timedelta(days=3)


def test_undo_of_the_tick_brings_the_step_back(ana: Person, at: datetime) -> None:
    plan = start(ana, customer(ana), book(at, step("1", 0)), at)
    done = services.done_task(actor=ana, task=Task.objects.get(), outcome="DONE", at=at)
    plan.refresh_from_db()
    assert plan.state == "DONE"
    services.reopen_task(actor=ana, task=done, at=at)
    plan.refresh_from_db()
    assert (plan.state, states(plan)) == ("RUNNING", ["OPEN"])


def test_the_night_opens_steps_when_their_day_is_near_and_never_twice(ana: Person, at: datetime) -> None:
    plan = start(ana, customer(ana), book(at, step("1", 10)), at)
    assert states(plan) == ["WAITING"]
    assert plans.run_plans(as_of=date(2026, 11, 24), at=at)["opened"] == 0
    assert plans.run_plans(as_of=date(2026, 11, 25), at=at)["opened"] == 1
    assert plans.run_plans(as_of=date(2026, 11, 25), at=at)["opened"] == 0
    assert Task.objects.count() == 1


def test_a_birthday_starts_a_plan_once(ana: Person, at: datetime) -> None:
    soon = customer(ana, birth_date=date(1990, 11, 28))
    customer(ana, birth_date=date(1990, 12, 28))
    leap = customer(ana, birth_date=date(1992, 2, 29))
    playbook = book(at, step("1", -3), step("2", 0, after="1"), event="birthday", days_before=7)
    assert plans.run_plans(as_of=date(2026, 11, 22), at=at)["started"] == 1
    assert plans.run_plans(as_of=date(2026, 11, 22), at=at)["started"] == 0
    assert plans.run_plans(as_of=date(2026, 11, 23), at=at)["started"] == 0
    plan = Plan.objects.get()
    assert (plan.customer, plan.day_zero, plan.event_key) == (soon, date(2026, 11, 28), "birthday:2026")
    plans.stop_plan(actor=ana, plan=plan, reason="不需要", at=at)
    assert plans.run_plans(as_of=date(2026, 11, 24), at=at)["started"] == 0  # ended, and yet not begun again
    assert [one.day for one in events.birthdays(date(2027, 2, 27), date(2027, 3, 1)) if one.customer_id == leap.pk] == [
        date(2027, 2, 28)
    ]
    assert [one.day for one in events.birthdays(date(2028, 2, 27), date(2028, 3, 1)) if one.customer_id == leap.pk] == [
        date(2028, 2, 29)
    ]
    Playbook.objects.filter(pk=playbook.pk).update(enabled=False)
    assert plans.run_plans(as_of=date(2027, 2, 24), at=at)["started"] == 0


def test_events_of_cards(ana: Person) -> None:
    from kajing.products.models import Product

    Product.objects.create(product_id="P-FEE", name_zh="收年费", annual_fee=36_000)
    one = customer(ana)
    held = account(one, temp_limit=1, temp_limit_until=date(2026, 12, 1), statement_day=5)
    made = card(held, approved_on=date(2024, 12, 3), product_id="P-FEE")
    first, last = date(2026, 11, 25), date(2026, 12, 10)

    def found(name: str) -> list[tuple[str, date]]:
        kind = events.kind_of(name)
        assert kind is not None
        return [(event.customer_id, event.day) for event in kind.between(first, last)]

    assert found("limit_expiry") == [(one.pk, date(2026, 12, 1))]
    assert found("statement") == [(one.pk, date(2026, 12, 5))]
    assert found("card_anniversary") == [(one.pk, date(2026, 12, 3))]
    assert found("annual_fee") == [(one.pk, date(2026, 12, 3))]
    Card.objects.filter(pk=made.pk).update(product_id="P-FREE", approved_on=date(2026, 11, 5))
    assert found("annual_fee") == []
    assert found("first_use_missing") == [(one.pk, date(2026, 12, 5))]
    figures(one, last_purchase_on=date(2026, 11, 20))
    assert found("first_use_missing") == []


def test_a_condition_ends_the_plan_and_calls_its_tasks_off(ana: Person, at: datetime) -> None:
    about, other = customer(ana), customer(ana)
    figures(about, spend_30d=10)
    figures(other, spend_30d=10)
    playbook = book(at, step("1", 0), exits=["spend_30d > 1000"])
    plan, kept = start(ana, about, playbook, at), start(ana, other, playbook, at)
    CustomerFigures.objects.filter(pk=about.pk).update(spend_30d=200_000)
    assert plans.run_plans(as_of=date(2026, 11, 22), at=at)["stopped"] == 1
    plan.refresh_from_db()
    kept.refresh_from_db()
    assert (plan.state, kept.state) == ("STOPPED", "RUNNING")
    assert Task.objects.get(customer=about).state == "CANCELLED"


def test_running_plans_keep_their_version(ana: Person, admin: Person, compliance: Person, at: datetime) -> None:
    playbook = book(at, step("1", 0))
    running = start(ana, customer(ana), playbook, at)
    draft = plans.draft_playbook(
        actor=admin, playbook=playbook, steps=[step("1", 0), step("2", 5)], event="", days_before=0, exits=[], at=at
    )
    with pytest.raises(plans.CannotPublish):
        plans.publish_playbook(actor=admin, version=draft, at=at)
    plans.publish_playbook(actor=compliance, version=draft, at=at)
    fresh = start(ana, customer(ana), playbook, at)
    assert (running.steps.count(), fresh.steps.count()) == (1, 2)


@pytest.mark.parametrize(
    ("steps", "event"),
    [
        ([], ""),
        ([step("1", -3)], ""),
        ([step("1", 0, after="2"), step("2", 0, after="1")], ""),
        ([step("1", 0, after="7")], ""),
        ([step("1", 0, kind="nonsense")], ""),
        ([step("1", 0)], "no_such_event"),
    ],
)
def test_a_faulty_version_is_refused(steps: list[dict[str, Any]], event: str, admin: Person, at: datetime) -> None:
    playbook = plans.new_playbook(actor=admin, code="faulty", name="x", at=at)
    with pytest.raises(plans.CannotPublish):
        plans.draft_playbook(actor=admin, playbook=playbook, steps=steps, event=event, days_before=0, exits=[], at=at)
    with pytest.raises(plans.CannotPublish):
        plans.draft_playbook(
            actor=admin, playbook=playbook, steps=[step("1", 0)], event="", days_before=0, exits=["spend_30d >"], at=at
        )


def test_skipping_needs_a_reason_and_for_a_required_step_a_leader(ana: Person, lee: Person, at: datetime) -> None:
    plan = start(ana, customer(ana), book(at, step("1", 0, required=True), step("2", 0, after="1")), at)
    first = plan.steps.get(key="1")
    with pytest.raises(NotAllowed):
        plans.skip_step(actor=ana, step=first, reason="客户不需要", at=at)
    with pytest.raises(DomainError):
        plans.skip_step(actor=lee, step=first, reason=" ", at=at)
    plans.skip_step(actor=lee, step=first, reason="客户不需要", at=at)
    assert states(plan) == ["SKIPPED", "OPEN"]
    assert Task.objects.get(source=f"plan:{plan.pk}:1").state == "CANCELLED"


def test_a_step_the_gate_forbids_is_held_with_its_reason_and_opens_later(ana: Person, at: datetime) -> None:
    from kajing.customers.models import ContactHold
    from kajing.reference.services import load_reference

    load_reference(actor="system", at=at)
    about = customer(ana)
    hold = ContactHold.objects.create(customer=about, kind="DECEASED", source="test:1", placed_at=at, reason="x")
    plan = start(ana, about, book(at, step("1", 0, kind="call_back")), at)
    held = PlanStep.objects.get(plan=plan)
    assert (held.state, held.task) == ("HELD", None)
    assert held.note
    hold.lifted_at = at
    hold.save()
    Customer.objects.filter(pk=about.pk).update(status="ACTIVE")
    plans.run_plans(as_of=date(2026, 11, 22), at=at)
    held.refresh_from_db()
    assert (held.state, held.note) == ("OPEN", "")


def test_started_by_hand_once_and_for_many(ana: Person, at: datetime, sign_in: SignIn) -> None:
    about, other = customer(ana), customer(ana)
    playbook = book(at, step("1", 0))
    start(ana, about, playbook, at)
    with pytest.raises(plans.CannotStart):
        start(ana, about, playbook, at)
    params = {"playbook": "test", "day_zero": TODAY.isoformat()}
    made = act_on_many(actor=ana, kind=PLANS, ids=[about.pk, other.pk], params=params, at=at)
    assert (made.done, made.failed) == (1, 1)
    browser = sign_in(ana)
    third = customer(ana)
    form = {"playbook": "test", "day_zero": "2026-11-23"}
    assert browser.post(f"/plans/start/{third.pk}/", form).status_code == 303
    assert "测试计划" in browser.get(f"/ui/panel/plans/{third.pk}/").content.decode()
    listed = browser.get("/plans/").content.decode()
    assert "测试计划" in listed
    assert f">{third.name}</a>" in listed


def test_delivered_playbooks_are_sound_and_loaded_once(at: datetime, admin: Person) -> None:
    from kajing.workflow import playbooks

    assert plans.load_playbooks(at=at) == plans.load_playbooks(at=at) == len(playbooks.DELIVERED)
    for version in PlaybookVersion.objects.all():
        assert playbooks.problems(version.steps, event=version.event) == []
        assert version.event in {kind.name for kind in events.kinds()}
        plans.draft_playbook(
            actor=admin, playbook=version.playbook, steps=version.steps, event=version.event, days_before=0,
            exits=version.exits, at=at,
        )  # fmt: skip
    assert Night.objects.exists()
