"""Rules that write: messages through the gate, fields, tags, consent asked for; shadow, test, undo, loops."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from kajing.audit.models import AuditRow
from kajing.contact.models import Message
from kajing.contact.services import messages_delivery
from kajing.customers.models import Customer
from kajing.customers.services import place_hold
from kajing.notifications.models import Notification
from kajing.org.models import Person, Unit
from kajing.queue.models import OutboxMessage
from kajing.records.models import FieldValue, Reversal, Tagging
from kajing.records.services import set_values, tag
from kajing.workflow import services as tasks
from kajing.workflow.models import ApprovalRequest, RuleMade, RuleRun, Task
from kajing.workflow.rules import problems
from kajing.workflow.services import rules
from kajing.workflow.services.approvals import approve, return_request
from tests.factories.contact import noon, reach, template
from tests.factories.customers import customer
from tests.factories.records import field
from tests.factories.workflow import task
from tests.workflow.test_rules import DONE_REFUSED, OPEN_TASK, TODAY, finish, version, work

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]
TAGGED = {"kind": "tag", "way": "add", "on": "customer", "tag": "回访"}
CONSENT = {"kind": "approval", "text": "可以跟进吗", "asker": "manager", "act": "workflow.rule_step"}


def message(version_pk: int) -> dict[str, Any]:
    return {"kind": "message", "template": version_pk, "sender": "manager"}


def test_a_message_goes_through_the_gate_into_the_outbox(ana: Person, at: datetime) -> None:
    words = template(body="尊敬的{customer.title}，您好。")
    version(at, actions=[message(words.template_id)])
    about = reach(customer(ana))
    finish(ana, about, "REFUSED", noon(at))
    work(noon(at))
    made = Message.objects.get()
    assert (made.customer, made.sender, made.version, made.body) == (about, ana, words, "尊敬的王先生，您好。")
    assert OutboxMessage.objects.filter(channel="contact.SMS", pk=made.outbox_id).exists()
    assert AuditRow.objects.filter(action="contact.send_message", customer_id=about.pk).exists()
    assert RuleRun.objects.get().result == "DONE"


def test_whom_the_gate_closes_nothing_is_done_for_and_the_rule_is_named(
    ana: Person, admin: Person, at: datetime
) -> None:
    version(at, actions=[TAGGED, message(template(purpose="CARE").template_id)])
    about = reach(customer(ana))
    place_hold(actor="P-X", customer=about, kind="COMPLAINT", source="complaint:1", at=at, reason="投诉")
    finish(ana, about, "REFUSED", noon(at))
    work(noon(at))
    run = RuleRun.objects.get()
    assert (run.result, bool(run.blocked_by), bool(run.problem)) == ("BLOCKED", True, True)
    assert not Message.objects.exists()
    assert not Tagging.objects.exists()  # all for one customer, or nothing
    assert not Notification.objects.filter(kind="rule.problem").exists()  # no fault of the rule
    (told,) = rules_held_back(run)
    assert (told["blocked_by"], told["count"]) == (run.blocked_by, 1)


def rules_held_back(run: RuleRun) -> list[dict[str, Any]]:
    from kajing.workflow.selectors.rules import held_back

    return held_back(run.version.rule)


def test_a_message_of_the_night_waits_for_its_hour(ana: Person, at: datetime) -> None:
    version(at, actions=[message(template(purpose="CARE").template_id)])
    about, late = reach(customer(ana)), at.replace(hour=23)
    finish(ana, about, "REFUSED", late)
    work(late)
    made = Message.objects.get()
    assert made.not_before is not None
    assert made.not_before > late
    assert made.state == "PLANNED"


def test_shadow_writes_and_sends_nothing_and_knows_the_gate(ana: Person, units: dict[str, Unit], at: datetime) -> None:
    field(units["T01"], "stage", "CHOICE")
    words = template(purpose="CARE")
    made = version(
        at, "SHADOW",
        actions=[message(words.template_id), TAGGED, {"kind": "field", "field": "customer:cf_stage", "value": "gold"}, CONSENT],
    )  # fmt: skip
    free, closed = reach(customer(ana)), reach(customer(ana))
    place_hold(actor="P-X", customer=closed, kind="COMPLAINT", source="complaint:1", at=at, reason="投诉")
    for one in (free, closed):
        finish(ana, one, "REFUSED", noon(at))
    before = Counter(model.objects.count() for model in (Message, OutboxMessage, Tagging, FieldValue, ApprovalRequest))
    assert work(noon(at)) == 2
    after = Counter(model.objects.count() for model in (Message, OutboxMessage, Tagging, FieldValue, ApprovalRequest))
    assert before == after == Counter({0: 5})
    runs = {run.customer_id: run for run in made.runs.all()}
    assert [part["action"] for part in runs[free.pk].detail] == ["message", "tag", "field", "approval"]
    assert words.template.name in runs[free.pk].detail[0]["said"]
    assert (runs[free.pk].blocked_by, runs[closed.pk].result) == ("", "WOULD")
    assert runs[closed.pk].blocked_by


def test_the_test_on_90_days_asks_the_gate_and_shows_samples(ana: Person, at: datetime) -> None:
    words = template(purpose="CARE")
    made = version(at, "DRAFT", actions=[message(words.template_id)])
    free, closed = reach(customer(ana)), reach(customer(ana))
    place_hold(actor="P-X", customer=closed, kind="COMPLAINT", source="complaint:1", at=at, reason="投诉")
    for one in (free, closed):
        finish(ana, one, "REFUSED", at - timedelta(days=3))
    told = rules.testing.report(made, today=TODAY, at=noon(at))
    (forecast,) = told["messages"]
    assert (forecast["asked"], forecast["now"], [one["count"] for one in forecast["blocked"]]) == (2, 1, [1])
    assert {one["person_no"]: one["count"] for one in told["load"]} == {ana.person_no: 2}
    said = {one["customer_id"]: one["said"][0] for one in told["samples"]}
    assert words.template.name in said[free.pk]
    assert words.template.name not in said[closed.pk]
    assert not Message.objects.exists()


def test_a_field_and_a_tag_are_written_once_by_the_system(ana: Person, units: dict[str, Unit], at: datetime) -> None:
    field(units["T01"], "stage", "CHOICE")
    version(at, actions=[{"kind": "field", "field": "customer:cf_stage", "value": "金牌"}, TAGGED])
    about = customer(ana)
    finish(ana, about, "REFUSED", at)
    work(at)
    assert FieldValue.objects.get(object_id=about.pk).text == "gold"
    assert Tagging.objects.get(object_id=about.pk).by == "system"
    row = AuditRow.objects.get(action="records.set_fields", customer_id=about.pk)
    assert (row.actor, row.reason, row.changes["fields"]["stage"]) == ("system", "rule:r1", ["", "金牌"])


def test_standard_fields_of_the_events_task(ana: Person, lee: Person, at: datetime) -> None:
    opened = {"kind": "act", "action": "workflow.open"}
    moves = [
        {"kind": "field", "field": "task:due_days", "value": "5"},
        {"kind": "field", "field": "task:owner", "value": "leader"},
    ]
    version(at, trigger=opened, actions=moves)
    made = tasks.open_task(
        actor=ana, owner=ana, customer=customer(ana), title="开始", due_at=at + timedelta(hours=5), at=at
    )
    work(at)
    made.refresh_from_db()
    assert (made.owner, made.due_at.date()) == (lee, (at + timedelta(days=5)).date())


def test_a_field_of_a_record_the_event_is_not_about_fails_in_words(ana: Person, admin: Person, at: datetime) -> None:
    consent = {"kind": "act", "action": "records.tag"}
    version(at, trigger=consent, actions=[{"kind": "field", "field": "task:due_days", "value": "5"}])
    tag(actor=ana, kind="customer", ids=[customer(ana).pk], name="老客户", at=at)
    work(at)
    assert RuleRun.objects.get().result == "FAILED"
    assert "任务" in RuleRun.objects.get().problem or "Task" in RuleRun.objects.get().problem


def test_an_own_field_that_changed_sets_a_rule_off(ana: Person, units: dict[str, Unit], at: datetime) -> None:
    field(units["T01"], "stage", "CHOICE")
    version(at, trigger={"kind": "act", "action": "records.set_fields", "field": "stage", "to": "金牌"})
    about = customer(ana)
    for value in ("plain", "gold"):
        set_values(actor=ana, kind="customer", object_id=about.pk, values={"stage": value}, at=at)
    work(at)
    assert Task.objects.filter(source="rule:r1").count() == 1


def test_a_rules_own_write_does_not_set_it_off_again(ana: Person, units: dict[str, Unit], at: datetime) -> None:
    field(units["T01"], "stage", "CHOICE")
    on_change = {"kind": "act", "action": "records.set_fields"}
    version(at, code="a", trigger=on_change, actions=[{"kind": "field", "field": "customer:cf_stage", "value": "gold"}])
    version(
        at, code="b", trigger=on_change, actions=[{"kind": "field", "field": "customer:cf_stage", "value": "plain"}]
    )
    set_values(actor=ana, kind="customer", object_id=customer(ana).pk, values={"stage": "new"}, at=at)
    assert 0 < work(at) < 20
    results = Counter(RuleRun.objects.values_list("result", flat=True))
    assert results["LOOP"] >= 1
    assert results["DONE"] <= 6


def test_what_becomes_of_a_rules_message_later_sets_it_off_no_more(ana: Person, at: datetime) -> None:
    """The message fails hours later, in another process: the chain is remembered with the message."""
    failed = {"kind": "act", "action": "contact.message_failed"}
    version(at, trigger=failed, actions=[message(template().template_id)])
    version(at, code="first", actions=[message(template().template_id)])
    about = reach(customer(ana))
    finish(ana, about, "REFUSED", noon(at))
    work(noon(at))
    for round_ in range(3):
        one = Message.objects.order_by("-pk").first()
        assert one is not None
        messages_delivery.end(one, "FAILED", "channel.refused", "x", {}, noon(at) + timedelta(hours=round_ + 1))
        work(noon(at) + timedelta(hours=round_ + 1))
    results = Counter(RuleRun.objects.values_list("version__rule__code", "result"))
    assert results == {("first", "DONE"): 1, ("r1", "DONE"): 1, ("r1", "LOOP"): 1}
    assert RuleMade.objects.count() == Message.objects.count() == 2


def test_consent_carries_the_rest_of_the_rule_out(ana: Person, lee: Person, at: datetime) -> None:
    version(at, actions=[TAGGED, CONSENT, OPEN_TASK])
    about = customer(ana)
    finish(ana, about, "REFUSED", at)
    work(at)
    assert Tagging.objects.filter(object_id=about.pk).count() == 1
    assert not Task.objects.filter(source="rule:r1").exists()
    assert RuleRun.objects.get().result == "WAITING"
    asked = ApprovalRequest.objects.get()
    assert (asked.asker, asked.customer_id, asked.act) == (ana, about.pk, "workflow.rule_step")
    approve(actor=lee, request=asked, at=at + timedelta(hours=1))
    assert Task.objects.get(source="rule:r1").customer == about
    run = RuleRun.objects.get()
    assert (run.result, [one["action"] for one in run.detail]) == ("DONE", ["tag", "approval", "task"])


def test_a_return_ends_it_and_a_second_hit_waits_for_the_first(ana: Person, lee: Person, at: datetime) -> None:
    version(at, actions=[CONSENT, OPEN_TASK])
    about = customer(ana)
    finish(ana, about, "REFUSED", at)
    finish(ana, about, "REFUSED", at)
    work(at)
    assert Counter(RuleRun.objects.values_list("result", flat=True)) == {"WAITING": 1, "FAILED": 1}
    return_request(actor=lee, request=ApprovalRequest.objects.get(), reason="不需要", at=at)
    assert not Task.objects.filter(source="rule:r1").exists()
    assert Counter(RuleRun.objects.values_list("result", flat=True)) == {"DONE": 1, "FAILED": 1}


def test_the_work_of_a_night_is_undone_as_one_act(
    ana: Person, admin: Person, units: dict[str, Unit], at: datetime
) -> None:
    from kajing.records.undo.returning import undo

    field(units["T01"], "stage", "CHOICE")
    book = [customer(ana) for _n in range(3)]
    set_values(actor=ana, kind="customer", object_id=book[0].pk, values={"stage": "new"}, at=at)
    actions = [{"kind": "field", "field": "customer:cf_stage", "value": "gold"}, TAGGED]
    made = version(at, trigger={"kind": "schedule", "weekdays": [1]}, actions=actions)
    type(made).objects.filter(pk=made.pk).update(author=admin.person_no)
    assert rules.run_night_rules(as_of=date(2026, 11, 22), at=at) == {"met": 3}
    assert Counter(FieldValue.objects.values_list("text", flat=True)) == {"gold": 3}
    back = Reversal.objects.get(kind="workflow.rule")
    assert (back.actor, back.state) == (admin.person_no, "OPEN")
    undo(actor=admin, reversal=back, decisions={}, at=at + timedelta(hours=1))
    assert list(FieldValue.objects.values_list("object_id", "text")) == [(book[0].pk, "new")]
    assert not Tagging.objects.exists()
    assert rules.run_night_rules(as_of=date(2026, 11, 22), at=at) == {"met": 0}  # undone is not done again


@pytest.mark.parametrize(
    ("spec", "word"),
    [
        ({"kind": "message", "template": 987, "sender": "manager"}, "template"),
        ({"kind": "tag", "way": "add", "on": "ship", "tag": "x"}, "record"),
        ({"kind": "tag", "way": "add", "on": "customer", "tag": "a,b"}, "commas"),
        ({"kind": "field", "field": "customer:cf_no_such", "value": "1"}, "no such field"),
        ({"kind": "field", "field": "task:due_days", "value": "soon"}, "days"),
        ({"kind": "approval", "text": "", "asker": "manager", "act": "workflow.rule_step"}, "consent"),
        ({"kind": "approval", "text": "x", "asker": "manager", "act": "customers.export"}, "chain"),
    ],
)
def test_what_is_wrong_is_said(spec: dict[str, Any], word: str) -> None:
    from django.utils import translation

    with translation.override("en"):
        (said,) = problems(DONE_REFUSED, [spec])
    assert word in said


def test_customers_of_nobody_are_told_not_skipped(ana: Person, admin: Person, at: datetime) -> None:
    version(at, actions=[message(template().template_id)])
    about = reach(customer(ana))
    made = task(ana, about)
    Customer.objects.filter(pk=about.pk).update(manager=None)
    tasks.done_task(actor=ana, task=made, outcome="REFUSED", at=at)
    work(noon(at))
    assert RuleRun.objects.get().result == "FAILED"
    assert RuleRun.objects.get().problem
