"""Planned visits: planned by looking the customer up, moved in the calendar, the order of a day, reminders, handovers."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest
from django.test import Client

from kajing.audit.models import AuditRow
from kajing.contact import on_calendar, selectors
from kajing.contact.choices import State
from kajing.contact.models import Interaction
from kajing.contact.services import (
    NoReason,
    Place,
    cancel_plan,
    check_in,
    move_plan,
    plan_contact,
    remind,
)
from kajing.contact.services.reminding import MINUTES
from kajing.customers.models import Customer
from kajing.customers.services import assign_portfolio, give_back
from kajing.lib.errors import NotAllowed
from kajing.lib.periods import SHANGHAI
from kajing.notifications.models import Notification
from kajing.org.models import Person, Substitution
from kajing.reference.models import Parameter
from kajing.reference.services import load_reference
from kajing.workflow import agenda
from tests.factories.customers import customer

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
PARTIAL = {"HX-Request": "true"}


def visit(person: Person, about: Customer, when: datetime, at: datetime, **more: str) -> Interaction:
    return plan_contact(
        actor=person, customer=about, channel="VISIT", purpose="SERVICE", planned_at=when, at=at, **more
    )


@pytest.fixture
def cora(ana: Person) -> Person:
    """Ana's colleague in the same team."""
    return Person.objects.create(person_no="P777", username="cora", name="柯兰", role="MANAGER", unit=ana.unit)


@pytest.fixture
def soon(rules: None) -> datetime:
    """Ten in the morning of the real tomorrow: pages go by the clock."""
    tomorrow = datetime.now(SHANGHAI).date() + timedelta(days=1)
    return datetime.combine(tomorrow, datetime.min.time(), SHANGHAI).replace(hour=10)


def test_the_same_plan_twice_is_one_plan(ana: Person, at: datetime, rules: None) -> None:
    about = customer(ana)
    first = visit(ana, about, at + timedelta(hours=3), at, place="单位前台", district=" 浦东新区 ")
    again = visit(ana, about, at + timedelta(hours=3), at)
    assert (first.pk, first.district, Interaction.objects.count()) == (again.pk, "浦东新区", 1)


def test_calling_off_needs_a_reason_and_keeps_it(ana: Person, at: datetime, rules: None) -> None:
    plan = visit(ana, customer(ana), at + timedelta(hours=3), at)
    with pytest.raises(NoReason):
        cancel_plan(actor=ana, contact=plan, at=at, reason=" x ")
    off = cancel_plan(actor=ana, contact=plan, at=at, reason="客户出差")
    assert (off.state, off.called_off_because) == (State.CANCELLED, "客户出差")
    assert AuditRow.objects.get(action="contact.cancel").reason == "客户出差"


# -- the calendar ----------------------------------------------------------------------------------------------------
def test_the_calendar_shows_visits_with_place_and_a_way_to_move_them(ana: Person, at: datetime, rules: None) -> None:
    about = customer(ana, name="王小明")
    plan = visit(ana, about, at + timedelta(hours=3), at, place="单位前台", district="浦东新区")
    off = visit(ana, about, at + timedelta(hours=4), at)
    cancel_plan(actor=ana, contact=off, at=at, reason="客户出差")
    day = at.astimezone(SHANGHAI).date()
    shown = agenda.calendar(ana, day, day, month=None, today=day)[0].entries
    assert [(one.key, one.title, one.note, one.move_url) for one in shown] == [
        (f"contacts-{plan.pk}", "拜访：王小明", "浦东新区、单位前台", f"/contact/{plan.pk}/shift/")
    ]
    check_in(actor=ana, contact=plan, place=Place(words="门口"), at=at + timedelta(hours=3))
    begun = agenda.calendar(ana, day, day, month=None, today=day)[0].entries[0]
    assert (begun.move_url, begun.state) == ("", "进行中")


def test_colleagues_visits_stand_only_in_the_calendar_of_who_stands_in(
    ana: Person, cora: Person, at: datetime, rules: None
) -> None:
    plan = visit(ana, customer(ana), at + timedelta(hours=3), at)
    day = at.astimezone(SHANGHAI).date()
    assert not on_calendar.planned(cora, day, day)
    Substitution.objects.create(person=ana, substitute=cora, first_day=day, last_day=date(2099, 1, 1), made_by="P1")
    Substitution.objects.update(first_day=date(2020, 1, 1))
    cora = Person.objects.get(pk=cora.pk)
    assert [one.pk for one in on_calendar.planned(cora, day, day)] == [plan.pk]
    moved = move_plan(actor=cora, contact=plan, planned_at=at + timedelta(hours=4), at=at)
    assert moved.person_id == ana.person_no


