"""Reports as people use them: pages, saving, sharing, files, schedules, watched figures, dashboards, API."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from datetime import datetime, time, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from kajing.audit.models import AuditRow
from kajing.customers.models import CustomerFigures
from kajing.insights.models import Dashboard, Report, ReportDelivery, ReportRun, ReportSchedule
from kajing.insights.pivot import Definition
from kajing.insights.selectors import dashboards, reports
from kajing.insights.services import dashboards as tiles
from kajing.insights.services import reports as acts
from kajing.insights.services import schedules
from kajing.insights.standard import STANDARD
from kajing.insights.tiles import DEFAULTS
from kajing.lib.errors import NotAllowed
from kajing.lib.periods import SHANGHAI
from kajing.notifications.models import Notification
from kajing.org.models import Person, Role
from kajing.queue.models import Job
from kajing.records.lists import LISTS
from tests.insights.many import bank, work

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
ASKED: dict[str, Any] = {
    "list": "customers", "rows": ["risk_band"], "column": "value_tier", "where": "status = ACTIVE",
    "measures": [{"kind": "share", "where": "dpd > 0"}, {"kind": "count"}, {"kind": "sum", "field": "balance"}],
}  # fmt: skip


@pytest.fixture
def product_reports(db: None, at: datetime) -> None:
    """The reports of the product, as `migrate` puts them in."""
    acts.seed_reports(at=at)


def saved(owner: Person, at: datetime, **more: Any) -> Report:
    """A report of a person's."""
    asked = Definition.read({**ASKED, **more.pop("asked", {})})
    return acts.save_report(actor=owner, definition=asked, name=more.pop("name", "逾期"), at=at, **more)


# -- pages -----------------------------------------------------------------------------------------------------------
def test_building_showing_and_keeping_a_report(ana: Person, sign_in: SignIn) -> None:
    bank([ana], 1)
    browser = sign_in(ana)
    assert "行分组" in browser.get("/reports/new/").content.decode()
    query = urlencode({"list": "customers", "r1": "risk_band", "c": "value_tier", "m1": "share", "w1": "dpd > 0",
                       "m2": "mean", "f2": "spend", "sort": "", "chart": "heat"})  # fmt: skip
    page = browser.get(f"/reports/new/?{query}").content.decode()
    assert "占比：逾期天数 &gt; 0 天" in page
    assert "/customers/?order=" in page
    kept = browser.post(f"/reports/new/?{query}", {"name": "我的", "audience": "MINE"})
    report = Report.objects.get(name="我的")
    assert kept.url == f"/reports/{report.pk}/"
    assert report.definition["measures"][1] == {"kind": "mean", "field": "spend"}
    assert "我的" in browser.get("/reports/").content.decode()
    assert "value_tier" in browser.get(f"/reports/{report.pk}/edit/").content.decode()
    assert browser.post(f"/reports/{report.pk}/edit/", {"name": "新名", "version": "1"}).status_code == 302
    assert browser.post(f"/reports/{report.pk}/edit/", {"name": "旧版", "version": "1"}).status_code == 422
    assert "恢复到此版本" in browser.get(f"/reports/{report.pk}/history/").content.decode()
    browser.post(f"/reports/{report.pk}/restore/", {"number": "1"})
    assert Report.objects.get(pk=report.pk).name == "我的"
    browser.post(f"/reports/{report.pk}/remove/")
    assert browser.get(f"/reports/{report.pk}/").status_code == 404


def test_what_cannot_be_told_stays_on_the_form(ana: Person, sign_in: SignIn) -> None:
    page = sign_in(ana).get("/reports/new/?list=customers&m1=share&w1=nothing+%3E+1&where=dpd")
    assert page.status_code == 422
    assert "nothing" in page.content.decode()
    assert sign_in(ana).get("/reports/new/?list=customers&m1=count&r1=no").status_code == 422


def test_pages_stay_within_their_budgets(ana: Person, sign_in: SignIn, at: datetime, product_reports: None) -> None:
    bank([ana], 2)
    work([ana], 2)
    browser = sign_in(ana)
    report = saved(ana, at, asked={"rows": ["opened:month", "risk_band"]})
    for path in ("/reports/", f"/reports/{report.pk}/", "/reports/new/?list=customers&m1=count&r1=manager",
                 "/dashboard/", "/dashboard/tiles/4/", f"/reports/{report.pk}/schedule/"):  # fmt: skip
        browser.get(path)
        with CaptureQueriesContext(connection) as asked:
            page = browser.get(path)
        assert page.status_code == 200, path
        assert len(asked) <= 12, (path, "\n".join(one["sql"][:170] for one in asked))
        assert len(re.findall(rb"<[a-z]", page.content)) <= 1500, path


