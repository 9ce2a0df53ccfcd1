"""The two clocks of a complaint: the law's in natural days, the bank's own in working days; both from dated rows."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.utils.translation import gettext as _

from kajing.complaints.choices import Kind, Priority, Stage
from kajing.lib.errors import DomainError
from kajing.reference.selectors import NotInForce, add_workdays, deadline, parameter

# Which dated row says how long (RG048–RG050, RG052).
LEGAL: Mapping[str, str] = {
    Stage.SIMPLE: "simple_deadline",
    Stage.COMPLEX: "complex_deadline",
    Stage.EXTENDED: "max_deadline_after_approval",
    Stage.REVIEW: "review_decision_deadline",
}
NEXT = {Stage.SIMPLE: Stage.COMPLEX, Stage.COMPLEX: Stage.EXTENDED}
SERVICE: Mapping[str, str] = {
    Priority.HIGH: "complaint_service_days_high",
    Priority.CRITICAL: "complaint_service_days_critical",
}
USUAL = "complaint_service_days"


class NoDeadline(DomainError):
    """The dated rows hold no period for that day."""

    status = 422


def legal_due(clock_from: date, stage: str, regulator_due_on: date | None = None) -> date:
    """The last day by law in natural days, the day of receipt not counted; it does not roll over holidays.

    The regulator's own day counts where it is earlier (domain §2.6). Raises NoDeadline.
    """
    try:
        found = deadline(clock_from, LEGAL[stage])
    except NotInForce as error:
        raise NoDeadline(_missing(LEGAL[stage], clock_from)) from error
    return min(found, regulator_due_on) if regulator_due_on else found


def service_due(clock_from: date, priority: str) -> date:
    """The bank's own last day, in working days after the day of receipt. Raises NoDeadline."""
    key = SERVICE.get(priority, USUAL)
    try:
        days = parameter(key, clock_from)
    except NotInForce as error:
        raise NoDeadline(_missing(key, clock_from)) from error
    return add_workdays(clock_from, days if isinstance(days, int) else 0)


def days_of(key: str, on: date, otherwise: int = 0) -> int:
    """A number of days of policy; `otherwise` before reference data was loaded."""
    try:
        value = parameter(key, on)
    except NotInForce:
        return otherwise
    return value if isinstance(value, int) else otherwise


def _missing(key: str, on: date) -> str:
    told = {"key": key, "day": on.isoformat()}
    return _("No value of %(key)s is in force on %(day)s: have it entered in the reference data.") % told


def holds_contact(kind: str) -> bool:
    """Whether an open one stops other contacts."""
    return kind == Kind.COMPLAINT