def test_a_calendar_program_gets_the_visit_without_name_and_place(ana: Person, soon: datetime) -> None:
    now = datetime.now(SHANGHAI)
    plan = visit(ana, customer(ana, name="王小明"), soon, now, place="幸福路 8 号", subject="送王小明材料")
    text = agenda.ics(ana, today=now.date(), at=now)
    assert f"UID:contacts-{plan.pk}@kajing" in text
    assert "王**" in text
    assert not any(word in text for word in ("王小明", "幸福路", "材料"))
    cancel_plan(actor=ana, contact=plan, at=now, reason="客户出差")
    assert "contacts-" not in agenda.ics(ana, today=now.date(), at=now)


@pytest.mark.parametrize("by", ["day", "week", "month"])
def test_every_span_of_the_page_has_the_visit(by: str, ana: Person, soon: datetime, sign_in: SignIn) -> None:
    plan = visit(ana, customer(ana, name="王小明"), soon, datetime.now(SHANGHAI), place="前台")
    page = sign_in(ana).get(f"/calendar/?by={by}&day={soon:%Y-%m-%d}").content.decode()
    assert f'data-shift="/contact/{plan.pk}/shift/" data-at="{soon:%Y-%m-%dT%H:%M}"' in page.replace("  ", " ")
    rows = sign_in(ana).get(f"/calendar/?by={by}&day={soon:%Y-%m-%d}", headers=PARTIAL).content.decode()
    assert "<html" not in rows
    assert "王小明" in rows


def test_a_day_shows_what_can_be_moved_before_it_shows_all_else(ana: Person, soon: datetime) -> None:
    plan = visit(ana, customer(ana, name="王小明"), soon, datetime.now(SHANGHAI))
    day = agenda.Day(soon.date(), inside=True, today=False, workday=True)
    day.entries = [agenda.Entry(None, f"生日 {number}", "/", "heart", key=f"b-{number}") for number in range(9)]
    day.entries.append(agenda.Entry(soon, "拜访", "/", "map-pin", key=f"contacts-{plan.pk}", move_url="/x/"))
    assert day.shown[-1].title == "拜访"
    assert (len(day.shown), day.left_out) == (6, 4)


# -- moving ----------------------------------------------------------------------------------------------------------
def test_dropped_on_another_day_with_a_way_back(ana: Person, soon: datetime, sign_in: SignIn) -> None:
    plan = visit(ana, customer(ana), soon, datetime.now(SHANGHAI))
    browser = sign_in(ana)
    to = soon + timedelta(days=1)
    answer = browser.post(
        f"/contact/{plan.pk}/shift/", {"planned_at": f"{to:%Y-%m-%dT%H:%M}", "quick": "1"}, headers=PARTIAL
    )
    told = json.loads(answer["HX-Trigger"])
    assert (answer.status_code, told["calendar:changed"]) == (204, True)
    plan.refresh_from_db()
    assert plan.planned_at == to
    browser.post(told["toast"][0]["undo"], headers=PARTIAL)
    plan.refresh_from_db()
    assert plan.planned_at == soon


@pytest.mark.parametrize("text", ["2001-01-01T10:00", "nonsense", "", "2099-01-01T10:00"])
def test_a_drop_that_cannot_be_says_why(text: str, ana: Person, soon: datetime, sign_in: SignIn) -> None:
    plan = visit(ana, customer(ana), soon, datetime.now(SHANGHAI))
    quick = sign_in(ana).post(f"/contact/{plan.pk}/shift/", {"planned_at": text, "quick": "1"}, headers=PARTIAL)
    note = json.loads(quick["HX-Trigger"])["toast"][0]
    assert (quick.status_code, note["tone"]) == (204, "bad")
    assert note["text"]
    dialog = sign_in(ana).post(f"/contact/{plan.pk}/shift/", {"planned_at": text}, headers=PARTIAL)
    assert dialog.status_code == 422
    plan.refresh_from_db()
    assert plan.planned_at == soon


def test_the_form_of_another_time(ana: Person, ben: Person, soon: datetime, sign_in: SignIn) -> None:
    plan = visit(ana, customer(ana), soon, datetime.now(SHANGHAI))
    assert f"{soon:%Y-%m-%dT%H:%M}" in sign_in(ana).get(f"/contact/{plan.pk}/shift/").content.decode()
    assert sign_in(ben).get(f"/contact/{plan.pk}/shift/").status_code == 404
    later = f"{soon + timedelta(hours=1):%Y-%m-%dT%H:%M}"
    assert sign_in(ana).post(f"/contact/{plan.pk}/shift/", {"planned_at": later}).status_code == 303


