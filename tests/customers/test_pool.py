"""The public pool: who sees it, taking, giving back, and the night that recycles (capability 1.12)."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, connections
from django.http import QueryDict
from django.utils import timezone

from kajing.audit.models import AuditRow
from kajing.customers import selectors, services
from kajing.customers.models import Assignment, Customer, CustomerFigures, PoolMove, PoolRaise, RecycleNotice
from kajing.customers.pool_list import POOL
from kajing.customers.services import pool_many
from kajing.customers.services.pool import AlreadyTaken, CannotReturn, CannotTake
from kajing.lib.errors import NotAllowed
from kajing.notifications.models import Notification
from kajing.org.models import Role
from kajing.org.scoping import scope_of
from kajing.queue.worker import Worker
from kajing.records.selectors import listing
from kajing.records.services import bulk
from kajing.records.undo.returning import undo
from kajing.reference.models import Parameter
from kajing.workflow.models import Task
from tests.factories.customers import customer, figures
from tests.factories.org import person
from tests.factories.workflow import task

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
AS_OF = date(2026, 11, 22)
PARTIAL = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}
RULES = {
    "pool_held_max": "3", "pool_takes_per_day": "2", "pool_retake_days": "30", "pool_recycle_units": "B01",
    "pool_recycle_days": "60|90|120|180|180", "pool_warning_days": "7",
}  # fmt: skip


@pytest.fixture(autouse=True)
def rules(db):
    for key, value in RULES.items():
        Parameter.objects.create(
            key=key, value=value, rule_id=f"T-{key}"[:20], source="test", valid_from=date(1990, 1, 1)
        )


def rule(key: str, value: str) -> None:
    Parameter.objects.filter(key=key).update(value=value)


@pytest.fixture
def carl(units):
    return person("carl", Role.MANAGER, units["T01"], name="柯立")


@pytest.fixture
def alone(units):
    """A customer in the pool of Ana's sub-branch."""
    found = customer(unit=units["S01"], name="司徒泄露")
    Assignment.objects.create(
        customer=found, unit=units["S01"], manager_no="", valid_from=date(2026, 9, 1), source="return", reason="搬家了"
    )
    figures(found, value_tier="V2", spend_365d=1_000_000)
    return found


def fresh(of):
    """The person as the next request loads them, without what the last one kept."""
    return type(of).objects.select_related("unit").get(pk=of.pk)


def take(who, what, at, on=TODAY):
    return services.take(actor=fresh(who), customer_id=what.pk, on=on, at=at)


def test_the_page_costs_few_statements(ana, units, sign_in, django_assert_max_num_queries):
    """All there can be: rows with their stays, a customer given back lately, limits that are used and asked to be raised."""
    for n in range(60):
        found = customer(unit=units["S01"])
        figures(found)
        Assignment.objects.create(
            customer=found, unit=units["S01"], manager_no="", valid_from=date(2026, 9, 1 + n % 28), source="return"
        )
    PoolMove.objects.create(
        customer=found,
        kind="RETURN",
        manager_no=ana.person_no,
        unit=units["S01"],
        on=TODAY,
        at="2026-11-23T09:00+08:00",
    )
    PoolRaise.objects.create(person=ana, most=9, until=TODAY, reason="接收撤并团队", asked_at="2026-11-23T09:00+08:00")
    rule("pool_retake_days", "30000")
    browser = sign_in(ana)
    browser.get("/customers/pool/")
    with django_assert_max_num_queries(12):
        page = browser.get("/customers/pool/").content.decode()
    assert page.count("data-row") == 25
    assert ("已申请提高上限" in page, "起可再领" in page, "客户经理退回" in page) == (
        True,
        True,
        True,
    )


