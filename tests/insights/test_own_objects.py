"""Reports over what the bank defined itself: built by page, opened to rows, in files, by schedule, on a dashboard."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, time, timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kajing.insights.models import Report, ReportDelivery
from kajing.insights.selectors import dashboards, reports
from kajing.insights.services import schedules
from kajing.objects.models import ObjectDefinition
from kajing.objects.services import switch_object
from kajing.org.models import Person
from tests.factories.customers import customer
from tests.factories.objects import own_object, own_record
from tests.factories.records import field, shaper
from tests.insights.test_reports import run_jobs

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
QUERY = {
    "list": "obj_event",
    "r1": "cf_sort",
    "m1": "sum",
    "f1": "cf_budget",
    "m2": "count",
    "sort": "",
    "chart": "bar",
}


@pytest.fixture
def events(ana: Person, ben: Person) -> None:
    """An object with a choice and an amount; three records of Ana's, one without a choice, and one of Ben's."""
    about = own_object(ana.unit)
    field(ana.unit, "sort", "CHOICE", kind="obj_event", label="类别")
    field(ana.unit, "budget", "MONEY", kind="obj_event", label="预算")
    for who, values in (
        (ana, {"sort": "gold", "budget": "1000"}), (ana, {"sort": "gold", "budget": "500.50"}),
        (ana, {"sort": "plain", "budget": "20"}), (ana, {"budget": "3"}), (ben, {"sort": "gold", "budget": "70000"}),
    ):  # fmt: skip
        own_record(who, about, customer(who), values=values)


def kept(browser: Client, **more: str) -> Report:
    browser.post(f"/reports/new/?{urlencode(QUERY)}", {"name": "活动预算", "audience": "MINE", **more})
    return Report.objects.get(name="活动预算")


def test_built_by_page_and_opened_to_exactly_its_rows(ana: Person, events: None, sign_in: SignIn) -> None:
    browser = sign_in(ana)
    form = browser.get("/reports/new/?list=obj_event").content.decode()
    assert "贵宾活动" in form and "cf_sort" in form and "cf_budget" in form
    page = browser.get(f"/reports/new/?{urlencode(QUERY)}").content.decode()
    shown = re.sub(r"<[^>]+>", " ", page)
    assert re.search(r"金牌\s+¥?(1,500|1,501|0.15)", shown) and "7.15" not in shown
    report = kept(browser)
    page = unescape(browser.get(f"/reports/{report.pk}/").content.decode())
    rows = [url for url in re.findall(r'href="(/objects/event/\?[^"]+)"', page) if "cf_sort" in url]
    gold = next(url for url in rows if "gold" in url)
    assert browser.get(gold).content.decode().count("<tr data-row") == 2
    assert any(browser.get(url).content.decode().count("<tr data-row") == 1 for url in rows if "empty" in url)


def test_in_files_by_schedule_and_on_a_dashboard(
    ana: Person, events: None, sign_in: SignIn, at: datetime
) -> None:  # fmt: skip
    browser = sign_in(ana)
    report = kept(browser)
    told = browser.post(f"/reports/{report.pk}/file/", {"form": "csv"}).content.decode("utf-8-sig")
    assert "1500.50" in told and "金牌" in told
    assert browser.post(f"/reports/{report.pk}/file/", {"form": "xlsx"}).content[:2] == b"PK"
    made = schedules.schedule_report(
        actor=ana, report=report, at=at, every="DAY", at_time=time(8), people=[ana.person_no], form="csv"
    )
    later = made.next_due_at + timedelta(minutes=1)
    assert schedules.fire_due(later) == 1 and run_jobs(later) == 1
    file = schedules.open_file(actor=ana, delivery=ReportDelivery.objects.get(), at=later).decode("utf-8-sig")
    assert "1500.50" in file
    browser.post("/dashboard/change/", {"act": "add", "tile": f"report:{report.pk}"})
    place = next(n for n, tile in enumerate(dashboards.tiles_of(ana)) if tile["ref"] == str(report.pk))
    shown = dashboards.tile_at(ana, place)
    assert shown is not None and not shown.problem and shown.drawn is not None
    assert browser.get(f"/dashboard/tiles/{place}/").status_code == 200


def test_over_the_api(ana: Person, events: None, sign_in: SignIn) -> None:
    asked = {"list": "obj_event", "rows": ["cf_sort"], "measures": [{"kind": "sum", "field": "cf_budget"}]}
    answer = sign_in(ana).post("/api/v1/reports/run", asked, content_type="application/json")
    assert answer.status_code == 200, answer.content
    assert "150050" in answer.content.decode()


def test_a_role_that_does_not_see_the_object_is_not_offered_it(ana: Person, lee: Person, events: None) -> None:
    about = own_object(ana.unit, "secret", sees=["LEADER"], creates=["LEADER"], edits=["LEADER"])
    assert about.kind in {spec.name for spec in reports.lists_for(Person.objects.get(pk=lee.pk))}
    names = {spec.name for spec in reports.lists_for(Person.objects.get(pk=ana.pk))}
    assert about.kind not in names and "obj_event" in names


def test_a_report_waits_while_its_object_is_off(ana: Person, events: None, sign_in: SignIn) -> None:
    browser, about = sign_in(ana), ObjectDefinition.objects.get(code="event")
    report = kept(browser)
    browser.post("/dashboard/change/", {"act": "add", "tile": f"report:{report.pk}"})
    place = next(n for n, tile in enumerate(dashboards.tiles_of(ana)) if tile["ref"] == str(report.pk))
    for on in (False, True):
        switch_object(actor=shaper(ana.unit), about=about, on=on, at=timezone.now())
        assert browser.get("/reports/").status_code == 200
        assert browser.get(f"/reports/{report.pk}/").status_code == (200 if on else 404)
        assert browser.get(f"/dashboard/tiles/{place}/").status_code == 200


def test_pages_stay_within_their_budgets(ana: Person, events: None, sign_in: SignIn) -> None:
    browser = sign_in(ana)
    report = kept(browser)
    for path in ("/reports/", f"/reports/{report.pk}/", f"/reports/new/?{urlencode(QUERY)}"):
        browser.get(path)
        with CaptureQueriesContext(connection) as asked:
            assert browser.get(path).status_code == 200, path
        assert len(asked) <= 12, [path, *(one["sql"][:60] + "…" + one["sql"][-60:] for one in asked)]


def test_the_page_of_reports_asks_once_whatever_there_are(ana: Person, events: None, sign_in: SignIn) -> None:
    browser = sign_in(ana)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert "活动预算" in browser.get("/reports/").content.decode()
        return len(queries)

    one = kept(browser)
    first = asked()
    for number in range(3):
        Report.objects.create(**{
            field.attname: getattr(one, field.attname) for field in Report._meta.fields if field.attname != "id"
        } | {"name": f"活动预算 {number}"})  # fmt: skip
    assert asked() == first
