"""Whose desk an alert lands on, and until when (domain §4: severity → action, and not the sourcing manager)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from kajing.customers.models import Customer
from kajing.lib.periods import SHANGHAI
from kajing.org import selectors as org
from kajing.org.models import Person, Unit
from kajing.reference.selectors import add_workdays
from kajing.risk.rules import MUST_DO_FROM, SEVERITIES

CLOSE_OF_DAY = time(17, 30)
URGENT = time(11, 0)  # L4 and worse: at once, which for a morning list means before noon


class Desk:
    """Knows everybody once, so that thousands of alerts find their owners without a query each."""

    def __init__(self, as_of: date, parameters: Mapping[str, Any]) -> None:
        self.today = as_of + timedelta(days=1)
        self.workdays = tuple(parameters.get("alert_due_workdays", (2, 0, 0, 0, 0)))
        self._due: dict[str, datetime] = {}
        self._leaders: dict[str, str] = {}

    @cached_property
    def people(self) -> set[str]:
        """Active staff by number."""
        return set(Person.objects.filter(is_active=True).values_list("person_no", flat=True))

    @cached_property
    def units(self) -> dict[str, Unit]:
        """Every unit by code."""
        return {unit.pk: unit for unit in Unit.objects.all()}

    @cached_property
    def last_resort(self) -> str:
        """Somebody always owns an alert: a risk officer, else an administrator, where a unit has no leader at all."""
        found = Person.objects.filter(is_active=True, role__in=["RISK", "ADMIN"]).order_by("-role", "person_no").first()
        if found is None:
            raise LookupError("nobody can own an alert: there is neither a leader, a risk officer nor an administrator")
        return found.person_no

    def owner_of(self, customer: Customer, severity: str) -> str:
        """The customer's manager, or the leader: for the pool, for one who left, for L3+ of one's own sourcing."""
        manager = customer.manager_id
        sourced_it = severity >= MUST_DO_FROM and manager == customer.referrer_no
        if manager in self.people and not sourced_it:
            return str(manager)
        leader = self.leader_of(customer.unit_id)
        return leader or (str(manager) if manager in self.people else self.last_resort)

    def leader_of(self, unit_code: str) -> str:
        """Who answers for a unit, or "" where nobody does."""
        if unit_code not in self._leaders:
            found = org.leader_of(self.units[unit_code])
            self._leaders[unit_code] = found.person_no if found else ""
        return self._leaders[unit_code]

    def due_at(self, severity: str) -> datetime:
        """The end of the working time the severity allows, counted from the morning after the night."""
        if severity not in self._due:
            days = int(self.workdays[SEVERITIES.index(severity)])
            day = add_workdays(self.today, days) if days else self.today
            hour = URGENT if severity >= "L4" else CLOSE_OF_DAY
            self._due[severity] = datetime.combine(day, hour, SHANGHAI)
        return self._due[severity]

    def must_do(self, severity: str) -> bool:
        """From L3 on an alert may not be put off."""
        return severity >= MUST_DO_FROM
