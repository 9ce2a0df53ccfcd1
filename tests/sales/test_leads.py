"""Leads: registering with the look for duplicates, the way through stages, loss, hands, activities, masks."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from kajing.audit.models import AuditRow
from kajing.customers.models import Consent, ContactPoint, Customer
from kajing.customers.personal import blind, seal
from kajing.customers.selectors.timeline import timeline
from kajing.customers.services.duplicates import TooManyChecks
from kajing.customers.services.reveals import QuotaUsedUp, ReasonMissing, UnknownField
from kajing.lib.errors import NotAllowed
from kajing.notifications.models import Notification
from kajing.notifications.wording import worded
from kajing.org.models import Person, Unit
from kajing.records.states import MoveRefused
from kajing.reference.models import Parameter
from kajing.sales.models import Lead, LeadActivity, LeadOwnership, LeadStay
from kajing.sales.selectors import leads as selectors
from kajing.sales.services import leads as services
from kajing.sales.stages import MOVES
from kajing.workbench.services import _line
from kajing.workflow.models import Task
from kajing.workflow.services import reassign_task
from tests.factories.customers import customer
from tests.factories.sales import facts, lead
from tests.workflow.test_gates import gate, move

pytestmark = pytest.mark.django_db
ID = "310115199003070011"  # fails its check digit


def rule(key: str, value: str) -> None:
    """Another value of a policy row from the beginning."""
    Parameter.objects.filter(key=key).update(value=value)


def phone_of(owner: Customer, number: str, kind: str = "MOBILE") -> None:
    field = kind.lower()
    ContactPoint.objects.create(
        customer=owner, kind=kind, value_enc=seal(field, number), value_idx=blind(field, number)
    )  # fmt: skip


def again(person: Person) -> Person:
    """As the next request meets them."""
    return Person.objects.get(pk=person.pk)


class TestRegistering:
    def test_it_is_the_actors_for_thirty_days_with_its_first_rows(self, ana: Person, at: datetime) -> None:
        one = services.register(
            actor=ana, facts=facts(name=" 单小明 ", phone="+86 129-5550-0001", id_number=ID, employer="某某公司"), at=at
        )
        assert (one.name, one.initials, one.stage, one.owner, one.unit) == ("单小明", "sxm", "LEAD", ana, ana.unit)
        assert (one.owned_until - one.owned_since).days == 30  # type: ignore[operator]
        stay, held = LeadStay.objects.get(lead=one), LeadOwnership.objects.get(lead=one)
        assert (stay.stage, stay.left_at, held.owner_no, held.until, held.way) == (
            "LEAD", None, ana.person_no, one.owned_until, "NEW",
        )  # fmt: skip
        assert services.facts_of(one).phone == "12955500001"
        stored = bytes(one.phone_enc) + bytes(one.id_number_enc or b"") + bytes(one.employer_enc or b"")
        assert b"12955500001" not in stored and ID.encode() not in stored
        row = AuditRow.objects.get(action="sales.lead_created")
        assert row.object_id == str(one.pk) and "12955500001" not in str(row.changes)

    @pytest.mark.parametrize(
        ("wrong", "field"),
        [
            ({"name": " "}, "name"),
            ({"phone": "12"}, "phone"),
            ({"id_number": "123"}, "id_number"),
            ({"source": "X"}, "source"),
            ({"expected_limit": 0}, "expected_limit"),
            ({"expected_limit": 10**12}, "expected_limit"),
            ({"consent_version": " "}, "consent_version"),
            ({"source": "REFERRAL"}, "referrer_id"),
            ({"source": "REFERRAL", "referrer_id": "C404"}, "referrer_id"),
            ({"source": "CROSS_SELL"}, "customer_id"),
            ({"source": "CROSS_SELL", "customer_id": "C404"}, "customer_id"),
            ({"source": "ACTIVITY"}, "source_detail"),
            ({"source": "WECOM"}, "source_detail"),
            ({"source": "STAFF_CODE", "code_owner_no": "P404"}, "code_owner_no"),
            ({"product_id": "X404"}, "product_id"),
        ],
    )
    def test_what_is_wrong_is_said_at_its_field(
        self, ana: Person, at: datetime, wrong: dict[str, Any], field: str
    ) -> None:
        with pytest.raises(services.CannotKeepLead) as said:
            services.register(actor=ana, facts=facts(**wrong), at=at)
        assert list(said.value.errors) == [field]
        assert not Lead.objects.exists()

    @pytest.mark.parametrize("when", [timedelta(hours=1), timedelta(days=-731)])
    def test_consent_lies_neither_ahead_nor_long_ago(self, ana: Person, at: datetime, when: timedelta) -> None:
        with pytest.raises(services.CannotKeepLead) as said:
            services.register(actor=ana, facts=facts(consent_at=at + when), at=at)
        assert list(said.value.errors) == ["consent_at"]

    def test_a_cross_sell_lead_is_about_a_customer_of_ones_own(self, ana: Person, ben: Person, at: datetime) -> None:
        own, foreign = customer(ana), customer(ben)
        phone_of(own, "12955500002")
        one = services.register(
            actor=ana, facts=facts(source="CROSS_SELL", customer_id=own.pk, phone="12955500002"), at=at
        )  # fmt: skip
        assert one.customer == own
        with pytest.raises(services.CannotKeepLead):
            services.register(actor=again(ana), facts=facts(source="CROSS_SELL", customer_id=foreign.pk), at=at)

    def test_a_personal_code_says_whose_the_lead_is(self, ana: Person, lee: Person, ben: Person, at: datetime) -> None:
        said = facts(source="STAFF_CODE", code_owner_no=ben.person_no)
        assert services.register(actor=ana, facts=said, at=at).owner == ben

    def test_roles_without_the_right_register_nothing(self, service: Person, auditor: Person, at: datetime) -> None:
        for who in (service, auditor):
            with pytest.raises(NotAllowed):
                services.register(actor=who, facts=facts(), at=at)

    def test_only_a_leader_gives_to_somebody_else(self, ana: Person, lee: Person, ben: Person, at: datetime) -> None:
        assert services.register(actor=lee, facts=facts(), owner=ana, at=at).owner == ana
        for who, to in ((ana, lee), (lee, ben)):
            with pytest.raises(services.CannotKeepLead) as said:
                services.register(actor=again(who), facts=facts(), owner=to, at=at)
            assert list(said.value.errors) == ["owner"]


class TestDuplicates:
    def test_by_phone_and_by_id_number_in_the_whole_bank(self, ana: Person, ben: Person, at: datetime) -> None:
        lead(ben, said=facts(name="司徒远方", phone="12955500003", id_number=ID))
        for same in ({"phone": "12955500003"}, {"id_number": ID.lower()}):
            with pytest.raises(services.LeadExists) as said, translation.override("en"):
                services.register(actor=again(ana), facts=facts(**same), at=at)
            (match,) = said.value.matches
            assert (match.contact, match.claimable, match.name, match.lead_id) == (ben.name, False, "", None)
            with translation.override("en"):
                assert str(said.value) == f"This person is a lead of {ben.name} ({ben.unit.name}): contact the owner."
        rows = AuditRow.objects.filter(action="sales.check_lead")
        assert [row.changes for row in rows] == [{"found": 1, "out_of_reach": 1}] * 2

    def test_ones_own_lead_is_named_and_linked(self, ana: Person, at: datetime) -> None:
        one = lead(ana, said=facts(phone="12955500004"))
        with pytest.raises(services.LeadExists) as said:
            services.register(actor=ana, facts=facts(phone="12955500004"), at=at)
        (match,) = said.value.matches
        assert (match.lead_id, match.name, match.url) == (one.pk, one.name, f"/leads/{one.pk}/")

    @pytest.mark.parametrize("kind", ["MOBILE", "PHONE"])
    def test_customers_are_found_by_the_same_index(self, ana: Person, ben: Person, at: datetime, kind: str) -> None:
        phone_of(customer(ben, name="司徒远方"), "12955500005", kind)
        with pytest.raises(services.LeadExists) as said:
            services.register(actor=ana, facts=facts(phone="12955500005"), at=at)
        (match,) = said.value.matches
        assert (match.kind, match.contact, match.customer_id, match.name) == ("customer", ben.name, "", "")

    def test_a_customer_by_id_number(self, ana: Person, at: datetime) -> None:
        own = customer(ana, id_number_idx=blind("id_number", ID))
        with pytest.raises(services.LeadExists) as said:
            services.register(actor=ana, facts=facts(id_number=ID), at=at)
        assert said.value.matches[0].customer_id == own.pk

    def test_the_pool_and_ended_ownership_can_be_claimed_with_new_consent(
        self, ana: Person, ben: Person, units: dict[str, Unit], at: datetime
    ) -> None:
        ended = at.date() - timedelta(days=1)
        pooled = lead(unit=units["T02"], said=facts(phone="12955500006"))
        expired = lead(ben, said=facts(phone="12955500007"), owned_until=ended)
        lost = lead(ben, said=facts(phone="12955500008"), owned_until=ended, stage="LOST", loss_reason="PRICE")
        for place, one in enumerate((pooled, expired, lost)):
            said = facts(phone=f"1295550000{6 + place}", name="新名字", consent_version="LEAD-2026-02")
            with pytest.raises(services.LeadExists) as found:
                services.register(actor=again(ana), facts=said, at=at)
            assert found.value.matches[0].claimable
            taken = services.register(actor=again(ana), facts=said, claim=True, at=at)
            assert (taken.pk, taken.owner, taken.stage, taken.name, taken.consent_version) == (
                one.pk, ana, "LEAD", "新名字", "LEAD-2026-02",
            )  # fmt: skip
            assert taken.loss_reason == ""
        assert Lead.objects.count() == 3

    def test_an_application_keeps_its_owner_past_the_time(self, ana: Person, ben: Person, at: datetime) -> None:
        ended = at.date() - timedelta(days=1)
        lead(ben, said=facts(phone="12955500009"), owned_until=ended, stage="SUBMITTED")
        with pytest.raises(services.LeadExists):
            services.register(actor=ana, facts=facts(phone="12955500009"), claim=True, at=at)

    def test_a_lead_that_became_a_card_is_no_hindrance(self, ana: Person, at: datetime) -> None:
        own = customer(ana)
        phone_of(own, "12955500010")
        lead(ana, said=facts(phone="12955500010"), stage="ISSUED", customer=own)
        said = facts(phone="12955500010", source="CROSS_SELL", customer_id=own.pk)
        assert services.register(actor=ana, facts=said, at=at).customer == own

    def test_nobody_tries_numbers_out(self, ana: Person, ben: Person, at: datetime) -> None:
        rule("duplicate_checks_per_day", "2")
        lead(ben, said=facts(phone="12955500011"))
        for _time in range(2):
            assert services.check_lead(actor=ana, phone="12955500011", at=at)
        with pytest.raises(TooManyChecks):
            services.check_lead(actor=ana, phone="12955500011", at=at)

    def test_two_at_once_make_one(self, ana: Person, ben: Person) -> None:
        lead(ana, said=facts(phone="12955500012"))
        with pytest.raises(IntegrityError), transaction.atomic():
            lead(ben, said=facts(phone="12955500012"))


class TestStages:
    def test_forward_writes_the_stay_and_the_audit(self, ana: Person, at: datetime) -> None:
        one = lead(ana)
        later = at + timedelta(days=2)
        one = services.move(actor=ana, lead=one, to="INTENT", at=later, version=1)
        assert (one.stage, one.stage_since, one.version) == ("INTENT", later, 2)
        first, second = LeadStay.objects.filter(lead=one)
        assert (first.left_at, second.stage, second.entered_at, second.left_at) == (later, "INTENT", later, None)
        assert AuditRow.objects.get(action="sales.lead_moved").changes["stage"] == ["LEAD", "INTENT"]
        way = selectors.way(one, later.date())
        assert [(each.stage, each.days) for each in way[:2]] == [("LEAD", 2), ("INTENT", 0)]
        assert [each.stage for each in way[2:]][-1] == "ACTIVE90"

    def test_back_only_with_a_reason(self, ana: Person, at: datetime) -> None:
        one = services.move(actor=ana, lead=lead(ana), to="INTENT", at=at)
        with pytest.raises(services.CannotKeepLead) as said:
            services.move(actor=ana, lead=one, to="CONTACTED", at=at)
        assert list(said.value.errors) == ["note"]
        assert services.move(actor=ana, lead=one, to="CONTACTED", note="客户出国", at=at).stage == "CONTACTED"

    def test_where_it_is_already_nothing_happens(self, ana: Person, at: datetime) -> None:
        assert services.move(actor=ana, lead=lead(ana), to="LEAD", at=at).version == 1

    @pytest.mark.parametrize("to", ["LOST", "ISSUED", "ACTIVE90"])
    def test_stages_that_nobody_drags_to(self, ana: Person, at: datetime, to: str) -> None:
        with pytest.raises(services.NotThisStage):
            services.move(actor=ana, lead=lead(ana), to=to, at=at)

    def test_a_card_and_a_loss_do_not_move(self, ana: Person, at: datetime) -> None:
        for stage in ("ISSUED", "LOST"):
            with pytest.raises(services.NotThisStage):
                services.move(actor=ana, lead=lead(ana, stage=stage), to="CONTACTED", at=at)

    def test_others_leads_and_old_pages(self, ana: Person, ben: Person, lee: Person, at: datetime) -> None:
        one = lead(ana)
        with pytest.raises(NotAllowed):
            services.move(actor=ben, lead=one, to="CONTACTED", at=at)
        assert services.move(actor=lee, lead=one, to="CONTACTED", at=at).stage == "CONTACTED"  # leads the unit
        with pytest.raises(services.StaleLead):
            services.move(actor=ana, lead=one, to="INTENT", version=1, at=at)

    def test_a_pool_lead_is_claimed_first(self, ana: Person, units: dict[str, Unit], at: datetime) -> None:
        with pytest.raises(NotAllowed):
            services.move(actor=ana, lead=lead(unit=units["T01"]), to="CONTACTED", at=at)

    def test_the_gate_says_everything_that_is_missing(self, ana: Person, at: datetime) -> None:
        gate("lead", move("SUBMITTED", "INTENT", facts=["id_number", "product"], files=1, note=True), at=at)
        one = lead(ana, stage="INTENT")
        with pytest.raises(MoveRefused) as said:
            services.move(actor=ana, lead=one, to="SUBMITTED", at=at)
        assert [each.name for each in said.value.missing] == ["id_number", "product", "files", "note"]
        one.refresh_from_db()
        assert one.stage == "INTENT"
        with pytest.raises(MoveRefused):  # a gate narrows: no other way is open
            services.move(actor=ana, lead=one, to="APPROVED", at=at)

    def test_every_way_of_the_product_is_one_people_can_go(self) -> None:
        assert ("LEAD", "SUBMITTED") in MOVES and ("LOST", "LEAD") in MOVES
        assert not {to for _before, to in MOVES} & {"ISSUED", "ACTIVATED", "FIRST_SPEND", "ACTIVE90"}


class TestLoss:
    def test_a_rival_is_named_with_its_card(self, ana: Person, at: datetime) -> None:
        one = lead(ana)
        with pytest.raises(services.CannotKeepLead) as said:
            services.lose(actor=ana, lead=one, reason="RIVAL", at=at)
        assert list(said.value.errors) == ["rival", "rival_card"]
        one = services.lose(actor=ana, lead=one, reason="RIVAL", rival="某银行", rival_card="白金卡", at=at)
        assert (one.stage, one.loss_reason, one.rival, one.rival_card) == ("LOST", "RIVAL", "某银行", "白金卡")
        changes = AuditRow.objects.get(action="sales.lead_lost").changes
        assert changes == {"stage": ["LEAD", "LOST"], "reason": "RIVAL", "rival": "某银行"}

    def test_the_dictionary_is_dated_and_may_be_the_banks_own(self, ana: Person, at: datetime) -> None:
        row = Parameter.objects.get(key="lead_loss_reasons")
        row.pk, row.value, row.valid_from = None, "RIVAL|搬离本市", at.date()
        row.save()
        one = lead(ana)
        for reason in ("", "PRICE", "X"):
            with pytest.raises(services.CannotKeepLead):
                services.lose(actor=ana, lead=one, reason=reason, at=at)
        assert services.lose(actor=ana, lead=one, reason="搬离本市", at=at).loss_reason == "搬离本市"

    def test_another_reason_is_said_in_words(self, ana: Person, at: datetime) -> None:
        with pytest.raises(services.CannotKeepLead):
            services.lose(actor=ana, lead=lead(ana), reason="OTHER", at=at)

    def test_only_what_is_open(self, ana: Person, at: datetime) -> None:
        with pytest.raises(services.NotThisStage):
            services.lose(actor=ana, lead=lead(ana, stage="ISSUED"), reason="PRICE", at=at)

    def test_opened_again_it_forgets_the_loss(self, ana: Person, at: datetime) -> None:
        one = services.lose(actor=ana, lead=lead(ana), reason="PRICE", at=at)
        one = services.reopen(actor=ana, lead=one, to="CONTACTED", at=at)
        assert (one.stage, one.loss_reason) == ("CONTACTED", "")
        with pytest.raises(services.NotThisStage):
            services.reopen(actor=ana, lead=one, at=at)

    def test_not_when_somebody_else_has_the_person_by_now(self, ana: Person, ben: Person, at: datetime) -> None:
        one = services.lose(actor=ana, lead=lead(ana, said=facts(phone="12955500013")), reason="PRICE", at=at)
        lead(ben, said=facts(phone="12955500013"))
        with pytest.raises(services.LeadExists):
            services.reopen(actor=ana, lead=one, at=at)
        with pytest.raises(services.NotThisStage):
            services.reopen(actor=ana, lead=one, to="ISSUED", at=at)


class TestHands:
    def test_a_leader_assigns_within_the_own_place(
        self, ana: Person, lee: Person, ben: Person, units: dict[str, Unit], at: datetime
    ) -> None:
        one = services.assign(actor=lee, lead=lead(unit=units["T01"]), owner=ana, reason="片区", at=at)
        assert one.owner == ana and one.owned_until == at.date() + timedelta(days=30)
        assert Notification.objects.get(person=ana).url == f"/leads/{one.pk}/"
        old, new = LeadOwnership.objects.filter(lead=one)
        assert (old.ended_on, new.owner_no, new.way, new.reason) == (at.date(), ana.person_no, "ASSIGN", "片区")
        with pytest.raises(services.CannotOwn):
            services.assign(actor=lee, lead=one, owner=ben, at=at)
        with pytest.raises(NotAllowed):
            services.assign(actor=ana, lead=one, owner=lee, at=at)
        with pytest.raises(services.CannotOwn):
            services.assign(actor=lee, lead=lead(ana, stage="LOST"), owner=lee, at=at)

    def test_a_manager_claims_from_the_pool_of_the_own_place(
        self, ana: Person, ben: Person, units: dict[str, Unit], at: datetime
    ) -> None:
        near, above, far = (lead(unit=units[code]) for code in ("T01", "S01", "T02"))
        for one in (near, above):
            assert services.claim(actor=again(ana), lead=one, at=at).owner == ana
        with pytest.raises(NotAllowed):
            services.claim(actor=again(ana), lead=far, at=at)
        with pytest.raises(NotAllowed):  # somebody was faster: it is not even in reach any more
            services.claim(actor=again(ben), lead=near, at=at)

    def test_claims_are_counted_and_nobody_plays_ping_pong(
        self, ana: Person, units: dict[str, Unit], at: datetime
    ) -> None:
        rule("lead_claims_per_day", "2")
        one = services.claim(actor=ana, lead=lead(unit=units["T01"]), at=at)
        services.release(actor=ana, lead=one, reason="客户不在本地", at=at)
        with pytest.raises(services.CannotOwn, match="2026-11-30"):
            services.claim(actor=again(ana), lead=one, at=at)
        services.claim(actor=again(ana), lead=lead(unit=units["T01"]), at=at)
        with pytest.raises(services.CannotOwn, match="2"):
            services.claim(actor=again(ana), lead=lead(unit=units["T01"]), at=at)

    def test_released_for_a_reason(self, ana: Person, at: datetime) -> None:
        one = lead(ana)
        with pytest.raises(services.CannotKeepLead):
            services.release(actor=ana, lead=one, reason=" ", at=at)
        one = services.release(actor=ana, lead=one, reason="客户不在本地", at=at)
        assert (one.owner, one.owned_until, one.unit) == (None, None, ana.unit)
        assert selectors.lead(again(ana), one.pk) == one  # seen in the pool, under a masked name
        assert selectors.shown_name(again(ana), one) == "李**"

    def test_linked_by_hand_to_a_customer_one_sees(self, ana: Person, ben: Person, at: datetime) -> None:
        one, own = lead(ana), customer(ana)
        with pytest.raises(NotAllowed):
            services.link(actor=ana, lead=one, customer_id=customer(ben).pk, at=at)
        assert services.link(actor=ana, lead=one, customer_id=own.pk, at=at).customer == own
        with pytest.raises(services.CannotOwn):
            services.link(actor=ana, lead=one, customer_id=customer(ana).pk, at=at)


class TestScope:
    def test_who_sees_which(
        self, ana: Person, ben: Person, lee: Person, head: Person, auditor: Person, admin: Person, service: Person,
        units: dict[str, Unit],
    ) -> None:  # fmt: skip
        hers, his = lead(ana), lead(ben)
        pool, far = lead(unit=units["T01"]), lead(unit=units["T02"])
        lost = lead(unit=units["T01"], stage="LOST")
        expected = {
            ana: {hers, pool}, ben: {his, far}, lee: {hers, pool, lost}, head: {hers, pool, lost},
            auditor: {hers, his, pool, far, lost}, admin: set(),
        }  # fmt: skip
        for who, seen in expected.items():
            assert set(selectors.leads(who)) == seen, who
        assert not service.has_perm("sales.view_leads")
        assert [selectors.shown_name(who, hers) for who in (ana, lee, head, auditor)] == ["李晓梅"] * 3 + ["李**"]


class TestChanging:
    def test_the_trail_says_what_and_hides_what_is_personal(self, ana: Person, at: datetime) -> None:
        one = lead(ana, said=facts(phone="12955500014"))
        said = facts(phone="12955500015", expected_limit=5_000_000)
        one = services.change(actor=ana, lead=one, facts=said, version=1, at=at)
        changes = AuditRow.objects.get(action="sales.lead_changed").changes
        assert changes == {"phone": ["***", "***"], "expected_limit": [None, 5_000_000]}
        with pytest.raises(services.StaleLead):
            services.change(actor=ana, lead=one, facts=said, version=1, at=at)
        assert services.change(actor=ana, lead=one, facts=said, at=at).version == 2  # nothing new, nothing written

    def test_a_new_number_is_looked_up(self, ana: Person, ben: Person, at: datetime) -> None:
        lead(ben, said=facts(phone="12955500016"))
        with pytest.raises(services.LeadExists):
            services.change(actor=ana, lead=lead(ana), facts=facts(phone="12955500016"), at=at)
        with pytest.raises(services.CannotKeepLead):
            services.change(actor=ana, lead=lead(ana), facts=facts(phone="1"), at=at)


class TestActivities:
    def test_written_down_with_the_next_step(self, ana: Person, at: datetime) -> None:
        one, due = lead(ana), at + timedelta(days=1)
        row = services.log_activity(
            actor=ana, lead=one, kind="CALL", outcome="INTERESTED", note="想办白金卡", next_step="面签", next_kind="visit",
            next_at=due, at=at,
        )  # fmt: skip
        one.refresh_from_db()
        task = Task.objects.get(source=f"lead:{one.pk}")
        assert (row.outcome, one.touched_at, task.owner, task.kind, task.due_at) == (
            "INTERESTED", at, ana, "visit", due,
        )  # fmt: skip
        with translation.override("en"):
            assert task.title_text == f"Lead {one.number}: 面签"

    def test_its_next_step_is_told_in_words_wherever_it_is_told(self, ana: Person, lee: Person, at: datetime) -> None:
        own = customer(ana)
        services.log_activity(
            actor=ana, lead=lead(ana, customer=own), kind="NOTE", note="谈过", next_step="面签",
            next_at=at + timedelta(days=1), at=at,
        )  # fmt: skip
        task = Task.objects.get()
        reassign_task(actor=lee, task=task, owner=lee, at=at)
        reassign_task(actor=lee, task=task, owner=ana, at=at)
        assert task.title_text in Notification.objects.get(kind="task.assigned", person=ana).title_text
        titles = [event.title for event in timeline(own).events]
        assert titles and all(task.title_text in title for title in titles)
        title, params = _line(task)
        assert task.title_text in worded(title, params)

    @pytest.mark.parametrize(
        ("said", "field"),
        [
            ({"kind": "X", "outcome": "REACHED"}, "kind"),
            ({"kind": "CALL"}, "outcome"),
            ({"kind": "CALL", "outcome": "X"}, "outcome"),
            ({"kind": "NOTE"}, "note"),
            ({"kind": "NOTE", "note": "x", "next_step": "回访"}, "next_step"),
            (
                {"kind": "NOTE", "note": "x", "happened_at": datetime.fromisoformat("2026-12-01T00:00+08:00")},
                "happened_at",
            ),
        ],
    )
    def test_what_is_missing(self, ana: Person, at: datetime, said: dict[str, Any], field: str) -> None:
        with pytest.raises(services.CannotKeepLead) as faults:
            services.log_activity(actor=ana, lead=lead(ana), at=at, **said)
        assert list(faults.value.errors) == [field]
        assert not LeadActivity.objects.exists()

    def test_the_next_call_keeps_the_contact_hours(self, ana: Person, at: datetime) -> None:
        night = at.replace(hour=22)
        with pytest.raises(services.LeadContactRefused):
            services.log_activity(
                actor=ana, lead=lead(ana), kind="NOTE", note="回电", next_step="回电", next_kind="call", next_at=night,
                at=at,
            )  # fmt: skip
        assert not Task.objects.exists() and not LeadActivity.objects.exists()

    def test_a_customer_is_asked_for_with_everything_the_gate_knows(self, ana: Person, at: datetime) -> None:
        own = customer(ana)
        one = lead(ana, customer=own)
        about: dict[str, Any] = {
            "actor": ana,
            "lead": one,
            "kind": "NOTE",
            "note": "回电",
            "next_step": "回电",
            "at": at,
        }
        with pytest.raises(services.LeadContactRefused):  # no consent to be called in the ledger
            services.log_activity(**about, next_kind="call", next_at=at + timedelta(hours=2))
        Consent.objects.create(
            customer=own, purpose="MARKETING", channel="ANY", given=True, text_version="1", at=at, recorded_by="x"
        )
        services.log_activity(**about, next_kind="call", next_at=at + timedelta(hours=2))
        assert Task.objects.get().customer == own

    def test_not_about_a_card_and_not_by_others(self, ana: Person, ben: Person, at: datetime) -> None:
        with pytest.raises(services.NotThisStage):
            services.log_activity(actor=ana, lead=lead(ana, stage="ISSUED"), kind="NOTE", note="x", at=at)
        with pytest.raises(NotAllowed):
            services.log_activity(actor=ben, lead=lead(ana), kind="NOTE", note="x", at=at)


class TestMasks:
    def test_a_look_costs_a_reason_a_right_and_one_of_the_day(
        self, ana: Person, ben: Person, units: dict[str, Unit], at: datetime
    ) -> None:
        one = lead(ana, said=facts(phone="12955500017", id_number=ID))
        assert selectors.shown_personal(ana, one) == {"phone": "129****0017", "id_number": "3****************1"}
        shown = services.reveal_lead(actor=ana, lead=one, field="phone", reason="约见", at=at)
        assert shown.value == "12955500017" and shown.expires_at > at
        assert (
            services.reveal_lead(actor=ana, lead=one, field="id_number", reason="约见", at=at).value
            == "310115********0011"
        )
        row = AuditRow.objects.filter(action="sales.reveal_lead").first()
        assert row is not None and row.reason == "约见" and row.changes["field"] in {"phone", "id_number"}
        for field, reason, error in (
            ("phone", " ", ReasonMissing), ("employer", "约见", UnknownField), ("name", "约见", UnknownField),
        ):  # fmt: skip
            with pytest.raises(error):
                services.reveal_lead(actor=ana, lead=one, field=field, reason=reason, at=at)
        with pytest.raises(NotAllowed):
            services.reveal_lead(actor=ben, lead=one, field="phone", reason="约见", at=at)
        with pytest.raises(NotAllowed):  # of the pool one sees masks only
            services.reveal_lead(actor=ana, lead=lead(unit=units["T01"]), field="phone", reason="约见", at=at)
        rule("reveals_per_day", "2")
        with pytest.raises(QuotaUsedUp):
            services.reveal_lead(actor=ana, lead=one, field="phone", reason="约见", at=at)
