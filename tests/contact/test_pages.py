"""The pages of contacts: the call sheet by its keys, the forms, the doors that stay shut."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from PIL import Image

from kajing.audit.models import AuditRow
from kajing.contact.choices import State
from kajing.contact.models import Interaction, Override
from kajing.contact.services import log_contact, plan_contact
from kajing.customers import personal
from kajing.customers.models import ContactPoint, Customer
from kajing.customers.services import place_hold, withdraw_consent
from kajing.lib.periods import SHANGHAI
from kajing.notifications.models import Notification
from kajing.org.models import Person
from kajing.records.models import Attachment
from kajing.workflow.models import Task
from tests.factories.customers import account, card, customer, figures
from tests.factories.risk import alert
from tests.factories.workflow import task

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
Licensed = Callable[[Person], Person]
Willing = Callable[[Person], Customer]
PARTIAL = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}
NUMBER = "12155554014"


def _jpeg() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, "JPEG")
    return out.getvalue()


JPEG = _jpeg()


@pytest.fixture(autouse=True)
def morning(monkeypatch: pytest.MonkeyPatch, at: datetime) -> Iterator[list[datetime]]:
    """The clock of the pages: a Monday at ten; a test may move it."""
    clock = [at.replace(hour=10)]
    monkeypatch.setattr(timezone, "now", lambda: clock[0])
    yield clock


def reachable(about: Customer) -> Customer:
    """With a mobile number."""
    ContactPoint.objects.create(
        customer=about, kind="MOBILE", value_enc=personal.seal("mobile", NUMBER), value_idx=about.pk, is_preferred=True
    )
    return about


def keys_of(page: str) -> dict[str, str]:
    """What each key of the sheet sends."""
    found = re.findall(r'<button[^>]*?value="([^"]+)"[^>]*?data-key="(.)"', page)
    return {key: value for value, key in found}


# -- the sheet -------------------------------------------------------------------------------------------------------
def test_a_call_by_keys_from_the_sheet_to_the_next_task(
    ana: Person, licensed: Licensed, willing: Willing, sign_in: SignIn
) -> None:
    about, browser = reachable(willing(licensed(ana))), sign_in(ana)
    sheet = browser.get(f"/contact/call-sheet/{about.pk}/?purpose=MARKETING").content.decode()
    assert 'data-key="c"' in sheet
    assert NUMBER not in sheet
    started = browser.post(f"/contact/call-sheet/{about.pk}/start/", {"purpose": "MARKETING"}, **PARTIAL)
    text = started.content.decode()
    assert f'href="tel:{NUMBER}"' in text
    assert "no-store" in started["Cache-Control"]
    assert AuditRow.objects.filter(action="customers.reveal", customer_id=about.pk, actor=ana.person_no).count() == 1
    assert {"r": "REACHED", "f": "REFUSED", "l": "LATER"}.items() <= keys_of(text).items()
    running = Interaction.objects.get()
    ended = browser.post(f"/contact/{running.pk}/outcome/", {"outcome": keys_of(text)["l"]}, **PARTIAL)
    steps = keys_of(ended.content.decode())
    assert json.loads(ended["HX-Trigger"])["toast"][0]["undo"] == f"/contact/{running.pk}/reopen/"
    last = browser.post(f"/contact/{running.pk}/next/", {"step": steps["3"]}, **PARTIAL)
    assert last.status_code == 200
    made = Task.objects.get()
    assert (made.source, made.kind, made.owner) == (f"interaction:{running.pk}", "call", ana)
    assert about.marks.filter(kind="call").count() == 1


def test_without_script_the_same(ana: Person, licensed: Licensed, willing: Willing, sign_in: SignIn) -> None:
    about, browser = reachable(willing(licensed(ana))), sign_in(ana)
    page = browser.post(f"/contact/call-sheet/{about.pk}/start/", {"purpose": "CARE"}).content.decode()
    assert "<html" in page
    assert NUMBER in page
    running = Interaction.objects.get()
    page = browser.post(f"/contact/{running.pk}/outcome/", {"outcome": "REACHED", "note": "很好"}).content.decode()
    assert "<html" in page
    running.refresh_from_db()
    assert (running.state, running.note) == (State.DONE, "很好")


def test_no_two_keys_of_a_sheet_are_the_same(ana: Person, rules: None, sign_in: SignIn) -> None:
    about, browser = customer(ana), sign_in(ana)
    for purpose in ("CARE", "SERVICE", "COLLECTION"):
        text = browser.post(f"/contact/call-sheet/{about.pk}/start/", {"purpose": purpose}, **PARTIAL).content.decode()
        keys = re.findall(r'data-key="(.)"', text)
        assert len(keys) == len(set(keys)) >= 7, purpose
        browser.post(f"/contact/{Interaction.objects.latest('pk').pk}/outcome/", {"outcome": "NO_ANSWER"})


def test_red_shows_rule_source_and_time_and_starts_nothing(
    ana: Person, licensed: Licensed, willing: Willing, sign_in: SignIn, morning: list[datetime]
) -> None:
    about, browser = willing(licensed(ana)), sign_in(ana)
    morning[0] = morning[0].replace(hour=12, minute=30)
    page = browser.get(f"/contact/call-sheet/{about.pk}/?purpose=MARKETING").content.decode()
    assert "BP301" in page
    assert "领域参考2.10" in page
    assert "14:00" in page
    assert "/start/" not in page
    answer = browser.post(f"/contact/call-sheet/{about.pk}/start/", {"purpose": "MARKETING"}, **PARTIAL)
    assert answer.status_code == 409
    assert "14:00" in answer.content.decode()
    assert not Interaction.objects.exists()


def test_the_sheet_has_five_facts_each_with_its_row(ana: Person, rules: None, as_of: Any, sign_in: SignIn) -> None:
    about = customer(ana)
    held = account(about)
    card(held)
    figures(about, dpd=8, bucket="M1", overdue_amount=155_306, utilisation=0.91, spend_prev_30d=2_000_000)
    task(ana, about, title="LEAKNOT 提醒还款", must_do=True)
    alert(about, "utilisation_jump", severity="L2")
    log_contact(
        actor=ana, customer=about, channel="PHONE", purpose="SERVICE", outcome="REACHED",
        began_at=timezone.now() - timedelta(days=3), at=timezone.now(),
    )  # fmt: skip
    sheet = sign_in(ana).get(f"/api/v1/customers/{about.pk}/call-sheet").json()
    assert len(sheet["facts"]) == 5
    weights = [fact["weight"] for fact in sheet["facts"]]
    assert weights == sorted(weights, reverse=True)
    assert sheet["purpose"] == "COLLECTION"
    browser = sign_in(ana)
    for fact in sheet["facts"]:
        assert browser.get(fact["url"].split("#")[0]).status_code == 200, fact
    page = browser.get(f"/contact/call-sheet/{about.pk}/").content.decode()
    for fact in sheet["facts"]:
        assert f'href="{fact["url"]}"' in page


def test_facts_come_by_right(ana: Person, auditor: Person, rules: None, sign_in: SignIn) -> None:
    """An auditor works no tasks of others and sees the sheet without acts."""
    about = customer(ana)
    page = sign_in(auditor).get(f"/contact/call-sheet/{about.pk}/").content.decode()
    assert "/start/" not in page
    assert sign_in(auditor).post(f"/contact/call-sheet/{about.pk}/start/", {"purpose": "CARE"}).status_code == 403


def test_a_debt_its_alert_and_its_task_are_one_fact(ana: Person, rules: None, sign_in: SignIn) -> None:
    about = customer(ana)
    figures(about, dpd=8, bucket="M1", overdue_amount=155_306)
    raised = alert(about, "missed_payment", severity="L2")
    task(ana, about, source=f"alert:{raised.pk}", kind="alert", title="逾期还款提醒")
    facts = sign_in(ana).get(f"/api/v1/customers/{about.pk}/call-sheet").json()["facts"]
    assert [fact["url"] for fact in facts if fact["weight"] > 50] == [f"/risk/{raised.pk}/"]


def test_the_sheet_costs_a_bounded_number_of_queries(
    ana: Person, licensed: Licensed, willing: Willing, sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    about, browser = willing(licensed(ana)), sign_in(ana)
    for number in range(20):
        task(ana, about, title=f"x{number}")
    browser.get(f"/contact/call-sheet/{about.pk}/")
    with django_assert_max_num_queries(34):
        assert browser.get(f"/contact/call-sheet/{about.pk}/").status_code == 200


def test_undo_of_an_outcome_from_the_news(ana: Person, rules: None, sign_in: SignIn) -> None:
    about, browser = customer(ana), sign_in(ana)
    browser.post(f"/contact/call-sheet/{about.pk}/start/", {"purpose": "CARE"})
    running = Interaction.objects.get()
    browser.post(f"/contact/{running.pk}/outcome/", {"outcome": "NEVER"})
    assert about.holds.filter(lifted_at=None).exists()
    assert browser.post(f"/contact/{running.pk}/reopen/", **PARTIAL)["HX-Refresh"] == "true"
    running.refresh_from_db()
    assert running.state == State.STARTED
    assert not about.holds.filter(lifted_at=None).exists()


def test_the_next_step_the_gate_forbids_says_so_on_the_sheet(ana: Person, rules: None, sign_in: SignIn) -> None:
    about, browser = customer(ana), sign_in(ana)
    browser.post(f"/contact/call-sheet/{about.pk}/start/", {"purpose": "CARE"})
    running = Interaction.objects.get()
    browser.post(f"/contact/{running.pk}/outcome/", {"outcome": "NEVER"})
    answer = browser.post(f"/contact/{running.pk}/next/", {"step": "call_3"}, **PARTIAL)
    assert answer.status_code == 409
    assert "不再联系" in answer.content.decode()
    assert keys_of(answer.content.decode())["0"] == "none"


# -- asking and allowing ---------------------------------------------------------------------------------------------
def test_ask_and_allow(
    ana: Person, lee: Person, licensed: Licensed, willing: Willing, sign_in: SignIn, morning: list[datetime]
) -> None:
    about = willing(licensed(ana))
    morning[0] = morning[0].replace(hour=12, minute=30)
    asked = {"channel": "PHONE", "purpose": "MARKETING", "reason": "客户约好中午回电"}
    assert sign_in(ana).post(f"/contact/call-sheet/{about.pk}/ask/", {**asked, "reason": "急"}).status_code == 422
    assert sign_in(ana).post(f"/contact/call-sheet/{about.pk}/ask/", asked, **PARTIAL).status_code == 200
    news = Notification.objects.get(person=lee)
    leader = sign_in(lee)
    form = leader.get(news.url).content.decode()
    assert f'<option value="{ana.person_no}" selected' in form
    assert leader.post(f"/contact/override/{about.pk}/", {**asked, "person": ana.person_no}).status_code == 303
    given = Override.objects.get()
    assert (given.person, given.granted_by, given.reason) == (ana, lee.person_no, "客户约好中午回电")
    assert sign_in(ana).post(f"/contact/call-sheet/{about.pk}/start/", asked, **PARTIAL).status_code == 200
    assert Interaction.objects.get().override == given


def test_a_manager_allows_nothing(ana: Person, willing: Willing, sign_in: SignIn) -> None:
    about = willing(ana)
    asked = {"channel": "PHONE", "purpose": "MARKETING", "reason": "客户约好中午回电", "person": ana.person_no}
    assert sign_in(ana).post(f"/contact/override/{about.pk}/", asked).status_code == 403
    body = {"customer_id": about.pk, "person_no": ana.person_no, "channel": "PHONE", "purpose": "MARKETING"}
    answer = sign_in(ana).post(
        "/api/v1/contacts/override", json.dumps({**body, "reason": "客户约好"}), content_type="application/json"
    )
    assert answer.status_code == 403
    assert not Override.objects.exists()


# -- every door ------------------------------------------------------------------------------------------------------
@pytest.fixture
def dead(ana: Person, rules: None, at: datetime) -> Customer:
    made = customer(ana, name="李未来")
    place_hold(actor="system", customer=made, kind="DECEASED", source="notice:1", at=at)
    return made


def test_planning_is_refused_on_the_page(ana: Person, dead: Customer, sign_in: SignIn) -> None:
    asked = {"channel": "VISIT", "purpose": "SERVICE", "planned_at": "2026-11-25T15:00", "subject": "送资料上门"}
    answer = sign_in(ana).post(f"/contact/plan/{dead.pk}/", asked)
    assert answer.status_code == 422
    assert "客户已身故" in answer.content.decode()
    assert "送资料上门" in answer.content.decode()
    assert not Interaction.objects.exists()


@pytest.mark.parametrize("route", ["plan", "start"])
def test_planning_is_refused_by_the_api(route: str, ana: Person, dead: Customer, sign_in: SignIn) -> None:
    body = {"customer_id": dead.pk, "channel": "PHONE", "purpose": "SERVICE"}
    if route == "plan":
        body["planned_at"] = "2026-11-25T15:00:00"
    answer = sign_in(ana).post(f"/api/v1/contacts/{route}", json.dumps(body), content_type="application/json")
    assert answer.status_code == 409
    assert "身故" in answer.json()["detail"]
    assert not Interaction.objects.exists()


def test_the_gate_over_the_api(ana: Person, licensed: Licensed, willing: Willing, sign_in: SignIn) -> None:
    about, browser = willing(licensed(ana)), sign_in(ana)
    url = f"/api/v1/customers/{about.pk}/contact-gate?purpose=MARKETING"
    assert browser.get(url).json()["allowed"] is True
    late = browser.get(f"{url}&at=2026-11-23T20:00:00").json()
    assert (late["allowed"], late["rule_id"], late["passable"]) == (False, "BP301", True)
    assert datetime.fromisoformat(late["next_allowed_at"]) == datetime(2026, 11, 24, 9, tzinfo=SHANGHAI)
    assert [block["code"] for block in late["all_blocks"]] == ["HOURS"]


# -- visits ----------------------------------------------------------------------------------------------------------
def test_a_visit_on_the_phone(ana: Person, rules: None, sign_in: SignIn, morning: list[datetime]) -> None:
    about, browser = customer(ana), sign_in(ana)
    asked = {"channel": "VISIT", "purpose": "CARE", "planned_at": "2026-11-23T14:30", "place": "静安区公司"}
    assert browser.post(f"/contact/plan/{about.pk}/", asked).status_code == 303
    plan = Interaction.objects.get()
    assert plan.subject == ""
    assert str(plan.pk) in browser.get("/contact/?show=today").content.decode()
    morning[0] = morning[0].replace(hour=14, minute=32)
    here = {"latitude": "31.2304161", "longitude": "121.4737012", "accuracy": "9"}
    page = browser.post(f"/contact/{plan.pk}/check-in/", here)
    assert page.status_code == 303
    plan.refresh_from_db()
    assert (plan.state, str(plan.latitude), plan.accuracy) == (State.STARTED, "31.230416", 9)
    photo = SimpleUploadedFile("a.jpg", JPEG, content_type="image/jpeg")
    assert browser.post(f"/contact/{plan.pk}/photo/", {"photo": photo}).status_code == 303
    shown = browser.get(f"/contact/{plan.pk}/picture/")
    assert shown.content == JPEG  # byte for byte: place and time stay in it as proof
    kept = Attachment.objects.get(kind="customer", object_id=about.pk)
    plan.refresh_from_db()
    assert (plan.photo, plan.photo_sha256) == (f"file:{kept.pk}", kept.file_id)
    assert shown["Content-Type"] == "image/jpeg"
    assert browser.post(f"/contact/{plan.pk}/outcome/", {"outcome": "REACHED", "note": "已送达"}).status_code == 200
    mark = about.marks.get(kind="visit")
    assert (mark.body, mark.at) == ("已送达", morning[0])


@pytest.mark.parametrize(
    ("content", "told"), [(b"GIF89a" + b"0" * 50, "JPEG"), (b"\xff\xd8\xff" + b"0" * (8 * 1024 * 1024 + 1), "8 MB")]
)
def test_only_photos_of_a_sensible_size(content: bytes, told: str, ana: Person, rules: None, sign_in: SignIn) -> None:
    about = customer(ana)
    visit = log_contact(
        actor=ana, customer=about, channel="VISIT", purpose="SERVICE", outcome="REACHED", began_at=timezone.now(),
        at=timezone.now(),
    )  # fmt: skip
    answer = sign_in(ana).post(f"/contact/{visit.pk}/photo/", {"photo": SimpleUploadedFile("a.jpg", content)})
    assert answer.status_code == 422
    assert told in answer.content.decode()
    visit.refresh_from_db()
    assert visit.photo == ""


def test_a_check_in_without_a_place_keeps_the_page(ana: Person, rules: None, sign_in: SignIn) -> None:
    plan = plan_contact(
        actor=ana, customer=customer(ana), channel="VISIT", purpose="CARE",
        planned_at=timezone.now() + timedelta(hours=5), at=timezone.now(),
    )  # fmt: skip
    answer = sign_in(ana).post(f"/contact/{plan.pk}/check-in/", {"place": ""}, **PARTIAL)
    assert answer.status_code == 422
    assert "请说明您在哪里" in answer.content.decode()


# -- the log, the list, the recording --------------------------------------------------------------------------------
def test_a_call_that_happened_is_logged_with_its_breach(ana: Person, lee: Person, rules: None, sign_in: SignIn) -> None:
    about, browser = customer(ana), sign_in(ana)
    asked = {"channel": "PHONE", "direction": "OUT", "purpose": "MARKETING", "began_at": "2026-11-23T07:10",
             "minutes": "3", "outcome": "REACHED", "note": "用自己的手机打的"}  # fmt: skip
    assert browser.post(f"/contact/log/{about.pk}/", asked).status_code == 303
    made = Interaction.objects.get()
    assert (made.allowed, made.ended_at - made.started_at) == (False, timedelta(minutes=3))
    assert Notification.objects.filter(person=lee, kind="contact.against_rules").exists()
    assert "违反规则" in browser.get(f"/contact/{made.pk}/").content.decode()
    assert str(made.pk) in sign_in(lee).get("/contact/?show=against&whose=all").content.decode()
    ahead = browser.post(f"/contact/log/{about.pk}/", {**asked, "began_at": "2026-11-24T07:10"})
    assert ahead.status_code == 422
    assert "用自己的手机打的" in ahead.content.decode()


def test_the_list_costs_few_queries(
    ana: Person, rules: None, sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    for number in range(30):
        log_contact(
            actor=ana, customer=customer(ana), channel="PHONE", purpose="SERVICE", outcome="REACHED",
            began_at=timezone.now() - timedelta(minutes=number), at=timezone.now(),
        )  # fmt: skip
    browser = sign_in(ana)
    browser.get("/contact/?show=done")
    with django_assert_max_num_queries(12):
        page = browser.get("/contact/?show=done").content.decode()
    assert page.count("<tr data-row") == 30


def test_the_list_takes_any_address(ana: Person, rules: None, sign_in: SignIn) -> None:
    browser = sign_in(ana)
    for query in ("page=x", "page=99999999999", "show=nonsense", "channel=FAX&customer=%00", "whose=all&show=all"):
        assert browser.get(f"/contact/?{query}").status_code in {200, 400, 404}, query


def test_a_recording_has_its_hash_and_its_time(
    ana: Person, compliance: Person, licensed: Licensed, willing: Willing, sign_in: SignIn
) -> None:
    about = willing(licensed(ana))
    made = log_contact(
        actor=ana, customer=about, channel="PHONE", purpose="MARKETING", outcome="REACHED",
        began_at=timezone.now(), at=timezone.now(),
    )  # fmt: skip
    browser, route = sign_in(ana), f"/api/v1/contacts/{made.pk}/recording"
    body = {"pointer": "store://calls/41.wav", "sha256": "a" * 64}
    assert (
        browser.post(route, json.dumps({**body, "sha256": "xyz"}), content_type="application/json").status_code == 422
    )
    told = browser.post(route, json.dumps(body), content_type="application/json").json()
    assert told["retention_until"] == "2028-11-23"
    again = browser.post(route, json.dumps({**body, "sha256": "b" * 64}), content_type="application/json")
    assert again.status_code == 409
    hold = {"keep": "1", "reason": "诉讼保全"}
    assert browser.post(f"/contact/{made.pk}/legal-hold/", hold).status_code == 403
    assert sign_in(compliance).post(f"/contact/{made.pk}/legal-hold/", hold).status_code == 303
    made.refresh_from_db()
    assert made.legal_hold
    assert AuditRow.objects.get(action="contact.legal_hold").reason == "诉讼保全"


def test_the_light_stands_on_the_customers_page(
    ana: Person, licensed: Licensed, willing: Willing, sign_in: SignIn
) -> None:
    about = willing(licensed(ana))
    panel = sign_in(ana).get(f"/ui/panel/contact/{about.pk}/", **PARTIAL).content.decode()
    assert panel.count("现在可以联系") == 3
    assert f"/contact/call-sheet/{about.pk}/" in panel


def test_the_lights_of_a_list_come_in_its_order_and_only_for_whom_one_sees(
    ana: Person, ben: Person, willing: Willing, sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    mine, foreign, dead = willing(ana), willing(ben), willing(ana)
    place_hold(actor="system", customer=dead, kind="DECEASED", source="notice:1", at=timezone.now())
    browser = sign_in(ana)
    with django_assert_max_num_queries(30):
        text = browser.get("/contact/lights/", {"ids": [mine.pk, foreign.pk, dead.pk]}, **PARTIAL).content.decode()
    assert re.findall(r'id="light-(\d)"[^>]*class="light (\w+)"', text) == [("0", "ok"), ("2", "bad")]
    assert foreign.pk not in text


def test_the_customers_list_filters_by_consent_and_hold(
    ana: Person, willing: Willing, sign_in: SignIn, morning: list[datetime]
) -> None:
    yes, no, held = willing(ana), customer(ana), customer(ana)
    withdrawn = willing(ana)
    withdraw_consent(actor=ana, customer=withdrawn, purpose="MARKETING", channel="ANY", at=timezone.now())
    place_hold(actor="system", customer=held, kind="COMPLAINT", source="complaint:1", at=timezone.now())
    browser = sign_in(ana)

    def listed(query: str) -> set[str]:
        page = browser.get(f"/customers/?{query}").content.decode()
        return {one.pk for one in (yes, no, held, withdrawn) if one.pk in page}

    assert listed("agrees_marketing=1") == {yes.pk}
    assert listed("on_hold=1") == {held.pk}
