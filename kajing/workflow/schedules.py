"""When a schedule acts: days of the week or of the month, hours of the day, and what a day off does to it.

    {"kind": "schedule", "weekdays": [1, 5], "month_days": [], "times": ["09:00", "15:30"], "off": "SKIP"}
    {"kind": "schedule", "weekdays": [], "month_days": [1, 15, -1], "times": [], "off": "NEXT"}

`month_days` counts from 1; -1 is the last day of the month. Both kinds of days together mean: either. Without
`times` it acts once, in the night before. `off` says what happens when such a day is a day off by the bank's calendar.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from kajing.lib.periods import SHANGHAI
from kajing.reference.selectors import calendar

MOST_TIMES = 24
LONGEST_HOLIDAY = 15  # days off in a row looked through, beyond the longest holiday there is
OFF = {
    "": pgettext_lazy("schedule", "acts all the same"),
    "SKIP": pgettext_lazy("schedule", "does not act"),
    "NEXT": pgettext_lazy("schedule", "acts on the next workday"),
    "BEFORE": pgettext_lazy("schedule", "acts on the workday before"),
}
WEEKDAYS = {
    1: gettext_lazy("Monday"), 2: gettext_lazy("Tuesday"), 3: gettext_lazy("Wednesday"), 4: gettext_lazy("Thursday"),
    5: gettext_lazy("Friday"), 6: gettext_lazy("Saturday"), 7: gettext_lazy("Sunday"),
}  # fmt: skip
_TIME = re.compile(r"([01]\d|2[0-3]):[0-5]\d")


def problems(trigger: Mapping[str, Any]) -> list[str]:
    """What is wrong with a schedule, as sentences; empty when it can be tested."""
    weekdays, month_days = _list(trigger, "weekdays"), _list(trigger, "month_days")
    if weekdays is None or any(type(day) is not int or day not in WEEKDAYS for day in weekdays):
        return [_("Days of the week are numbers from 1, Monday, to 7, Sunday.")]
    if month_days is None or any(type(day) is not int or (day not in range(1, 32) and day != -1) for day in month_days):
        return [_("Days of the month are numbers from 1 to 31; −1 is the last day.")]
    if not weekdays and not month_days:
        return [_("Choose at least one day of the week or of the month.")]
    return _wrong_times(trigger)


def _wrong_times(trigger: Mapping[str, Any]) -> list[str]:
    times = _list(trigger, "times")
    if times is None or any(not isinstance(one, str) or not _TIME.fullmatch(one) for one in times):
        return [_("Write the hours such as 09:00, with commas between.")]
    if len(set(times)) != len(times) or len(times) > MOST_TIMES:
        return [_("Name each hour once, at most %(most)s of them.") % {"most": MOST_TIMES}]
    return [] if trigger.get("off", "") in OFF else [_("Say what a day off does to the schedule.")]


def _list(trigger: Mapping[str, Any], name: str) -> list[Any] | None:
    value = trigger.get(name) or []
    return value if isinstance(value, list) else None


def acts_on(trigger: Mapping[str, Any], day: date) -> bool:
    """Whether a schedule acts on a day, with the bank's calendar of workdays."""
    return acts_on_days(trigger, day, day)(day)


def acts_on_days(trigger: Mapping[str, Any], first: date, last: date) -> Callable[[date], bool]:
    """`acts_on` for the days of a span at the cost of one query."""
    margin = timedelta(days=LONGEST_HOLIDAY)
    works = calendar(first - margin, last + margin)
    return lambda day: _acts(trigger, day, works)


def _acts(trigger: Mapping[str, Any], day: date, works: Callable[[date], bool]) -> bool:
    off = trigger.get("off", "")
    if not off:
        return _named(trigger, day)
    if not works(day):
        return False
    if _named(trigger, day):
        return True
    step = {"NEXT": -1, "BEFORE": 1}.get(off)
    return step is not None and any(_named(trigger, one) for one in _days_off(day, step, works))


def _days_off(day: date, step: int, works: Callable[[date], bool]) -> Iterator[date]:
    """The days off that touch a workday on one side."""
    for number in range(1, LONGEST_HOLIDAY):
        near = day + timedelta(days=step * number)
        if works(near):
            return
        yield near


def _named(trigger: Mapping[str, Any], day: date) -> bool:
    month_days = trigger.get("month_days") or ()
    last = (day + timedelta(days=1)).month != day.month
    return day.isoweekday() in (trigger.get("weekdays") or ()) or day.day in month_days or (last and -1 in month_days)


def slots(trigger: Mapping[str, Any], after: datetime, until: datetime) -> list[datetime]:
    """The moments a schedule with hours acts at, later than `after` and not later than `until`, the oldest first."""
    first, last = after.astimezone(SHANGHAI).date(), until.astimezone(SHANGHAI).date()
    acts, found = acts_on_days(trigger, first, last), []
    for number in range((last - first).days + 1):
        day = first + timedelta(days=number)
        if acts(day):
            found += [datetime.combine(day, time.fromisoformat(one), SHANGHAI) for one in trigger["times"]]
    return sorted(one for one in found if after < one <= until)


def words(trigger: Mapping[str, Any]) -> str:
    """The schedule as a sentence in the reader's language."""
    days = [str(WEEKDAYS[day]) for day in trigger.get("weekdays") or ()]
    days += [_month_day(day) for day in trigger.get("month_days") or ()]
    told = {"days": _(", ").join(days), "times": _(", ").join(trigger.get("times") or ())}
    said = _("%(days)s at %(times)s") if told["times"] else _("each night before: %(days)s")
    off = trigger.get("off", "")
    return said % told + (_("; on a day off it %(what)s") % {"what": OFF[off]} if off in OFF and off else "")


def _month_day(day: int) -> str:
    return _("last day of the month") if day == -1 else _("day %(day)s of the month") % {"day": day}
