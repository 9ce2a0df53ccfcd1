"""Tasks with a hold-out: drawn by lot among those who may be contacted, kept apart while the trial runs, measured."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kajing.contact.choices import Channel, Purpose
from kajing.contact.selectors import may_contact
from kajing.customers.models import ContactHold, Customer
from kajing.customers.services import place_hold
from kajing.lib.errors import NotAllowed
from kajing.lib.intervals import difference
from kajing.notifications.models import Notification
from kajing.org.models import Person
from kajing.queue.worker import Worker
from kajing.records.models import BulkAct
from kajing.records.services import bulk
from kajing.records.undo.returning import undo
from kajing.workflow import services
from kajing.workflow.models import Task, Trial, TrialMember
from kajing.workflow.selectors import trials as selectors
from kajing.workflow.services import CannotHoldBack, NotRunning, for_each
from tests.factories.customers import customer, figures
from tests.factories.workflow import tasks_for
from tests.tables import differing, tables

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]
SignIn = Callable[[Person], Client]
PARTIAL = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}


def book(who: Person, count: int) -> list[Customer]:
    return [customer(who) for _ in range(count)]


def begun(who: Person, about: list[Customer], at: datetime, share: int = 10) -> tuple[BulkAct, Trial]:
    act = tasks_for(who, about, kind="care", due_at=at + timedelta(days=2), at=at, holdout=share)
    return act, Trial.objects.get(pk=act.params["trial"])


def arms(trial: Trial) -> tuple[set[str], set[str]]:
    told = list(trial.members.values_list("customer_id", "held"))
    return {pk for pk, held in told if not held}, {pk for pk, held in told if held}


# Newcombe, Statistics in Medicine 17 (1998) 873-890, table II, method 10.
@pytest.mark.parametrize(
    ("counts", "low", "high"),
    [((56, 70, 48, 80), 0.0524, 0.3339), ((9, 10, 3, 10), 0.1705, 0.8090), ((6, 7, 2, 7), 0.0582, 0.8062),
     ((5, 56, 0, 29), -0.0381, 0.1926), ((0, 10, 0, 20), -0.1611, 0.2775), ((10, 10, 0, 10), 0.6075, 1.0)],
)  # fmt: skip
def test_the_difference_as_published(counts: tuple[int, int, int, int], low: float, high: float) -> None:
    found = difference(*counts)
    assert found is not None
    assert (round(found[0], 4), round(found[1], 4)) == (low, high)


def test_no_difference_without_a_group() -> None:
    assert difference(1, 4, 0, 0) is None


# -- who is held back ------------------------------------------------------------------------------------------------
def test_a_tenth_of_those_who_may_be_contacted_gets_no_task(ana: Person, at: datetime) -> None:
    about = book(ana, 40)
    for one in about[:5]:
        place_hold(actor="system", customer=one, kind="DECEASED", source="notice", at=at)
    act, trial = begun(ana, about, at)
    tasked, held = arms(trial)
    assert (act.done, act.failed, act.held) == (31, 5, 4)
    assert (len(tasked), len(held)) == (31, 4)
    assert set(Task.objects.values_list("customer_id", flat=True)) == tasked
    assert {one.pk for one in about[:5]}.isdisjoint(tasked | held)


def test_the_lot_does_not_change_by_trying_again(ana: Person, at: datetime) -> None:
    about = book(ana, 30)
    params = {"title": "x", "kind": "care", "due_at": (at + timedelta(days=2)).isoformat(), "holdout": 20}
    asked = {"actor": ana, "kind": for_each.TASKS, "ids": [one.pk for one in about], "params": params}
    first = services.look_at_many(**asked, at=at)
    again = services.look_at_many(**asked, at=at + timedelta(hours=1))
    assert first.keys() == again.keys()
    assert len(first) == 6
    assert not Trial.objects.exists()
    _act, trial = begun(ana, about, at, 20)
    assert arms(trial)[1] == set(first)
    other_day = services.look_at_many(**asked, at=at + timedelta(days=1))
    assert {pk for pk, said in other_day.items() if "抽签" in said or "lot" in said} != set(first)


def test_the_share_is_exact_over_the_parts_of_a_job(ana: Person, at: datetime) -> None:
    about = book(ana, 247)
    act, trial = begun(ana, about, at)
    assert act.state == "WORKING"
    Worker().work_until_empty()
    act.refresh_from_db()
    tasked, held = arms(trial)
    assert (act.done, act.failed, act.held, act.state) == (222, 0, 25, "DONE")
    assert (len(tasked), len(held)) == (222, 25)


@pytest.mark.parametrize(("count", "share"), [(40, 9), (40, 51), (4, 10)])
def test_a_share_out_of_the_limits_or_of_less_than_one_is_refused(
    ana: Person, at: datetime, count: int, share: int
) -> None:
    with pytest.raises(CannotHoldBack):
        begun(ana, book(ana, count), at, share)
    assert not Task.objects.exists() and not Trial.objects.exists()


def test_a_trial_nobody_joined_is_none(ana: Person, at: datetime) -> None:
    about = book(ana, 20)
    for one in about:
        place_hold(actor="system", customer=one, kind="DECEASED", source="notice", at=at)
    act = tasks_for(ana, about, kind="care", due_at=at + timedelta(days=2), at=at, holdout=10)
    assert (act.done, act.failed, act.held) == (0, 20, 0)
    assert not Trial.objects.exists()
    assert bulk.more_of(act) is None


def test_ended_while_its_job_is_at_work_the_rest_gets_tasks_and_no_holds(ana: Person, at: datetime) -> None:
    act, trial = begun(ana, book(ana, 120), at)
    services.end_trial(actor=ana, trial=trial, reason="不做了", at=at)
    Worker().work_until_empty()
    act.refresh_from_db()
    assert (act.done, act.held, ContactHold.objects.count()) == (120, 0, 0)


def test_who_is_watched_already_is_left_alone(ana: Person, at: datetime) -> None:
    about = book(ana, 20)
    begun(ana, about, at, 50)
    act, trial = begun(ana, [*about, *book(ana, 10)], at, 50)
    assert act.failed == 20
    assert trial.members.count() == 10
    assert act.failures.first().reason.endswith(
        trial.ends_on.isoformat() + ("." if "." in act.failures.first().reason else "。")
    )


# -- while it runs ---------------------------------------------------------------------------------------------------
def test_nothing_may_be_sold_to_those_held_back_until_it_ends(ana: Person, lee: Person, at: datetime) -> None:
    about = book(ana, 20)
    for one in about:
        one.consents.create(purpose="MARKETING", channel="ANY", given=True, at=at - timedelta(days=9), text_version="1")
    _act, trial = begun(ana, about, at)
    held = next(one for one in about if one.pk in arms(trial)[1])
    day = at + timedelta(days=3)

    def answer(purpose: str, when: datetime) -> Any:
        return may_contact(customer=held, channel=Channel.PHONE, purpose=purpose, at=when, actor=None)

    assert answer(Purpose.MARKETING, day).rule_id == "BP784"
    assert answer(Purpose.SERVICE, day).allowed
    assert answer(Purpose.MARKETING, at + timedelta(days=31)).allowed
    services.end_trial(actor=lee, trial=trial, reason="预算取消", at=at)
    assert answer(Purpose.MARKETING, day).allowed
    with pytest.raises(NotRunning):
        services.end_trial(actor=lee, trial=trial, reason="再来", at=at)


def test_undo_restores_every_table(ana: Person, at: datetime) -> None:
    about = book(ana, 20)
    before = tables("notifications.notification", "workflow.trial")
    act, trial = begun(ana, about, at)
    assert ContactHold.objects.count() == 2
    assert act.reversal is not None
    undo(actor=ana, reversal=act.reversal, at=timezone.now())
    assert differing(before, tables("notifications.notification", "workflow.trial")) == {}
    assert not trial.members.exists()


# -- what came of it -------------------------------------------------------------------------------------------------
def test_nights_count_purchases_within_the_days(ana: Person, at: datetime, as_of: date) -> None:
    about = book(ana, 20)
    _act, trial = begun(ana, about, at, 50)
    tasked, held = (sorted(group) for group in arms(trial))
    bought = {tasked[0]: trial.starts_on, tasked[1]: trial.ends_on, tasked[2]: trial.starts_on - timedelta(days=1),
              tasked[3]: trial.ends_on + timedelta(days=1), held[0]: trial.starts_on}  # fmt: skip
    for one in about:
        figures(one, last_purchase_on=bought.get(one.pk))
    assert services.judge_trials(as_of=as_of + timedelta(days=5), at=at) == {"used": 3, "over": 0}
    found = selectors.outcome(selectors.trials(ana).get())
    assert (found.treated.used, found.treated.size, found.held.used, found.held.size) == (2, 10, 1, 10)
    assert found.uplift == pytest.approx(0.1)
    assert not found.proven and found.extra == 1
    first = TrialMember.objects.get(customer=tasked[0])
    Customer.objects.get(pk=tasked[0]).figures.__class__.objects.filter(pk=tasked[0]).update(
        last_purchase_on=trial.ends_on
    )
    assert services.judge_trials(as_of=trial.ends_on, at=at) == {"used": 0, "over": 1}
    told = Notification.objects.get(person=ana, kind="trial.over")
    assert (told.url, told.params["title"]) == (f"/trials/{trial.pk}/", trial.title)
    first.refresh_from_db()
    assert first.used_on == trial.starts_on
    assert services.judge_trials(as_of=trial.ends_on, at=at) == {"used": 0, "over": 0}


def test_a_clear_difference_is_proven() -> None:
    told = selectors.Outcome(selectors.Group(90, 60), selectors.Group(30, 5))
    assert told.proven
    assert told.extra == 45


# -- doors -----------------------------------------------------------------------------------------------------------
def soon() -> str:
    return (timezone.localtime() + timedelta(days=7)).strftime("%Y-%m-%dT10:00")


def test_the_page_shows_who_is_held_back_and_who_is_blocked(ana: Person, sign_in: SignIn, at: datetime) -> None:
    about, browser = book(ana, 40), sign_in(ana)
    dead = customer(ana, name="李未来")
    place_hold(actor="system", customer=dead, kind="DECEASED", source="notice:1", at=at)
    asked = {"ids": [one.pk for one in [*about, dead]], "title": "唤醒沉睡卡", "kind": "care", "due_at": soon(),
             "holdout": "10"}  # fmt: skip
    shown = browser.post("/tasks/bulk/", asked, **PARTIAL)
    said = shown.content.decode()
    assert shown.status_code == 422 and not Trial.objects.exists()
    assert "李未来" in said and "BP317" in said and "抽签" in said
    done = browser.post("/tasks/bulk/", {**asked, "without": "1"}, **PARTIAL)
    assert done.status_code == 204
    trial = Trial.objects.get()
    tasked, held = arms(trial)
    assert (len(tasked), len(held)) == (36, 4)
    assert f"/trials/{trial.pk}/" in browser.get(done.headers["HX-Redirect"]).content.decode()
    page = browser.get(f"/trials/{trial.pk}/").content.decode()
    assert "唤醒沉睡卡" in page and all(pk in page for pk in held) and not any(pk in page for pk in tasked)
    assert "唤醒沉睡卡" in browser.get("/trials/").content.decode()


@pytest.mark.parametrize(
    ("tasked", "held", "said"), [(60, 5, "大约多 45 位"), (15, 25, "比不做任务时更少"), (30, 10, "可能只是偶然")]
)
def test_the_page_says_what_the_figures_allow(
    ana: Person, sign_in: SignIn, at: datetime, tasked: int, held: int, said: str
) -> None:
    trial = Trial.objects.create(
        title="唤醒", kind="care", share=25, made_by=ana.person_no, unit=ana.unit, made_at=at, starts_on=at.date(),
        ends_on=at.date(), held_until=at.date(), state="OVER",
    )  # fmt: skip
    used = [n < tasked for n in range(90)], [n < held for n in range(30)]
    for group, of in zip((False, True), used, strict=True):
        TrialMember.objects.bulk_create(
            TrialMember(trial=trial, customer=one, held=group, used_on=at.date() if yes else None)
            for one, yes in zip(book(ana, len(of)), of, strict=True)
        )
    assert said in sign_in(ana).get(f"/trials/{trial.pk}/").content.decode()


def test_a_bad_share_is_said_in_the_form(ana: Person, sign_in: SignIn) -> None:
    asked = {
        "ids": [one.pk for one in book(ana, 3)],
        "title": "唤醒",
        "kind": "care",
        "due_at": soon(),
        "holdout": "10",
    }
    shown = sign_in(ana).post("/tasks/bulk/", asked, **PARTIAL)
    assert shown.status_code == 422
    assert "不足一位" in shown.content.decode()


def test_only_its_maker_their_leader_and_risk_see_it(
    ana: Person, ben: Person, carl: Person, lee: Person, sign_in: SignIn, at: datetime
) -> None:
    _act, trial = begun(ana, book(ana, 10), at)
    for who, status in ((ana, 200), (lee, 200), (ben, 404), (carl, 404)):
        browser = sign_in(who)
        assert browser.get(f"/trials/{trial.pk}/").status_code == status
        assert browser.get(f"/api/v1/trials/{trial.pk}").status_code == status
    with pytest.raises(NotAllowed):
        services.end_trial(actor=carl, trial=trial, reason="不行", at=at)


def test_over_the_api(ana: Person, sign_in: SignIn) -> None:
    browser, about = sign_in(ana), book(ana, 20)
    body = {"customer_ids": [one.pk for one in about], "title": "唤醒", "kind": "care", "due_at": soon(), "holdout": 10}

    def post(path: str, **sent: Any) -> Any:
        return browser.post(f"/api/v1/{path}", json.dumps(sent), content_type="application/json")

    tried = post("tasks/for-customers/try", **body).json()
    assert (tried["refused"], len(tried["held_back"])) == ([], 2)
    made = post("tasks/for-customers", **body)
    assert made.status_code == 201 and (made.json()["done"], made.json()["held"]) == (18, 2)
    listed = browser.get("/api/v1/trials").json()["items"]
    assert [one["held_back"]["size"] for one in listed] == [2]
    assert set(Trial.objects.get().members.filter(held=True).values_list("customer_id", flat=True)) == set(
        tried["held_back"]
    )
    assert post("tasks/for-customers", **{**body, "holdout": 5}).status_code == 422
    for path in ("tasks/for-customers", "tasks/for-customers/try"):
        assert post(path, **{**body, "due_at": "2020-01-05T10:00"}).status_code == 422
    ended = post(f"trials/{listed[0]['id']}/end", reason="不做了")
    assert (ended.status_code, ended.json()["state"]) == (200, "ENDED")
    assert post(f"trials/{listed[0]['id']}/end", reason="不做了").status_code == 409
