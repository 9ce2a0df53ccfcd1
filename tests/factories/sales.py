"""Actions and suggestions."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from kajing.customers.models import Customer
from kajing.sales.models import Action, Suggestion


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