class TestWhoSeesIt:
    def test_a_manager_sees_pools_of_the_own_place_upwards_and_no_others(self, ana, ben, units, alone):
        here = customer(unit=units["T01"])
        branch = customer(unit=units["B01"])
        assert set(selectors.pool(ana)) == {alone, here, branch}
        assert not selectors.pool(ben).exists()

    def test_the_scope_stays_as_narrow_as_it_was(self, ana, alone, sign_in):
        assert not selectors.customers(ana).filter(pk=alone.pk).exists()
        assert not scope_of(ana, TODAY).sees(unit=alone.unit_id, manager=None, customer=alone.pk)
        browser = sign_in(ana)
        for path in ("", "peek/", "timeline/", "section/history/", "section/cards/"):
            assert browser.get(f"/customers/{alone.pk}/{path}").status_code == 404
        assert browser.get(f"/api/v1/customers/{alone.pk}").status_code == 404

    def test_only_a_masked_row_shows(self, ana, alone, sign_in):
        page = sign_in(ana).get("/customers/pool/").content.decode()
        assert alone.pk in page
        assert "司**" in page
        assert "司徒泄露" not in page
        assert "搬家了" not in page  # what a colleague typed
        assert f'href="/customers/{alone.pk}/' not in page
        told = sign_in(ana).get("/api/v1/pool").json()["items"]
        assert [(one["customer_id"], one["name"], one["since"]) for one in told] == [(alone.pk, "司***", "2026-09-01")]

    def test_names_cannot_be_probed(self, ana, alone, sign_in):
        shown = listing(ana, POOL, QueryDict("search=司徒泄露"), TODAY)
        assert shown.state.query == {}
        assert "司徒泄露" not in sign_in(ana).get("/ui/search/?q=司徒").content.decode()

    def test_a_leader_sees_names_and_reasons(self, lee, units, sign_in, at):
        mine = customer(unit=units["T01"], name="王小明")
        Assignment.objects.create(
            customer=mine, unit=units["T01"], manager_no="", valid_from=TODAY, source="return", reason="搬家了"
        )
        page = sign_in(lee).get("/customers/pool/?columns=name,reason,why").content.decode()
        assert "王小明" in page
        assert "搬家了" in page

    @pytest.mark.parametrize("who", ["risk", "service", "compliance", "admin", "auditor"])
    def test_nobody_else_has_the_page(self, who, request, alone, sign_in):
        someone = request.getfixturevalue(who)
        assert sign_in(someone).get("/customers/pool/").status_code == 403
        assert not selectors.pool(someone).exists()

    def test_somebody_who_left_sees_no_pool(self, ana, alone):
        ana.left_on = TODAY - timedelta(days=1000)
        assert not selectors.pool(ana).exists()


