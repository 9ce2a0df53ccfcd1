"""What rooms above add to customers: counts, and values for list columns. Filters and columns go to `lists`.

A room above registers in its `apps.py`, for example workflow:

    extensions.counters.register(Counter("open_tasks", label, selectors.open_counts, permission="…"))
    extensions.lookups["next_task"] = selectors.next_tasks
    lists.CUSTOMERS.add_column(Column(name="next_task", value=lambda row: row.extra["next_task"], …))
    extensions.register_keeper(Keeper("promise", label, kept=open_promises))
    extensions.contacts["interactions"] = last_spoken
    lists.CUSTOMERS.add_filter(Flag(name="has_task", condition=lambda context: Q(…)))
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

# (user, customer ids) → value by customer id, in one query for the page; ids without one may be missing.
Lookup = Callable[[Any, Sequence[str]], dict[str, Any]]


@dataclass(frozen=True)
class Counter:
    """A number of open things of a customer, such as open_tasks: on the 360° page and in the API under its name."""

    name: str
    label: Any
    count: Lookup
    permission: str = ""
    url: Callable[[str], str] | None = None  # where the number opens to its rows


class PageExtra:
    """What rooms add to a page of rows: each value is looked up for the whole page when the first column asks."""

    def __init__(self, user: Any, ids: Sequence[str]) -> None:
        self.user, self.ids = user, ids
        self.found: dict[str, dict[str, Any]] = {}

    def of(self, name: str, pk: str) -> Any:
        """One row's value, None without one. Raises KeyError for what nobody registered."""
        if name not in self.found:
            self.found[name] = lookups[name](self.user, self.ids)
        return self.found[name].get(pk)


class RowExtra(dict[str, Any]):
    """One row's part of a PageExtra: what is asked for is looked up, and kept."""

    def __init__(self, page: PageExtra, pk: str) -> None:
        super().__init__()
        self.page, self.pk = page, pk

    def __missing__(self, name: str) -> Any:
        self[name] = self.page.of(name, self.pk)
        return self[name]

    def get(self, name: str, default: Any = None) -> Any:
        """The value, or the default where nobody registered one of this name."""
        return self[name] if name in self or name in lookups else default


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A few words beside the customer's name, such as "1 complaint, 3 days left", and where they lead."""

    words: str
    url: str
    tone: str = ""
    icon: str = ""


@dataclass(frozen=True)
class MarkSource:
    """What a room says beside the name on the first screen (capability 1.1): None when there is nothing to say.

    The page has no query to spare: `columns` are expressions over the customer's own query (`OuterRef("pk")`), and
    `mark` reads their values off the customer by those names.
    """

    name: str
    mark: Callable[[Any, Any], Mark | None]
    columns: Mapping[str, Any] = field(default_factory=dict)
    permission: str = ""


@dataclass(frozen=True)
class Keeper:
    """What keeps customers out of the public pool, such as an open promise: the ids it keeps of those asked."""

    name: str
    label: Any
    kept: Callable[[Sequence[str]], set[str]]


# (customer ids) → when somebody last spoke with the customer, in the room's own records; ids without one are missing.
LastContact = Callable[[Sequence[str]], dict[str, datetime]]

keepers: dict[str, Keeper] = {}
contacts: dict[str, LastContact] = {}

mark_sources: dict[str, MarkSource] = {}
counters: dict[str, Counter] = {}
lookups: dict[str, Lookup] = {}


def register_counter(counter: Counter) -> None:
    """Add a counter; the same name again replaces it."""
    counters[counter.name] = counter


def register_mark(source: MarkSource) -> None:
    """Add words beside the name; the same name again replaces them."""
    mark_sources[source.name] = source


def mark_columns(user: Any) -> dict[str, Any]:
    """What the customer's own query must bring for the marks."""
    return {name: column for one in _mark_sources(user) for name, column in one.columns.items()}


def _mark_sources(user: Any) -> list[MarkSource]:
    return [one for one in mark_sources.values() if not one.permission or user.has_perm(one.permission)]


def marks(user: Any, customer: Any) -> list[Mark]:
    """What rooms say beside this customer's name, as far as the person may know it."""
    found = [one.mark(user, customer) for one in _mark_sources(user)]
    return [one for one in found if one is not None]


def register_keeper(keeper: Keeper) -> None:
    """Add a reason to stay out of the pool; the same name again replaces it."""
    keepers[keeper.name] = keeper


def counts(user: Any, customer_id: str) -> dict[str, int]:
    """Every registered count of one customer that this person may see, by name."""
    return {
        name: int(counter.count(user, [customer_id]).get(customer_id, 0))
        for name, counter in counters.items()
        if not counter.permission or user.has_perm(counter.permission)
    }


# What a room does before the rows of merged customers move: step(context) with `context.survivor`, `.losers`, `.drop`,
# `.change` (`services.merging.moving.Context`), for instance where two open alerts become one.
merge_steps: list[Callable[[Any], None]] = []
# Columns that hold a customer number as text, (app.model, column, condition): they follow a merge like foreign keys.
customer_texts: list[tuple[str, str, dict[str, Any]]] = [
    ("org.accessgrant", "customer_id", {}),
    ("records.fieldvalue", "object_id", {"field__kind": "customer"}),
    ("records.tagging", "object_id", {"kind": "customer"}),
    ("records.attachment", "object_id", {"kind": "customer"}),
]
