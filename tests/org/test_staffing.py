"""Staffing by hand: the first administrator, a joiner, a move, a return, units, and what somebody reaches."""

from __future__ import annotations

from datetime import date
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from kajing.audit.models import AuditRow
from kajing.org import services
from kajing.org.models import Person, Role, Unit
from kajing.org.reach import reach_of
from kajing.org.scoping import scope_of
from kajing.org.services.people import CannotStaff
from kajing.org.services.units import CannotAddUnit, CannotMerge
from tests.factories.customers import customer

DAY = date(2026, 11, 23)
GOOD = "seventeen-lamps-9"
JOINER = {
    "person_no": "P777", "username": "wang.qi", "name": "王琦", "role": "MANAGER", "unit": "T01",
    "hired_on": "2026-11-23", "email": "", "password": GOOD,
}  # fmt: skip


# -- the first administrator -------------------------------------------------------------------------------------------
@pytest.mark.django_db
def test_an_empty_database_gets_its_first_administrator_who_signs_in():
    out = StringIO()
    call_command("add_person", "P1", "--name", "管一", "--sign-in", "boss", stdout=out, stderr=StringIO())
    made = Person.objects.get(person_no="P1")
    assert (made.role, made.unit.kind, made.unit.parent_id) == ("ADMIN", "HEAD_OFFICE", None)
    assert made.check_password(out.getvalue().strip())
    assert AuditRow.objects.filter(action="org.add_person", object_id="P1", actor="system").exists()


@pytest.mark.django_db
def test_the_command_says_what_is_wrong(units):
    call_command("add_person", "P1", "--name", "管一", stdout=StringIO(), stderr=StringIO())
    with pytest.raises(CommandError, match="已使用此工号"):
        call_command("add_person", "P1", "--name", "管二", stderr=StringIO())
    with pytest.raises(CommandError, match="没有机构 NOWHERE"):
        call_command("add_person", "P2", "--name", "管二", "--unit", "NOWHERE", stderr=StringIO())
    with pytest.raises(CommandError, match="没有工号或登录名"):
        call_command("set_password", "P2")


def test_a_new_password_ends_the_old_one_and_is_printed_once(ana):
    out = StringIO()
    call_command("set_password", "ana", stdout=out)
    ana.refresh_from_db()
    assert ana.check_password(out.getvalue().strip())


# -- people ------------------------------------------------------------------------------------------------------------
def test_an_administrator_adds_a_joiner_who_has_a_place_and_a_scope(admin, units, sign_in):
    answer = sign_in(admin).post(reverse("org:join"), JOINER)
    assert answer.status_code == 302
    made = Person.objects.get(person_no="P777")
    assert (made.initials, made.unit_id, made.check_password(GOOD)) == ("wq", "T01", True)
    assert made.postings.get().valid_from == DAY
    assert scope_of(made, DAY).managers == {"P777"}


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"person_no": "P 7"}, "只能用字母"),
        ({"username": "a b"}, "不含空格"),
        ({"unit": "NOWHERE"}, "选"),
        ({"password": "123"}, "密码"),
        ({"username": "ana"}, "已使用此工号"),
    ],
)
def test_a_joiner_that_does_not_fit_stays_in_the_form_with_a_reason(wrong, said, admin, ana, sign_in):
    answer = sign_in(admin).post(reverse("org:join"), JOINER | wrong)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Person.objects.filter(name="王琦").exists()


def test_a_weak_password_refuses_the_joiner_whole(units, at):
    with pytest.raises(ValidationError):
        services.add_person(
            person_no="P7", username="p7", name="王", role="MANAGER", unit=units["T01"], hired_on=DAY, actor="A", at=at,
            password="1",
        )  # fmt: skip
    assert not Person.objects.filter(person_no="P7").exists()


def test_a_move_changes_what_a_leader_sees_and_opens_a_posting(admin, lee, units, sign_in):
    client = sign_in(admin)
    answer = client.post(reverse("org:move", args=[lee.person_no]), {"unit": "T02", "on": "2026-11-23"})
    assert answer.status_code == 302
    lee.refresh_from_db()
    assert scope_of(lee, DAY).units == {"T02"}
    assert lee.postings.order_by("valid_from").last().unit_id == "T02"
    again = client.post(reverse("org:move", args=[lee.person_no]), {"unit": "T02", "on": "2026-11-23"})
    assert again.status_code == 422
    assert "已在" in again.content.decode()