def test_a_share_rests_on_enough_or_is_greyed(ana: Person, sign_in: SignIn, at: datetime) -> None:
    bank([ana], 3, count=8)
    page = sign_in(ana).get(f"/reports/{saved(ana, at).pk}/").content.decode()
    assert "样本少" in page


# -- the product's reports -------------------------------------------------------------------------------------------
def test_every_report_of_the_product_can_be_told_to_its_roles(
    ana, lee, head, risk, service, compliance, auditor, product_reports
) -> None:
    bank([ana], 4, count=30)
    work([ana], 4)
    cast = {one.role: one for one in (ana, lee, head, risk, service, compliance, auditor)}
    for one in STANDARD:
        for role in one.roles:
            person = cast[role]
            assert reports.reports(person).filter(slug=one.slug).exists(), (one.slug, role)
            shown = reports.table(person, Definition.read(one.definition))
            assert shown.measures, one.slug
    counts = {role: sum(role in one.roles for one in STANDARD) for role in cast}
    assert all(counts[role] >= 3 for role in ("MANAGER", "LEADER", "BRANCH_HEAD", "RISK", "SERVICE")), counts


def test_only_lists_that_one_may_open_can_be_reported_on(ana: Person, admin: Person, service: Person) -> None:
    assert {spec.name for spec in reports.lists_for(ana)} >= {"customers", "tasks", "pool"}
    assert "customers" not in {spec.name for spec in reports.lists_for(admin)}
    assert all(reports.right_of(spec) for spec in LISTS.values() if spec.url_name)


# -- saving and sharing ----------------------------------------------------------------------------------------------
def test_sharing_by_unit_and_role(ana, ben, lee, head, service, at) -> None:
    report = saved(lee, at, audience="UNIT", roles=["MANAGER"])
    assert reports.sees(ana, report)
    assert not reports.sees(ben, report)  # another unit
    assert not reports.sees(service, report)  # another role
    mine = acts.copy_report(actor=ana, report=report, at=at)
    assert not reports.sees(lee, mine)
    with pytest.raises(NotAllowed):
        acts.remove_report(actor=ana, report=report, at=at)
    with pytest.raises(acts.CannotSave):
        saved(ana, at, audience="UNIT")
    with pytest.raises(acts.CannotSave):
        saved(ana, at, name=" ")
    with pytest.raises(acts.ReportChanged):
        acts.change_report(actor=lee, report=report, version=7, name="x", at=at)
    assert AuditRow.objects.filter(action="insights.save_report", object_id=str(report.pk)).count() == 1


# -- files -----------------------------------------------------------------------------------------------------------
def test_a_file_holds_the_table_and_the_page_about_it(ana: Person, sign_in: SignIn, at: datetime) -> None:
    bank([ana], 5)
    report = saved(ana, at, name="=cmd|逾期")
    browser = sign_in(ana)
    told = browser.post(f"/reports/{report.pk}/file/", {"form": "csv"}).content.decode("utf-8-sig")
    assert "Wilson" in told and "'=cmd" in told
    assert str(reports.table(ana, Definition.read(report.definition)).total.total.n) in told
    book = zipfile.ZipFile(io.BytesIO(browser.post(f"/reports/{report.pk}/file/", {"form": "xlsx"}).content))
    assert len([name for name in book.namelist() if "worksheets/sheet" in name]) == 2
    assert not any(b"<f>" in book.read(name) for name in book.namelist() if "worksheets" in name)
    row = AuditRow.objects.filter(action="insights.export_report").latest("pk")
    assert row.changes["form"] == "xlsx" and row.changes["reference"].startswith("E")
    unsaved = browser.post("/reports/file/", {"form": "csv", "definition": json.dumps(ASKED)})
    assert unsaved["Content-Disposition"].startswith("attachment")
    assert browser.post("/reports/file/", {"form": "csv", "definition": "{"}).status_code == 404


