"""Rules about leads, most of them without a customer: what sets them off, what they do, test, shadow, undo, versions."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from kajing.lib.periods import SHANGHAI
from kajing.notifications.models import Notification
from kajing.org.models import Person, Unit
from kajing.queue.models import OutboxMessage
from kajing.records import services as records
from kajing.records.selectors.tags import tags_of
from kajing.records.undo import returning
from kajing.sales import on_rules
from kajing.sales.models import Lead, LeadOwnership
from kajing.sales.services import leads as services
from kajing.workflow import events, rules
from kajing.workflow.models import ApprovalRequest, RuleRun, RuleVersion, Task, WebhookEndpoint
from kajing.workflow.selectors import rules as selectors
from kajing.workflow.services import done_task, reassign_task
from kajing.workflow.services import rules as acts
from kajing.workflow.services.approvals import approve
from kajing.workflow.services.rules import hours, running
from tests.factories.contact import template
from tests.factories.customers import customer
from tests.factories.records import field
from tests.factories.sales import NOW, facts, lead
from tests.workflow.test_rules import OPEN_TASK, version, work

pytestmark = pytest.mark.django_db
TODAY = NOW.date()
LOST = {"kind": "act", "action": "sales.lead_lost", "subject": "lead"}
STUCK = {"kind": "schedule", "weekdays": [1, 2, 3, 4, 5, 6, 7], "subject": "lead"}
TAG = {"kind": "tag", "way": "add", "on": "lead", "tag": "要跟"}


def tags(one: Lead) -> list[str]:
    return [tag.name for tag in tags_of("lead", [str(one.pk)]).get(str(one.pk), [])]


def said(run: RuleRun) -> list[str]:
    return [one["said"] for one in run.detail]


class TestSetOff:
    def test_by_every_act_on_a_lead_without_a_customer(
        self, ana: Person, lee: Person, units: dict[str, Unit], at: datetime
    ) -> None:
        wanted = field(units["T01"], "wish", kind="lead")
        for number, (action, more) in enumerate(
            (
                ("sales.lead_created", {}), ("sales.lead_changed", {"field": "expected_limit"}),
                ("sales.lead_moved", {"field": "stage", "to": "CONTACTED"}), ("sales.lead_released", {}),
                ("records.set_fields", {"on": "lead", "field": wanted.name, "to": "金卡"}), ("records.tag", {"on": "lead"}),
            )
        ):  # fmt: skip
            trigger = {"kind": "act", "action": action, "subject": "lead", **more}
            version(at, trigger=trigger, actions=[OPEN_TASK], code=f"r{number}")
        one = services.register(actor=ana, facts=facts(), at=at)
        more = replace(services.facts_of(one), expected_limit=5_000_000)
        services.change(actor=ana, lead=one, facts=more, at=at)
        services.move(actor=ana, lead=one, to="CONTACTED", at=at)
        records.set_values(actor=None, kind="lead", object_id=str(one.pk), values={"wish": "金卡"}, at=at)
        records.tag(actor=None, kind="lead", ids=[str(one.pk)], name="要跟", at=at)
        services.release(actor=ana, lead=one, reason="没有时间", at=at)
        assert work(at) == 6
        assert sorted(RuleRun.objects.values_list("version__rule__code", flat=True)) == [f"r{n}" for n in range(6)]
        assert {run.about for run in RuleRun.objects.all()} == {("lead", str(one.pk))}
        assert set(RuleRun.objects.values_list("result", flat=True)) == {"DONE"}

    def test_by_the_task_that_came_from_it(self, ana: Person, at: datetime) -> None:
        trigger = {"kind": "act", "action": "workflow.done", "field": "outcome", "to": "REFUSED", "subject": "lead"}
        version(at, trigger=trigger, actions=[TAG])
        one, other = lead(ana), lead(ana)
        services.log_activity(
            actor=ana, lead=one, kind="NOTE", note="谈过", at=at, next_step="再问", next_at=at + timedelta(days=1)
        )
        done_task(actor=ana, task=Task.objects.get(source=f"lead:{one.pk}"), outcome="REFUSED", at=at)
        assert work(at) == 1 and (tags(one), tags(other)) == (["要跟"], [])

    def test_a_rule_about_customers_hears_of_no_other_lead(self, ana: Person, at: datetime) -> None:
        version(at, trigger={**LOST, "subject": "customer"}, actions=[OPEN_TASK])
        services.lose(actor=ana, lead=lead(ana), reason="PRICE", at=at)
        assert work(at) == 0 and not RuleRun.objects.exists()

    def test_the_condition_is_that_of_the_list_of_leads(
        self, ana: Person, units: dict[str, Unit], at: datetime
    ) -> None:
        field(units["T01"], "city", kind="lead")
        version(at, trigger=LOST, actions=[TAG], condition='expected > 10000 and source = BRANCH and cf_city = "上海"')
        fits, small, far = (lead(ana, expected_limit=limit) for limit in (2_000_000, 500_000, 2_000_000))
        for one, city in ((fits, "上海"), (small, "上海"), (far, "北京")):
            records.set_values(actor=None, kind="lead", object_id=str(one.pk), values={"city": city}, at=at)
            services.lose(actor=ana, lead=one, reason="PRICE", at=at)
        assert work(at) == 1 and [tags(one) for one in (fits, small, far)] == [["要跟"], [], []]

    def test_by_a_schedule_each_open_lead_once_a_day(self, ana: Person, as_of: date, at: datetime) -> None:
        version(at, trigger=STUCK, actions=[TAG], condition="stage = CONTACTED")
        one, two = lead(ana, stage="CONTACTED"), lead(ana, stage="CONTACTED", customer=customer(ana))
        others = [lead(ana), lead(ana, stage="LOST")]
        assert acts.run_night_rules(as_of=as_of, at=at) == {"met": 2}
        assert acts.run_night_rules(as_of=as_of, at=at) == {"met": 0}
        assert [tags(each) for each in (one, two, *others)] == [["要跟"], ["要跟"], [], []]

    def test_by_more_leads_than_one_statement_takes(
        self, ana: Person, as_of: date, at: datetime, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        if connection.vendor != "sqlite":
            pytest.skip("PostgreSQL takes them in one statement")
        version(at, trigger=STUCK, actions=[TAG])
        for _number in range(110):
            lead(ana)
        monkeypatch.setattr(running, "CHUNK", 50)
        kept = connection.connection.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
        connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 100)
        try:
            assert acts.run_night_rules(as_of=as_of, at=at) == {"met": 110}
        finally:
            connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, kept)

    def test_at_its_hour_chunk_by_chunk(self, ana: Person, at: datetime) -> None:
        made = version(at, trigger={**STUCK, "times": ["09:00"]}, actions=[TAG])
        rows = [lead(ana) for _number in range(3)]
        slot = datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI)
        keys = hours.met_by(made, slot)
        assert sorted(keys) == sorted(str(one.pk) for one in rows)
        assert [hours.run_hour(version=made, slot=slot, keys=keys, at=at) for _again in range(2)] == [3, 0]

    def test_by_dates_and_stages(self, ana: Person, units: dict[str, Unit], as_of: date, at: datetime) -> None:
        wanted = field(units["T01"], "wanted_on", "DAY", kind="lead")
        one, other = lead(ana, owned_until=TODAY + timedelta(days=3)), lead(ana)
        records.set_values(
            actor=None, kind="lead", object_id=str(other.pk), values={"wanted_on": TODAY.isoformat()}, at=at
        )
        services.move(actor=ana, lead=other, to="INTENT", at=at)
        for code, event, more in (
            ("until", "lead_until", {"days": -3}), ("own", f"lead.{wanted.name}", {}),
            ("stage", "lead_stage", {"where": {"stage": "INTENT"}}), ("new", "lead_created", {}),
        ):  # fmt: skip
            trigger = {"kind": "event", "event": event, "days": 0, "subject": "lead", **more}
            assert rules.problems(trigger, [TAG]) == []
            version(at, trigger=trigger, actions=[TAG], code=code)
        acts.run_night_rules(as_of=as_of, at=at)
        met = {(run.version.rule.code, run.subject_id) for run in RuleRun.objects.select_related("version__rule")}
        new = {("new", str(each.pk)) for each in (one, other)}
        assert met == {("until", str(one.pk)), ("own", str(other.pk)), ("stage", str(other.pk)), *new}

    def test_events_of_customers_do_not_tell_of_leads(self) -> None:
        trigger = {"kind": "event", "event": "birthday", "days": 0, "subject": "lead"}
        assert len(rules.problems(trigger, [TAG])) == 1
        assert len(rules.problems({**LOST, "subject": "planet"}, [TAG])) == 1
        kind = events.kind_of("lead_until")
        assert kind is not None and kind.tells_of("customer")


class TestActions:
    def run(self, one: Lead, actor: Person, at: datetime, *wanted: dict[str, Any]) -> RuleRun:
        version(at, trigger={"kind": "act", "action": "sales.lead_activity", "subject": "lead"}, actions=list(wanted))
        services.log_activity(actor=actor, lead=one, kind="NOTE", note="谈过", at=at)
        work(at)
        one.refresh_from_db()
        return RuleRun.objects.get()

    def test_task_and_news_are_about_the_lead(self, ana: Person, ben: Person, lee: Person, at: datetime) -> None:
        one = lead(ana)
        run = self.run(
            one, ana, at, {**OPEN_TASK, "title": "100% 跟进"}, {"kind": "notify", "to": "manager", "text": "看"}
        )
        assert run.result == "DONE"
        made = Task.objects.get(source=f"lead:{one.pk}")
        assert (made.owner, made.customer, made.title_text) == (ana, None, "100% 跟进")
        assert one.number in made.reason_text and "r1" in made.reason_text
        reassign_task(actor=lee, task=made, owner=ben, at=at)
        assert Notification.objects.get(kind="task.assigned").title_text == "转派给您的任务：100% 跟进"
        assert Notification.objects.get(kind="rule.news").url == f"/leads/{one.pk}/"

    def test_its_task_is_about_the_customer_where_the_owner_sees_them(
        self, ana: Person, ben: Person, at: datetime
    ) -> None:
        theirs, own = lead(ana, customer=customer(ben)), lead(ana, customer=customer(ana))
        version(at, trigger=LOST, actions=[OPEN_TASK])
        for one in (theirs, own):
            services.lose(actor=ana, lead=one, reason="PRICE", at=at)
        assert work(at) == 2 and set(RuleRun.objects.values_list("result", flat=True)) == {"DONE"}
        about = dict(Task.objects.values_list("source", "customer"))
        assert about == {f"lead:{theirs.pk}": None, f"lead:{own.pk}": own.customer_id}

    def test_field_tag_stage_and_webhook(self, ana: Person, units: dict[str, Unit], at: datetime) -> None:
        field(units["T01"], "wish", kind="lead")
        one, hook = (
            lead(ana),
            WebhookEndpoint.objects.create(
                name="crm", url="https://crm.example.com/", secret_enc=b"x", made_by="P-X", made_at=at
            ),
        )
        run = self.run(
            one, ana, at, {"kind": "field", "field": "lead:cf_wish", "value": "金卡"}, TAG,
            {"kind": "field", "field": "lead:stage", "value": "CONTACTED"}, {"kind": "webhook", "endpoint": hook.pk},
        )  # fmt: skip
        assert run.result == "DONE" and one.stage == "CONTACTED" and tags(one) == ["要跟"]
        told = json.loads(OutboxMessage.objects.get().body)["data"]
        assert (told["record"], told["customer_id"]) == ({"kind": "lead", "id": str(one.pk)}, None)

    def test_a_stage_is_checked_and_a_lead_lost_by_a_rule(self, ana: Person, at: datetime) -> None:
        def wrong(value: str) -> list[str]:
            return rules.problems(LOST, [{"kind": "field", "field": "lead:stage", "value": value}])

        assert wrong("ISSUED") and wrong("LOST") and not wrong("LOST:PRICE") and not wrong("INTENT")
        assert wrong("LOST:PRCIE") and wrong("LOST:RIVAL")  # whose card it was is known to people only
        one = lead(ana)
        self.run(one, ana, at, {"kind": "field", "field": "lead:stage", "value": "LOST:PRICE"})
        assert (one.stage, one.loss_reason, one.loss_note) == ("LOST", "PRICE", "rule:r1")

    def test_a_lead_of_the_pool_is_handed_out_in_turn(self, ana: Person, lee: Person, at: datetime) -> None:
        version(at, trigger=STUCK, actions=[{"kind": "assign", "way": "round_robin"}])
        rows = [lead(unit=ana.unit) for _number in range(2)]
        kept = lead(ana)
        acts.run_night_rules(as_of=TODAY - timedelta(days=1), at=at)
        owners = [Lead.objects.get(pk=one.pk).owner for one in rows]
        assert None not in owners and LeadOwnership.objects.filter(reason="rule:r1").count() == 2
        kept.refresh_from_db()
        assert kept.owner == ana
        assert (
            "lead" in said(RuleRun.objects.get(subject_id=str(kept.pk)))[0]
            or "线索" in said(RuleRun.objects.first())[0]
        )

    def test_a_lead_claimed_in_the_meantime_is_not_taken_away(self, ana: Person, lee: Person, at: datetime) -> None:
        one = lead(unit=ana.unit)
        about = on_rules._load([str(one.pk)])[str(one.pk)]
        services.claim(actor=ana, lead=one, at=at)
        with pytest.raises(services.CannotOwn):
            on_rules._assign(about, lee, lee, TODAY, at, "rule:r1")
        assert Lead.objects.get(pk=one.pk).owner == ana

    def test_what_needs_a_customer_says_so_and_the_rest_is_done(self, ana: Person, at: datetime) -> None:
        message = {"kind": "message", "template": template().template_id, "sender": "manager"}
        one = lead(ana)
        run = self.run(one, ana, at, message, {**TAG, "on": "customer"}, TAG)
        assert run.result == "DONE" and tags(one) == ["要跟"] and not OutboxMessage.objects.exists()
        assert [one.number in text for text in said(run)] == [True, True, False]
        told = rules.notes(LOST, [message, {**TAG, "on": "customer"}, TAG])
        assert len(told) == 2 and not rules.notes({**LOST, "subject": "customer"}, [message])

    def test_consent_first_then_the_rest(self, ana: Person, lee: Person, at: datetime) -> None:
        asks = {"kind": "approval", "text": "可以吗", "asker": "manager", "act": "workflow.rule_step"}
        one = lead(ana)
        run = self.run(one, ana, at, asks, TAG)
        assert run.result == "WAITING" and not tags(one)
        request = ApprovalRequest.objects.get()
        assert request.payload["subject"] == ["lead", str(one.pk)] and not request.customer_id
        approve(actor=lee, request=request, at=at)
        run.refresh_from_db()
        assert run.result == "DONE" and tags(one) == ["要跟"]


class TestCare:
    def test_the_test_on_90_days_meets_what_was_done_to_leads(self, ana: Person, lee: Person, at: datetime) -> None:
        mine, theirs = [lead(ana) for _number in range(3)], lead(lee, customer=customer(lee))
        for days, one in enumerate([*mine, theirs], start=1):
            services.lose(actor=one.owner, lead=one, reason="PRICE", at=at - timedelta(days=days))
        made = version(at, "DRAFT", trigger=LOST, actions=[OPEN_TASK, {**TAG, "on": "customer"}])
        told = acts.testing.report(made, today=TODAY, at=at)
        assert (told["hits"], told["customers"], told["without_customer"]) == (4, 4, 3)
        assert {one["person_no"]: one["count"] for one in told["load"]} == {ana.person_no: 3, lee.person_no: 1}
        assert {(one["kind"], one["id"]) for one in told["samples"]} == {
            ("lead", str(one.pk)) for one in [*mine, theirs]
        }
        made.test, made.tested_at = told, at
        made.save()
        seen = selectors.tried(ana, made)
        assert (len(seen["samples"]), seen["hidden"]) == (3, 1)

    def test_shadow_writes_what_it_would_do(self, ana: Person, at: datetime) -> None:
        version(at, "SHADOW", trigger=LOST, actions=[OPEN_TASK, {**TAG, "on": "customer"}])
        one = lead(ana)
        services.lose(actor=ana, lead=one, reason="PRICE", at=at)
        work(at)
        run = RuleRun.objects.get()
        assert run.result == "WOULD" and not Task.objects.exists() and len(said(run)) == 2
        assert one.number in said(run)[1]

    def test_a_nights_work_is_undone_as_one(self, ana: Person, lee: Person, as_of: date, at: datetime) -> None:
        from kajing.records.models import Reversal

        made = version(at, trigger=STUCK, actions=[OPEN_TASK, TAG, {"kind": "assign", "way": "load"}])
        RuleVersion.objects.filter(pk=made.pk).update(author=ana.person_no)
        rows = [lead(ana), lead(unit=ana.unit)]
        acts.run_night_rules(as_of=as_of, at=at)
        assert Task.objects.count() == 2 and all(tags(one) for one in rows)
        back = Reversal.objects.get()
        returning.undo(actor=ana, reversal=back, at=at)
        assert not Task.objects.exists() and not any(tags(one) for one in rows)
        assert Lead.objects.get(pk=rows[1].pk).owner is None

    def test_runs_are_seen_by_who_sees_the_lead(self, ana: Person, ben: Person, at: datetime) -> None:
        made = version(at, trigger=LOST, actions=[TAG])
        for who in (ana, ben):
            services.lose(actor=who, lead=lead(who), reason="PRICE", at=at)
        work(at)
        assert RuleRun.objects.count() == 2
        assert [run.subject_id for run in selectors.runs(ana, made.rule)] == [str(Lead.objects.get(owner=ana).pk)]

    def test_a_rule_sets_itself_not_off(self, ana: Person, at: datetime) -> None:
        version(
            at,
            trigger={"kind": "act", "action": "records.tag", "on": "lead", "subject": "lead"},
            actions=[TAG, {**TAG, "tag": "再"}],
        )
        records.tag(actor=None, kind="lead", ids=[str(lead(ana).pk)], name="起", at=at)
        work(at)
        assert sorted(set(RuleRun.objects.values_list("result", flat=True))) == ["DONE", "LOOP"]


class TestPages:
    def test_the_lead_says_in_words_which_rule_it_was(
        self, ana: Person, lee: Person, at: datetime, sign_in: Any
    ) -> None:
        hand_out = {"kind": "assign", "way": "load"}
        version(at, trigger=STUCK, actions=[hand_out, {"kind": "field", "field": "lead:stage", "value": "LOST:PRICE"}])
        one = lead(unit=ana.unit)
        acts.run_night_rules(as_of=TODAY - timedelta(days=1), at=at)
        page = sign_in(Lead.objects.get(pk=one.pk).owner).get(f"/leads/{one.pk}/").content.decode()
        assert "rule:r1" not in page and page.count("由规则 r1 执行") == 2

    def test_written_and_read_on_its_page(self, admin: Person, at: datetime, sign_in: Any) -> None:
        client: Client = sign_in(admin)
        client.post("/rules/", {"code": "lead-lost", "name": "丢失线索"})
        form = {
            "subject": "lead", "trigger": "act", "action": "sales.lead_lost", "priority": "100", "hourly_limit": "500",
            "condition": "source = BRANCH", "form-TOTAL_FORMS": "1", "form-INITIAL_FORMS": "0", "form-0-kind": "tag",
            "form-0-tag_way": "add", "form-0-on": "customer", "form-0-tag": "要跟", "form-0-task": "follow_up",
            "form-0-owner": "manager", "form-0-way": "load",
        }  # fmt: skip
        assert client.post("/rules/lead-lost/", form).status_code in {302, 303}
        made = RuleVersion.objects.get()
        assert made.trigger["subject"] == "lead" and made.condition == "source = BRANCH"
        page = client.get("/rules/lead-lost/").content.decode()
        assert rules.notes(made.trigger, made.actions)[0] in page
        bad = client.post("/rules/lead-lost/", {**form, "condition": "spend_30d > 1000"})
        assert bad.status_code == 422 and RuleVersion.objects.count() == 1
