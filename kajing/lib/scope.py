"""Who may see what, as one small piece of data that the ORM, the API and the warehouse all obey."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Final


class _All(Enum):
    ALL = "ALL"

    def __contains__(self, item: object) -> bool:
        return True

    def __repr__(self) -> str:
        return "ALL"


ALL: Final = _All.ALL
Members = frozenset[str] | _All
NOBODY: Final[frozenset[str]] = frozenset()


@dataclass(frozen=True, slots=True)
class DataScope:
    """A customer is visible if (unit in units and manager in managers) or customer in customers.

    ``units`` holds unit codes, ``managers`` person numbers, ``customers`` bank customer ids.
    ``ALL`` in ``managers`` also matches a customer without a manager (the public pool).
    An empty set sees nothing, so a scope built from nothing fails closed.
    """

    units: Members = field(default=NOBODY)
    managers: Members = field(default=NOBODY)
    customers: Members = field(default=NOBODY)

    def sees(self, *, unit: str, manager: str | None, customer: str) -> bool:
        """The rule itself, for one customer; ORM and warehouse filters must agree with it."""
        by_manager = self.managers is ALL or (manager is not None and manager in self.managers)
        return (unit in self.units and by_manager) or customer in self.customers

    @property
    def sees_nothing(self) -> bool:
        """Whether no customer can ever match."""
        return not self.customers and (not self.units or not self.managers)


EVERYTHING: Final = DataScope(units=ALL, managers=ALL, customers=ALL)
NOTHING: Final = DataScope()
