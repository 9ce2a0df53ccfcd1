"""What a suggestion says on a list: for whom, what, why, worth how much."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.urls import reverse

from kajing.customers.selectors import shown_name
from kajing.sales.models import Suggestion


@dataclass(frozen=True, slots=True)
class SuggestionRow:
    """One suggestion; the name is masked for who may not know it."""

    one: Suggestion
    name: str

    @property
    def url(self) -> str:
        """The customer's page at the panel of actions."""
        return f"{reverse('customers:page', args=[self.one.customer_id])}#panel-actions"

    @property
    def why_url(self) -> str:
        """Every action of the customer with its arithmetic."""
        return reverse("sales:why", args=[self.one.customer_id])


def suggestion_rows(user: Any, found: Iterable[Suggestion]) -> list[SuggestionRow]:
    """Rows of suggestions that carry their customer."""
    return [SuggestionRow(one, shown_name(user, one.customer)) for one in found]
