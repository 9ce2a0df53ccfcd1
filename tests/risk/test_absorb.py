"""From alert rows to alerts and tasks, night after night."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from kajing.customers.models import TimelineMark
from kajing.lib.periods import SHANGHAI
from kajing.notifications.models import Notification
from kajing.org.models import Person
from kajing.reference.services import load_reference
from kajing.risk import selectors
from kajing.risk.models import Alert
from kajing.risk.services import CannotClose, ConflictOfInterest, absorb_alerts, close_alert, tell_new_alerts
from kajing.workflow.models import Task
from kajing.workflow.services import done_task
from tests.factories.customers import customer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _parameters(db: None, at: datetime) -> None:
    load_reference(actor="system", at=at)


def row(about: Any, rule: str = "missed_payment", severity: str = "L2", **values: Any) -> dict[str, Any]:
    reason = {"code": "dpd", "value": 8, "usual": 0, "window": "", "params": {}}
    given = {"account_id": "A1", "reasons": [reason], "value_at_stake": 128_450, **values}
    return {"rule": rule, "customer_id": about.pk, "severity": severity, **given}


def dump() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in (Alert, Task, TimelineMark, Notification)]


def test_a_row_becomes_an_alert_and_a_task_of_the_manager(ana: Person, as_of: date, at: datetime) -> None:
    about = customer(ana)
    counts = absorb_alerts(as_of=as_of, rows=[row(about, severity="L3")], at=at)
    assert counts == {"raised": 1, "hit": 0, "quiet": 0, "unknown": 0, "closed": 0}
    alert = Alert.objects.get()
    assert (alert.rule, alert.severity, alert.raised_on, alert.value_at_stake) == (
        "missed_payment",
        "L3",
        as_of,
        128_450,
    )
    task = Task.objects.get()
    assert (task.owner, task.source, task.must_do, task.severity) == (ana, f"alert:{alert.pk}", True, "L3")
    assert task.due_at == datetime(2026, 11, 23, 17, 30, tzinfo=SHANGHAI)  # the same Monday
    assert TimelineMark.objects.get().kind == "alert"


def test_the_same_night_twice_changes_nothing(ana: Person, as_of: date, at: datetime) -> None:
    rows = [row(customer(ana)), row(customer(ana), severity="L4")]
    absorb_alerts(as_of=as_of, rows=rows, at=at)
    tell_new_alerts(as_of=as_of, at=at)
    first = dump()
    assert absorb_alerts(as_of=as_of, rows=rows, at=at + timedelta(hours=1))["hit"] == 0
    tell_new_alerts(as_of=as_of, at=at + timedelta(hours=1))
    assert dump() == first


def test_a_later_hit_attaches_and_a_worse_one_brings_the_task_forward(ana: Person, as_of: date, at: datetime) -> None:
    about = customer(ana)
    absorb_alerts(as_of=as_of, rows=[row(about, severity="L1")], at=at)
    before = Task.objects.get()
    night = as_of + timedelta(days=1)
    assert absorb_alerts(as_of=night, rows=[row(about, severity="L3")], at=at)["hit"] == 1
    alert, task = Alert.objects.get(), Task.objects.get()
    assert (alert.hits, alert.last_hit_on, alert.severity, alert.worse_on) == (2, night, "L3", night)
    assert (task.must_do, task.severity) == (True, "L3")
    assert task.due_at < before.due_at


def test_a_worse_alert_whose_task_was_done_opens_another_task(ana: Person, as_of: date, at: datetime) -> None:
    about = customer(ana)
    absorb_alerts(as_of=as_of, rows=[row(about, severity="L1")], at=at)
    done_task(actor=ana, task=Task.objects.get(), outcome="REACHED", at=at)
    absorb_alerts(as_of=as_of + timedelta(days=1), rows=[row(about, severity="L1")], at=at)
    assert Task.objects.filter(state="OPEN").count() == 0
    absorb_alerts(as_of=as_of + timedelta(days=2), rows=[row(about, severity="L2")], at=at)
    assert Task.objects.filter(state="OPEN").count() == 1


def test_an_alert_whose_condition_is_gone_closes_with_its_task(ana: Person, as_of: date, at: datetime) -> None:
    about = customer(ana)
    absorb_alerts(as_of=as_of, rows=[row(about)], at=at)
    night = as_of + timedelta(days=1)
    assert absorb_alerts(as_of=night, rows=[], at=at)["closed"] == 1
    assert (Alert.objects.get().state, Alert.objects.get().closed_on) == ("CLOSED", night)
    assert Task.objects.get().state == "CANCELLED"


def test_an_alert_about_an_event_stays_until_somebody_looks(ana: Person, as_of: date, at: datetime) -> None:
    absorb_alerts(as_of=as_of, rows=[row(customer(ana), "amount_outlier")], at=at)
    assert absorb_alerts(as_of=as_of + timedelta(days=1), rows=[], at=at)["closed"] == 0
    assert Alert.objects.get().state == "OPEN"


def test_it_fires_again_seven_days_after_closing(ana: Person, as_of: date, at: datetime) -> None:
    about = customer(ana)
    absorb_alerts(as_of=as_of, rows=[row(about)], at=at)
    absorb_alerts(as_of=as_of + timedelta(days=1), rows=[], at=at)  # closes
    again = [row(about)]
    assert absorb_alerts(as_of=as_of + timedelta(days=7), rows=again, at=at)["quiet"] == 1
    assert absorb_alerts(as_of=as_of + timedelta(days=8), rows=again, at=at)["raised"] == 1


def test_severe_alerts_do_not_go_to_the_one_who_brought_the_customer(
    ana: Person, lee: Person, as_of: date, at: datetime
) -> None:
    about = customer(ana, referrer_no=ana.person_no)
    absorb_alerts(as_of=as_of, rows=[row(about, severity="L2"), row(about, "silence", "L3")], at=at)
    assert dict(Task.objects.values_list("severity", "owner_id")) == {"L2": "P-ANA", "L3": "P-LEE"}


def test_the_pool_and_leavers_belong_to_the_leader_then_to_risk(
    ana: Person, ben: Person, lee: Person, risk: Person, as_of: date, at: datetime
) -> None:
    pool, orphan = customer(unit=ana.unit), customer(ben)
    ben.is_active = False
    ben.save()
    absorb_alerts(as_of=as_of, rows=[row(pool), row(orphan)], at=at)
    assert dict(Task.objects.values_list("customer_id", "owner_id")) == {pool.pk: "P-LEE", orphan.pk: "P-RISK"}


def test_rows_of_unknown_customers_are_counted(ana: Person, as_of: date, at: datetime) -> None:
    stranger = row(customer(ana)) | {"customer_id": "NOBODY"}
    assert absorb_alerts(as_of=as_of, rows=[stranger], at=at)["unknown"] == 1
    assert not Alert.objects.exists()


def test_news_goes_once_to_owners_and_severe_ones_to_the_leader(
    ana: Person, lee: Person, as_of: date, at: datetime
) -> None:
    absorb_alerts(as_of=as_of, rows=[row(customer(ana)), row(customer(ana), severity="L4")], at=at)
    assert tell_new_alerts(as_of=as_of, at=at) == {"people": 1, "escalated": 1}
    assert Notification.objects.get(person=ana).params["count"] == 2
    assert Notification.objects.get(person=lee).kind == "alert.escalated"
    Notification.objects.update(done_at=at)
    assert tell_new_alerts(as_of=as_of, at=at)["people"] == 0


def test_dismissing_needs_a_reason_and_takes_the_task_along(ana: Person, as_of: date, at: datetime) -> None:
    absorb_alerts(as_of=as_of, rows=[row(customer(ana))], at=at)
    alert = Alert.objects.get()
    with pytest.raises(CannotClose):
        close_alert(actor=ana, alert=alert, state="DISMISSED", outcome="FALSE", reason=" ", at=at)
    closed = close_alert(actor=ana, alert=alert, state="DISMISSED", outcome="FALSE", reason="本人消费", at=at)
    assert (closed.state, closed.outcome, closed.closed_by) == ("DISMISSED", "FALSE", "P-ANA")
    assert Task.objects.get().state == "CANCELLED"
    with pytest.raises(CannotClose):
        close_alert(actor=ana, alert=alert, state="CONFIRMED", outcome="TRUE", reason="", at=at)


def test_the_one_who_brought_the_customer_decides_no_severe_alert(ana: Person, as_of: date, at: datetime) -> None:
    absorb_alerts(as_of=as_of, rows=[row(customer(ana, referrer_no="P-ANA"), severity="L3")], at=at)
    with pytest.raises(ConflictOfInterest):
        close_alert(actor=ana, alert=Alert.objects.get(), state="CONFIRMED", outcome="TRUE", reason="", at=at)


def test_alerts_are_seen_by_scope_only(ana: Person, ben: Person, lee: Person, as_of: date, at: datetime) -> None:
    absorb_alerts(as_of=as_of, rows=[row(customer(ana)), row(customer(ben))], at=at)
    assert selectors.alerts(ana).count() == selectors.alerts(ben).count() == selectors.alerts(lee).count() == 1
