"""The bank's night, as one list: everything that follows a day's feed (house §6).

Every step is repeatable and takes the business date; none reads the clock. A night that was killed is simply run
again: what is done already is found done. Two nights never run at once: a lock file ends with its process.
"""

from __future__ import annotations

import csv
import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from itertools import chain, pairwise
from pathlib import Path

import duckdb
from django.conf import settings
from django.utils.translation import gettext_noop, pgettext_lazy

from kajing.analytics import reading
from kajing.analytics.warehouse import Warehouse
from kajing.audit import services as audit
from kajing.audit.models import Night
from kajing.complaints.services import escalate
from kajing.customers.lists import CUSTOMERS
from kajing.customers.models import Customer
from kajing.customers.selectors.warehouse import warehouse
from kajing.customers.services import recycle
from kajing.customers.services.audiences import refresh_audiences
from kajing.customers.services.figures import refresh_figures
from kajing.lib.errors import DomainError
from kajing.reference.selectors import engine_thresholds
from kajing.risk.services import absorb_alerts, tell_new_alerts
from kajing.sales.services import install_actions, judge_outcomes, suggest
from kajing.sales.services.leads import run_night as follow_leads
from kajing.workbench.services import send_digests
from kajing.workflow.services import judge_trials
from kajing.workflow.services.plans import run_plans
from kajing.workflow.services.rules import run_night_rules

Counts = dict[str, int]
Progress = Callable[[str, int, int], None]  # what is being done, number, of how many


class NightRuns(DomainError):
    """Another night is running on this machine."""


class NothingLoaded(DomainError):
    """No feed has been loaded yet, so there is no business date to follow."""


@dataclass(frozen=True, slots=True)
class Step:
    """One step: its name, what it does in words, and the function."""

    name: str
    title: str
    run: Callable[[date, datetime, Progress], Counts]


@dataclass(frozen=True, slots=True)
class StepResult:
    """What a step did and how long it took."""

    step: Step
    counts: Counts
    seconds: float


def engine(as_of: date, at: datetime, progress: Progress) -> Counts:
    """Build the new state of the warehouse aside; it is published at once when it is whole."""
    # Imported on use: web processes know the night by name and need not load the engine's expressions.
    from kajing.analytics.pipeline import build

    house = warehouse()
    snapshot = write_assignments(house.root / "assignments.parquet")
    state_id, steps = build(house, as_of, engine_thresholds(as_of), snapshot, progress, settings.KAJING_ENGINE)
    house.publish(state_id)
    return {"rows": sum(step.rows for step in steps), **{step.name: step.rows for step in steps}}


def figures(as_of: date, at: datetime, progress: Progress) -> Counts:
    """Every scalar figure of every customer into the table that lists filter on."""
    rows = chain.from_iterable(reading.feature_rows(_published(as_of)))
    return refresh_figures(as_of=as_of, rows=rows)


def audiences(as_of: date, at: datetime, progress: Progress) -> Counts:
    """Tables of ids from the warehouse answered again, audiences counted over the new figures."""
    return refresh_audiences(spec=CUSTOMERS, as_of=as_of, at=at)


def alerts(as_of: date, at: datetime, progress: Progress) -> Counts:
    """Alert rows become alerts and tasks."""
    return absorb_alerts(as_of=as_of, rows=reading.alert_rows(_published(as_of)), at=at)


def actions(as_of: date, at: datetime, progress: Progress) -> Counts:
    """What came of accepted actions and of trials, then tonight's suggestions."""
    install_actions(at=at)
    judged = judge_outcomes(as_of=as_of)
    tried = judge_trials(as_of=as_of, at=at)
    found = suggest(as_of=as_of, say=lambda done, of: progress("suggestions", done, of))
    return {**found, "outcomes": judged["judged"], "succeeded": judged["succeeded"], "trials": tried["over"]}


def plans(as_of: date, at: datetime, progress: Progress) -> Counts:
    """Playbooks: events start plans, near steps become tasks, conditions end plans."""
    return run_plans(as_of=as_of, at=at)


def rules(as_of: date, at: datetime, progress: Progress) -> Counts:
    """Rules of dates and schedules: live ones act, shadow ones write what they would do."""
    return run_night_rules(as_of=as_of, at=at)


def news(as_of: date, at: datetime, progress: Progress) -> Counts:
    """Owners and leaders hear of new alerts."""
    return tell_new_alerts(as_of=as_of, at=at)


def complaints(as_of: date, at: datetime, progress: Progress) -> Counts:
    """Leaders hear of overdue complaints, handlers of near deadlines."""
    return escalate(as_of=as_of, at=at)


def pool(as_of: date, at: datetime, progress: Progress) -> Counts:
    """Customers without contact: managers are warned, then they go to the public pool, where it is switched on."""
    return recycle(as_of=as_of, at=at)


def leads(as_of: date, at: datetime, progress: Progress) -> Counts:
    """Leads whose time is over go to the pool; those who became customers are followed to the card in use."""
    return follow_leads(as_of=as_of, at=at)