# -- schedules -------------------------------------------------------------------------------------------------------
def run_jobs(at: datetime) -> int:
    """What the worker does with the deliveries that wait."""
    waiting = list(Job.objects.filter(task=schedules.JOB, state=Job.State.READY))
    for job in waiting:
        schedules.deliver(run_id=job.kwargs["run"], person_id=job.kwargs["person"], at=at)
        Job.objects.filter(pk=job.pk).update(state=Job.State.DONE)
    return len(waiting)


def daily(owner: Person, report: Report, at: datetime, **more: Any) -> ReportSchedule:
    """Every day at eight."""
    return schedules.schedule_report(actor=owner, report=report, at=at, **{"every": "DAY", "at_time": time(8), **more})


@pytest.mark.parametrize(
    ("about", "due"),
    [
        ({"every": "DAY", "at_time": time(8)}, "2026-11-24T08:00"),
        ({"every": "DAY", "at_time": time(18, 30)}, "2026-11-23T18:30"),
        ({"every": "WEEK", "weekday": 0, "at_time": time(9)}, "2026-11-30T09:00"),
        ({"every": "WEEK", "weekday": 4, "at_time": time(8)}, "2026-11-27T08:00"),
        ({"every": "MONTH", "month_day": 31, "at_time": time(8)}, "2026-11-30T08:00"),
        ({"every": "MONTH", "month_day": 5, "at_time": time(8)}, "2026-12-05T08:00"),
    ],
)
def test_when_a_schedule_is_due(about: dict[str, Any], due: str, ana: Person, at: datetime) -> None:
    made = schedules.schedule_report(actor=ana, report=saved(ana, at), at=at, **about)
    assert made.next_due_at == datetime.fromisoformat(due).replace(tzinfo=SHANGHAI)


def test_each_gets_the_figures_of_their_own_scope_once(ana, ben, lee, at, sign_in) -> None:
    bank([ana], 6, count=20)
    report = saved(lee, at, audience="UNIT")
    schedule = daily(lee, report, at, people=[lee.person_no, ana.person_no], form="csv")
    later = schedule.next_due_at + timedelta(minutes=3)
    assert schedules.fire_due(at) == 0
    assert [schedules.fire_due(later), schedules.fire_due(later)] == [1, 0]
    assert run_jobs(later) == 2
    for run in ReportRun.objects.all():  # a job that was killed after its commit and runs again
        assert schedules.deliver(run_id=run.pk, person_id=ana.pk, at=later) is None
    assert ReportDelivery.objects.count() == 2
    assert Notification.objects.filter(kind=schedules.READY).values_list("person", "count").count() == 2
    mine = ReportDelivery.objects.get(person=ana)
    content = schedules.open_file(actor=ana, delivery=mine, at=later).decode("utf-8-sig")
    assert ana.person_no in content
    with pytest.raises(NotAllowed):
        schedules.open_file(actor=ben, delivery=mine, at=later)
    schedules.expire_files(later + timedelta(days=8))
    mine.refresh_from_db()
    assert mine.content_enc is None
    with pytest.raises(schedules.CannotOpenFile):
        schedules.open_file(actor=ana, delivery=mine, at=later)


def test_a_missed_time_is_sent_once_and_not_made_up(ana: Person, at: datetime) -> None:
    bank([ana], 6, count=5)
    schedule = daily(ana, saved(ana, at), at)
    after_a_week = at + timedelta(days=7)
    assert schedules.fire_due(after_a_week) == 1
    schedule.refresh_from_db()
    assert schedule.next_due_at > after_a_week
    assert schedules.fire_due(after_a_week) == 0


def test_schedules_of_leavers_stop_and_leavers_get_nothing(ana, lee, at) -> None:
    report = saved(lee, at, audience="UNIT")
    schedule = daily(lee, report, at, people=[ana.person_no, lee.person_no])
    ana.left_on = at.date() - timedelta(days=1)
    ana.save()
    later = schedule.next_due_at
    today = timezone.localdate()
    assert [one.pk for one in reports.recipients(schedule, today)] == [lee.pk]
    lee.is_active = False
    lee.save()
    assert schedules.fire_due(later) == 0
    schedule.refresh_from_db()
    assert schedule.next_due_at is None and schedule.stopped_why
    assert not Job.objects.filter(task=schedules.JOB).exists()


