"""The shapes the API answers with, from the same reads as the pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from kajing.customers import extensions
from kajing.customers.models import Customer
from kajing.customers.selectors.people import masked_fields
from kajing.lib.errors import DomainError
from kajing.records.lists import Context, ListSpec, ListState, Page, page, read_state


class FilterRefused(DomainError):
    """A filter or the order cannot be read; the API answers 422 with the sentences."""

    status = 422

    def __init__(self, errors: tuple[str, ...]) -> None:
        super().__init__(errors)
        self.errors = errors

    def __str__(self) -> str:
        return " ".join(self.errors) or str(_("A filter could not be read."))


def listed(user: Any, spec: ListSpec, values: Mapping[str, Any], today: date) -> Page:
    """A page of a list under filters given by name. Raises FilterRefused, CursorRefused."""
    state, context = _read(user, spec, values, today)
    return page(spec, state, context)


def rows_under(user: Any, spec: ListSpec, values: Mapping[str, Any], today: date) -> QuerySet[Any]:
    """All that a person sees under filters given by name. Raises FilterRefused."""
    state, context = _read(user, spec, values, today)
    return spec.narrowed(state.query, context)


def _read(user: Any, spec: ListSpec, values: Mapping[str, Any], today: date) -> tuple[ListState, Context]:
    params = QueryDict(mutable=True)
    for name, value in values.items():
        if value not in ("", None):
            params[name] = str(value)
    context = Context(user, today)
    state = read_state(spec, params, context)
    if state.errors:
        raise FilterRefused(state.errors)
    return state, context


def detail(user: Any, customer: Customer) -> dict[str, Any]:
    """Accounts, cards, consents, counts of open things, and masked personal fields."""
    counts = {"open_tasks": 0, "open_alerts": 0} | extensions.counts(user, customer.pk)
    return {
        "accounts": list(customer.accounts.all()),
        "cards": list(customer.cards.all()),
        "consents": list(customer.consents.all()),
        "open_tasks": counts["open_tasks"],
        "open_alerts": counts["open_alerts"],
        "contact": masked_fields(customer),
    }