# -- planning from anywhere ------------------------------------------------------------------------------------------
def test_a_visit_is_planned_by_looking_the_customer_up(
    ana: Person, ben: Person, soon: datetime, sign_in: SignIn
) -> None:
    about, foreign = customer(ana, name="王小明"), customer(ben, name="王大明")
    browser = sign_in(ana)
    found = browser.get(
        "/customers/find/?customer=王&field=customer&into=id_customer", headers=PARTIAL
    ).content.decode()
    assert about.pk in found
    assert foreign.pk not in found
    sent = {"planned_at": f"{soon:%Y-%m-%dT%H:%M}", "purpose": "SERVICE", "place": "单位前台", "district": "浦东新区"}
    for wrong in ("", "C-NONE", foreign.pk, "王小明", "\0", "🙂" * 70):
        assert browser.post("/contact/visits/new/", {**sent, "customer": wrong}).status_code == 422
    assert not Interaction.objects.exists()
    answer = browser.post("/contact/visits/new/", {**sent, "customer": about.pk})
    made = Interaction.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/contact/{made.pk}/")
    assert (made.place, made.district, made.planned_at) == ("单位前台", "浦东新区", soon)
    assert "浦东新区" in browser.get("/contact/visits/new/").content.decode()


def test_the_gate_is_asked_when_a_visit_is_planned(ana: Person, soon: datetime, sign_in: SignIn) -> None:
    sent = {
        "planned_at": f"{soon:%Y-%m-%dT}10:00",
        "purpose": "MARKETING",
        "place": "前台",
        "customer": customer(ana).pk,
    }
    page = sign_in(ana).post("/contact/visits/new/", sent)
    assert page.status_code == 422
    assert "同意" in page.content.decode()
    assert not Interaction.objects.exists()


# -- the order of a day ----------------------------------------------------------------------------------------------
def test_the_route_goes_by_time_or_district_by_district(ana: Person, ben: Person, at: datetime, rules: None) -> None:
    for hours, district in ((1, "浦东新区"), (2, "徐汇区"), (3, "浦东新区"), (4, "")):
        visit(ana, customer(ana), at + timedelta(hours=hours), at, district=district)
    visit(ben, customer(ben), at + timedelta(hours=1), at)
    day = at.astimezone(SHANGHAI).date()
    by_time = selectors.route(ana, day, at)
    assert [row.contact.district for row in by_time.stages[0].stops] == ["浦东新区", "徐汇区", "浦东新区", ""]
    by_district = selectors.route(ana, day, at, by_district=True)
    assert [(stage.district, len(stage.stops)) for stage in by_district.stages] == [
        ("浦东新区", 2),
        ("徐汇区", 1),
        ("", 1),
    ]
    assert selectors.road(ana, day).count == 4
    assert selectors.road(ana, day).next_at == at + timedelta(hours=1)


def test_the_page_of_the_day(ana: Person, soon: datetime, sign_in: SignIn) -> None:
    browser = sign_in(ana)
    assert "当天没有拜访" in browser.get("/contact/route/").content.decode()
    visit(ana, customer(ana, name="王小明"), soon, datetime.now(SHANGHAI), district="徐汇区")
    for query in ("", "&by=district", "&by=nonsense"):
        page = browser.get(f"/contact/route/?day={soon:%Y-%m-%d}{query}").content.decode()
        assert "王小明" in page
        assert "徐汇区" in page
    for nonsense in ("x", "9999-99-99", "0001-01-01", "\0"):
        assert browser.get("/contact/route/", {"day": nonsense}).status_code in {200, 400}


# -- reminders -------------------------------------------------------------------------------------------------------
def test_a_reminder_comes_once_and_again_after_a_move(ana: Person, at: datetime, rules: None) -> None:
    plan = visit(ana, customer(ana, name="王小明"), at + timedelta(hours=3), at, place="幸福路 8 号")
    assert remind(at=at) == 0
    near = plan.at - timedelta(minutes=30)
    assert (remind(at=near), remind(at=near)) == (1, 0)
    news = Notification.objects.get(person=ana)
    assert (news.kind, news.url, news.params["name"]) == ("contact.reminder", f"/contact/{plan.pk}/", "王**")
    assert "幸福路" not in str(news.__dict__)
    move_plan(actor=ana, contact=plan, planned_at=plan.at + timedelta(hours=1), at=near)
    news.refresh_from_db()
    assert news.done_at == near
    assert remind(at=near + timedelta(hours=1)) == 1


def test_a_reminder_goes_to_who_stands_in_and_to_nobody_when_switched_off(
    ana: Person, lee: Person, at: datetime, rules: None
) -> None:
    day = at.astimezone(SHANGHAI).date()
    Substitution.objects.create(person=ana, substitute=lee, first_day=day, last_day=day, made_by="P1")
    plan = visit(ana, customer(ana), at + timedelta(minutes=30), at)
    Parameter.objects.filter(key=MINUTES).update(value="0")
    assert remind(at=at) == 0
    Parameter.objects.filter(key=MINUTES).update(value="60")
    assert remind(at=at) == 1
    assert Notification.objects.get().person == lee
    cancel_plan(actor=ana, contact=plan, at=at, reason="客户出差")
    assert Notification.objects.get().done_at == at