def test_nobody_moves_themselves(admin, sign_in):
    answer = sign_in(admin).post(reverse("org:move", args=[admin.person_no]), {"unit": "T02", "on": "2026-11-23"})
    assert answer.status_code == 403


def test_somebody_who_left_comes_back(admin, ana, sign_in, at):
    services.leave(person=ana, last_day=date(2026, 11, 20), actor="A", at=at)
    answer = sign_in(admin).post(reverse("org:come_back", args=[ana.person_no]), {"on": "2026-11-23"})
    assert answer.status_code == 302
    ana.refresh_from_db()
    assert ana.works_on(DAY)
    assert ana.postings.get(valid_to=None).valid_from == DAY
    with pytest.raises(CannotStaff):
        services.return_to_work(person=ana, on=DAY, actor="A", at=at)


def test_a_leaving_that_is_taken_back_leaves_one_posting(lee, units, at):
    services.move_person(person=lee, unit=units["T02"], on=date(2026, 11, 2), actor="A", at=at)
    services.leave(person=lee, last_day=date(2026, 11, 20), actor="A", at=at)
    services.return_to_work(person=lee, on=date(2026, 11, 18), actor="A", at=at)
    assert lee.postings.get(valid_to=None).valid_from == date(2026, 11, 2)


# -- units -------------------------------------------------------------------------------------------------------------
def test_a_unit_is_added_below_another_and_closed_into_one(admin, units, sign_in):
    client = sign_in(admin)
    new = {"unit_code": "T09", "name": "九组", "kind": "TEAM", "parent": "S01", "valid_from": "2026-11-23"}
    assert client.post(reverse("org:found_unit"), new).status_code == 302
    assert Unit.objects.get(pk="T09").path == "/HQ/B01/S01/T09/"
    assert client.post(reverse("org:found_unit"), new).status_code == 422
    merged = client.post(reverse("org:merge_unit", args=["T09"]), {"into": "T01", "on": "2026-11-23"})
    assert merged.status_code == 302
    assert Unit.objects.get(pk="T09").merged_into_id == "T01"


def test_nothing_is_added_below_a_closed_unit_and_it_is_closed_once(units, at):
    services.merge_unit(unit=units["T02"], into=units["T01"], on=DAY, actor="A", at=at)
    with pytest.raises(CannotAddUnit):
        services.add_unit(
            unit_code="X", parent_code="T02", name="x", kind="TEAM", valid_from=DAY, actor="A", at=at
        )  # fmt: skip
    with pytest.raises(CannotMerge, match="已撤销"):
        services.merge_unit(unit=units["T02"], into=units["S01"], on=DAY, actor="A", at=at)
    with pytest.raises(CannotStaff, match="起撤销"):
        services.add_person(
            person_no="P7", username="p7", name="王", role="MANAGER", unit=units["T02"], hired_on=DAY, actor="A", at=at
        )


# -- view as -----------------------------------------------------------------------------------------------------------
def test_reach_shows_the_menus_of_the_role_and_closes_the_rest(ana, admin):
    of_ana, of_admin = reach_of(ana, DAY), reach_of(admin, DAY)

    def menu(reach: object) -> dict[str, bool]:
        return {thing.label: thing.open for group in reach.menus for thing in group.things}

    assert menu(of_ana)["客户"]
    assert not menu(of_ana)["人员与机构"]
    assert menu(of_admin)["人员与机构"]
    assert not menu(of_admin)["客户"]


def test_the_page_counts_customers_and_shows_none(admin, ana, sign_in):
    customer(ana, customer_id="C00000077", name="欧阳独一")
    page = sign_in(admin).get(reverse("org:view_as", args=[ana.person_no])).content.decode()
    assert "C00000077" not in page
    assert "欧阳" not in page
    assert dict(reach_of(ana, DAY).facts)["客户"] == "1"


def test_whoever_left_reaches_nothing(ana, at):
    services.leave(person=ana, last_day=date(2026, 11, 20), actor="A", at=at)
    found = reach_of(ana, DAY)
    assert not any(thing.open for group in (*found.menus, *found.others) for thing in group.things)
    assert not found.facts


@pytest.mark.parametrize("role", [Role.MANAGER, Role.LEADER])
def test_staffing_is_for_administrators(role, request, sign_in):
    client: Client = sign_in(request.getfixturevalue({"MANAGER": "ana", "LEADER": "lee"}[role]))
    for address in (reverse("org:join"), reverse("org:found_unit"), reverse("org:merge_unit", args=["T01"])):
        assert client.get(address).status_code == 403
