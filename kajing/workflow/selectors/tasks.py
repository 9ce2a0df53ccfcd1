"""Tasks a person may see, and the list they work through today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    Exists,
    ExpressionWrapper,
    F,
    Func,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce
from django.http import Http404
from django.utils import timezone

from kajing.audit.selectors import last_night, last_night_for
from kajing.lib.periods import SHANGHAI
from kajing.lib.scope import ALL
from kajing.org.models import Person, Unit
from kajing.org.scoping import current_scope
from kajing.org.selectors import substitutions_today
from kajing.workflow.models import DayPlace, Task

# How long "undo" and the done list may bring a task back.
UNDO_WINDOW = timedelta(minutes=30)

SEVERITY_RANK = {"L5": 0, "L4": 1, "L3": 2, "L2": 3, "L1": 4}


def tasks(user: Any) -> QuerySet[Task]:
    """Tasks this person may see: of customers in scope, their own, and those without a customer in their place.

    A task without a customer is seen by its owner, by whoever stands in for the owner, and by those who see the
    whole unit it belongs to.
    """
    scope = current_scope(user)
    seen = Task.objects.visible_to(user)
    if user.role == "ADMIN" or scope.sees_nothing:
        return seen
    if scope.managers is ALL:
        loose = Q() if scope.units is ALL else Q(unit_id__in=scope.units)
    else:
        loose = Q(owner_id__in=scope.managers)
    return seen | Task.objects.filter(loose, customer=None)


@dataclass(frozen=True, slots=True)
class Moment:
    """The present, twice: `at` by the clock, and `now` on the day pages call today.

    Due times and snoozes are compared with `now`, because a page counts from the last night's date + 1 (feed contract),
    which for an old data set lies in the past. What people did carries the clock's time.
    """

    at: datetime
    today: date
    night: date | None = None  # the last finished night; None before the first

    @property
    def now(self) -> datetime:
        """The clock's time of day on the page's day."""
        return datetime.combine(self.today, self.at.astimezone(SHANGHAI).time(), SHANGHAI)

    @property
    def day_end(self) -> datetime:
        """The first moment of the page's tomorrow."""
        return day_bounds(self.today)[1]


def moment(at: datetime) -> Moment:
    """The present by the last finished night."""
    night = last_night()
    return Moment(at, night + timedelta(days=1) if night else at.astimezone(SHANGHAI).date(), night)


def first_due_day(at: datetime) -> date:
    """The earliest day a person may give a task: today, by the clock or by the last finished night."""
    return min(moment(at).today, at.astimezone(SHANGHAI).date())


def moment_after(as_of: date, at: datetime) -> Moment:
    """The morning after a night, as the night's own steps see it before the night has ended."""
    return Moment(at, as_of + timedelta(days=1), as_of)


def present_of(user: Any) -> Moment:
    """The present, kept on the person object for the length of a request."""
    if not hasattr(user, "present"):
        at, night = timezone.now(), last_night_for(user)
        user.present = moment_after(night, at) if night else Moment(at, at.astimezone(SHANGHAI).date(), None)
    found: Moment = user.present
    return found


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """The start of a Shanghai day and of the next one."""
    start = datetime.combine(day, time.min, SHANGHAI)
    return start, start + timedelta(days=1)


def awake(present: Moment) -> Q:
    """Open and not asleep."""
    return Q(state=Task.State.OPEN) & (Q(snoozed_until=None) | Q(snoozed_until__lte=present.now))


def owners_of(user: Any) -> set[str]:
    """Whose tasks are mine to work: my own, and those of the people I stand in for today."""
    books = current_scope(user).managers
    return {user.person_no, *(_absent(user) if books is ALL else books)}


def _absent(user: Any) -> set[str]:
    return {one.person.person_no for one in substitutions_today(user) if one.substitute_id == user.pk}


def mine(user: Any) -> QuerySet[Task]:
    """Tasks this person is to work."""
    return tasks(user).filter(owner__person_no__in=owners_of(user))


def in_work_order(found: QuerySet[Task], present: Moment) -> QuerySet[Task]:
    """What is due today first; must-do, then severity of the alert, then yuan at stake, then time (§11.1)."""
    ranks = [When(severity=name, then=Value(rank)) for name, rank in SEVERITY_RANK.items()]
    rank = Case(*ranks, default=Value(len(ranks)), output_field=IntegerField())
    later = Case(When(due_at__lt=present.day_end, then=Value(0)), default=Value(1), output_field=IntegerField())
    return found.annotate(severity_rank=rank, later=later).order_by(
        "later", "-must_do", "severity_rank", F("value_at_stake").desc(nulls_last=True), "due_at", "pk"
    )


