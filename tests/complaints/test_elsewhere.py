"""What complaints do in other rooms: the contact gate, state gates, rules, sheets, handovers, the call sheet."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.utils import timezone

from kajing.complaints import on_customers, on_workflow, services
from kajing.complaints.models import Complaint
from kajing.contact.extensions import facts_of
from kajing.contact.selectors import may_contact
from kajing.customers import handover
from kajing.customers.models import ContactHold, TimelineMark
from kajing.customers.services import record_consent
from kajing.records.models import FieldValue, Reversal
from kajing.records.states import KINDS, MoveRefused
from kajing.records.undo.returning import undo
from kajing.workflow.models import RuleRun, Task
from kajing.workflow.rule_records import _STANDARD
from kajing.workflow.rules import Occasion
from kajing.workflow.services import rules
from kajing.workflow.subjects import of_customer
from tests.factories.complaints import complaint
from tests.factories.customers import customer
from tests.factories.records import field
from tests.imports.test_sheets import OWN, run, text, tried, upload
from tests.tables import differing, tables
from tests.workflow.test_gates import gate
from tests.workflow.test_rules import version

NIGHT = date(2026, 11, 22)


class TestContactGate:
    def test_red_while_open_with_rule_and_source_and_green_when_closed(self, filed, service, ana, wang, at):
        record_consent(actor=ana, customer=wang, purpose="MARKETING", channel="SMS", text_version="v1", at=at)

        def answer(purpose):
            return may_contact(wang, channel="SMS", purpose=purpose, at=at + timedelta(hours=1))

        assert answer("MARKETING").allowed
        made = filed()
        closed = answer("MARKETING")
        (block,) = [one for one in closed.all_blocks if one.code == "COMPLAINT"]
        assert (closed.allowed, block.rule.rule_id) == (False, "BP314") and closed.source
        assert ContactHold.objects.get(customer=wang).source == f"complaint:{made.pk}"
        assert answer("SERVICE").allowed  # it has to be answered
        services.withdraw(actor=service, complaint=made, reason="客户来电撤回", at=at)
        assert answer("MARKETING").allowed


class TestStateGate:
    def test_what_a_gate_asks_is_asked_by_the_service(self, filed, service, at):
        gate(
            "complaint",
            {"from": ["REGISTERED"], "to": "ACCEPTED", "facts": ["demand"]},
            {"from": ["ACCEPTED"], "to": "HANDLING"},
            at=at,
        )
        bare = filed(demand="")
        with pytest.raises(MoveRefused, match="诉求"):
            services.accept(actor=service, complaint=bare, at=at)
        services.change(actor=service, complaint=bare, at=at, demand="退费")
        assert services.accept(actor=service, complaint=bare, at=at).state == "ACCEPTED"
        with pytest.raises(MoveRefused):
            services.withdraw(actor=service, complaint=bare, reason="客户撤回", at=at)

    def test_every_state_is_reached_by_the_kinds_own_way(self, filed, service, at):
        kind, made = KINDS["complaint"], filed()
        ways = (
            ("ACCEPTED", {}, ""), ("HANDLING", {}, ""), ("ANSWERED", {"way": "PHONE"}, "经核实，已退还年费并致歉"),
            ("CLOSED", {"cause": "C04", "fault": "PART", "compensation": "1,200.50"}, "退费"), ("HANDLING", {}, "申请核查"),
            ("WITHDRAWN", {}, "客户来电撤回"),
        )  # fmt: skip
        for to, given, note in ways:
            kind.apply(service, str(made.pk), to, given, note, at)
            assert kind.state_of(str(made.pk)) == to
        made.refresh_from_db()
        assert made.compensation == 120_050

    def test_the_page_shows_the_gates_next_states(self, sign_in, filed, service, at):
        gate("complaint", {"from": ["REGISTERED"], "to": "ACCEPTED"}, at=at)
        page = sign_in(service).get(f"/complaints/{filed().pk}/").content.decode()
        assert "/moves/complaint/" in page and "/accept/" not in page


class TestRules:
    @pytest.mark.parametrize(
        ("name", "values"),
        [
            ("complaint_received", {"received_on": date(2026, 11, 22)}),
            ("complaint_due", {"due_on": date(2026, 11, 22)}),
            ("complaint_overdue", {"due_on": date(2026, 11, 21)}),
        ],
    )  # fmt: skip
    def test_events_set_a_rule_off_once(self, wang, at, name, values):
        complaint(wang, **values)
        version(at, trigger={"kind": "event", "event": name, "days": 0, "where": {"kind": "COMPLAINT"}})
        assert rules.run_night_rules(as_of=NIGHT, at=at) == {"met": 1}
        assert rules.run_night_rules(as_of=NIGHT, at=at) == {"met": 0}
        assert RuleRun.objects.get().customer == wang

    def test_ends_are_told_with_state_and_fault(self, wang, at):
        complaint(wang, state="CLOSED", fault="FULL", ended_at=at)
        (found,) = on_workflow.ended(at.date(), at.date())
        assert (found.about["state"], found.about["fault"]) == ("CLOSED", "FULL")

    def test_a_rule_writes_priority_and_the_flag(self, wang, at):
        made = complaint(wang)
        about = Occasion(
            "regel", of_customer(wang), "k", at.date(), at, {"object": "complaint", "object_id": str(made.pk)}
        )
        for name, value in (("priority", "CRITICAL"), ("escalated", "yes")):
            one = _STANDARD["complaint", name]
            assert one.wrong(value) == [] and one.wrong("x")
            one.set(str(made.pk), value, about)
        made.refresh_from_db()
        assert (made.priority, made.escalated, made.service_due_on) == ("CRITICAL", True, date(2026, 11, 25))


class TestSheets:
    HEAD = ["客户号", "投诉内容", "业务类别", "办理渠道", "来源", "收到", "诉求", "处理人", "柜台", "标签"]

    def test_dry_run_is_the_run_and_undo_gives_every_byte_back(self, service, ana, ben, units):
        field(units["HQ"], "till", kind="complaint", label="柜台")
        one, two = customer(ana), customer(ben)
        day = timezone.now().strftime("%Y-%m-%d 00:05")
        before = tables(*OWN)
        rows = [
            self.HEAD,
            [one.pk, "说好免年费仍被收取", "B21", "A13", "电话", day, "退费", service.person_no, "3 号", "年费"],
            [two.pk, "短信骚扰", "B23", "A16", "来信", "", "", "", "", ""],
            [one.pk, "代码不存在", "B999", "A13", "电话", "", "", "", "", ""],
            ["NOBODY", "没有这个客户", "B21", "A13", "电话", "", "", "", "", ""],
            [two.pk, "没有这个人", "B10", "A13", "电话", "", "", "P-NO", "", ""],
            [two.pk, "监管转办无编号", "B10", "A13", "监管转办", "", "", "", "", ""],
        ]  # fmt: skip
        sheet = tried(service, upload(service, "complaints", text(rows)))
        assert sheet.checked == {"NEW": 2, "BAD": 4}, list(
            sheet.problems.values_list("line", "column", "reason", "params")
        )
        assert differing(before, tables(*OWN)) == {}
        run(service, sheet)
        assert sheet.ran == sheet.checked
        made = Complaint.objects.get(customer=one)
        assert (made.number is not None, made.handler, made.source) == (True, service, "PHONE")
        assert FieldValue.objects.get(object_id=str(made.pk)).text == "3 号"
        assert ContactHold.objects.count() == 2
        undo(actor=service, reversal=Reversal.objects.filter(kind="imports.sheet").latest("pk"), at=timezone.now())
        assert differing(before, tables(*OWN)) == {}

    def test_an_open_one_of_the_business_is_there_already(self, service, wang):
        complaint(wang)
        rows = [self.HEAD[:5], [wang.pk, "说好免年费仍被收取", "B21", "A13", "电话"]]
        assert tried(service, upload(service, "complaints", text(rows))).checked == {"SKIPPED": 1}
        again = tried(service, upload(service, "complaints", text(rows)), mode="CLONE")
        run(service, again)
        assert Complaint.objects.count() == 2


class TestHandoverAndCalls:
    def test_the_pack_names_open_ones_with_their_days(self, ana, wang):
        made = complaint(wang, due_on=date(2026, 11, 24))
        complaint(wang, state="CLOSED")
        (section,) = [one for one in handover.sections_for(ana) if one.name == "complaints"]
        (line,) = section.load(ana, [wang.pk], date(2026, 11, 23))
        assert made.number in line.text and "剩 1 天" in line.note and line.tone == "bad"
        assert on_customers.handed(ana, [], date(2026, 11, 23)) == []

    def test_the_call_sheet_says_it(self, ana, wang):
        made = complaint(wang)
        assert any(made.number in one.text for one in facts_of(ana, wang, date(2026, 11, 23)))

    def test_the_workbench_has_those_with_the_fewest_days(self, sign_in, service, ana, wang):
        near = complaint(wang, due_on=date(2026, 11, 22))
        far = [complaint(customer(ana), due_on=date(2026, 12, 20)) for _number in range(4)]
        home = sign_in(service).get("/").content.decode()
        assert "/complaints/strip/" in home
        part = sign_in(service).get("/complaints/strip/").content.decode()
        assert near.number in part and far[-1].number not in part and "逾期 1 天" in part
        assert sign_in(ana).get("/complaints/strip/").status_code == 200

    def test_the_timeline_has_it_among_contacts(self, sign_in, ana, filed, wang):
        filed()
        assert TimelineMark.objects.filter(kind="complaint").count() == 1
        part = sign_in(ana).get(f"/customers/{wang.pk}/timeline/?group=contact").content.decode()
        assert "已登记" in part

    def test_a_task_leads_back_to_its_complaint(self, sign_in, ana, wang):
        made = complaint(wang)
        one = Task.objects.create(
            customer=wang, owner=ana, unit=ana.unit, title="调取录音", source=f"complaint:{made.pk}",
            due_at="2026-11-23T10:00:00+08:00", created_at="2026-11-23T08:00:00+08:00", created_by=ana.person_no,
        )  # fmt: skip
        assert f"/complaints/{made.pk}/" in sign_in(ana).get(f"/tasks/{one.pk}/").content.decode()