def test_whom_one_may_send_to(ana, ben, lee, head, at) -> None:
    report = saved(ana, at)
    with pytest.raises(schedules.CannotSchedule):
        daily(ana, report, at, people=[lee.person_no])
    shared = saved(lee, at, audience="UNIT")
    with pytest.raises(schedules.CannotSchedule):
        daily(lee, shared, at, people=[ben.person_no])
    with pytest.raises(NotAllowed):
        daily(ben, report, at)
    assert [one.pk for one in reports.recipients(daily(lee, shared, at, roles=["MANAGER"]), at.date())] == [ana.pk]
    with pytest.raises(schedules.CannotSchedule):
        daily(ana, report, at, measure=9, value=Decimal(1))
    with pytest.raises(schedules.CannotSchedule):
        daily(ana, report, at, measure=0)


def test_a_crossing_is_told_once_and_again_after_it_came_back(ana: Person, at: datetime) -> None:
    bank([ana], 7, count=40)
    report = saved(ana, at, asked={"rows": [], "column": "", "where": ""})
    schedule = daily(ana, report, at, measure=0, value=Decimal(50), form="")
    told = []
    for day, share in enumerate((0.2, 0.8, 0.9, 0.1, 0.7), start=1):
        keys = list(CustomerFigures.objects.order_by("pk").values_list("pk", flat=True))
        CustomerFigures.objects.update(dpd=0)
        CustomerFigures.objects.filter(pk__in=keys[: round(share * len(keys)) + 4]).update(dpd=30)
        Notification.objects.filter(kind=schedules.CROSSED).update(done_at=at)
        now = at + timedelta(days=day)
        assert schedules.fire_due(now) == 1
        run_jobs(now)
        told.append(Notification.objects.filter(kind=schedules.CROSSED, done_at=None).count())
    assert told == [0, 1, 0, 0, 1]
    assert schedule.is_alert
    news = Notification.objects.filter(kind=schedules.CROSSED).latest("pk")
    assert "越线" in str(news.text)


def test_setting_up_by_page(lee: Person, ana: Person, sign_in: SignIn, at: datetime) -> None:
    browser = sign_in(lee)
    report = saved(lee, at, audience="UNIT")
    sent = {"every": "WEEK", "weekday": "1", "at_time": "07:30", "form": "xlsx", "people": f"{lee.person_no}，{ana.person_no}",
            "measure": "0", "side": ">", "value": "5"}  # fmt: skip
    assert browser.post(f"/reports/{report.pk}/schedule/", sent).status_code == 302
    made = ReportSchedule.objects.get()
    assert (made.people, made.measure, made.value) == ([lee.person_no, ana.person_no], 0, Decimal(5))
    assert "07:30" in browser.get(f"/reports/{report.pk}/schedule/").content.decode()
    assert browser.post(f"/reports/{report.pk}/schedule/", {**sent, "people": "P-NOBODY"}).status_code == 422
    browser.post(f"/reports/schedules/{made.pk}/stop/")
    made.refresh_from_db()
    assert made.next_due_at is None


# -- dashboards ------------------------------------------------------------------------------------------------------
def test_every_role_has_a_dashboard_of_known_tiles(
    ana, lee, head, risk, service, admin, compliance, auditor, product_reports, sign_in
) -> None:
    bank([ana], 8, count=15)
    work([ana], 8)
    for person in (ana, lee, head, risk, service, admin, compliance, auditor):
        assert len(dashboards.tiles_of(person)) == len(DEFAULTS[person.role]), person.role
        browser = sign_in(person)
        assert browser.get("/dashboard/").status_code == 200
        for place in range(len(DEFAULTS[person.role])):
            assert browser.get(f"/dashboard/tiles/{place}/").status_code == 200, (person.role, place)
    assert set(DEFAULTS) == set(Role.values)