class TestTake:
    def test_the_customer_comes_into_the_book_with_history_audit_and_news(self, ana, lee, alone, at):
        left_with = task(lee, alone)
        assert take(ana, alone, at).manager == ana
        alone.refresh_from_db()
        assert (alone.manager_id, alone.unit_id, alone.assigned_by_hand) == (ana.person_no, "T01", True)
        open_stay = alone.assignments.get(valid_to=None)
        assert (open_stay.source, open_stay.manager_no) == ("take", ana.person_no)
        assert AuditRow.objects.get(action="customers.take").customer_id == alone.pk
        assert alone.marks.get(kind="assignment").actor == ana.person_no
        assert alone.pool_moves.get().kind == PoolMove.Kind.TAKE
        assert Task.objects.get(pk=left_with.pk).owner == lee  # a leader's own task stays

    def test_the_page_opens_once_taken(self, ana, alone, sign_in, at):
        browser = sign_in(ana)
        answer = browser.post(f"/customers/pool/{alone.pk}/take/", **PARTIAL)
        assert answer.status_code == 204
        assert "pool:changed" in answer["HX-Trigger"]
        assert browser.get(f"/customers/{alone.pk}/").status_code == 200

    def test_whoever_comes_second_gets_a_sentence(self, ana, carl, alone, sign_in, at):
        take(ana, alone, at)
        with pytest.raises(AlreadyTaken):
            take(carl, alone, at)
        from kajing.audit.selectors import today_for

        PoolMove.objects.update(on=today_for(carl))
        answer = sign_in(carl).post(f"/customers/pool/{alone.pk}/take/", **PARTIAL)
        assert answer.status_code == 204
        assert "bad" in answer["HX-Trigger"]
        assert sign_in(carl).post(f"/api/v1/pool/{alone.pk}/take", content_type="application/json").status_code == 409

    def test_a_strange_pool_is_missing(self, ben, alone, sign_in, at):
        assert sign_in(ben).post(f"/customers/pool/{alone.pk}/take/").status_code == 404
        assert sign_in(ben).post(f"/api/v1/pool/{alone.pk}/take", content_type="application/json").status_code == 404
        with pytest.raises(AlreadyTaken):
            take(ben, alone, at)
        assert Customer.objects.get(pk=alone.pk).manager is None

    def test_leaders_assign_and_do_not_take(self, lee, alone, at):
        with pytest.raises(NotAllowed):
            take(lee, alone, at)

    def test_so_many_a_day(self, ana, units, at):
        three = [customer(unit=units["T01"]) for _n in range(3)]
        for one in three[:2]:
            take(ana, one, at)
        with pytest.raises(CannotTake, match="明天"):
            take(ana, three[2], at)
        take(ana, three[2], at, on=TODAY + timedelta(days=1))

    def test_so_many_in_hand(self, ana, units, at):
        four = [customer(unit=units["T01"]) for _n in range(4)]
        for day, one in enumerate(four[:3]):
            take(ana, one, at, on=TODAY + timedelta(days=day))
        with pytest.raises(CannotTake, match="最多"):
            take(ana, four[3], at, on=TODAY + timedelta(days=9))
        services.give_back(
            actor=fresh(ana), customer_ids=[four[0].pk], reason="搬家了", on=TODAY + timedelta(days=9), at=at
        )
        take(ana, four[3], at, on=TODAY + timedelta(days=9))

    def test_not_so_soon_after_giving_back(self, ana, carl, alone, at):
        take(ana, alone, at)
        services.give_back(actor=fresh(ana), customer_ids=[alone.pk], reason="搬家了", on=TODAY, at=at)
        with pytest.raises(CannotTake, match="2026-12-23"):
            take(ana, alone, at, on=TODAY + timedelta(days=29))
        take(carl, alone, at, on=TODAY + timedelta(days=1))

    def test_not_so_soon_after_losing_by_transfer(self, ana, lee, at):
        held = customer(ana)
        Assignment.objects.create(
            customer=held, unit=ana.unit, manager_no=ana.person_no, valid_from=date(2026, 1, 1), source="feed"
        )
        services.assign_portfolio(
            actor=lee, customer_ids=[held.pk], manager=None, unit=ana.unit, on=TODAY, at=at, reason="重新分配"
        )
        with pytest.raises(CannotTake):
            take(ana, held, at, on=TODAY + timedelta(days=10))
        assert take(ana, held, at, on=TODAY + timedelta(days=30)).manager == ana

    def test_the_page_takes_what_is_ticked(self, ana, units, sign_in):
        two = [customer(unit=units["T01"]) for _n in range(2)]
        sent = {"ids": [one.pk for one in two], "query": "", "all": ""}
        asked = sign_in(ana).post("/customers/pool/take/", sent, **PARTIAL)
        assert asked.status_code == 200
        assert not Customer.objects.filter(manager=ana).exists()
        assert sign_in(ana).post("/customers/pool/take/", {**sent, "sure": "1"}, **PARTIAL).status_code == 204
        assert Customer.objects.filter(manager=ana).count() == 2


@pytest.mark.django_db(transaction=True)
@pytest.mark.slow
@pytest.mark.skipif(
    settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"),
    reason="SQLite lets one writer in after the other; its tests share one connection in memory",
)
def test_two_at_once_exactly_one_wins(ana, units, at):
    """Six people press at the same moment: one has the customer, five read a sentence."""
    rule("pool_takes_per_day", "20")
    people = [ana, *(person(f"rush{n}", Role.MANAGER, units["T01"]) for n in range(5))]
    wanted = customer(unit=units["T01"])
    start, answers = threading.Barrier(len(people)), []

    def press(who):
        try:
            start.wait(10)
            answers.append(services.take(actor=who, customer_id=wanted.pk, on=TODAY, at=at).manager_id)
        except AlreadyTaken as error:
            answers.append(str(error))
        finally:
            connections.close_all()

    crew = [threading.Thread(target=press, args=(who,)) for who in people]
    for one in crew:
        one.start()
    for one in crew:
        one.join(60)
    connection.close()
    won = [answer for answer in answers if answer.startswith("P-")]
    assert len(won) == 1
    assert len(answers) == 6
    assert Customer.objects.get(pk=wanted.pk).manager_id == won[0]
    assert PoolMove.objects.filter(customer=wanted).count() == 1
    assert Assignment.objects.filter(customer=wanted, valid_to=None).count() == 1


