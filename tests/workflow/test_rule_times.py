"""What sets rules off: alerts, hours and days with the bank's calendar, against days computed by hand."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta

import pytest
from django.utils import translation

from kajing.lib.periods import SHANGHAI
from kajing.org.models import Person
from kajing.queue.models import Job
from kajing.reference.models import Parameter
from kajing.risk.services import close_alert
from kajing.workflow import schedules
from kajing.workflow.models import RuleRun, Task
from kajing.workflow.services import rules
from kajing.workflow.services.rules import hours
from tests.factories.customers import customer
from tests.factories.risk import alert
from tests.workflow.test_rules import TODAY, version, work

pytestmark = pytest.mark.django_db
NIGHT = date(2026, 11, 22)


def test_alerts_raised_are_met_once_each_even_two_of_one_customer(ana: Person, at: datetime) -> None:
    about = customer(ana)
    alert(about, "missed_payment")
    alert(about, "utilisation_jump", severity="L4")
    alert(customer(ana), raised_on=NIGHT - timedelta(days=30))
    version(at, trigger={"kind": "event", "event": "alert_raised", "days": 0})
    assert rules.run_night_rules(as_of=NIGHT, at=at) == {"met": 2}
    assert rules.run_night_rules(as_of=NIGHT, at=at) == {"met": 0}
    assert Counter(Task.objects.values_list("customer_id", flat=True)) == {about.pk: 2}


def test_an_event_is_narrowed_by_what_it_is_about(ana: Person, at: datetime) -> None:
    alert(customer(ana), "missed_payment", severity="L2")
    wanted = alert(customer(ana), "missed_payment", severity="L4")
    alert(customer(ana), "utilisation_jump", severity="L4")
    where = {"rule": "missed_payment", "severity": "L4"}
    made = version(at, trigger={"kind": "event", "event": "alert_raised", "days": 0, "where": where})
    assert rules.run_night_rules(as_of=NIGHT, at=at) == {"met": 1}
    assert RuleRun.objects.get().customer == wanted.customer
    assert [hit.subject_id for hit in rules.testing.replay(made, today=TODAY)] == [wanted.customer_id]


def test_alerts_decided_and_closed(ana: Person, at: datetime) -> None:
    version(at, trigger={"kind": "act", "action": "risk.dismiss", "field": "outcome", "to": "FALSE"})
    version(
        at, code="closed", trigger={"kind": "event", "event": "alert_closed", "days": 0, "where": {"state": "CLOSED"}}
    )
    about = alert(customer(ana))
    close_alert(actor=ana, alert=about, state="DISMISSED", outcome="FALSE", reason="误报", at=at)
    work(at)
    gone = alert(customer(ana), state="CLOSED", closed_on=NIGHT)
    assert rules.run_night_rules(as_of=NIGHT, at=at) == {"met": 1}
    assert dict(RuleRun.objects.values_list("version__rule__code", "customer_id")) == {
        "r1": about.customer_id, "closed": gone.customer_id,
    }  # fmt: skip


@pytest.mark.parametrize(
    ("where", "word"), [({"colour": "red"}, "severity"), ({"severity": "L9"}, "L1"), ({"rule": "x"}, "missed_payment")]
)
def test_what_an_event_does_not_tell_is_refused(where: dict[str, str], word: str) -> None:
    from kajing.workflow.rules import problems

    trigger = {"kind": "event", "event": "alert_raised", "days": 0, "where": where}
    with translation.override("en"):
        assert word in " ".join(problems(trigger, [{"kind": "tag", "way": "add", "on": "customer", "tag": "x"}]))


def days(trigger: dict[str, object], first: date, last: date) -> list[str]:
    acts = schedules.acts_on_days(trigger, first, last)
    span = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    assert [acts(day) for day in span] == [schedules.acts_on(trigger, day) for day in span]
    return [f"{day:%m-%d}" for day in span if acts(day)]


@pytest.mark.parametrize(
    ("trigger", "wanted"),
    [
        # November 2026 by a calendar on the wall: the 1st is a Sunday, the 15th a Sunday, the 30th a Monday.
        ({"weekdays": [5]}, "11-06 11-13 11-20 11-27"),
        ({"month_days": [1, 15]}, "11-01 11-15"),
        ({"month_days": [1, 15], "off": "SKIP"}, ""),
        ({"month_days": [1, 15], "off": "NEXT"}, "11-02 11-16"),
        ({"month_days": [15], "off": "BEFORE"}, "11-13"),
        ({"month_days": [-1]}, "11-30"),
        ({"month_days": [31]}, ""),
        ({"weekdays": [1], "month_days": [15]}, "11-02 11-09 11-15 11-16 11-23 11-30"),
        ({"weekdays": [6, 7], "off": "NEXT"}, "11-02 11-09 11-16 11-23 11-30"),
    ],
)
def test_the_days_of_a_schedule(trigger: dict[str, object], wanted: str) -> None:
    assert days({"kind": "schedule", **trigger}, date(2026, 11, 1), date(2026, 11, 30)) == wanted.split()


def test_a_holiday_of_the_bank_moves_the_day() -> None:
    """National day 2026: 1 to 7 October are days off; whatever the bank's calendar says counts."""
    trigger = {"kind": "schedule", "month_days": [1], "off": "NEXT"}
    (moved,) = days(trigger, date(2026, 10, 1), date(2026, 10, 20))
    works = schedules.calendar(date(2026, 10, 1), date(2026, 10, 20))
    first = next(day for day in (date(2026, 10, 1) + timedelta(days=n) for n in range(20)) if works(day))
    assert moved == f"{first:%m-%d}"
    assert first >= date(2026, 10, 8)


