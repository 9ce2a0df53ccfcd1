"""The night of leads: back to the pool with notice, who became a customer, later stages; rules that hear of leads."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from kajing.customers.models import ContactPoint, Customer
from kajing.customers.personal import blind, seal
from kajing.lib.periods import SHANGHAI
from kajing.notifications.models import Notification
from kajing.org.models import Person
from kajing.sales.models import Lead, LeadOwnership, LeadStay
from kajing.sales.services import leads as services
from kajing.workflow import events
from kajing.workflow.models import Task
from kajing.workflow.services.rules import run_night_rules
from tests.factories.customers import account, card, customer, figures
from tests.factories.sales import NOW, facts, lead
from tests.workflow.test_rules import OPEN_TASK, version, work

pytestmark = pytest.mark.django_db
TODAY = NOW.date()


def night(as_of: date, at: datetime) -> dict[str, int]:
    return services.run_night(as_of=as_of, at=at)


class TestHands:
    def test_ended_ones_go_back_once_with_one_notice(self, ana: Person, as_of: date, at: datetime) -> None:
        over, last = TODAY - timedelta(days=1), TODAY
        gone = [lead(ana, owned_until=over, stage=stage) for stage in ("LEAD", "CONTACTED", "INTENT")]
        kept = [lead(ana, owned_until=over, stage=stage) for stage in ("SUBMITTED", "APPROVED", "LOST", "ISSUED")]
        today_still = lead(ana, owned_until=last)
        assert night(as_of, at)["returned"] == 3
        for one in gone:
            one.refresh_from_db()
            assert (one.owner, one.owned_until, one.unit) == (None, None, ana.unit)
            assert LeadOwnership.objects.get(lead=one, owner_no="").way == "NIGHT"
        assert Lead.objects.filter(pk__in=[each.pk for each in [*kept, today_still]], owner=ana).count() == 5
        told = Notification.objects.get(person=ana, group__startswith="leads-back")
        assert told.params["count"] == 3
        assert night(as_of, at)["returned"] == 0 and Notification.objects.count() == 2  # the other one warns

    def test_a_warning_some_days_ahead_once(self, ana: Person, as_of: date, at: datetime) -> None:
        for days in (0, 2, 3, 4):
            lead(ana, owned_until=TODAY + timedelta(days=days))
        assert night(as_of, at)["warned"] == 3
        assert night(as_of, at)["warned"] == 0


class TestLinks:
    def test_by_id_number_or_phone_where_it_is_one_customer(
        self, ana: Person, ben: Person, as_of: date, at: datetime
    ) -> None:
        number = "310115199003070011"
        by_id = lead(ana, said=facts(id_number=number))
        by_phone, doubtful = lead(ana, said=facts(phone="12955530001")), lead(ana, said=facts(phone="12955530002"))
        one = customer(ana, id_number_idx=blind("id_number", number))
        two = customer(ben)
        for owner, phone, kind in (
            (two, "12955530001", "PHONE"), (one, "12955530002", "MOBILE"), (two, "12955530002", "MOBILE"),
        ):  # fmt: skip
            _point(owner, phone, kind)
        assert night(as_of, at)["linked"] == 2
        for row, expected in ((by_id, one), (by_phone, two), (doubtful, None)):
            row.refresh_from_db()
            assert row.customer == expected
        assert night(as_of, at)["linked"] == 0


def _point(owner: Customer, phone: str, kind: str) -> None:
    field = kind.lower()
    ContactPoint.objects.create(
        customer=owner, kind=kind, value_enc=seal(field, phone), value_idx=blind(field, phone), source=phone
    )


class TestCards:
    def day(self, days: int) -> date:
        return TODAY - timedelta(days=days)

    def begun(self, owner: Person, about: Customer, days: int, **values: Any) -> Lead:
        came = datetime.combine(self.day(days), NOW.time(), SHANGHAI)
        return lead(owner, customer=about, stage="SUBMITTED", created_at=came, stage_since=came, **values)

    def test_each_stage_on_its_day(self, ana: Person, as_of: date, at: datetime) -> None:
        who = customer(ana)
        card(account(who), approved_on=self.day(100), activated_on=self.day(95))
        figures(who, last_purchase_on=self.day(1), txn_count_90d=9)
        one = self.begun(ana, who, 110)
        assert night(as_of, at)["moved"] == 4
        one.refresh_from_db()
        assert one.stage == "ACTIVE90"
        days = {
            stay.stage: stay.entered_at.astimezone(SHANGHAI).date() for stay in LeadStay.objects.filter(lead=one)
        }  # fmt: skip
        assert (days["ISSUED"], days["ACTIVATED"]) == (self.day(100), self.day(95))
        assert night(as_of, at)["moved"] == 0

    def test_no_further_than_is_known(self, ana: Person, as_of: date, at: datetime) -> None:
        who, asleep, old = customer(ana), customer(ana), customer(ana)
        card(account(who), approved_on=self.day(10), activated_on=None)
        card(account(asleep), approved_on=self.day(10), activated_on=self.day(9))
        figures(asleep, last_purchase_on=None)
        # A second card of an old customer: whose purchases they are is not known.
        line = account(old)
        card(line, approved_on=self.day(900))
        card(line, approved_on=self.day(10), activated_on=self.day(9))
        figures(old, last_purchase_on=self.day(1), txn_count_90d=9)
        before = customer(ana)
        card(account(before), approved_on=self.day(30))  # approved before the lead came in
        expected = {who: "ISSUED", asleep: "ACTIVATED", old: "ACTIVATED", before: "SUBMITTED"}
        rows = {about: self.begun(ana, about, 20) for about in expected}
        night(as_of, at)
        for about, stage in expected.items():
            rows[about].refresh_from_db()
            assert rows[about].stage == stage

    def test_the_files_pass_the_gate(self, ana: Person, as_of: date, at: datetime) -> None:
        from tests.workflow.test_gates import gate, move

        gate("lead", move("CONTACTED"), at=at)
        who = customer(ana)
        card(account(who), approved_on=self.day(10), activated_on=None)
        one = self.begun(ana, who, 20)
        night(as_of, at)
        one.refresh_from_db()
        assert one.stage == "ISSUED"


class TestRules:
    def test_acts_and_events_of_leads_about_customers(self, ana: Person, as_of: date, at: datetime) -> None:
        lost = {"kind": "act", "action": "sales.lead_lost", "field": "reason", "to": "PRICE"}
        version(at, trigger=lost, actions=[OPEN_TASK], code="lost")
        who = customer(ana)
        about, loose = lead(ana, customer=who), lead(ana)
        for one in (about, loose):
            services.lose(actor=ana, lead=one, reason="PRICE", at=at)
        assert work(at) == 1
        assert Task.objects.get(source="rule:lost").customer == who
        version(
            at, trigger={"kind": "event", "event": "lead_created", "days": 0, "where": {"source": "BRANCH"}},
            actions=[OPEN_TASK, {"kind": "tag", "way": "add", "tag": "新线索", "on": "customer"}], code="new",
        )  # fmt: skip
        assert run_night_rules(as_of=as_of, at=at)["met"] == 1
        assert Task.objects.filter(source="rule:new", customer=who).exists()

    def test_every_event_finds_its_day(self, ana: Person, at: datetime) -> None:
        who = customer(ana)
        one = lead(ana, customer=who)
        services.move(actor=ana, lead=one, to="INTENT", at=at)
        services.lose(actor=ana, lead=one, reason="PRICE", at=at)
        found = {
            name: [(event.customer_id, event.about["stage"]) for event in kind.between(TODAY, TODAY)]
            for name in ("lead_created", "lead_stage", "lead_lost")
            if (kind := events.kind_of(name))
        }
        assert found == {
            "lead_created": [(who.pk, "LEAD")], "lead_stage": [(who.pk, "INTENT"), (who.pk, "LOST")],
            "lead_lost": [(who.pk, "LOST")],
        }  # fmt: skip