class TestGiveBack:
    def back(self, who, what, at, reason="搬家了"):
        return services.give_back(actor=who, customer_ids=[what.pk], reason=reason, on=TODAY, at=at)

    def test_goes_to_the_pool_of_the_unit_and_tasks_to_the_leader(self, ana, lee, at):
        held = customer(ana)
        open_task = task(ana, held)
        assert self.back(ana, held, at) == 1
        held.refresh_from_db()
        assert (held.manager_id, held.unit_id) == (None, "T01")
        assert held.assignments.get(valid_to=None).source == "return"
        assert AuditRow.objects.get(action="customers.give_back").reason == "搬家了"
        assert Task.objects.get(pk=open_task.pk).owner == lee

    def test_refusals(self, ana, ben, lee, carl, at):
        held, other = customer(ana), customer(carl)
        with pytest.raises(NotAllowed):
            self.back(lee, held, at)
        with pytest.raises(CannotReturn):
            self.back(ana, held, at, reason=" ")
        for who in (ben, carl):
            with pytest.raises(CannotReturn):
                self.back(who, held, at)
        with pytest.raises(CannotReturn):
            services.give_back(actor=ana, customer_ids=[held.pk, other.pk], reason="搬家了", on=TODAY, at=at)

    def test_a_substitute_does_not_give_away_what_is_not_theirs(self, ana, carl, at):
        from kajing.org import services as org

        held = customer(ana)
        org.set_substitute(
            person=ana,
            substitute=carl,
            first_day=date(2020, 1, 1),
            last_day=date(2030, 1, 1),
            reason="",
            actor="x",
            at=at,
        )
        with pytest.raises(CannotReturn):
            self.back(carl, held, at)

    def test_what_is_open_must_be_finished_first(self, ana, at):
        held = customer(ana)
        hold = services.place_hold(actor="system", customer=held, kind="COMPLAINT", source="complaint:1", at=at)
        with pytest.raises(CannotReturn, match="投诉"):
            self.back(ana, held, at)
        services.lift_hold(actor="system", hold=hold, at=at)
        owed = task(ana, held, kind="promise")
        with pytest.raises(CannotReturn):
            self.back(ana, held, at)
        Task.objects.filter(pk=owed.pk).update(kind="follow_up")
        assert self.back(ana, held, at) == 1

    def test_by_page_and_api(self, ana, sign_in):
        one, two = customer(ana), customer(ana)
        browser = sign_in(ana)
        assert browser.get(f"/customers/give-back/?ids={one.pk}").status_code == 200
        assert browser.post("/customers/give-back/", {"ids": one.pk, "reason": ""}, **PARTIAL).status_code == 422
        assert browser.post("/customers/give-back/", {"ids": one.pk, "reason": "搬家了"}, **PARTIAL).status_code == 204
        told = browser.post(
            f"/api/v1/customers/{two.pk}/give-back", {"reason": "搬家了"}, content_type="application/json"
        )
        assert (told.status_code, told.json()["manager_no"]) == (200, None)
        assert Customer.objects.filter(manager=None).count() == 2