def test_hours_leave_one_job_and_meet_each_customer_once(ana: Person, at: datetime) -> None:
    customer(ana), customer(ana)
    trigger = {"kind": "schedule", "weekdays": [1], "times": ["09:00", "15:30"]}
    made = version(at - timedelta(days=1), trigger=trigger)
    assert rules.run_night_rules(as_of=NIGHT, at=at) == {"met": 0}  # it has hours of its own
    assert hours.due_hours(at=at - timedelta(minutes=1)) == 0
    assert [hours.due_hours(at=at), hours.due_hours(at=at), hours.due_hours(at=at + timedelta(minutes=5))] == [1, 0, 0]
    job = Job.objects.get(task=hours.JOB)
    slot = datetime.fromisoformat(job.kwargs["slot"])
    assert slot == datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI)
    people = hours.met_by(made, slot)
    assert hours.run_hour(version=made, slot=slot, keys=people, at=at) == 2
    assert hours.run_hour(version=made, slot=slot, keys=people, at=at) == 0
    assert hours.due_hours(at=at.replace(hour=16)) == 1
    assert Task.objects.filter(source="rule:r1").count() == 2


def test_an_hour_missed_for_long_is_let_go_and_of_several_only_the_newest_counts(ana: Person, at: datetime) -> None:
    every = {"kind": "schedule", "weekdays": [1, 2, 3, 4, 5, 6, 7], "times": ["06:00", "08:00"]}
    version(at - timedelta(days=9), trigger=every)
    assert hours.due_hours(at=at) == 1
    assert Job.objects.get(task=hours.JOB).kwargs["slot"].startswith("2026-11-23T08:00")
    old = {"kind": "schedule", "weekdays": [6], "times": ["08:00"]}  # Saturday, two days ago
    version(at - timedelta(days=9), code="old", trigger=old)
    assert hours.due_hours(at=at) == 0


@pytest.mark.parametrize(("kept", "jobs"), [("49", 1), ("48", 0), ("1", 0)])
def test_for_how_long_a_missed_hour_is_made_up_for_is_a_dated_row(
    ana: Person, at: datetime, kept: str, jobs: int
) -> None:
    Parameter.objects.create(
        key="rule_catch_up_hours",
        value=kept,
        rule_id="T-CATCH",
        source="test",
        unit="hour",
        valid_from=date(1990, 1, 1),
    )
    missed = {"kind": "schedule", "weekdays": [6], "times": ["09:00"]}  # Saturday; it is Monday at 9
    version(at - timedelta(days=9), trigger=missed)
    assert hours.due_hours(at=at) == jobs


def test_the_job_goes_on_where_it_was_killed(ana: Person, at: datetime, monkeypatch: pytest.MonkeyPatch) -> None:
    from kajing.queue.context import JobContext
    from kajing.workflow import jobs

    for _n in range(5):
        customer(ana)
    monkeypatch.setattr(hours, "CHUNK", 2)
    made = version(at - timedelta(days=1), trigger={"kind": "schedule", "weekdays": [1], "times": ["09:00"]})
    hours.due_hours(at=at)
    Job.objects.update(state="RUNNING", worker="w", lease_until=at + timedelta(days=9000))
    job = Job.objects.get(task=hours.JOB)
    real, count = hours.run_hour, []

    def killed(**given: object) -> int:
        count.append(1)
        if len(count) == 2:
            raise KeyboardInterrupt
        return real(**given)  # type: ignore[arg-type]

    monkeypatch.setattr(hours, "run_hour", killed)
    with pytest.raises(KeyboardInterrupt):
        jobs.rule_schedule(JobContext(job), **job.kwargs)
    assert made.runs.count() == 2
    again = jobs.rule_schedule(JobContext(Job.objects.get(pk=job.pk)), **job.kwargs)
    assert (again, made.runs.count()) == ({"met": 5}, 5)


@pytest.mark.parametrize(
    "trigger",
    [
        {"weekdays": []}, {"weekdays": [8]}, {"weekdays": "1"}, {"month_days": [0]}, {"month_days": [32]},
        {"weekdays": [1], "times": ["25:00"]}, {"weekdays": [1], "times": ["9"]},
        {"weekdays": [1], "times": ["09:00", "09:00"]}, {"weekdays": [1], "off": "MAYBE"}, {"weekdays": [True]},
    ],
)  # fmt: skip
def test_schedules_that_make_no_sense_are_refused(trigger: dict[str, object]) -> None:
    assert schedules.problems({"kind": "schedule", **trigger})


def test_a_schedule_in_words() -> None:
    trigger = {"kind": "schedule", "weekdays": [1], "month_days": [-1], "times": ["09:00"], "off": "NEXT"}
    with translation.override("en"):
        said = schedules.words(trigger)
    assert said == "Monday, last day of the month at 09:00; on a day off it acts on the next workday"


def test_the_test_counts_how_often_a_schedule_would_have_run(ana: Person, at: datetime) -> None:
    customer(ana)
    made = version(at, "DRAFT", trigger={"kind": "schedule", "weekdays": [1], "times": ["09:00", "15:00"]})
    told = rules.testing.report(made, today=TODAY, at=at)
    mondays = sum((TODAY - timedelta(days=n)).isoweekday() == 1 for n in range(1, 91))
    assert (told["runs"], told["hits"]) == (mondays * 2, 1)