def test_a_copy_of_ones_own(ana: Person, sign_in: SignIn, product_reports: None) -> None:
    browser = sign_in(ana)
    before = [tile["ref"] for tile in dashboards.tiles_of(ana)]
    assert "添加磁贴" in browser.get("/dashboard/?edit=1").content.decode()
    browser.post("/dashboard/change/", {"act": "down", "place": "0"})
    after = [tile["ref"] for tile in dashboards.tiles_of(ana)]
    assert after[:2] == [before[1], before[0]]
    browser.post("/dashboard/change/", {"act": "wide", "place": "0"})
    assert dashboards.tiles_of(ana)[0]["size"] == 2
    browser.post("/dashboard/change/", {"act": "order", "order": ",".join(map(str, reversed(range(len(after)))))})
    assert [tile["ref"] for tile in dashboards.tiles_of(ana)] == after[::-1]
    browser.post("/dashboard/change/", {"act": "add", "tile": "metric:utilisation"})
    assert dashboards.tiles_of(ana)[-1]["ref"] == "utilisation"
    browser.post("/dashboard/change/", {"act": "remove", "place": str(len(after))})
    browser.post("/dashboard/change/", {"act": "add", "tile": "figure:jobs_dead"})  # not for managers
    assert len(dashboards.tiles_of(ana)) == len(after)
    browser.post("/dashboard/change/", {"act": "reset"})
    assert not Dashboard.objects.exists()
    with pytest.raises(tiles.CannotPlace):
        tiles.change_tile(actor=ana, place=99, act="up", at=timezone.now())


def test_a_tile_whose_report_is_gone_says_so(ana: Person, sign_in: SignIn, at: datetime) -> None:
    report = saved(ana, at)
    tiles.place_tiles(actor=ana, tiles=[{"kind": "report", "ref": str(report.pk), "as": "chart", "size": 2}], at=at)
    acts.remove_report(actor=ana, report=report, at=at)
    assert "已不存在" in sign_in(ana).get("/dashboard/tiles/0/").content.decode()


# -- API -------------------------------------------------------------------------------------------------------------
def test_the_api_does_what_the_pages_do(lee: Person, ana: Person, sign_in: SignIn) -> None:
    bank([ana], 9)
    browser = sign_in(lee)

    def send(method: str, path: str, body: Any = None) -> Any:
        return getattr(browser, method)(f"/api/v1{path}", json.dumps(body), content_type="application/json")

    lists = {one["list"]: one for one in browser.get("/api/v1/reports/lists").json()["items"]}
    assert "opened:month" in {one["name"] for one in lists["customers"]["groupings"]}
    told = send("post", "/reports/run", ASKED).json()
    assert told["total"]["total"]["n"] == sum(line["total"]["n"] for line in told["lines"])
    assert told["measures"][2]["unit"] == "money"
    assert told["lines"][0]["cells"][0]["where"].startswith("status = ACTIVE and")
    made = send("post", "/reports", {"name": "a", "definition": ASKED, "audience": "UNIT"}).json()
    path = f"/reports/{made['id']}"
    assert send("patch", path, {"version": 1, "name": "b"}).json()["version"] == 2
    assert send("patch", path, {"version": 1, "name": "c"}).status_code == 409
    assert browser.get(f"/api/v1{path}/run").json()["columns"] == told["columns"]
    assert made["id"] in {one["id"] for one in browser.get("/api/v1/reports").json()["items"]}
    plan = send("post", f"{path}/schedules", {"every": "DAY", "at_time": "08:00", "people": [ana.person_no]}).json()
    assert browser.get(f"/api/v1{path}/schedules").json()["items"][0]["id"] == plan["id"]
    assert browser.delete(f"/api/v1/report-schedules/{plan['id']}").json()["next_due_at"] is None
    assert send("post", "/reports/run", {**ASKED, "rows": ["shoe"]}).status_code == 422
    assert browser.delete(f"/api/v1{path}").json()["id"] == made["id"]
    assert browser.get(f"/api/v1{path}").status_code == 404


def test_the_dashboard_over_the_api(ana: Person, sign_in: SignIn) -> None:
    browser = sign_in(ana)
    assert browser.get("/api/v1/dashboard").json()["own"] is False
    body = {"version": 0, "tiles": [{"kind": "metric", "ref": "utilisation", "size": 2}]}
    put = browser.put("/api/v1/dashboard", json.dumps(body), content_type="application/json")
    assert put.json() == {
        "own": True, "version": 1, "tiles": [{"kind": "metric", "ref": "utilisation", "shown": "", "size": 2}],
    }  # fmt: skip
    again = browser.put("/api/v1/dashboard", json.dumps(body), content_type="application/json")
    assert again.status_code == 409
    assert browser.delete("/api/v1/dashboard").json()["own"] is False