def digests(as_of: date, at: datetime, progress: Progress) -> Counts:
    """One morning digest for each person."""
    return send_digests(as_of=as_of, at=at)


def seal(as_of: date, at: datetime, progress: Progress) -> Counts:
    """The audit trail so far becomes a link of its chain."""
    return {"sealed": audit.seal(at)}


# The short names that the page of nights shows; here for the catalogue of texts.
NAMES = (
    pgettext_lazy("night", "engine"),
    pgettext_lazy("night", "figures"),
    pgettext_lazy("night", "audiences"),
    pgettext_lazy("night", "alerts"),
    pgettext_lazy("night", "actions"),
    pgettext_lazy("night", "plans"),
    pgettext_lazy("night", "rules"),
    pgettext_lazy("night", "news"),
    pgettext_lazy("night", "complaints"),
    pgettext_lazy("night", "pool"),
    pgettext_lazy("night", "leads"),
    pgettext_lazy("night", "digests"),
    pgettext_lazy("night", "seal"),
)
STEPS: list[Step] = [
    Step("engine", gettext_noop("Figures, segments and alerts computed"), engine),
    Step("figures", gettext_noop("Customers' figures brought up to date"), figures),
    Step("audiences", gettext_noop("Audiences counted"), audiences),
    Step("alerts", gettext_noop("Alerts and tasks"), alerts),
    Step("actions", gettext_noop("Next best actions"), actions),
    Step("plans", gettext_noop("Plans and their tasks"), plans),
    Step("rules", gettext_noop("Rules of dates and schedules"), rules),
    Step("news", gettext_noop("News of new alerts"), news),
    Step("complaints", gettext_noop("Deadlines of complaints watched"), complaints),
    Step("pool", gettext_noop("Customers without contact"), pool),
    Step("leads", gettext_noop("Leads followed"), leads),
    Step("digests", gettext_noop("Morning digests"), digests),
    Step("seal", gettext_noop("Audit trail sealed"), seal),
]


def run_night(*, as_of: date, at: datetime, progress: Progress | None = None) -> list[StepResult]:
    """Run every step for a business date and record it; the same call again changes nothing. Raises NightRuns."""
    say = progress or (lambda *_: None)
    with only_one(Path(settings.KAJING_HOME) / "night.lock"):
        night = audit.start_night(as_of=as_of, at=at, steps=[step.name for step in STEPS])
        results = []
        try:
            for number, step in enumerate(STEPS, start=1):
                say(step.name, number, len(STEPS))
                results.append(_run_step(night, step, as_of, at, say))
        except Exception as error:
            audit.fail_night(night=night, at=at, error=f"{type(error).__name__}: {error}")
            raise
        audit.end_night(night=night, at=at)
    return results


def _run_step(night: Night, step: Step, as_of: date, at: datetime, progress: Progress) -> StepResult:
    record = audit.start_step(night=night, name=step.name)
    began = time.monotonic()
    marks: list[tuple[str, float]] = []

    def say(name: str, number: int, of: int) -> None:
        if not marks or marks[-1][0] != name:  # a part may tell its progress many times
            marks.append((name, time.monotonic()))
        audit.note_progress(step=record, name=name, number=number, of=of)
        progress(name, number, of)

    counts = step.run(as_of, at, say)
    ended = time.monotonic()
    seconds = round(ended - began, 3)
    parts = [(name, round(after - at_, 3)) for (name, at_), (_n, after) in pairwise([*marks, ("", ended)])]
    audit.end_step(step=record, seconds=seconds, rows=next(iter(counts.values()), 0), counts=counts, parts=parts)
    return StepResult(step, counts, seconds)


def default_date() -> date:
    """The newest loaded business date. Raises NothingLoaded."""
    day = warehouse().newest_business_date()
    if day is None:
        raise NothingLoaded("No feed has been loaded yet: run `kajing import DIR` first.")
    return day


def write_assignments(path: Path) -> Path:
    """Who manages whom now, as a file the engine joins: a move made here outranks the feed's manager_no."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_suffix(".csv")
    with scratch.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["customer_id", "unit_code", "manager_no"])
        writer.writerows(Customer.objects.order_by("pk").values_list("pk", "unit_id", "manager_id").iterator())
    with duckdb.connect() as con:
        con.read_csv(str(scratch), header=True, all_varchar=True).write_parquet(str(path))
    scratch.unlink()
    return path


def _published(as_of: date) -> Warehouse:
    """The warehouse, after making sure that the state it publishes is the night's own."""
    house = warehouse()
    shown = reading.as_of(house)
    if shown != as_of:
        raise DomainError(f"The published state is of {shown}, not of {as_of}.")
    return house


@contextmanager
def only_one(lock: Path) -> Iterator[None]:
    """Hold a lock that ends with the process, whatever happens to it. Raises NightRuns."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise NightRuns("A night is running already. Wait until it has ended.") from error
        yield
