"""Transfers and their handover pack (capability G4.3)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from kajing.audit.models import AuditRow
from kajing.contact.models import Interaction
from kajing.customers import services
from kajing.customers.models import Customer, Handover
from kajing.customers.selectors.handovers import handovers, next_birthday, pack
from kajing.customers.services.handovers import CannotAcknowledge
from kajing.notifications.models import Notification
from kajing.org import services as org
from kajing.org.models import Role
from kajing.queue.worker import Worker
from kajing.records.models import Reversal
from kajing.workflow.models import Task
from tests.factories.customers import account, card, customer, figures
from tests.factories.org import person
from tests.factories.risk import alert
from tests.factories.workflow import task

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
PARTIAL = {"HTTP_HX_REQUEST": "true", "HTTP_HX_REQUEST_TYPE": "partial"}


@pytest.fixture
def carl(units):
    return person("carl", Role.MANAGER, units["T01"], name="柯立")


@pytest.fixture
def wang(ana):
    return customer(ana, name="王小明", birth_date=date(1988, 12, 1))


def fresh(of):
    return type(of).objects.select_related("unit").get(pk=of.pk)


def hand_over(browser, to, *customers, reason="离职交接"):
    sent = {
        "ids": [one.pk for one in customers],
        "query": "",
        "all": "",
        "manager": to.person_no,
        "unit": "",
        "reason": reason,
    }
    answer = browser.post("/customers/assign/", sent, **PARTIAL)
    assert answer.status_code == 204, answer.content.decode()
    return Handover.objects.first()


def parts(found):
    return {part.section.name: [told.line for told in part.lines] for part in found.parts}


class TestPack:
    def test_a_transfer_leads_to_its_pack_and_tells_receiver_and_leaders(self, lee, carl, wang, sign_in):
        browser = sign_in(lee)
        made = hand_over(browser, carl, wang)
        assert (made.receiver, made.unit_id, made.items.get().manager_no) == (carl, "T01", "P-ANA")
        assert Notification.objects.filter(kind="handover.made", person=carl).count() == 1
        page = sign_in(carl).get(f"/customers/handovers/{made.pk}/").content.decode()
        assert "王小明" in page
        assert "安娜" in page
        assert "离职交接" in page

    def test_both_leaders_hear_of_it(self, head, carl, wang, units, sign_in):
        there = person("dora", Role.MANAGER, units["S01"], name="杜拉")
        leaders = [person("l1", Role.LEADER, units["T01"]), person("l2", Role.LEADER, units["S01"])]
        hand_over(sign_in(head), there, wang)
        told = set(Notification.objects.filter(kind="handover.made").values_list("person__username", flat=True))
        assert told == {"dora", *(one.username for one in leaders)}

    def test_what_the_receiver_must_know(self, ana, lee, carl, wang, at, sign_in):
        figures(wang, bucket="M2", dpd=40, risk_band="SEVERE", utilisation=0.95, balance=900_000_00,
                next_due_on=TODAY + timedelta(days=5), minimum_due=100_00, sleeping_on=TODAY + timedelta(days=50))  # fmt: skip
        held = account(wang, temp_limit=9_000_000, temp_limit_until=TODAY + timedelta(days=20))
        card(held, last4="4321", expires_on=TODAY + timedelta(days=30))
        card(held, last4="9999", expires_on=TODAY + timedelta(days=300))
        services.place_hold(
            actor="system", customer=wang, kind="COMPLAINT", source="complaint:1", at=at, reason="年费争议"
        )
        alert(wang, severity="L3")
        task(ana, wang, title="送资料", must_do=True)
        task(ana, wang, title="回电说明年费", kind="promise")
        task(ana, wang, title="催收", state="DONE", outcome="PROMISED", outcome_note="12月1日还款", done_at=at)
        Interaction.objects.create(
            customer=wang, person=ana, channel="PHONE", purpose="CARE", state="DONE", at=at, outcome="LATER",
            note="周五再打", created_at=at, created_by=ana.person_no,
        )  # fmt: skip
        made = hand_over(sign_in(lee), carl, wang)
        found = pack(fresh(carl), made, TODAY)
        told = parts(found)
        assert "M2" in told["risks"][0].text
        assert told["alerts"][0].text.startswith("L3")
        assert told["unspeakable"][0].note == "年费争议"
        assert [line.text for line in told["tasks"]] == ["送资料"]
        assert [(line.text, line.note) for line in told["promises"]] == [("回电说明年费", ""), ("催收", "12月1日还款")]
        assert told["words"][0].note == "周五再打"
        days = [(line.on, line.text) for line in told["dates"]]
        assert [on for on, _text in days] == sorted(on for on, _text in days)
        assert [on - TODAY for on, _text in days] == [timedelta(days=n) for n in (5, 8, 20, 30, 50)]
        assert not any("9999" in text for _on, text in days)
        assert found.counts
        for part in found.parts:
            for line in part.lines:
                assert line.url == f"/customers/{wang.pk}/"

    def test_tasks_went_along(self, ana, lee, carl, wang, sign_in):
        open_task = task(ana, wang)
        hand_over(sign_in(lee), carl, wang)
        assert Task.objects.get(pk=open_task.pk).owner == carl

    def test_the_question_says_what_moves(self, ana, lee, wang, sign_in):
        task(ana, wang)
        alert(wang)
        page = sign_in(lee).get(f"/customers/assign/?ids={wang.pk}", **PARTIAL).content.decode()
        assert page.count('<b class="num">1</b>') == 2

    def test_a_whole_book_goes_by_job_with_one_pack(self, ana, lee, carl, sign_in):
        book = [customer(ana) for _n in range(201)]
        sent = {
            "query": f"manager={ana.person_no}",
            "all": "1",
            "manager": carl.person_no,
            "unit": "",
            "reason": "离职",
        }
        assert sign_in(lee).post("/customers/assign/", sent, **PARTIAL).status_code == 204
        made = Handover.objects.get()
        assert not Notification.objects.filter(kind="handover.made").exists()
        Worker().work_until_empty()
        assert Customer.objects.filter(manager=carl).count() == 201
        assert made.items.count() == len(book)
        assert Notification.objects.filter(kind="handover.made", person=carl).count() == 1
        made.refresh_from_db()
        assert made.reversal.state == Reversal.State.OPEN

    def test_into_the_pool_there_is_nobody_to_tell(self, lee, wang, sign_in):
        sent = {"ids": wang.pk, "query": "", "all": "", "manager": "", "unit": "T01", "reason": "重新分配"}
        assert sign_in(lee).post("/customers/assign/", sent, **PARTIAL).status_code == 204
        assert not Handover.objects.exists()


class TestWhoReads:
    def test_receiver_maker_leaders_and_nobody_else(self, ana, ben, lee, head, carl, wang, risk, sign_in):
        made = hand_over(sign_in(lee), carl, wang)
        readers = {who: handovers(fresh(who)).filter(pk=made.pk).exists() for who in (ana, ben, lee, head, carl)}
        assert readers == {ana: False, ben: False, lee: True, head: True, carl: True}
        assert sign_in(ben).get(f"/customers/handovers/{made.pk}/").status_code == 404
        assert sign_in(risk).get(f"/customers/handovers/{made.pk}/").status_code == 403

    def test_the_giving_leader_reads_only_whom_they_still_see(self, head, ana, wang, units, sign_in, at):
        there = person("dora", Role.MANAGER, units["S01"], name="杜拉")
        giving = person("l1", Role.LEADER, units["T01"], name="李强")
        figures(wang, bucket="M2", dpd=40)
        made = hand_over(sign_in(head), there, wang)
        found = pack(fresh(giving), made, TODAY)
        assert (found.count, found.seen, found.outside, found.parts) == (1, 0, 1, [])
        assert "王小明" not in sign_in(giving).get(f"/customers/handovers/{made.pk}/").content.decode()

    def test_a_substitute_reads_and_acknowledges(self, ana, lee, carl, wang, sign_in):
        today = timezone.localdate()
        org.set_substitute(
            person=carl, substitute=ana, first_day=today, last_day=today, reason="", actor="x", at=timezone.now()
        )
        made = hand_over(sign_in(lee), carl, wang)
        assert sign_in(ana).post(f"/customers/handovers/{made.pk}/acknowledge/").status_code == 302
        made.refresh_from_db()
        assert made.acknowledged_by == ana.person_no


class TestActs:
    def test_acknowledged_once_and_by_the_receiver(self, lee, carl, wang, at, sign_in):
        made = hand_over(sign_in(lee), carl, wang)
        with pytest.raises(CannotAcknowledge):
            services.acknowledge(actor=fresh(lee), handover=made, at=at)
        services.acknowledge(actor=fresh(carl), handover=made, at=at)
        services.acknowledge(actor=fresh(carl), handover=made, at=at + timedelta(days=1))
        made.refresh_from_db()
        assert made.acknowledged_at == at
        assert AuditRow.objects.filter(action="customers.acknowledge_handover").count() == 1

    def test_the_file_obeys_the_rules_of_exports(self, lee, carl, wang, sign_in):
        figures(wang, bucket="M2", dpd=40)
        made = hand_over(sign_in(lee), carl, wang)
        url = f"/customers/handovers/{made.pk}/export/"
        assert sign_in(carl).post(url, {"reason": "带走"}).status_code == 403
        assert sign_in(lee).post(url, {"reason": ""}).status_code == 422
        answer = sign_in(lee).post(url, {"reason": "归档"})
        text = answer.content.decode("utf-8-sig")
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert wang.pk in text
        assert lee.person_no in text
        assert (
            AuditRow.objects.get(action="customers.export").changes["rows"]
            == len(text.split("\r\n\r\n")[0].splitlines()) - 1
        )

    def test_undone_whole_with_tasks_and_the_pack_says_so(self, ana, lee, carl, wang, sign_in):
        open_task = task(ana, wang)
        browser = sign_in(lee)
        made = hand_over(browser, carl, wang)
        services.acknowledge(actor=fresh(carl), handover=made, at=timezone.now())
        assert browser.post(f"/undo/{made.reversal_id}/do/").status_code in {200, 204, 302}
        wang.refresh_from_db()
        assert (wang.manager, Task.objects.get(pk=open_task.pk).owner) == (ana, ana)
        assert "undo" in browser.get(f"/customers/handovers/{made.pk}/").content.decode()
        assert Handover.objects.get().reversal.state == Reversal.State.UNDONE

    def test_only_who_may_take_it_back_is_shown_the_way(self, lee, carl, wang, sign_in):
        made = hand_over(sign_in(lee), carl, wang)
        url, way = f"/customers/handovers/{made.pk}/", f"/undo/{made.reversal_id}/"
        assert way in sign_in(lee).get(url).content.decode()
        assert way not in sign_in(carl).get(url).content.decode()
        assert sign_in(carl).get(way).status_code == 404

    def test_the_list_of_handovers(self, lee, carl, wang, sign_in):
        hand_over(sign_in(lee), carl, wang)
        assert "安娜" in sign_in(carl).get("/customers/handovers/").content.decode()


@pytest.mark.parametrize(
    ("born", "on"),
    [(date(1988, 11, 23), TODAY), (date(1988, 11, 22), date(2027, 11, 22)), (date(1992, 2, 29), date(2027, 2, 28))],
)
def test_next_birthday(born, on):
    assert next_birthday(born, TODAY) == on