def test_nothing_is_told_of_a_plan_that_began(ana: Person, at: datetime, rules: None) -> None:
    plan = visit(ana, customer(ana), at + timedelta(minutes=30), at)
    check_in(actor=ana, contact=plan, place=Place(words="门口"), at=at + timedelta(minutes=1))
    assert remind(at=at + timedelta(minutes=2)) == 0


# -- hands -----------------------------------------------------------------------------------------------------------
def test_plans_follow_their_customers(ana: Person, cora: Person, lee: Person, at: datetime, rules: None) -> None:
    about = customer(ana)
    plan = visit(ana, about, at + timedelta(hours=3), at)
    assign_portfolio(
        actor=lee, customer_ids=[about.pk], manager=cora, on=at.astimezone(SHANGHAI).date(), at=at, reason="调整"
    )
    plan.refresh_from_db()
    assert (plan.person_id, plan.state) == (cora.person_no, State.PLANNED)
    assert AuditRow.objects.get(action="contact.hand_on").customer_id == about.pk
    with pytest.raises(NotAllowed):
        move_plan(actor=ana, contact=plan, planned_at=at + timedelta(hours=4), at=at)


def test_plans_with_customers_of_the_pool_are_called_off(ana: Person, at: datetime, rules: None) -> None:
    about = customer(ana)
    plan = visit(ana, about, at + timedelta(hours=3), at)
    give_back(actor=ana, customer_ids=[about.pk], reason="搬家", on=at.astimezone(SHANGHAI).date(), at=at)
    plan.refresh_from_db()
    assert (plan.state, plan.called_off_because) == (State.CANCELLED, "The customer went to the public pool.")


# -- API -------------------------------------------------------------------------------------------------------------
def test_plan_list_move_and_call_off_by_the_api(ana: Person, ben: Person, soon: datetime, sign_in: SignIn) -> None:
    browser, about = sign_in(ana), customer(ana, name="王小明")

    def post(path: str, body: dict[str, object], who: Client = browser) -> tuple[int, dict[str, object]]:
        answer = who.post(f"/api/v1{path}", json.dumps(body), content_type="application/json")
        return answer.status_code, answer.json()

    asked = {"customer_id": about.pk, "channel": "VISIT", "purpose": "SERVICE", "place": "前台", "district": "徐汇区"}
    status, made = post("/contacts/plan", {**asked, "planned_at": f"{soon:%Y-%m-%dT%H:%M}:00"})
    assert (status, made["district"]) == (201, "徐汇区")
    path = f"/contacts/{made['id']}"
    to = (soon + timedelta(days=2)).isoformat()
    assert post(f"{path}/move", {"planned_at": to, "version": 99})[0] == 409
    assert post(f"{path}/move", {"planned_at": "2001-01-01T10:00:00"})[0] == 422
    assert post(f"{path}/move", {"planned_at": to}, sign_in(ben))[0] == 404
    assert post(f"{path}/move", {"planned_at": to})[0] == 200
    day = (soon + timedelta(days=2)).date()
    lines = browser.get(f"/api/v1/calendar?first={day}").json()["items"]
    assert [(one["key"], one["title"], one["note"]) for one in lines] == [
        (f"contacts-{made['id']}", "拜访：王小明", "徐汇区、前台")
    ]
    listed = browser.get(f"/api/v1/contacts?channel=VISIT&first={day}&last={day}&mine=true").json()["items"]
    assert [one["id"] for one in listed] == [made["id"]]
    assert not browser.get(f"/api/v1/contacts?last={soon.date()}").json()["items"]
    assert post(f"{path}/cancel", {})[0] == 422
    assert post(f"{path}/cancel", {"reason": "客户出差"})[1]["called_off_because"] == "客户出差"
    assert not browser.get(f"/api/v1/calendar?first={day}").json()["items"]


@pytest.mark.parametrize(
    "query", ["", "first=x", "first=2026-01-02&last=2026-01-01", "first=2026-01-01&last=2026-12-31", "first=9999-12-31"]
)
def test_spans_that_cannot_be_asked_for(query: str, ana: Person, sign_in: SignIn) -> None:
    answer = sign_in(ana).get(f"/api/v1/calendar?{query}")
    assert answer.status_code == 422
    assert answer.json()["detail"] or answer.json()["errors"]


def test_the_packaged_rows_say_when_to_remind(at: datetime) -> None:
    load_reference(actor="system", at=at)
    assert Parameter.objects.get(key=MINUTES).rule_id == "BP780"
