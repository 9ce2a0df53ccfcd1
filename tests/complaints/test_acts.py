"""Every act on a complaint and everything it refuses."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from kajing.audit.models import AuditRow
from kajing.complaints import selectors, services
from kajing.complaints.models import Complaint, Extension
from kajing.customers.models import ContactHold, TimelineMark
from kajing.lib.errors import NotAllowed
from kajing.lib.periods import SHANGHAI
from kajing.notifications.models import Notification
from kajing.org.models import Role
from kajing.workflow.models import ApprovalRequest
from kajing.workflow.services import approvals
from tests.factories.complaints import complaint
from tests.factories.customers import customer
from tests.factories.org import person

DAY = timedelta(days=1)


@pytest.fixture
def sun(units):
    """A second service agent at head office."""
    return person("sun", Role.SERVICE, units["HQ"], name="孙明")


@pytest.fixture
def accepted(filed, service, at):
    return services.accept(actor=service, complaint=filed(), at=at)


@pytest.fixture
def answered(accepted, service, at):
    words = "经核实，办卡时未说明免年费条件，已退费；如不同意可申请核查"
    return services.answer(actor=service, complaint=accepted, text=words, way="PHONE", at=at)


class TestRegister:
    def test_it_has_a_number_both_clocks_and_marks(self, filed, wang, at):
        made = filed()
        assert made.number == f"TS261123{made.pk:06d}" and made.state == "REGISTERED"
        assert (made.due_on, made.service_due_on) == (date(2026, 12, 8), date(2026, 11, 30))
        assert made.priority == "HIGH"  # the severity of B21
        assert ContactHold.objects.get(customer=wang, lifted_at=None).source == f"complaint:{made.pk}"
        assert TimelineMark.objects.filter(customer=wang, kind="complaint").count() == 1
        row = AuditRow.objects.get(action="complaints.register")
        assert row.customer_id == wang.pk and "年费" not in str(row.changes)

    def test_a_query_holds_nothing_back(self, filed, wang):
        filed(kind="QUERY")
        assert not ContactHold.objects.filter(customer=wang).exists()

    def test_the_leader_hears_of_one_nobody_handles(self, ana, lee, wang, told, at):
        made = services.register(actor=ana, customer=wang, at=at, **told)
        assert made.unit == wang.unit  # a manager leaves it to the customer's unit
        assert Notification.objects.get(person=lee).kind == "complaint.new"

    def test_the_clock_counts_from_the_day_of_receipt(self, filed, at):
        made = filed(received_at=at - 3 * DAY)
        assert made.due_on == date(2026, 12, 5)

    @pytest.mark.parametrize(
        ("about", "said"),
        [
            ({"description": "x"}, "投诉"),
            ({"channel": "B21"}, "B21"),
            ({"business": "B999"}, "B999"),
            ({"cause": "A11"}, "A11"),
            ({"source": "REGULATOR"}, "监管"),
            ({"who": "AGENT"}, "姓名"),
            ({"who": "GROUP"}, "代表"),
            ({"who": "GROUP", "representatives": list("甲乙丙丁戊己")}, "5"),
            ({"incident_on": date(2026, 11, 25)}, "之前"),
            ({"regulator_due_on": date(2026, 11, 1)}, "监管"),
            ({"source": "FAX"}, "列表"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_said(self, filed, about, said):
        with pytest.raises(services.CannotRegister, match=said):
            filed(**about)
        assert not Complaint.objects.exists()

    def test_not_on_a_day_ahead(self, filed, at):
        with pytest.raises(services.CannotRegister):
            filed(received_at=at + DAY)

    def test_card_numbers_are_masked(self, filed):
        assert "6225880212345676" not in filed(description="卡号 4111111111111111 被收费").description
        assert "4111111111111111" not in Complaint.objects.get().description

    def test_the_phone_is_encrypted(self, filed):
        made = filed(who="AGENT", complainant="王大明", phone="12955550001")
        made.refresh_from_db()
        assert b"12955550001" not in bytes(made.phone_enc)
        assert (made.phone, made.phone_masked) == ("12955550001", "129****0001")

    def test_not_of_a_stranger(self, ben, wang, told, at):
        with pytest.raises(NotAllowed):
            services.register(actor=ben, customer=wang, at=at, **told)

    def test_not_by_an_auditor(self, auditor, wang, told, at):
        with pytest.raises(NotAllowed):
            services.register(actor=auditor, customer=wang, at=at, **told)


class TestSameAgain:
    def test_an_open_one_of_the_category_is_shown_first(self, filed):
        first = filed()
        with pytest.raises(services.SameOpen, match=first.number):
            filed(business="B23")  # B21 and B23 are both marketing
        assert Complaint.objects.count() == 1

    def test_joining_keeps_the_old_deadline(self, filed, service, at):
        first = filed()
        second = filed(at=at + 5 * DAY, join=first)
        first.refresh_from_db()
        second.refresh_from_db()
        assert first.due_on == date(2026, 12, 8)
        assert (second.state, second.merged_into) == ("CLOSED", first)
        assert ContactHold.objects.filter(lifted_at=None).count() == 1
        assert "说好免年费" in first.events.first().note

    def test_another_matter_stands_alone(self, filed):
        first = filed()
        second = filed(despite=True)
        assert second.state == "REGISTERED" and second.repeat_of == first

    def test_only_of_the_same_customer(self, filed, ana, service, at):
        first, other = filed(), complaint(customer(ana))
        with pytest.raises(services.CannotRegister):
            services.merge(actor=service, complaint=other, into=first, at=at)

    def test_not_into_one_that_was_answered(self, answered, filed, service, at):
        with pytest.raises(services.NotOpen):
            services.merge(actor=service, complaint=filed(despite=True), into=answered, at=at)

    def test_new_facts_start_the_clock_anew(self, accepted, service, at):
        later = at + 4 * DAY
        row = services.add_facts(actor=service, complaint=accepted, note="补交录音", received_at=later, at=later)
        assert (row.clock_from, row.due_on) == (date(2026, 11, 27), date(2026, 12, 12))

    def test_new_facts_after_the_answer_are_handled_again(self, answered, service, at):
        row = services.add_facts(actor=service, complaint=answered, note="补交录音", received_at=at, at=at)
        assert row.state == "HANDLING"

    @pytest.mark.parametrize("days", [-3, 3])
    def test_new_facts_come_after_receipt_and_not_ahead(self, accepted, service, at, days):
        with pytest.raises(services.CannotRegister):
            services.add_facts(actor=service, complaint=accepted, note="补交", received_at=at + days * DAY, at=at)


class TestAccept:
    def test_it_becomes_the_actors(self, accepted, service):
        assert (accepted.state, accepted.handler) == ("ACCEPTED", service)

    def test_an_agents_authority_must_have_been_seen(self, filed, service, at):
        made = filed(who="AGENT", complainant="王大明")
        with pytest.raises(services.CannotAct, match="授权"):
            services.accept(actor=service, complaint=made, at=at)
        services.change(actor=service, complaint=made, at=at, authority_seen=True)
        assert services.accept(actor=service, complaint=made, at=at).state == "ACCEPTED"

    def test_not_twice(self, accepted, service, at):
        with pytest.raises(services.NotOpen):
            services.accept(actor=service, complaint=accepted, at=at)

    def test_a_manager_only_when_it_was_given_to_them(self, filed, ana, at):
        with pytest.raises(NotAllowed):
            services.accept(actor=ana, complaint=filed(), at=at)

    def test_a_stale_page_is_told(self, filed, service, at):
        made = filed()
        services.change(actor=service, complaint=made, at=at, priority="LOW")
        with pytest.raises(services.Stale):
            services.accept(actor=service, complaint=made, at=at, version=1)

    def test_not_in_another_branch(self, filed, ben, at):
        with pytest.raises(NotAllowed):
            services.accept(actor=ben, complaint=filed(), at=at)


class TestAssign:
    def test_it_is_handled_and_the_handler_hears(self, accepted, service, sun, at):
        row = services.assign(actor=service, complaint=accepted, handler=sun, at=at)
        assert (row.state, row.handler, row.unit) == ("HANDLING", sun, sun.unit)
        assert Notification.objects.get(person=sun).kind == "complaint.assigned"

    def test_the_one_complained_of_is_recused(self, filed, service, sun, at):
        made = filed(against=sun)
        with pytest.raises(services.Recused, match="孙明"):
            services.assign(actor=service, complaint=made, handler=sun, at=at)
        with pytest.raises(NotAllowed, match="孙明"):
            services.accept(actor=sun, complaint=made, at=at)

    def test_so_is_the_leader_of_the_same_team(self, filed, service, ana, lee, at):
        with pytest.raises(services.Recused, match="团队"):
            services.assign(actor=service, complaint=filed(against=ana), handler=lee, at=at)

    def test_so_is_the_customers_manager_for_complaints(self, filed, service, ana, at):
        with pytest.raises(services.Recused, match="安娜"):
            services.assign(actor=service, complaint=filed(), handler=ana, at=at)
        query = filed(kind="QUERY", despite=True)
        assert services.assign(actor=service, complaint=query, handler=ana, at=at).handler == ana

    def test_a_manager_handles_what_was_given(self, filed, service, ana, units, at):
        carl = person("carl", Role.MANAGER, units["T01"], name="卡尔")
        made = services.assign(actor=service, complaint=filed(), handler=carl, at=at)
        assert selectors.can_handle(carl, made) and services.accept(actor=carl, complaint=made, at=at)

    def test_a_manager_gives_none_out(self, filed, ana, sun, at):
        with pytest.raises(NotAllowed):
            services.assign(actor=ana, complaint=filed(), handler=sun, at=at)

    def test_not_to_an_auditor_nor_out_of_reach(self, filed, service, lee, auditor, ben, at):
        made = filed()
        with pytest.raises(services.CannotAct):
            services.assign(actor=service, complaint=made, handler=auditor, at=at)
        with pytest.raises(services.CannotAct):
            services.assign(actor=lee, complaint=made, handler=ben, at=at)

    def test_naming_the_handler_as_complained_of_is_refused(self, accepted, service, sun, at):
        row = services.assign(actor=service, complaint=accepted, handler=sun, at=at)
        with pytest.raises(services.CannotRegister, match="孙明"):
            services.change(actor=service, complaint=row, at=at, against=sun)


class TestChange:
    def test_the_trail_has_both_values_and_no_words_of_people(self, accepted, service, at):
        row = services.change(actor=service, complaint=accepted, at=at, priority="CRITICAL", demand="赔礼道歉")
        assert row.service_due_on == date(2026, 11, 26)
        changes = AuditRow.objects.get(action="complaints.change").changes
        assert changes == {"priority": ["HIGH", "CRITICAL"], "demand": ["***", "***"]}

    def test_a_query_that_turns_out_a_complaint_holds_contacts_back(self, filed, service, wang, at):
        services.change(actor=service, complaint=filed(kind="QUERY"), at=at, kind="COMPLAINT")
        assert ContactHold.objects.filter(customer=wang, lifted_at=None).count() == 1

    def test_who_registered_it_may_correct_it_until_it_is_accepted(self, ana, service, wang, told, at):
        made = services.register(actor=ana, customer=wang, at=at, **told)
        services.change(actor=ana, complaint=made, at=at, demand="退费")
        services.accept(actor=service, complaint=made, at=at)
        with pytest.raises(NotAllowed):
            services.change(actor=ana, complaint=made, at=at, demand="道歉")

    def test_the_day_of_receipt_is_not_changed(self, accepted, service, at):
        with pytest.raises(TypeError):
            services.change(actor=service, complaint=accepted, at=at, received_at=at)


class TestExtend:
    NOTICE = "需向第三方调取交易凭证，最迟答复日延至新的期限"

    def ask(self, row, actor, at):
        return services.extend(actor=actor, complaint=row, reason="需要调单", notice=self.NOTICE, at=at)

    def test_thirty_days_when_a_leader_agrees(self, accepted, service, compliance, at):
        made = self.ask(accepted, service, at)
        accepted.refresh_from_db()
        assert accepted.due_on == date(2026, 12, 8)  # nothing moves before it is granted
        request = ApprovalRequest.objects.get()
        approvals.approve(actor=compliance, request=request, at=at)
        accepted.refresh_from_db()
        made.refresh_from_db()
        assert (accepted.stage, accepted.due_on) == ("COMPLEX", date(2026, 12, 23))
        assert (made.state, made.decided_by) == ("GRANTED", compliance.person_no)

    def test_sixty_days_need_a_second_signature(self, accepted, service, compliance, head, at):
        row = Complaint.objects.get(pk=accepted.pk)
        row.stage, row.due_on = "COMPLEX", date(2026, 12, 23)
        row.save()
        self.ask(row, service, at)
        request = ApprovalRequest.objects.get()
        assert request.amount == 60
        approvals.approve(actor=compliance, request=request, at=at)
        row.refresh_from_db()
        assert (row.stage, row.due_on) == ("EXTENDED", date(2027, 1, 22))

    def test_a_leader_approves_for_a_manager_of_the_team(self, filed, service, lee, units, at):
        carl = person("carl", Role.MANAGER, units["T01"], name="卡尔")
        made = services.assign(actor=service, complaint=filed(), handler=carl, at=at)
        self.ask(made, carl, at)
        approvals.approve(actor=lee, request=ApprovalRequest.objects.get(), at=at)
        made.refresh_from_db()
        assert made.stage == "COMPLEX"

    def test_returned_it_moves_nothing(self, accepted, service, compliance, at):
        made = self.ask(accepted, service, at)
        approvals.return_request(actor=compliance, request=ApprovalRequest.objects.get(), reason="先答复", at=at)
        accepted.refresh_from_db()
        made.refresh_from_db()
        assert (made.state, accepted.due_on) == ("RETURNED", date(2026, 12, 8))

    def test_after_the_last_period_there_is_none(self, accepted, service, at):
        Complaint.objects.filter(pk=accepted.pk).update(stage="EXTENDED")
        with pytest.raises(services.CannotAct):
            self.ask(accepted, service, at)

    def test_not_after_the_deadline(self, accepted, service, at):
        with pytest.raises(services.CannotAct, match="期限"):
            self.ask(accepted, service, at + 20 * DAY)

    def test_not_without_notice(self, accepted, service, at):
        with pytest.raises(services.CannotAct):
            services.extend(actor=service, complaint=accepted, reason="需要调单", notice="", at=at)

    def test_the_regulators_day_is_the_regulators(self, filed, service, at):
        made = filed(source="REGULATOR", regulator_ref="12378-001", regulator_due_on=date(2026, 12, 1))
        services.accept(actor=service, complaint=made, at=at)
        with pytest.raises(services.CannotAct, match="监管"):
            self.ask(made, service, at)

    def test_the_proof_of_telling_is_kept_once(self, accepted, service, compliance, at):
        made = self.ask(accepted, service, at)
        with pytest.raises(services.CannotAct):
            services.tell_complainant(actor=service, extension=made, way="SMS", at=at)
        approvals.approve(actor=compliance, request=ApprovalRequest.objects.get(), at=at)
        assert services.tell_complainant(actor=service, extension=made, way="SMS", at=at).told_way == "SMS"
        with pytest.raises(services.CannotAct):
            services.tell_complainant(actor=service, extension=made, way="SMS", at=at)

    def test_a_recused_voter_cannot_grant(self, filed, service, lee, units, at):
        """Lee leads the team of the one complained of: the vote does not count, the request stays open."""
        carl = person("carl", Role.MANAGER, units["T01"], name="卡尔")
        dora = person("dora", Role.MANAGER, units["T01"], name="朵拉")
        made = services.assign(actor=service, complaint=filed(against=dora), handler=carl, at=at)
        self.ask(made, carl, at)
        request = approvals.approve(actor=lee, request=ApprovalRequest.objects.get(), at=at)
        assert request.state == "OPEN" and "团队" in request.problem
        made.refresh_from_db()
        assert made.stage == "SIMPLE" and Extension.objects.get().state == "ASKED"


class TestAnswerAndClose:
    def close(self, row, actor, at, **values):
        given = {"cause": "C04", "fault": "PART", "redress": "退还年费 200 元", "compensation": 200_00, **values}
        return services.close(actor=actor, complaint=row, at=at, **given)

    def test_answered_then_closed(self, answered, service, wang, at):
        assert ContactHold.objects.filter(customer=wang, lifted_at=None).exists()
        row = self.close(answered, service, at)
        assert (row.state, row.compensation, row.fault) == ("CLOSED", 200_00, "PART")
        assert not ContactHold.objects.filter(customer=wang, lifted_at=None).exists()

    def test_the_hold_stays_while_another_is_open(self, answered, filed, service, wang, at):
        other = filed(despite=True)
        self.close(answered, service, at)
        held = ContactHold.objects.get(customer=wang, lifted_at=None)
        assert held.source == f"complaint:{other.pk}"

    @pytest.mark.parametrize("values", [{"cause": "B21"}, {"fault": "MAYBE"}, {"redress": ""}, {"compensation": -1}])
    def test_what_closing_asks_for(self, answered, service, at, values):
        with pytest.raises(services.CannotAct):
            self.close(answered, service, at, **values)

    def test_not_before_it_was_answered(self, accepted, service, at):
        with pytest.raises(services.NotOpen):
            self.close(accepted, service, at)

    @pytest.mark.parametrize(("text", "way"), [("好", "PHONE"), ("经核实，已退还年费并致歉", "PIGEON")])
    def test_what_answering_asks_for(self, accepted, service, at, text, way):
        with pytest.raises(services.CannotAct):
            services.answer(actor=service, complaint=accepted, text=text, way=way, at=at)

    def test_a_late_answer_is_noted(self, accepted, service, at):
        services.answer(
            actor=service, complaint=accepted, text="经核实，已退还年费并致歉", way="PHONE", at=at + 16 * DAY
        )
        assert AuditRow.objects.get(action="complaints.answer").changes["late"] is True


class TestEnds:
    def test_withdrawal_ends_it_the_same_day(self, accepted, service, wang, at):
        row = services.withdraw(actor=service, complaint=accepted, reason="客户来电撤回", at=at)
        assert (row.state, row.ended_at) == ("WITHDRAWN", at)
        assert not ContactHold.objects.filter(customer=wang, lifted_at=None).exists()

    def test_withdrawal_says_why(self, accepted, service, at):
        with pytest.raises(services.CannotAct):
            services.withdraw(actor=service, complaint=accepted, reason=" ", at=at)

    def test_refused_when_not_the_persons_own(self, filed, service, at):
        made = filed(who="AGENT", complainant="代理公司")
        row = services.refuse(actor=service, complaint=made, ground="NOT_PARTY", reason="已告知须本人或授权", at=at)
        assert (row.state, row.ground) == ("REFUSED", "NOT_PARTY")

    def test_refusing_wants_ground_and_words(self, filed, service, at):
        made = filed()
        for ground, reason in (("BECAUSE", "已告知"), ("NOT_PARTY", "")):
            with pytest.raises(services.CannotAct):
                services.refuse(actor=service, complaint=made, ground=ground, reason=reason, at=at)

    def test_what_is_being_handled_is_not_refused(self, answered, service, at):
        with pytest.raises(services.NotOpen):
            services.refuse(actor=service, complaint=answered, ground="NOT_PARTY", reason="已告知", at=at)


class TestReopen:
    def test_a_review_has_its_own_period(self, answered, service, wang, at):
        TestAnswerAndClose().close(answered, service, at)
        row = services.reopen(actor=service, complaint=answered, reason="客户申请核查", at=at + 10 * DAY)
        assert (row.state, row.stage, row.due_on) == ("HANDLING", "REVIEW", date(2027, 1, 2))
        assert ContactHold.objects.filter(customer=wang, lifted_at=None).count() == 1

    def test_not_after_the_window_but_with_new_facts(self, answered, service, at):
        late = at + 31 * DAY
        with pytest.raises(services.CannotAct):
            services.reopen(actor=service, complaint=answered, reason="客户申请核查", at=late)
        row = services.reopen(actor=service, complaint=answered, reason="新录音", new_facts=True, at=late)
        assert (row.stage, row.due_on) == ("SIMPLE", date(2027, 1, 8))

    def test_one_that_was_joined_stays_closed(self, filed, service, at):
        second = filed(join=filed())
        second.refresh_from_db()
        with pytest.raises(services.CannotAct):
            services.reopen(actor=service, complaint=second, reason="再看", at=at)

    def test_not_while_open(self, accepted, service, at):
        with pytest.raises(services.NotOpen):
            services.reopen(actor=service, complaint=accepted, reason="再看", at=at)


class TestNight:
    def test_overdue_reaches_the_leader_once_a_span(self, lee, ana, service, wang):
        row = complaint(wang, received_on=date(2026, 11, 1), due_on=date(2026, 11, 16))
        at = datetime(2026, 11, 23, 5, 0, tzinfo=SHANGHAI)
        assert services.escalate(as_of=date(2026, 11, 22), at=at)["overdue"] == 1
        assert services.escalate(as_of=date(2026, 11, 22), at=at)["overdue"] == 0
        row.refresh_from_db()
        assert row.escalated and Notification.objects.filter(person=lee, kind="complaint.late").count() == 1

    def test_then_the_next_above(self, lee, head, wang):
        complaint(wang, received_on=date(2026, 11, 1), due_on=date(2026, 11, 16))
        for day in (22, 25):
            services.escalate(as_of=date(2026, 11, day), at=datetime(2026, 11, day + 1, 5, 0, tzinfo=SHANGHAI))
        assert Notification.objects.filter(person=head, kind="complaint.late").exists()

    def test_near_ones_are_told_to_their_handler_once(self, service, wang):
        complaint(wang, due_on=date(2026, 11, 27), handler=service)
        at = datetime(2026, 11, 23, 5, 0, tzinfo=SHANGHAI)
        assert services.escalate(as_of=date(2026, 11, 22), at=at) == {"overdue": 0, "warned": 1}
        assert services.escalate(as_of=date(2026, 11, 22), at=at) == {"overdue": 0, "warned": 0}

    def test_answered_ones_are_left_alone(self, lee, wang):
        complaint(wang, received_on=date(2026, 11, 1), due_on=date(2026, 11, 16), state="ANSWERED")
        assert services.escalate(as_of=date(2026, 11, 22), at=datetime(2026, 11, 23, tzinfo=SHANGHAI))["overdue"] == 0


class TestScope:
    def test_managers_see_those_of_their_customers_and_their_own_to_handle(self, ana, ben, wang):
        made = complaint(wang)
        assert set(selectors.complaints(ana)) == {made} and not selectors.complaints(ben)
        made.handler = ben
        made.save()
        assert set(selectors.complaints(ben)) == {made}

    def test_leaders_see_their_units_and_what_their_units_handle(self, lee, ben, units, wang):
        made, other = complaint(wang), complaint(customer(ben))
        assert set(selectors.complaints(lee)) == {made}
        Complaint.objects.filter(pk=other.pk).update(unit=units["T01"])
        assert set(selectors.complaints(lee)) == {made, other}

    def test_an_administrator_sees_none(self, admin, wang):
        complaint(wang, handler=admin)
        assert not selectors.complaints(admin)
