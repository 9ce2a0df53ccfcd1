"""Acts on tasks: who may, what is written, what is refused."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from kajing.audit.models import AuditRow
from kajing.customers.models import TimelineMark
from kajing.customers.signals import portfolio_reassigned
from kajing.lib.errors import DomainError, NotAllowed
from kajing.notifications.models import Notification
from kajing.org.models import Person, Substitution
from kajing.workflow import selectors, services, signals
from kajing.workflow.models import Task
from tests.factories.customers import customer
from tests.factories.workflow import task

pytestmark = pytest.mark.django_db


@pytest.fixture
def due(at: datetime) -> datetime:
    return at + timedelta(hours=8)


def test_open_task_writes_task_and_audit(ana: Person, at: datetime, due: datetime) -> None:
    about = customer(ana)
    opened = services.open_task(actor=ana, owner=ana, customer=about, title="回访", due_at=due, at=at)
    assert (opened.owner, opened.customer, opened.state, opened.unit_id) == (ana, about, Task.State.OPEN, "T01")
    row = AuditRow.objects.get(action="workflow.open")
    assert (row.actor, row.object_id, row.customer_id) == (ana.person_no, str(opened.pk), about.pk)


def test_card_numbers_in_notes_are_masked(ana: Person, at: datetime, due: datetime) -> None:
    opened = services.open_task(
        actor=ana, owner=ana, title="卡号 4111 1111 1111 1111", reason="4111111111111111", due_at=due, at=at
    )
    assert "4111 1111" not in opened.title
    assert opened.reason == "**** **** **** 1111"
    done = services.done_task(actor=ana, task=opened, outcome="DONE", note="读了4111111111111111", at=at)
    assert done.outcome_note == "读了**** **** **** 1111"


def test_a_task_cannot_go_to_somebody_who_does_not_see_the_customer(
    lee: Person, ana: Person, ben: Person, at: datetime, due: datetime
) -> None:
    about = customer(ana)
    with pytest.raises(services.CannotOpen):
        services.open_task(actor=lee, owner=ben, customer=about, title="x", due_at=due, at=at)
    assert not Task.objects.exists()


def test_only_leaders_give_tasks_to_others(ana: Person, lee: Person, at: datetime, due: datetime) -> None:
    with pytest.raises(NotAllowed):
        services.open_task(actor=ana, owner=lee, title="x", due_at=due, at=at)
    given = services.open_task(actor=lee, owner=ana, title="x", due_at=due, at=at)
    assert Notification.objects.get(person=ana).group == f"task:{given.pk}"


def test_done_and_undo_within_the_window(ana: Person, at: datetime) -> None:
    about = customer(ana)
    made = task(ana, about)
    heard = []
    signals.task_done.connect(lambda **news: heard.append(news["task"].pk), weak=False, dispatch_uid="test")
    try:
        done = services.done_task(actor=ana, task=made, outcome="REACHED", at=at, version=1)
    finally:
        signals.task_done.disconnect(dispatch_uid="test")
    assert heard == [made.pk]
    assert (done.state, done.outcome, done.done_by, done.version) == (Task.State.DONE, "REACHED", ana.person_no, 2)
    assert TimelineMark.objects.get(customer=about).source == f"task:{made.pk}"
    back = services.reopen_task(actor=ana, task=done, at=at + timedelta(minutes=5))
    assert (back.state, back.outcome, back.done_at) == (Task.State.OPEN, "", None)


def test_undo_is_refused_later_or_to_others(ana: Person, lee: Person, at: datetime) -> None:
    done = services.done_task(actor=ana, task=task(ana), outcome="DONE", at=at)
    with pytest.raises(services.TooLate):
        services.reopen_task(actor=lee, task=done, at=at)
    with pytest.raises(services.TooLate):
        services.reopen_task(actor=ana, task=done, at=at + selectors.UNDO_WINDOW + timedelta(seconds=1))


def test_a_done_task_cannot_be_done_again(ana: Person, at: datetime) -> None:
    done = services.done_task(actor=ana, task=task(ana), outcome="DONE", at=at)
    with pytest.raises(services.NotOpen):
        services.done_task(actor=ana, task=done, outcome="DONE", at=at)
    with pytest.raises(services.NotOpen):
        services.snooze_task(actor=ana, task=done, until=at + timedelta(days=1), at=at)


def test_a_stale_version_is_refused_and_shows_how_it_stands(ana: Person, lee: Person, at: datetime) -> None:
    made = task(ana)
    services.change_due(actor=ana, task=made, due_at=at + timedelta(days=2), at=at, version=1)
    with pytest.raises(services.Stale) as stale:
        services.done_task(actor=ana, task=made, outcome="DONE", at=at, version=1)
    assert stale.value.status == 409
    assert stale.value.current.due_at == at + timedelta(days=2)


def test_an_unknown_outcome_is_refused(ana: Person, at: datetime) -> None:
    with pytest.raises(DomainError):
        services.done_task(actor=ana, task=task(ana), outcome="WHATEVER", at=at)


def test_strangers_may_not_work_a_task(ana: Person, ben: Person, service: Person, at: datetime) -> None:
    made = task(ana, customer(ana))
    for stranger in (ben, service):
        with pytest.raises(NotAllowed):
            services.done_task(actor=stranger, task=made, outcome="DONE", at=at)


def test_snooze_hides_until_then(ana: Person, at: datetime) -> None:
    made = task(ana)
    services.snooze_task(actor=ana, task=made, until=at + timedelta(hours=2), at=at)
    present = selectors.moment(at)
    assert not selectors.my_day(ana, present).rows
    later = selectors.Moment(at + timedelta(hours=3), present.today)
    assert [row.pk for row in selectors.my_day(ana, later).rows] == [made.pk]


def test_a_must_do_task_does_not_sleep_past_its_due_time(ana: Person, at: datetime) -> None:
    made = task(ana, must_do=True)
    with pytest.raises(DomainError):
        services.snooze_task(actor=ana, task=made, until=at + timedelta(days=2), at=at)
    with pytest.raises(NotAllowed):
        services.change_due(actor=ana, task=made, due_at=at + timedelta(days=2), at=at)
    with pytest.raises(NotAllowed):
        services.cancel_task(actor=ana, task=made, reason="x", at=at)


def test_reassign_needs_a_leader_and_a_receiver_who_sees_the_customer(
    ana: Person, ben: Person, lee: Person, head: Person, at: datetime
) -> None:
    made = task(ana, customer(ana))
    with pytest.raises(NotAllowed):
        services.reassign_task(actor=ana, task=made, owner=lee, at=at)
    with pytest.raises(services.CannotOpen):
        services.reassign_task(actor=lee, task=made, owner=ben, at=at)
    moved = services.reassign_task(actor=head, task=made, owner=lee, at=at, reason="病假")
    assert moved.owner == lee
    assert AuditRow.objects.get(action="workflow.reassign").changes == {"owner": ["P-ANA", "P-LEE"]}
    assert Notification.objects.filter(person=lee, kind="task.assigned").count() == 1


def test_open_tasks_follow_a_customer_to_the_new_manager(ana: Person, lee: Person, ben: Person, at: datetime) -> None:
    about = customer(ana)
    open_one, done_one, leaders = task(ana, about), task(ana, about, state="DONE"), task(lee, about)
    about.manager, about.unit = ben, ben.unit
    about.save()
    portfolio_reassigned.send(
        sender=None, customer_ids=[about.pk], manager_no=ben.person_no, unit_code="T02", actor="P-HEAD", at=at
    )
    owners = dict(Task.objects.values_list("pk", "owner_id"))
    assert owners == {open_one.pk: "P-BEN", done_one.pk: "P-ANA", leaders.pk: "P-LEE"}


def test_tasks_of_a_customer_in_the_pool_go_to_the_leader(ana: Person, lee: Person, at: datetime) -> None:
    about = customer(ana)
    made = task(ana, about)
    about.manager = None
    about.save()
    services.follow_customers(customer_ids=[about.pk], at=at, by="P-HEAD")
    made.refresh_from_db()
    assert made.owner == lee


def test_a_substitute_sees_and_works_the_absent_persons_tasks(
    ana: Person, ben: Person, lee: Person, at: datetime
) -> None:
    with_customer, without = task(ana, customer(ana)), task(ana)
    today = selectors.moment(at).today
    Substitution.objects.create(
        person=ana, substitute=ben, first_day=today - timedelta(days=400), last_day=today + timedelta(days=400),
        made_by="P-LEE",
    )  # fmt: skip
    assert {row.pk for row in selectors.my_day(ben, selectors.moment(at)).rows} == {with_customer.pk, without.pk}
    assert services.done_task(actor=ben, task=with_customer, outcome="DONE", at=at).done_by == ben.person_no


def test_the_day_is_ordered_by_must_do_severity_value_and_time(ana: Person, at: datetime) -> None:
    late = task(ana, due_at=at - timedelta(hours=1), title="late")
    rich = task(ana, value_at_stake=900, title="rich")
    poor = task(ana, value_at_stake=100, title="poor")
    severe = task(ana, severity="L3", title="severe")
    must = task(ana, must_do=True, due_at=at + timedelta(hours=10), title="must")
    day = selectors.my_day(ana, selectors.moment(at))
    assert [row.pk for row in day.rows] == [must.pk, severe.pk, rich.pk, poor.pk, late.pk]
    assert (day.due, day.overdue, day.must_do, day.done) == (5, 1, 1, 0)
    assert [row.title for row in day.rows if row.late] == ["late"]


def test_lists_hold_only_what_a_person_may_see(ana: Person, ben: Person, lee: Person, admin: Person) -> None:
    mine, theirs, loose = task(ana, customer(ana)), task(ben, customer(ben)), task(ana)
    assert set(selectors.tasks(ana)) == {mine, loose}
    assert set(selectors.tasks(ben)) == {theirs}
    assert set(selectors.tasks(lee)) == {mine, loose}
    assert not selectors.tasks(admin).exists()
