"""Questions that reviewers ask of the trail again and again, each a named condition. Rooms register theirs.

questions.register(Question("id_numbers", _("Who saw ID numbers"), lambda today: Q(action="customers.reveal", …)))
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q


@dataclass(frozen=True, slots=True)
class Question:
    """A condition on audit rows, under a name of the address and a label; it may depend on the day (dated rows)."""

    key: str
    label: Any
    condition: Callable[[date], Q]
    order: int = 100


_QUESTIONS: dict[str, Question] = {}


def register(question: Question) -> None:
    """Add one; the same key again replaces it."""
    _QUESTIONS[question.key] = question


def questions() -> list[Question]:
    """All of them in their order."""
    return sorted(_QUESTIONS.values(), key=lambda one: (one.order, one.key))


def condition(key: str, today: date) -> Q:
    """The condition of a question; an unknown one narrows to nothing, so that no list is wider than it says."""
    found = _QUESTIONS.get(key)
    return found.condition(today) if found else Q(pk__in=[])
