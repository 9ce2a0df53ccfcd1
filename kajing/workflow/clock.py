"""Working time: hours that pass on workdays only, by the reference calendar."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from kajing.lib.periods import SHANGHAI
from kajing.reference.selectors import NotInForce, is_workday, parameter

_LONGEST = 400  # days looked ahead at most


def after_hours(at: datetime, hours: int) -> datetime:
    """The moment when so many hours of workdays have passed; a day off does not count (24 hours a workday)."""
    left, moment = timedelta(hours=hours), at.astimezone(SHANGHAI)
    for _day in range(_LONGEST):
        midnight = datetime.combine(moment.date() + timedelta(days=1), time.min, SHANGHAI)
        if is_workday(moment.date()):
            if left < midnight - moment:
                return moment + left
            left -= midnight - moment
        moment = midnight
    return moment


def policy(key: str, on: date, otherwise: int) -> int:
    """A whole number of the bank's policy as in force on a day; what is delivered stands in before it was loaded."""
    try:
        value = parameter(key, on)
    except NotInForce:
        return otherwise
    return int(value) if isinstance(value, (int, str)) else otherwise
