"""The end of the day: unfinished tasks get a date in one act, and come back in one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.utils import timezone

from kajing.lib.periods import SHANGHAI
from kajing.org.models import Person
from kajing.records.models import Reversal
from kajing.records.undo.returning import undo
from kajing.reference.services import load_reference
from kajing.workflow.services import CannotClose, close_day
from tests.factories.customers import customer
from tests.factories.workflow import task

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]


def at_hour(day: date, hour: int) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI)


def test_tasks_keep_their_hour_overdue_ones_get_the_evening(ana: Person, at: datetime) -> None:
    load_reference(actor="system", at=at)
    today, tomorrow = at.date(), at.date() + timedelta(days=1)
    morning = task(ana, customer(ana), due_at=at_hour(today, 11))
    overdue = task(ana, customer(ana), due_at=at_hour(today - timedelta(days=3), 9))
    must = task(ana, customer(ana), must_do=True, due_at=at_hour(today, 10))
    closed = close_day(actor=ana, tasks=[morning, overdue, must], day=tomorrow, at=at)
    for one in (morning, overdue, must):
        one.refresh_from_db()
    assert closed.moved == 2
    assert (morning.due_at, overdue.due_at, must.due_at) == (
        at_hour(tomorrow, 11), at_hour(tomorrow, 18), at_hour(today, 10),
    )  # fmt: skip
    undo(actor=ana, reversal=Reversal.objects.get(pk=closed.undo), at=at, decisions={}, default="")
    morning.refresh_from_db()
    assert morning.due_at == at_hour(today, 11)


def test_a_day_that_does_not_lie_ahead_and_nothing_chosen_are_refused(ana: Person, at: datetime) -> None:
    load_reference(actor="system", at=at)
    one = task(ana, due_at=at)
    for tasks, day in (([one], at.date() - timedelta(days=500)), ([], at.date() + timedelta(days=900))):
        with pytest.raises(CannotClose):
            close_day(actor=ana, tasks=tasks, day=day, at=at)


def test_the_page_moves_only_what_is_ticked_and_mine(ana: Person, lee: Person, sign_in: SignIn, at: datetime) -> None:
    now = at.astimezone(SHANGHAI)
    load_reference(actor="system", at=now)
    mine, kept = task(ana, title="回电话", due_at=now), task(ana, title="写小结", due_at=now)
    theirs = task(lee, title="组长的", due_at=now)
    browser = sign_in(ana)
    page = browser.get("/today/close/").content.decode()
    assert "回电话" in page
    assert "组长的" not in page
    day = now.date() + timedelta(days=4)
    wrong = browser.post("/today/close/", {"ids": [mine.pk], "day": "2001-01-01"})
    assert wrong.status_code == 422
    answer = browser.post("/today/close/", {"ids": [mine.pk, theirs.pk, "x"], "day": day.isoformat()})
    assert answer.status_code == 303
    for one in (mine, kept, theirs):
        one.refresh_from_db()
    assert mine.due_at.astimezone(SHANGHAI).date() == day
    assert kept.due_at.astimezone(SHANGHAI).date() == now.date()
    assert theirs.due_at.astimezone(SHANGHAI).date() == now.date()
    assert "写小结" in browser.get("/today/close/").content.decode()


def test_by_api_only_what_is_mine_and_undone_by_its_number(
    ana: Person, lee: Person, sign_in: SignIn, at: datetime
) -> None:
    now = at.astimezone(SHANGHAI)
    load_reference(actor="system", at=now)
    mine, must, theirs = task(ana, due_at=now), task(ana, due_at=now, must_do=True), task(lee, due_at=now)
    browser, day = sign_in(ana), timezone.localdate() + timedelta(days=3)
    left = browser.get("/api/v1/day-end").json()
    assert (left["left"], left["must"]) == ([mine.pk], [must.pk])
    body = {"tasks": [mine.pk, must.pk, theirs.pk], "day": day.isoformat()}
    closed = browser.post("/api/v1/day-end", body, content_type="application/json").json()
    for one in (mine, must, theirs):
        one.refresh_from_db()
    assert closed["moved"] == 1
    assert [one.due_at.astimezone(SHANGHAI).date() == day for one in (mine, must, theirs)] == [True, False, False]
    assert browser.post(f"/api/v1/undo/{closed['undo']}", {}, content_type="application/json").status_code == 200
    mine.refresh_from_db()
    assert mine.due_at == now
    refused = browser.post("/api/v1/day-end", {**body, "day": "2020-01-01"}, content_type="application/json")
    assert refused.status_code == 422
