"""What follows a contact: one key each on the call sheet."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from kajing.lib.periods import SHANGHAI
from kajing.reference.selectors import is_workday

_EVENING = time(17, 30)


@dataclass(frozen=True, slots=True)
class Step:
    """One choice: its key on the keyboard, its words, and in how many days; 0 days means nothing follows."""

    name: str
    key: str
    label: Any
    days: int = 0
    channel: str = "PHONE"


STEPS: dict[str, Step] = {
    step.name: step
    for step in (
        Step("none", "0", _("Nothing more")),
        Step("call_1", "1", _("Call again tomorrow"), 1),
        Step("call_3", "3", _("Call again in 3 days"), 3),
        Step("call_7", "7", _("Call again in a week"), 7),
        Step("visit_7", "8", _("Visit within a week"), 7, "VISIT"),
        Step("task_1", "9", _("Something else tomorrow"), 1, ""),
    )
}


def due_of(step: Step, at: datetime) -> datetime:
    """Until when: the evening of the day, moved on to the next workday."""
    day: date = at.astimezone(SHANGHAI).date() + timedelta(days=step.days)
    while not is_workday(day):
        day += timedelta(days=1)
    return datetime.combine(day, _EVENING, SHANGHAI)
