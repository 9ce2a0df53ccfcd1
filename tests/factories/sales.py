"""Actions and suggestions, leads."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from typing import Any

from kajing.customers.models import Customer
from kajing.lib.periods import SHANGHAI
from kajing.org.models import Person, Unit
from kajing.sales.models import Action, Lead, Suggestion
from kajing.sales.services.leads.facts import Facts, fill
from kajing.sales.services.leads.registering import first_rows

_number = count(1)
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=SHANGHAI)


def action(code: str = "birthday", **values: Any) -> Action:
    """An action of the catalogue, made when it is not there."""
    given = {
        "title": "Birthday wishes", "pitch": "A birthday within a week. A wish and nothing to sell.", "icon": "cake",
        "purpose": "CARE", "value": "goodwill", "prior_rate": Decimal("0.5"), **values,
    }  # fmt: skip
    made, _new = Action.objects.get_or_create(code=code, defaults=given)
    return made


def suggestion(about: Customer, what: Action | None = None, **values: Any) -> Suggestion:
    """An open suggestion of the last night, in the first place."""
    given = {
        "action_version": 1, "as_of": date(2026, 11, 22), "place": 1, "propensity": Decimal("0.5"),
        "context": Decimal(1), "value": 20_000, "lever": Decimal(1), "score": 10_000, **values,
    }  # fmt: skip
    return Suggestion.objects.create(customer=about, action=what or action(), **given)


def facts(**values: Any) -> Facts:
    """What is said of a lead: a walk-in at the branch with consent, each with a phone of its own."""
    given = {
        "name": "李晓梅", "phone": f"1295558{next(_number):04d}", "source": "BRANCH", "consent_version": "LEAD-2026-01",
        "consent_at": NOW - timedelta(hours=1), **values,
    }  # fmt: skip
    return Facts(**given)


def lead(owner: Person | None = None, *, unit: Unit | None = None, said: Facts | None = None, **values: Any) -> Lead:
    """A lead that came in this morning; without an owner give `unit=` and it is in the pool."""
    held = NOW.date()
    given = {
        "owner": owner, "unit": owner.unit if owner else unit, "stage": "LEAD", "stage_since": NOW,
        "created_at": NOW, "created_by": owner.person_no if owner else "system",
        "owned_since": held if owner else None, "owned_until": held + timedelta(days=30) if owner else None, **values,
    }  # fmt: skip
    one = Lead(**given)
    fill(one, said or facts())
    for name in set(values) & {"customer", "product", "expected_limit", "referrer"}:
        setattr(one, name, values[name])
    one.save()
    first_rows(one, owner, given["created_at"])
    return one
