"""The calendar page, and what a calendar program gets under the secret address."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.test import Client

from kajing.lib.periods import SHANGHAI
from kajing.org.models import Person
from kajing.workflow import agenda
from kajing.workflow.models import CalendarFeed
from kajing.workflow.services import feeds
from tests.factories.customers import account, customer
from tests.factories.workflow import task

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]


def test_tasks_dates_and_days_off(ana: Person, lee: Person, at: datetime) -> None:
    own = customer(ana, name="王小明", birth_date=date(1990, 10, 8))
    account(own, temp_limit=1, temp_limit_until=date(2025, 10, 9))
    customer(lee, name="别人的客户", birth_date=date(1990, 10, 8))
    task(ana, own, title="回访", due_at=datetime(2025, 10, 9, 10, 0, tzinfo=SHANGHAI))
    task(lee, title="组长自己的", due_at=datetime(2025, 10, 9, 10, 0, tzinfo=SHANGHAI))
    first, last = agenda.month_days(date(2025, 10, 15))
    assert (first, last) == (date(2025, 9, 29), date(2025, 11, 2))
    days = {one.day: one for one in agenda.calendar(ana, first, last, month=10, today=date(2025, 10, 9))}
    assert [entry.title for entry in days[date(2025, 10, 8)].entries] == ["王小明 生日"]
    titles = [entry.title for entry in days[date(2025, 10, 9)].entries]
    assert titles == ["王小明 临时额度到期", "王小明 回访"]
    assert (days[date(2025, 10, 1)].mark, days[date(2025, 10, 11)].mark, days[date(2025, 10, 9)].mark) == (
        "休",
        "班",
        "",
    )
    assert not days[date(2025, 9, 30)].inside


def test_the_page_by_month_and_week_and_with_nonsense(ana: Person, sign_in: SignIn) -> None:
    browser = sign_in(ana)
    task(ana, title="写周报", due_at=datetime(2026, 11, 23, 10, 0, tzinfo=SHANGHAI))
    for query in ("", "?by=week", "?day=nonsense", "?day=2026-11-01&by=month", "?day=9999-12-31"):
        page = browser.get(f"/calendar/{query}")
        assert page.status_code == 200
        assert "写周报" in page.content.decode()


def test_a_calendar_program_reads_masked_names_only(ana: Person, sign_in: SignIn, at: datetime) -> None:
    from kajing.workflow import selectors

    now = selectors.moment(at).now
    about = customer(ana, name="王小明")
    made = task(ana, about, title="给王小明打电话13800000000", due_at=now + timedelta(days=2))
    shown = sign_in(ana).post("/calendar/address/").content.decode()
    secret = shown.split("/calendar/")[1].split(".ics")[0] if ".ics" in shown.split("/calendar/")[1] else ""
    secret = secret or next(part.split(".ics")[0] for part in shown.split("/calendar/") if ".ics" in part[:60])
    assert secret not in str(list(CalendarFeed.objects.values()))
    answer = Client().get(f"/calendar/{secret}.ics")
    text = answer.content.decode()
    assert answer["Content-Type"].startswith("text/calendar")
    assert f"UID:task-{made.pk}@kajing" in text
    assert "王**" in text
    assert "王小明" not in text
    assert "13800000000" not in text
    assert all(len(line.encode()) <= 75 for line in text.split("\r\n"))
    assert Client().get("/calendar/wrong.ics").status_code == 404
    sign_in(ana).post("/calendar/address/end/")
    assert Client().get(f"/calendar/{secret}.ics").status_code == 404


def test_a_new_address_ends_the_old_one_and_so_does_leaving(ana: Person, at: datetime) -> None:
    first = feeds.new_feed(actor=ana, at=at)
    second = feeds.new_feed(actor=ana, at=at)
    assert agenda.person_of_feed(first) is None
    assert agenda.person_of_feed(second) == ana
    Person.objects.filter(pk=ana.pk).update(is_active=False)
    assert agenda.person_of_feed(second) is None


def test_the_address_is_taken_back_by_api_and_never_told(
    ana: Person, ben: Person, at: datetime, sign_in: SignIn
) -> None:
    secret, others = feeds.new_feed(actor=ana, at=at), feeds.new_feed(actor=ben, at=at)
    browser = sign_in(ana)
    told = browser.get("/api/v1/calendar/feed")
    assert told.json()["open"] and secret not in told.content.decode()
    assert browser.delete("/api/v1/calendar/feed").json() == {"open": False, "made_at": None}
    assert browser.delete("/api/v1/calendar/feed").json() == {"open": False, "made_at": None}
    assert agenda.person_of_feed(secret) is None
    assert agenda.person_of_feed(others) == ben
