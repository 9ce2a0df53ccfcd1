"""Data quality: what a record lacks, the score of a customer and of a manager's book, and what blocks most."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import BooleanField, Case, Count, F, Q, Value, When

from kajing.audit.selectors import today_for
from kajing.customers.completeness import PARTS, Part, weights
from kajing.customers.models import Customer
from kajing.customers.selectors.people import customers
from kajing.reference.selectors import engine_parameters

WHOLE = 100


@dataclass(frozen=True, slots=True)
class Quality:
    """One record: the score of 100 and what is missing, the heaviest first."""

    score: int
    missing: list[Part]

    @property
    def worst(self) -> Part | None:
        """The one missing fact that stops most."""
        return self.missing[0] if self.missing else None


@dataclass(frozen=True, slots=True)
class BookQuality:
    """A manager's book: the average score, and which missing fact costs most over all customers."""

    manager_no: str
    name: str
    customers: int
    score: float
    worst: Part | None
    lacking: int  # customers without the worst one


def quality(user: Any, customer: Customer) -> Quality:
    """The record of one customer, by the weights in force today."""
    by_part = _weights(user)
    marks = {f"no_{name}": _flag(PARTS[name]) for name in by_part}
    row = customers(user).filter(pk=customer.pk).order_by().annotate(**marks).values(*marks).get()
    missing = sorted((name for name in by_part if row[f"no_{name}"]), key=lambda name: -by_part[name])
    return Quality(_score(by_part, missing), [PARTS[name] for name in missing])


def book_quality(user: Any) -> list[BookQuality]:
    """Every manager's book in reach, the lowest score first, in one query."""
    by_part = _weights(user)
    counts = {f"no_{name}": Count("pk", filter=PARTS[name].missing()) for name in by_part}
    rows = customers(user).filter(status=Customer.Status.ACTIVE).exclude(manager=None).order_by()
    found = rows.values("manager_id", manager_name=F("manager__name")).annotate(n=Count("pk"), **counts)
    return sorted((_book(row, by_part) for row in found), key=lambda one: (one.score, one.name))


def lacking(names: list[str]) -> Q:
    """Customers who lack any of these parts."""
    found = Q(pk__in=[])
    for name in names:
        found |= PARTS[name].missing()
    return found


def _weights(user: Any) -> dict[str, int]:
    return weights(engine_parameters(today_for(user)))


def _flag(part: Part) -> Case:
    return Case(When(part.missing(), then=Value(True)), default=Value(False), output_field=BooleanField())


def _score(by_part: dict[str, int], missing: list[str]) -> int:
    whole = sum(by_part.values())
    return round(WHOLE * (whole - sum(by_part[name] for name in missing)) / whole) if whole else WHOLE


def _book(row: dict[str, Any], by_part: dict[str, int]) -> BookQuality:
    whole = sum(by_part.values()) * row["n"]
    lost = {name: weight * row[f"no_{name}"] for name, weight in by_part.items()}
    worst = max(lost, key=lambda name: (lost[name], name)) if any(lost.values()) else None
    return BookQuality(
        manager_no=row["manager_id"],
        name=row["manager_name"],
        customers=row["n"],
        score=WHOLE * (whole - sum(lost.values())) / whole if whole else float(WHOLE),
        worst=PARTS[worst] if worst else None,
        lacking=row[f"no_{worst}"] if worst else 0,
    )