class TestNight:
    def silent(self, manager, days, tier="V1", **values):
        found = customer(manager, opened_on=date(2020, 1, 1), **values)
        figures(found, value_tier=tier)
        Assignment.objects.create(
            customer=found, unit=manager.unit, manager_no=manager.person_no, source="feed",
            valid_from=TODAY - timedelta(days=days),
        )  # fmt: skip
        return found

    def night(self, at, days=0):
        return services.recycle(as_of=AS_OF + timedelta(days=days), at=at + timedelta(days=days))

    def test_warns_first_and_recycles_a_week_later(self, ana, lee, at):
        gone = self.silent(ana, 200)
        assert self.night(at) == {"recycled": 0, "warned": 1, "withdrawn": 0}
        assert RecycleNotice.objects.get().goes_on == TODAY + timedelta(days=7)
        news = Notification.objects.get(person=ana, kind="pool.warning")
        assert gone.pk in news.body_text
        assert gone.name not in news.body_text + news.title_text
        assert self.night(at, 6) == {"recycled": 0, "warned": 0, "withdrawn": 0}
        assert self.night(at, 7) == {"recycled": 1, "warned": 0, "withdrawn": 0}
        gone.refresh_from_db()
        assert (gone.manager_id, gone.unit_id) == (None, "T01")
        assert gone.pool_moves.get().manager_no == ana.person_no
        assert AuditRow.objects.get(action="customers.recycle").actor == "system"
        assert gone.assignments.get(valid_to=None).source == "night"
        assert not RecycleNotice.objects.exists()

    def test_the_same_night_again_changes_nothing(self, ana, at):
        self.silent(ana, 200)
        self.night(at)
        assert self.night(at) == {"recycled": 0, "warned": 0, "withdrawn": 0}
        assert Notification.objects.get(kind="pool.warning").count == 1
        self.night(at, 7)
        assert self.night(at, 7) == {"recycled": 0, "warned": 0, "withdrawn": 0}
        assert PoolMove.objects.count() == 1

    def test_the_better_the_customer_the_sooner(self, ana, at):
        for tier in ("V1", "V2", "V3", "V4", ""):
            self.silent(ana, 100, tier)
        assert self.night(at)["warned"] == 2  # 60 and 90 days; 120 less the week is not yet there

    def test_warned_a_week_before_the_day_itself(self, ana, at):
        self.silent(ana, 53)
        assert self.night(at)["warned"] == 1
        assert RecycleNotice.objects.get().goes_on == TODAY + timedelta(days=7)
        self.silent(ana, 52)
        assert self.night(at)["warned"] == 0

    @pytest.mark.parametrize("contact", ["task", "call", "handed over"])
    def test_a_contact_keeps_the_customer(self, ana, carl, lee, at, contact):
        held = self.silent(ana, 200)
        self.night(at)
        if contact == "task":
            task(ana, held, state="DONE", outcome="REACHED", done_at=at)
        elif contact == "call":
            services.mark_timeline(customer_id=held.pk, at=at, kind="call", title="x", source="call:1")
        else:
            services.assign_portfolio(actor=lee, customer_ids=[held.pk], manager=carl, on=TODAY, at=at, reason="交接")
        self.night(at, 7)
        assert not RecycleNotice.objects.exists()
        assert Customer.objects.get(pk=held.pk).manager is not None

    def test_reaching_nobody_is_no_contact(self, ana, at):
        held = self.silent(ana, 200)
        task(ana, held, state="DONE", outcome="NOT_REACHED", done_at=at)
        assert self.night(at)["warned"] == 1

    @pytest.mark.parametrize("kept", ["complaint", "must", "promise"])
    def test_what_is_open_keeps_the_customer(self, ana, at, kept):
        held = self.silent(ana, 200)
        self.night(at)
        if kept == "complaint":
            services.place_hold(actor="system", customer=held, kind="COMPLAINT", source="complaint:1", at=at)
        else:
            task(ana, held, must_do=kept == "must", kind="promise" if kept == "promise" else "follow_up")
        assert self.night(at, 7)["recycled"] == 0
        assert Customer.objects.get(pk=held.pk).manager == ana

    def test_off_by_unit_and_off_at_all(self, ana, ben, at):
        self.silent(ana, 200)
        theirs = self.silent(ben, 200)
        assert self.night(at)["warned"] == 1  # B01 only
        rule("pool_recycle_units", "ALL")
        assert self.night(at)["warned"] == 1
        assert RecycleNotice.objects.filter(pk=theirs.pk).exists()
        rule("pool_recycle_units", "B01|S02")
        assert self.night(at) == {"recycled": 0, "warned": 0, "withdrawn": 0}
        rule("pool_recycle_units", "B01")
        assert self.night(at)["withdrawn"] == 1
        rule("pool_recycle_units", "NONE")
        assert self.night(at, 30) == {"recycled": 0, "warned": 0, "withdrawn": 1}
        assert Customer.objects.filter(manager=None).count() == 0

    def test_who_goes_soon_is_a_filter_of_the_list(self, ana, at, sign_in):
        held, safe = self.silent(ana, 200), self.silent(ana, 1)
        self.night(at)
        page = sign_in(ana).get("/customers/?leaving=1").content.decode()
        assert held.pk in page
        assert safe.pk not in page


