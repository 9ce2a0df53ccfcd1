"""Rules: what sets them off, the test on 90 days against an independent query, shadow, loops, limits, errors."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from kajing.audit.models import AuditRow
from kajing.audit.services import record
from kajing.customers.models import Customer
from kajing.lib.periods import SHANGHAI
from kajing.notifications.models import Notification
from kajing.org.models import Licence, Person, Role, Unit
from kajing.queue.models import Job, OutboxMessage
from kajing.workflow import services as tasks
from kajing.workflow.models import RuleRun, RuleVersion, Task, WorkflowRule
from kajing.workflow.services import rules
from kajing.workflow.services.rules import running
from tests.factories.customers import customer, figures
from tests.factories.org import person
from tests.factories.workflow import task

pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 23)
OPEN_TASK = {"kind": "task", "title": "跟进", "task": "follow_up", "owner": "manager", "days": 2}
DONE_REFUSED = {"kind": "act", "action": "workflow.done", "field": "outcome", "to": "REFUSED"}


def version(at: datetime, state: str = "LIVE", code: str = "r1", **values: Any) -> RuleVersion:
    rule, _new = WorkflowRule.objects.get_or_create(code=code, defaults={"name": code, "made_by": "P-X", "made_at": at})
    given = {"trigger": DONE_REFUSED, "actions": [OPEN_TASK], "number": rule.versions.count() + 1, **values}
    return RuleVersion.objects.create(rule=rule, state=state, author="P-ADMIN", made_at=at, **given)


def finish(who: Person, about: Customer, outcome: str, at: datetime) -> Task:
    return tasks.done_task(actor=who, task=task(who, about), outcome=outcome, at=at)


def work(at: datetime) -> int:
    """Run the jobs that acts left behind, until none is left."""
    count = 0
    while job := Job.objects.filter(task=running.JOB, state="READY").first():
        count += rules.run_act(row_id=job.kwargs["row"], chain=job.kwargs["chain"], at=at)
        Job.objects.filter(pk=job.pk).update(state="DONE")
    return count


def test_an_act_sets_a_live_rule_off_once(ana: Person, at: datetime) -> None:
    version(at)
    about = customer(ana)
    finish(ana, about, "REACHED", at)
    assert not Job.objects.exists()  # another outcome
    finish(ana, about, "REFUSED", at)
    row = AuditRow.objects.filter(action="workflow.done").latest("pk")
    assert work(at) == 1
    made = Task.objects.get(source="rule:r1")
    assert (made.owner, made.customer, made.title) == (ana, about, "跟进")
    assert made.due_at.astimezone(SHANGHAI).date() == TODAY + timedelta(days=2)
    assert rules.run_act(row_id=row.pk, chain=[], at=at) == 0  # repeating it does nothing
    assert Task.objects.filter(source="rule:r1").count() == 1
    assert RuleRun.objects.get().result == "DONE"
    assert AuditRow.objects.filter(action="workflow.rule_run", customer_id=about.pk).count() == 1


def test_the_condition_decides_whom_it_is_about(ana: Person, at: datetime) -> None:
    version(at, condition="spend_30d > 1000")
    rich, poor = customer(ana), customer(ana)
    figures(rich, spend_30d=200_000)
    figures(poor, spend_30d=20_000)
    for one in (rich, poor):
        finish(ana, one, "REFUSED", at)
    work(at)
    assert Task.objects.get(source="rule:r1").customer == rich


def test_a_shadow_rule_writes_what_it_would_do_and_sends_nothing(ana: Person, at: datetime) -> None:
    from django.conf import settings

    from kajing.workflow.models import WebhookEndpoint

    hook = WebhookEndpoint.objects.create(
        name="crm", url="https://crm.example.com/", secret_enc=settings.KAJING_KEYS.encrypt("webhook.secret", "x"),
        made_by="P-X", made_at=at,
    )  # fmt: skip
    news = {"kind": "notify", "to": "manager", "text": "客户拒绝了"}
    version(at, "SHADOW", actions=[OPEN_TASK, news, {"kind": "webhook", "endpoint": hook.pk}])
    finish(ana, customer(ana), "REFUSED", at)
    before = (Task.objects.count(), Notification.objects.count(), OutboxMessage.objects.count())
    assert work(at) == 1
    assert (Task.objects.count(), Notification.objects.count(), OutboxMessage.objects.count()) == before
    run = RuleRun.objects.get()
    assert run.result == "WOULD"
    assert [one["action"] for one in run.detail] == ["task", "notify", "webhook"]
    assert "安娜" in run.detail[0]["said"]


def a_quarter(ana: Person, lee: Person, at: datetime) -> list[Customer]:
    """Acts over 120 days: of two people, with several outcomes, some before the 90 days, some without a customer."""
    book = [customer(ana if number % 3 else lee) for number in range(9)]
    for number in range(160):
        moment = at - timedelta(days=number * 0.75, hours=number % 5)
        about = book[number % 9] if number % 7 else None
        outcome = ("REFUSED", "REACHED", "DONE", "PROMISED")[number % 4]
        record(
            actor=ana.person_no, action="workflow.done" if number % 11 else "workflow.cancel", object_kind="task",
            object_id=str(number), at=moment, customer_id=about.pk if about else "", changes={"outcome": outcome},
        )  # fmt: skip
    for number, one in enumerate(book):
        figures(one, spend_30d=(number + 1) * 30_000)
    return book


def test_the_test_on_90_days_reports_what_an_independent_query_finds(ana: Person, lee: Person, at: datetime) -> None:
    book = a_quarter(ana, lee, at)
    made = version(at, "DRAFT", condition="spend_30d > 1000")
    # Independently: plain SQL over the audit trail and the figures.
    from django.db import connection

    first = datetime.combine(TODAY - timedelta(days=90), datetime.min.time(), SHANGHAI)
    last = datetime.combine(TODAY, datetime.min.time(), SHANGHAI)
    found: Counter[str] = Counter()
    for row in AuditRow.objects.raw(
        "SELECT * FROM audit_auditrow WHERE action = 'workflow.done' AND customer_id <> ''"
    ):
        if first <= row.at < last and row.changes["outcome"] == "REFUSED":
            found[row.customer_id] += 1
    with connection.cursor() as cursor:
        cursor.execute("SELECT customer_id FROM customers_customerfigures WHERE spend_30d > 100000")
        rich = {row[0] for row in cursor.fetchall()}
    expected = {pk: count for pk, count in found.items() if pk in rich}
    assert 3 < len(expected) < len(book)

    told = rules.testing.report(made, today=TODAY, at=at)
    hits = rules.testing.replay(made, today=TODAY)
    assert Counter(hit.subject_id for hit in hits) == expected
    assert (told["hits"], told["customers"]) == (sum(expected.values()), len(expected))
    managers = dict(Customer.objects.values_list("pk", "manager_id"))
    load: Counter[str] = Counter()
    for pk, count in expected.items():
        load[str(managers[pk])] += count
    assert {one["person_no"]: one["count"] for one in told["load"]} == dict(load)
    assert told["nobody"] == 0
    assert len(told["limits"]) == 2
    assert not Task.objects.exists()


def test_overlap_with_rules_at_work_is_told(ana: Person, lee: Person, at: datetime) -> None:
    a_quarter(ana, lee, at)
    version(at, "LIVE", code="other")
    mine = version(at, "DRAFT", code="mine", trigger={"kind": "act", "action": "workflow.done"})
    (shared,) = rules.testing.report(mine, today=TODAY, at=at)["overlap"]
    theirs = {hit.subject_id for hit in rules.testing.replay(RuleVersion.objects.get(rule__code="other"), today=TODAY)}
    assert (shared["rule"], shared["customers"]) == ("other", len(theirs))


def test_days_of_events_are_replayed_and_acted_on_once(ana: Person, at: datetime) -> None:
    past, soon = customer(ana, birth_date=date(1990, 10, 1)), customer(ana, birth_date=date(1990, 11, 30))
    made = version(at, trigger={"kind": "event", "event": "birthday", "days": -7})
    hits = rules.testing.replay(made, today=TODAY)
    assert [(hit.subject_id, hit.on) for hit in hits] == [(past.pk, date(2026, 9, 24))]
    assert rules.run_night_rules(as_of=date(2026, 11, 22), at=at) == {"met": 1}
    assert rules.run_night_rules(as_of=date(2026, 11, 22), at=at) == {"met": 0}
    assert rules.run_night_rules(as_of=date(2026, 11, 23), at=at) == {"met": 0}
    assert Task.objects.get().customer == soon


def test_a_schedule_acts_on_its_days(ana: Person, at: datetime) -> None:
    figures(customer(ana), spend_30d=500_000)
    figures(customer(ana), spend_30d=5)
    version(at, trigger={"kind": "schedule", "weekdays": [1]}, condition="spend_30d > 1000")
    assert rules.run_night_rules(as_of=date(2026, 11, 21), at=at) == {"met": 0}  # for a Sunday
    assert rules.run_night_rules(as_of=date(2026, 11, 22), at=at) == {"met": 1}  # for Monday
    assert rules.run_night_rules(as_of=date(2026, 11, 22), at=at) == {"met": 0}


def test_rules_that_set_each_other_off_are_stopped(ana: Person, admin: Person, at: datetime) -> None:
    opened = {"kind": "act", "action": "workflow.open"}
    version(at, code="loop", trigger=opened)
    tasks.open_task(actor=ana, owner=ana, customer=customer(ana), title="开始", due_at=at + timedelta(hours=5), at=at)
    work(at)
    assert Task.objects.count() == 2  # the first, and the rule's own; that one set nothing off
    assert sorted(RuleRun.objects.values_list("result", flat=True)) == ["DONE", "LOOP"]
    assert Notification.objects.filter(person=admin, kind="rule.problem").exists()


def test_the_hourly_limit_holds_and_is_told(ana: Person, admin: Person, at: datetime) -> None:
    version(at, hourly_limit=2)
    for _number in range(4):
        finish(ana, customer(ana), "REFUSED", at)
    work(at)
    assert Counter(RuleRun.objects.values_list("result", flat=True)) == {"DONE": 2, "LIMITED": 2}
    assert Notification.objects.get(person=admin, kind="rule.problem").count == 2


def test_a_failing_action_takes_the_others_back_and_is_told(ana: Person, admin: Person, at: datetime) -> None:
    bad = {"kind": "task", "title": "x", "task": "follow_up", "owner": "leader", "days": 0}
    version(at, actions=[OPEN_TASK, bad])
    assert Person.objects.filter(role__in=["LEADER", "BRANCH_HEAD"]).count() == 0
    finish(ana, customer(ana), "REFUSED", at)
    work(at)
    run = RuleRun.objects.get()
    assert (run.result, Task.objects.filter(source="rule:r1").exists()) == ("FAILED", False)
    assert run.problem
    assert Notification.objects.filter(person=admin, kind="rule.problem").exists()


def test_priority_and_stop(ana: Person, at: datetime) -> None:
    version(at, code="second", priority=20)
    version(at, code="first", priority=10, stops=True)
    finish(ana, customer(ana), "REFUSED", at)
    work(at)
    assert [run.version.rule.code for run in RuleRun.objects.all()] == ["first"]


def test_pool_customers_go_round_by_load_and_by_skill(
    units: dict[str, Unit], lee: Person, ana: Person, at: datetime
) -> None:
    bob = person("bob", Role.MANAGER, units["T01"])
    Licence.objects.create(person=bob, code="T01", granted_on=date(2026, 1, 1))
    taken = customer(ana)

    def managers(**spec: Any) -> Counter[str]:
        pool = [customer(ana) for _n in range(4)]
        Customer.objects.filter(pk__in=[one.pk for one in pool]).update(manager=None)
        made = version(at, code=f"w{WorkflowRule.objects.count()}", actions=[{"kind": "assign", **spec}, OPEN_TASK])
        met = {one.pk: f"k{one.pk}" for one in [*pool, taken]}
        assert running.apply(made, met.items(), on=TODAY, at=at, facts={}) == 5
        assert not made.runs.exclude(result="DONE").exists()
        now = Customer.objects.filter(pk__in=[one.pk for one in pool]).values_list("manager_id", flat=True)
        owners = Task.objects.filter(source=f"rule:{made.rule.code}", customer__in=pool).values_list(
            "owner_id", flat=True
        )
        assert Counter(owners) == Counter(now)  # the task of the same rule goes to the new manager
        return Counter(str(one) for one in now)

    assert managers(way="skill", licence="T01") == {bob.person_no: 4}
    assert managers(way="round_robin") == {ana.person_no: 2, bob.person_no: 2}
    Task.objects.all().delete()
    for _n in range(4):
        task(ana)
    assert managers(way="load") == {bob.person_no: 4}
    taken.refresh_from_db()
    assert taken.manager == ana  # a manager is never taken away by a rule


def test_the_way_to_work(ana: Person, admin: Person, compliance: Person, at: datetime) -> None:
    rule = rules.new_rule(actor=admin, code="way", name="流程", at=at)
    with pytest.raises(rules.CannotPublish):
        rules.draft_rule(
            actor=admin,
            rule=rule,
            trigger={"kind": "act", "action": "no.such"},
            condition="",
            actions=[OPEN_TASK],
            at=at,
        )
    with pytest.raises(rules.CannotPublish):
        rules.draft_rule(
            actor=admin, rule=rule, trigger=DONE_REFUSED, condition="spend_30d >", actions=[OPEN_TASK], at=at
        )
    with pytest.raises(rules.CannotPublish):
        rules.draft_rule(actor=admin, rule=rule, trigger=DONE_REFUSED, condition="", actions=[], at=at)
    made = rules.draft_rule(actor=admin, rule=rule, trigger=DONE_REFUSED, condition="", actions=[OPEN_TASK], at=at)
    with pytest.raises(rules.CannotPublish):
        rules.start_shadow(actor=admin, version=made, at=at)
    made = rules.try_out(actor=admin, version=made, today=TODAY, at=at)
    assert (made.state, made.test["hits"]) == ("TESTED", 0)
    made = rules.start_shadow(actor=admin, version=made, at=at)
    with pytest.raises(rules.CannotPublish):  # the author
        rules.publish(actor=admin, version=made, at=at + timedelta(days=8))
    with pytest.raises(rules.CannotPublish):  # not a week yet, and no reason
        rules.publish(actor=compliance, version=made, at=at + timedelta(days=2))
    made = rules.publish(actor=compliance, version=made, at=at + timedelta(days=8))
    assert (made.state, made.published_by) == ("LIVE", compliance.person_no)
    following = rules.draft_rule(actor=admin, rule=rule, trigger=DONE_REFUSED, condition="", actions=[OPEN_TASK], at=at)
    made.refresh_from_db()
    assert (following.number, made.state) == (2, "LIVE")


def test_overdue_tasks_reach_the_leader_once(ana: Person, lee: Person, at: datetime) -> None:
    from kajing.workflow.services.overdue import escalate_overdue

    task(ana, due_at=at - timedelta(days=5))
    task(ana, due_at=at - timedelta(hours=3))
    friday = datetime(
        2026, 11, 20, 18, 0, tzinfo=SHANGHAI
    )  # Monday 9:00: 15 working hours late, though 63 by the clock
    task(ana, due_at=friday)
    assert escalate_overdue(at=at) == 1
    assert escalate_overdue(at=at) == 0
    assert Notification.objects.get(kind="task.overdue").person == lee
