"""The first page of each role, the team board, and what they cost."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from kajing.org.models import Person, Role, Substitution
from tests.factories.customers import customer, figures
from tests.factories.org import person
from tests.factories.risk import alert
from tests.factories.workflow import task

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
REASON = {
    "code": "missed_payment",
    "value": 40,
    "usual": 1,
    "window": 365,
    "params": {"due_on": "2026-10-13", "due_12": 12},
}


def fill(owner: Person, count: int = 12) -> None:
    for number in range(count):
        about = customer(owner, name=f"王小{number}")
        figures(about, spend_prev_30d=500_000, dpd=40 if number < 3 else 0, state="ACTIVE" if number % 2 else "DORMANT")
        made = alert(about, severity="L4" if number == 0 else "L2", reasons=[REASON], value_at_stake=number * 1000)
        task(owner, about, kind="alert", source=f"alert:{made.pk}", title="Remind of the missed payment",
             params={"reasons": [REASON]}, severity=made.severity, must_do=number == 0)  # fmt: skip


def test_the_manager_sees_the_day_the_book_and_whom_to_act_on(ana: Person, sign_in: SignIn) -> None:
    fill(ana)
    page = sign_in(ana).get("/").content.decode()
    assert "安娜" in page
    assert page.count('id="task-') == 7
    assert page.index("王小0") < page.index("王小11")
    assert "最低还款额 2026-10-13 到期，已逾期 40 天" in page
    assert "6 / 12" in page  # active customers of the book
    assert "3 户" in page  # overdue
    assert "逾期还款提醒" in page


def test_every_number_leads_to_the_list_that_makes_it(ana: Person, sign_in: SignIn) -> None:
    fill(ana)
    browser = sign_in(ana)
    page = browser.get("/").content.decode()
    links = {link.replace("&amp;", "&") for link in re.findall(r'<a class="card kpi" href="([^"]+)"', page)}
    assert len(links) == 4
    for link in links:
        assert browser.get(link).status_code == 200
    (overdue,) = [link for link in links if "dpd=" in link]
    assert browser.get(overdue).content.decode().count('id="customer-C') == 3
    (active,) = [link for link in links if "state=ACTIVE" in link]
    assert browser.get(active).content.decode().count('id="customer-C') == 6


def test_the_workbench_costs_at_most_twelve_queries(
    ana: Person, sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    fill(ana, 30)
    browser = sign_in(ana)
    browser.get("/")
    with django_assert_max_num_queries(12):
        assert browser.get("/").status_code == 200


def test_the_team_board_costs_at_most_twelve_queries(
    ana: Person, lee: Person, sign_in: SignIn, django_assert_max_num_queries: Any
) -> None:
    fill(ana, 10)
    browser = sign_in(lee)
    browser.get("/team/")
    with django_assert_max_num_queries(12):
        assert browser.get("/team/").status_code == 200


@pytest.mark.parametrize("role", ["ana", "lee", "head", "risk", "service", "compliance", "admin", "auditor"])
def test_every_role_has_a_home(role: str, ana: Person, sign_in: SignIn, request: pytest.FixtureRequest) -> None:
    fill(ana)
    person = request.getfixturevalue(role)
    answer = sign_in(person).get("/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<h1>" in page
    assert " style=" not in page
    assert not re.search(r"\son\w+=", page)


@pytest.mark.parametrize("role", ["risk", "service", "compliance", "auditor", "admin"])
def test_homes_tell_no_full_names_to_who_does_not_manage(
    role: str, ana: Person, sign_in: SignIn, request: pytest.FixtureRequest
) -> None:
    fill(ana)
    assert "王小" not in sign_in(request.getfixturevalue(role)).get("/").content.decode()


def test_another_branch_sees_nothing_of_it(ana: Person, ben: Person, sign_in: SignIn) -> None:
    fill(ana)
    page = sign_in(ben).get("/").content.decode()
    assert "王小" not in page
    assert "0 / 0" in page


def test_the_team_board_tells_books_loads_and_who_is_away(
    ana: Person, lee: Person, ben: Person, sign_in: SignIn
) -> None:
    fill(ana)
    task(ana, title="旧任务", due_at=timezone.now() - timedelta(days=900))
    today = timezone.localdate()
    Substitution.objects.create(
        person=ana, substitute=lee, first_day=today, last_day=today + timedelta(days=3), made_by="P-HEAD"
    )
    page = sign_in(lee).get("/team/").content.decode()
    assert "安娜" in page
    assert "本泽" not in page
    assert "1 × L3+" in page
    assert "李强" in page.split("</h1>")[1]


def test_the_team_board_is_for_leaders(ana: Person, service: Person, sign_in: SignIn) -> None:
    for someone in (ana, service):
        assert sign_in(someone).get("/team/").status_code in {403, 404}


def test_the_counts_come_alone_for_a_refresh(ana: Person, sign_in: SignIn) -> None:
    fill(ana)
    for part, root in (
        ("numbers", '<div class="g g-4" id="wb-numbers"'),
        ("list", '<section class="card" id="wb-today"'),
    ):
        body = sign_in(ana).get(f"/today/{part}/", HTTP_HX_REQUEST="true").content.decode().strip()
        assert body.startswith(root)
        assert "<html" not in body


def test_risk_changes_since_the_last_night(ana: Person, as_of: date, sign_in: SignIn) -> None:
    before = as_of - timedelta(days=3)
    alert(customer(ana), raised_on=as_of, reasons=[REASON])
    alert(customer(ana), raised_on=before, worse_on=as_of, reasons=[REASON])
    alert(customer(ana), raised_on=before, state="CLOSED", closed_on=as_of, reasons=[REASON])
    browser = sign_in(ana)
    for change in ("new", "worse", "closed"):
        assert browser.get(f"/risk/?change={change}").content.decode().count('id="alert-') == 1 + 1  # with #alert-rows


def test_a_large_team_comes_in_pages(
    ana: Person, lee: Person, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(4):
        person(f"more{number}", Role.MANAGER, ana.unit, name=f"经理{number}")
    monkeypatch.setattr("kajing.workbench.selectors.team.PAGE", 2)
    browser = sign_in(lee)
    seen: list[str] = []
    url = "/team/?order=name"
    while url:
        page = browser.get(url).content.decode()
        seen += re.findall(r'<a class="nm" href="[^"]*manager=([^"]+)"', page)
        more = re.search(r'rel="next" href="([^"]+)"', page)
        url = f"/team/{more[1].replace('&amp;', '&')}" if more else ""
    assert len(seen) == len(set(seen)) >= 5
    assert "下一页" in browser.get("/team/?page=1").content.decode()
    assert browser.get("/team/?page=99999").content.decode().count("data-row") in {1, 2}