def test_a_leader_assigns_from_the_pool(lee, ana, units, sign_in):
    waiting = customer(unit=units["T01"])
    sent = {"ids": waiting.pk, "query": "", "all": "", "manager": ana.person_no, "reason": "均衡"}
    assert sign_in(ana).post("/customers/pool/assign/", sent).status_code == 403
    assert sign_in(lee).post("/customers/pool/assign/", sent, **PARTIAL).status_code == 204
    assert Customer.objects.get(pk=waiting.pk).manager == ana


class TestMany:
    """Many at once: judged as a whole, told row by row, undone as one."""

    def params(self, **more):
        return {"on": TODAY.isoformat(), **more}

    def test_the_preview_names_everybody_who_is_left_alone(self, ana, ben, carl, units, at):
        rule("pool_takes_per_day", "1")
        waits, free, late = (customer(unit=units["T01"]) for _n in range(3))
        PoolMove.objects.create(
            customer=waits, kind="RETURN", manager_no=ana.person_no, unit_id="T01", on=TODAY, at=at, reason="x"
        )
        foreign, gone = customer(ben), customer(unit=units["T01"])
        take(carl, gone, at)
        ids = [one.pk for one in (waits, free, late, foreign, gone)]
        told = services.look_at_pool(actor=ana, kind=pool_many.TAKE, ids=ids, params=self.params(), at=at)
        assert list(told) == [waits.pk, late.pk, foreign.pk, gone.pk]
        assert "2026-12-23" in told[waits.pk] and "明天" in told[late.pk]
        assert "公海" in told[foreign.pk] and told[gone.pk] == str(AlreadyTaken())
        assert not Customer.objects.filter(manager=ana).exists()

    def test_taken_with_failures_and_undone(self, ana, units, at):
        three = [customer(unit=units["T01"]) for _n in range(3)]
        ids = [one.pk for one in three]
        act = services.act_on_pool(actor=ana, kind=pool_many.TAKE, ids=ids, params=self.params(), at=at)
        assert (act.done, act.failed, act.state) == (2, 1, "DONE")
        assert "明天" in act.failures.get(object_id=ids[2]).reason
        assert set(Customer.objects.filter(manager=ana).values_list("pk", flat=True)) == set(ids[:2])
        assert Assignment.objects.filter(source="take", valid_to=None).count() == 2
        undo(actor=fresh(ana), reversal=act.reversal, at=timezone.now())
        assert not Customer.objects.filter(manager=ana).exists()
        assert not PoolMove.objects.exists() and not Assignment.objects.filter(source="take").exists()
        assert selectors.allowance(fresh(ana), TODAY).left == 2

    def test_undo_takes_nobody_whom_a_colleague_took_in_that_moment(self, ana, carl, units, at):
        mine, theirs = (customer(unit=units["T01"]) for _n in range(2))

        def colleague_is_faster(execute: Any, sql: str, *rest: Any) -> Any:
            """Between the judgement and the lock, which brings the figures along."""
            if sql.startswith("SELECT") and f'JOIN "{CustomerFigures._meta.db_table}"' in sql:
                Customer.objects.filter(pk=theirs.pk, manager=None).update(manager=carl)
            return execute(sql, *rest)

        ids = [mine.pk, theirs.pk]
        with connection.execute_wrapper(colleague_is_faster):
            act = services.act_on_pool(actor=ana, kind=pool_many.TAKE, ids=ids, params=self.params(), at=at)
        assert (act.done, act.failed) == (1, 1)
        undo(actor=fresh(ana), reversal=act.reversal, at=timezone.now())
        theirs.refresh_from_db()
        assert theirs.manager == carl

    def test_given_back_but_for_holds_and_foreign_books_and_undone(self, ana, lee, carl, at):
        one, held, other = customer(ana), customer(ana), customer(carl)
        work = task(ana, one)
        services.place_hold(actor="x", customer=held, kind="COMPLAINT", source="complaint:1", at=at)
        ids = [one.pk, held.pk, other.pk]
        told = services.look_at_pool(
            actor=ana, kind=pool_many.GIVE_BACK, ids=ids, params=self.params(reason="搬家了"), at=at
        )
        assert set(told) == {held.pk, other.pk}
        act = services.act_on_pool(
            actor=ana, kind=pool_many.GIVE_BACK, ids=ids, params=self.params(reason="搬家了"), at=at
        )
        assert (act.done, act.failed) == (1, 2)
        one.refresh_from_db()
        assert one.manager_id is None and Task.objects.get(pk=work.pk).owner == lee
        undo(actor=fresh(ana), reversal=act.reversal, at=timezone.now())
        one.refresh_from_db()
        assert one.manager == ana and Task.objects.get(pk=work.pk).owner == ana
        assert not PoolMove.objects.exists()

    def test_many_go_in_the_background(self, ana, units, at, monkeypatch):
        monkeypatch.setattr(bulk, "AT_ONCE", 2)
        monkeypatch.setattr(bulk, "CHUNK", 2)
        rule("pool_takes_per_day", "5")
        rule("pool_held_max", "500")
        ids = [customer(unit=units["T01"]).pk for _n in range(7)]
        act = services.act_on_pool(actor=ana, kind=pool_many.TAKE, ids=ids, params=self.params(), at=at)
        assert act.state == "WORKING" and not Customer.objects.filter(manager=ana).exists()
        Worker().work_until_empty()
        act.refresh_from_db()
        assert (act.state, act.done, act.failed) == ("DONE", 5, 2)
        assert list(act.failures.order_by("pk").values_list("object_id", flat=True)) == ids[5:]

    def test_refused_as_a_whole(self, ana, lee, alone, at):
        with pytest.raises(NotAllowed):
            services.act_on_pool(actor=lee, kind=pool_many.TAKE, ids=[alone.pk], params=self.params(), at=at)
        with pytest.raises(CannotReturn):
            services.look_at_pool(
                actor=ana, kind=pool_many.GIVE_BACK, ids=[alone.pk], params=self.params(reason=" "), at=at
            )

    def test_the_page_tells_first_and_goes_on_without(self, ana, units, sign_in):
        three = [customer(unit=units["T01"]) for _n in range(3)]
        sent = {"ids": [one.pk for one in three], "query": "", "all": "", "sure": "1"}
        browser = sign_in(ana)
        told = browser.post("/customers/pool/take/", sent, **PARTIAL)
        page = told.content.decode()
        assert told.status_code == 422 and three[2].pk in page and "明天" in page and 'name="without"' in page
        assert not Customer.objects.filter(manager=ana).exists()
        done = browser.post("/customers/pool/take/", {**sent, "without": "1"}, **PARTIAL)
        assert done.status_code == 204 and "/bulk/" in done.headers["HX-Redirect"]
        assert Customer.objects.filter(manager=ana).count() == 2

    def test_the_whole_pool_is_judged_before_it_is_asked(self, ana, units, sign_in):
        for _n in range(5):
            customer(unit=units["T01"])
        sent = {"query": "order=-limit", "all": "1", "sure": "1"}
        page = sign_in(ana).post("/customers/pool/take/", sent, **PARTIAL).content.decode()
        assert "继续处理其余 2 项" in page or "其余 2" in page

    def test_the_page_gives_back(self, ana, sign_in):
        held = customer(ana)
        sent = {"ids": [held.pk], "query": "", "all": ""}
        browser = sign_in(ana)
        assert 'name="reason"' in browser.post("/customers/give-back/", sent, **PARTIAL).content.decode()
        assert browser.post("/customers/give-back/", {**sent, "reason": "搬"}, **PARTIAL).status_code == 422
        assert browser.post("/customers/give-back/", {**sent, "reason": "搬家了"}, **PARTIAL).status_code == 204
        held.refresh_from_db()
        assert held.manager is None

    def test_over_the_api(self, ana, lee, units, sign_in):
        ids = [customer(unit=units["T01"]).pk for _n in range(3)]
        browser = sign_in(ana)

        def post(path, body, who=browser):
            return who.post(f"/api/v1/pool/many{path}", body, content_type="application/json")

        told = post("/try", {"act": "take", "customer_ids": ids}).json()
        assert (told["asked"], [row["customer_id"] for row in told["refused"]]) == (3, ids[2:])
        made = post("", {"act": "take", "customer_ids": ids})
        assert made.status_code == 201 and (made.json()["done"], made.json()["failed"]) == (2, 1)
        assert post("", {"act": "give-back", "customer_ids": ids[:1]}).status_code in {409, 422}
        back = post("", {"act": "give-back", "customer_ids": ids, "reason": "搬家了"}).json()
        assert (back["done"], back["failed"]) == (2, 1)
        assert post("", {"act": "take", "customer_ids": ids}, sign_in(lee)).status_code == 403