@dataclass(frozen=True, slots=True)
class Day:
    """One person's day: counts over all, rows for the list."""

    today: date
    rows: list[Task]
    due: int
    overdue: int
    must_do: int
    done: int
    arranged: int  # tasks that stand in an order the person chose for this day

    @property
    def total(self) -> int:
        """What the day holds: still due and already done."""
        return self.due + self.done


MOST_ARRANGED = 60


def places_of(user: Any, day: date) -> QuerySet[DayPlace]:
    """The order that a person chose for a day."""
    return DayPlace.objects.filter(person=user, day=day)


def in_own_order(user: Any, found: QuerySet[Task], present: Moment) -> QuerySet[Task]:
    """First the tasks that the person arranged for today, then the others in work order."""
    own = places_of(user, present.today).filter(task=OuterRef("pk"))
    place = Coalesce(Subquery(own.values("place")[:1]), MOST_ARRANGED, output_field=IntegerField())
    behind = in_work_order(found, present)
    return behind.annotate(place=place).order_by("place", *behind.query.order_by)


def my_day(user: Any, present: Moment, *, limit: int = 50, by: str = "") -> Day:
    """What to do today, with the day's counts: what is due, then what comes next.

    `by`: empty for the order one chose, else work order; "priority" for work order; "time" for the due time.
    """
    own = mine(user)
    due = awake(present) & Q(due_at__lt=present.day_end)
    counts = own.aggregate(
        due=Count("pk", filter=due),
        overdue=Count("pk", filter=due & Q(due_at__lt=present.now)),
        must_do=Count("pk", filter=due & Q(must_do=True)),
        done=Count("pk", filter=done_today(present)),
        arranged=Count("pk", filter=Exists(places_of(user, present.today).filter(task=OuterRef("pk")))),
    )
    waiting = own.filter(awake(present))
    if by == "time":
        rows = waiting.order_by("due_at", "pk")
    else:
        rows = in_work_order(waiting, present) if by else in_own_order(user, waiting, present)
    return Day(present.today, shown(rows, present, limit), **counts)


def shown(found: QuerySet[Task], present: Moment, limit: int) -> list[Task]:
    """Rows with what a task row shows: customer, owner, and whether the time has passed."""
    late = Q(state=Task.State.OPEN, due_at__lt=present.now)
    rows = found.select_related("customer", "owner").annotate(late=Case(When(late, then=True), default=False))
    return list(rows[:limit])


def unfinished(user: Any, present: Moment) -> QuerySet[Task]:
    """One's own tasks that should have been done by the end of today, must-do ones first."""
    found = mine(user).filter(awake(present), due_at__lt=present.day_end)
    return found.select_related("customer", "owner").order_by("-must_do", "due_at", "pk")


def due_on(user: Any, day: date, present: Moment) -> QuerySet[Task]:
    """One's own open tasks that are due on a day, in work order."""
    first, last = day_bounds(day)
    found = mine(user).filter(state=Task.State.OPEN, due_at__gte=first, due_at__lt=last)
    return in_work_order(found, present)


def done_today(present: Moment) -> Q:
    """Tasks done on the calendar day of the clock: a tick belongs to the day it was made."""
    start, end = day_bounds(present.at.astimezone(SHANGHAI).date())
    return Q(state=Task.State.DONE, done_at__gte=start, done_at__lt=end)


def standing(show: str, present: Moment) -> Q:
    """Tasks that stand so at the page's moment: open, today, must, overdue, snoozed, done, done_today, cancelled."""
    ways = {
        "open": awake(present),
        "today": awake(present) & Q(due_at__lt=present.day_end),
        "must": awake(present) & Q(due_at__lt=present.day_end, must_do=True),
        "overdue": awake(present) & Q(due_at__lt=present.now),
        "snoozed": Q(state=Task.State.OPEN, snoozed_until__gt=present.now),
        "done": Q(state=Task.State.DONE),
        "done_today": done_today(present),
        "cancelled": Q(state=Task.State.CANCELLED),
    }
    return ways.get(show, Q())


