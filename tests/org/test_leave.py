"""Leave from entering it to coming back, and the last hour of somebody who leaves (capability 4.6)."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

import pytest
from django.utils import timezone

from kajing.audit.models import AuditRow
from kajing.lib.periods import SHANGHAI
from kajing.org import selectors, services
from kajing.org.models import Role, Substitution
from kajing.org.scoping import scope_of
from kajing.workflow.selectors import mine
from tests.factories.customers import customer
from tests.factories.org import person
from tests.factories.workflow import task

pytestmark = pytest.mark.django_db


@pytest.fixture
def carl(units):
    return person("carl", Role.MANAGER, units["T01"], name="柯立")


def fresh(of):
    """As the next request loads the person."""
    return type(of).objects.select_related("unit").get(pk=of.pk)


def form(first, last, who="carl"):
    return {"substitute": who, "first_day": first.isoformat(), "last_day": last.isoformat(), "reason": "年休假"}


def test_the_whole_way_of_a_leave(ana, carl, lee, sign_in):
    today = timezone.localdate()
    held = customer(ana)
    work = task(ana, held)
    assert sign_in(carl).get(f"/customers/{held.pk}/").status_code == 404
    assert sign_in(ana).post("/org/me/away/", form(today, today + timedelta(days=3))).status_code == 302
    assert "柯立" in sign_in(ana).get("/org/me/").content.decode()
    # The substitute sees the book and works the tasks, for these days only.
    assert sign_in(carl).get(f"/customers/{held.pk}/").status_code == 200
    assert work in mine(fresh(carl))
    assert "安娜" in sign_in(carl).get("/").content.decode()
    assert "柯立" in sign_in(lee).get("/team/").content.decode()
    assert not scope_of(carl, today + timedelta(days=4)).sees(unit="T01", manager=ana.person_no, customer=held.pk)
    # Back early: everything is Ana's again at once.
    leave = Substitution.objects.get()
    assert sign_in(ana).post(f"/org/me/away/{leave.pk}/end/").status_code == 302
    assert sign_in(carl).get(f"/customers/{held.pk}/").status_code == 404
    assert work not in mine(fresh(carl))
    assert work in mine(fresh(ana))
    assert AuditRow.objects.filter(action="org.set_substitute", actor=ana.person_no).count() == 1


def test_leave_to_come_does_nothing_yet(ana, carl, sign_in):
    held, later = customer(ana), timezone.localdate() + timedelta(days=5)
    assert sign_in(ana).post("/org/me/away/", form(later, later)).status_code == 302
    assert sign_in(carl).get(f"/customers/{held.pk}/").status_code == 404
    assert scope_of(carl, later).sees(unit="T01", manager=ana.person_no, customer=held.pk)


def test_only_a_colleague_of_the_own_unit_and_role(ana, ben, lee, carl, sign_in):
    today = timezone.localdate()
    for stranger in ("ben", "lee", "ana", "nobody"):
        assert sign_in(ana).post("/org/me/away/", form(today, today, stranger)).status_code == 422
    assert not Substitution.objects.exists()
    made = services.set_substitute(
        person=carl, substitute=ana, first_day=today, last_day=today, reason="", actor="x", at=timezone.now()
    )
    assert sign_in(ana).post(f"/org/me/away/{made.pk}/end/").status_code == 404  # not hers to end


@pytest.mark.parametrize(("hour", "works"), [(17, True), (18, False), (23, False)])
def test_on_the_last_day_access_ends_at_the_hour(ana, hour, works, at):
    last = date(2026, 11, 23)
    services.leave(person=ana, last_day=last, until=time(18), actor="x", at=at)
    moment = datetime(2026, 11, 23, hour, 0, tzinfo=SHANGHAI)
    assert fresh(ana).may_work(moment) is works
    _token, text = services.make_token(person=ana, name="x", actor="x", at=at)
    assert (selectors.token(text, at=moment) is not None) is works


def test_who_is_gone_is_out_at_once_and_may_come_back(ana, sign_in, at):
    browser, today = sign_in(ana), timezone.localdate()
    assert browser.get("/").status_code == 200
    services.leave(person=ana, last_day=today, until=time(0, 0), actor="x", at=at)
    assert browser.get("/").status_code == 302
    services.return_to_work(person=ana, on=today, actor="x", at=at)
    assert fresh(ana).may_work(timezone.now())


def test_the_page_of_the_administrator_notes_the_hour(ana, admin, sign_in):
    day = timezone.localdate() + timedelta(days=9)
    sent = {"last_day": day.isoformat(), "until": "18:00"}
    assert sign_in(admin).post(f"/org/people/{ana.person_no}/leave/", sent).status_code == 302
    assert fresh(ana).access_ends_at == datetime.combine(day, time(18), SHANGHAI)
