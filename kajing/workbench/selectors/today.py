"""What to do now: the day's tasks, whom to act on first, who is away."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from kajing.customers.selectors import shown_name
from kajing.lib.periods import SHANGHAI
from kajing.risk import selectors as risk
from kajing.risk.models import Alert
from kajing.risk.rows import AlertRow, alert_rows
from kajing.sales import selectors as sales
from kajing.sales.rows import SuggestionRow, suggestion_rows
from kajing.ui import formats
from kajing.workflow import selectors as workflow
from kajing.workflow.rows import TaskRow, task_rows

NOON, EVENING = 12, 18
LIST = 7
ALERTS = 3
TARGETS = 5
LOOKED_AT = 60


@dataclass(frozen=True, slots=True)
class Today:
    """The day of one person."""

    day: workflow.Day
    rows: list[TaskRow]
    present: workflow.Moment

    @property
    def greeting(self) -> str:
        """By the clock's hour in Shanghai."""
        hour = self.present.at.astimezone(SHANGHAI).hour
        return _("Good morning") if hour < NOON else _("Good afternoon") if hour < EVENING else _("Good evening")

    @property
    def day_words(self) -> str:
        """The page's day: 11 月 23 日 周一."""
        return formats.long_day(self.day.today)

    @property
    def share(self) -> float | None:
        """Done ÷ all of today, 0–100."""
        return self.day.done / self.day.total * 100 if self.day.total else None

    @property
    def more(self) -> int:
        """Tasks of today that the list leaves out."""
        return max(self.day.due - sum(not row.later for row in self.rows), 0)


def today(user: Any, *, by: str = "", limit: int = LIST) -> Today:
    """The day's list with its counts; `by` as for `workflow.my_day`."""
    present = workflow.present_of(user)
    day = workflow.my_day(user, present, limit=limit, by=by)
    return Today(day, task_rows(user, day.rows, present), present)


@dataclass(slots=True)
class Target:
    """A customer to act on: the worst alert with its reason, and the yuan at stake over all of them (fen)."""

    name: str
    row: AlertRow
    value: int
    alerts: int = 1


@dataclass(frozen=True, slots=True)
class Watch:
    """The alerts of a person: the worst, whom to act on, and how many are open by level, what changed."""

    rows: list[AlertRow]
    targets: list[Target]
    levels: dict[str, int]
    changes: risk.Changes

    @property
    def open(self) -> int:
        """All open alerts."""
        return sum(self.levels.values())


def watch(user: Any) -> Watch:
    """Open alerts: the three worst, the five customers to act on first, counts by level."""
    found = list(_open(user)[:LOOKED_AT])
    changes, levels = risk.overview(user)
    return Watch(alert_rows(user, found[:ALERTS]), targets(user, found), levels, changes)


def targets(user: Any, alerts: list[Alert]) -> list[Target]:
    """The customers behind the worst alerts, each once, ordered by level and then by what is at stake in all."""
    found: dict[str, Target] = {}
    for alert in alerts:
        if alert.customer_id in found:
            seen = found[alert.customer_id]
            seen.value, seen.alerts = max(seen.value, alert.value_at_stake), seen.alerts + 1
        else:
            name = shown_name(user, alert.customer)
            found[alert.customer_id] = Target(name, AlertRow(alert, name), alert.value_at_stake)
    ordered = sorted(found.values(), key=lambda one: (one.row.alert.severity, one.value), reverse=True)
    return ordered[:TARGETS]


def best_actions(user: Any) -> list[SuggestionRow]:
    """The first action of the customers where the most is to be gained."""
    return suggestion_rows(user, sales.top(user, TARGETS)) if user.has_perm("sales.act") else []


def _open(user: Any) -> QuerySet[Alert]:
    return risk.in_order(risk.alerts(user).filter(state=Alert.State.OPEN)).select_related("customer__manager")