class _Minutes(Func):
    """Minutes since 1970 of a moment, as a whole number."""

    output_field = BigIntegerField()
    template = "(CAST(EXTRACT(EPOCH FROM %(expressions)s) AS BIGINT) / 60)"

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        """SQLite keeps moments as text."""
        template = "(CAST(strftime('%%%%s', %(expressions)s) AS INTEGER) / 60)"
        return self.as_sql(compiler, connection, template=template, **context)


_MOST_YUAN = 10**9  # a larger amount at stake sorts like this one
_MINUTES = 10**8  # 190 years


def in_order_of_work(user: Any) -> QuerySet[Task]:
    """What this person sees, with `work`: one number that sorts as `in_work_order` does, so that a page can end in it.

    It is worked out only where a query sorts by it.
    """
    present = present_of(user)
    ranks = [When(severity=name, then=Value(rank)) for name, rank in SEVERITY_RANK.items()]
    rank = Case(*ranks, default=Value(len(ranks)))
    must = Case(When(must_do=True, then=Value(0)), default=Value(1))
    later = Case(When(due_at__lt=present.day_end, then=Value(0)), default=Value(1))
    band = later * Value(12) + must * Value(6) + rank
    stake = Case(
        When(value_at_stake__gte=_MOST_YUAN * 100, then=Value(0)),
        When(value_at_stake__gt=0, then=Value(_MOST_YUAN) - F("value_at_stake") / Value(100)),
        default=Value(_MOST_YUAN),
        output_field=BigIntegerField(),
    )
    whole = (Cast(band, BigIntegerField()) * Value(_MOST_YUAN * 2) + stake) * Value(_MINUTES) + _Minutes("due_at")
    return tasks(user).annotate(work=ExpressionWrapper(whole, output_field=BigIntegerField()))


def open_count(user: Any, present: Moment) -> int:
    """Open tasks of mine due today or before: the figure in the side bar."""
    return mine(user).filter(awake(present), due_at__lt=present.day_end).count()


def of_customer(user: Any, customer_id: str) -> QuerySet[Task]:
    """A customer's open tasks, for the customer's page and the API."""
    return tasks(user).filter(customer_id=customer_id, state=Task.State.OPEN).select_related("owner").order_by("due_at")


def can_work(user: Any, task: Task) -> bool:
    """Owner, the one who stands in for the owner, or a leader who may move the task anyway."""
    return task.owner_id in owners_of(user) or user.has_perm("workflow.reassign_task")


def may_end(user: Any, task: Task, to: str) -> bool:
    """Whether this person may end a task so; a must-do task is called off by a leader only."""
    leads = user.has_perm("workflow.reassign_task")
    return can_work(user, task) and (to == Task.State.DONE or not task.must_do or leads)


def can_reopen(user: Any, task: Task, at: datetime) -> bool:
    """Whether this person may still undo the tick."""
    mine = task.state == Task.State.DONE and task.done_by == user.person_no
    return mine and task.done_at is not None and at - task.done_at <= UNDO_WINDOW


def own_people(user: Any) -> list[Person]:
    """People this person may give work to: leaders see their whole place, everybody else only themselves."""
    if not user.has_perm("workflow.reassign_task"):
        return [user]
    found = Person.objects.filter(is_active=True, role__in=_WORKERS)
    units = current_scope(user).units
    if units is not ALL:
        found = found.filter(unit_id__in=units)
    return [user, *found.exclude(pk=user.pk).order_by("name")[:200]]


def person(user: Any, person_no: str) -> Person:
    """One of `own_people` by number, the person themselves by an empty one. Raises Http404."""
    found = next((one for one in own_people(user) if one.person_no == person_no), None) if person_no else user
    if found is None:
        raise Http404
    return found


def receivers(user: Any, task: Task) -> list[Person]:
    """People this task could go to: active staff of the customer's unit and of the units above it."""
    unit = task.customer.unit if task.customer else task.unit
    near = Q(unit__path__startswith=unit.path) | Q(unit_id__in=_places(unit), role__in=_LEADERS)
    return list(Person.objects.filter(near, is_active=True, role__in=_WORKERS).order_by("name")[:100])


def _places(unit: Unit) -> list[str]:
    return [code for code in unit.path.split("/") if code]


_LEADERS = ["LEADER", "BRANCH_HEAD"]
_WORKERS = ["MANAGER", *_LEADERS, "RISK", "SERVICE"]
