"""What a list is made of. Rooms register theirs; upper rooms may add filters and columns to a lower room's list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse

from kajing.lib.registers import Register
from kajing.records.lists.board import BOARD, Board
from kajing.records.lists.conditions import Where
from kajing.records.lists.filters import Context, Filter, NotUnderstood
from kajing.records.lists.twins import Narrowed, Twin

MOST_COLUMNS = 12  # of the defaults (design ui.md §12: a list of 50 rows has 12)
OWN_KEYS = frozenset(
    {"order", "columns", "limit", "cursor", "view", "density", "layout"}
)  # of a list's address, beside filters


class Cell(StrEnum):
    """How a value is drawn; the page and the export agree on the kind, not on the mark-up."""

    TEXT = "text"
    LINK = "link"  # the row's name: opens the record
    REF = "ref"  # another record: (its name, its address)
    TAGS = "tags"
    BADGE = "badge"
    RISK = "risk"
    WAN = "wan"  # fen, shown in 万元 (zh) or full yuan (en); one column, one unit
    YUAN = "yuan"
    PERCENT = "percent"
    BAR = "bar"  # a share with a small bar
    CHANGE = "change"  # a share of change with ▲▼, never by colour
    SPARK = "spark"
    DAY = "day"
    COUNT = "count"


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: `value` reads it off a loaded row, `priority` 3 leaves first when the screen is narrow."""

    name: str
    label: Any
    value: Callable[[Any], Any]
    cell: Cell = Cell.TEXT
    order: str = ""
    priority: int = 2
    permission: str = ""
    default: bool = True
    phone: int = 0  # 1–3: its place on the phone card; 0: not shown there
    export: Callable[[Any], Any] | None = None  # where the file should hold something plainer than the page

    @property
    def numeric(self) -> bool:
        """Whether figures line up at the right."""
        return self.cell in {Cell.WAN, Cell.YUAN, Cell.PERCENT, Cell.CHANGE, Cell.COUNT}


@dataclass(frozen=True)
class Order:
    """A sort: `path` is one field, empty values come last either way, the primary key breaks ties."""

    name: str
    path: str
    label: Any = ""
    personal: bool = False  # never put its value into a cursor (R7): such an order is not offered
    annotate: Any = None  # an expression that makes `path`, where it is no column of the table

    def on(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        """The rows with what they are sorted by."""
        return rows if self.annotate is None else rows.annotate(**{self.path: self.annotate})


@dataclass(frozen=True)
class SystemView:
    """A view that comes with the product; `name` is a message id."""

    slug: str
    name: str
    query: Mapping[str, list[str]] = field(default_factory=dict)
    order: str = ""
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Extra:
    """What a person's lists of a kind of record have beside the written ones, such as custom fields."""

    filters: list[Filter] = field(default_factory=list)
    columns: list[Column] = field(default_factory=list)
    orders: list[Order] = field(default_factory=list)


# (kind of record, person) → what their lists have beside; asked often, so it must be cheap. See `records.fields`.
Provider = Callable[[str, Any], Extra]
providers: list[Provider] = []


@dataclass
class ListSpec:
    """A list of one kind of record. `base` gives what this person may see: every filter only narrows it.

    `load` turns a page of ids into rows in that order, with everything the columns need, in few queries. `kind` names
    the kind of record, whose custom fields and tags are then columns and filters; `fields` are for conditions only.
    `twin` is a second table from which keys and counts come faster, `board` lays the same rows out as cards.
    """

    name: str
    label: Any
    base: Callable[[Any], QuerySet[Any]]
    load: Callable[[Any, list[Any]], list[Any]]
    columns: list[Column]
    filters: list[Filter]
    orders: list[Order]
    default_order: str
    url_name: str = ""  # the list's page
    url_args: tuple[str, ...] = ()  # of that address
    views: list[SystemView] = field(default_factory=list)
    kind: str = ""
    fields: list[Filter] = field(default_factory=list)
    key_label: Any = ""  # what the row's key is called in files
    twin: Twin | None = None
    board: Board | None = None
    sees: Callable[[Any], bool] = lambda user: True  # who may open the list, beyond the right of its page

    def __post_init__(self) -> None:
        for one in [*self.filters, *self.fields]:
            _check_name(one)
        self.filters = [*self.filters, Where(spec=lambda: self)]

    @property
    def url(self) -> str:
        """The list's page."""
        return reverse(self.url_name, args=self.url_args)

    def home(self, layout: str = "") -> str:
        """The page that shows the list in a layout."""
        return self.board.url if self.board and layout == BOARD else self.url

    def add_filter(self, extra: Filter) -> None:
        """Offer one more filter; a second call with the same name replaces the first."""
        _check_name(extra)
        self.filters = [f for f in self.filters if f.name != extra.name] + [extra]

    def add_column(self, extra: Column) -> None:
        """Offer one more column; a second call with the same name replaces the first."""
        self.columns = [c for c in self.columns if c.name != extra.name] + [extra]

    def filter_of(self, name: str, user: Any = None) -> Filter | None:
        """The filter of this name; a custom field's only for the person who may see it."""
        return next((f for f in [*self.filters, *self.added(user).filters] if f.name == name), None)

    def order_of(self, text: str, user: Any = None) -> tuple[Order, bool]:
        """The order and whether it descends: "-spend_30d". Raises NotUnderstood."""
        orders = [*self.orders, *self.added(user).orders]
        found = next((o for o in orders if o.name == text.removeprefix("-") and not o.personal), None)
        if found is None:
            raise NotUnderstood(text)
        return found, text.startswith("-")

    def columns_for(self, user: Any, chosen: Iterable[str] = ()) -> list[Column]:
        """The columns to show, in the chosen order; the defaults when none is chosen."""
        allowed = {column.name: column for column in self.offered(user)}
        picked = [allowed[name] for name in chosen if name in allowed]
        return picked or _fitting([c for c in allowed.values() if c.default])

    def offered(self, user: Any) -> list[Column]:
        """Every column this person may choose."""
        return [
            c for c in [*self.columns, *self.added(user).columns] if not c.permission or user.has_perm(c.permission)
        ]

    def filters_for(self, user: Any) -> list[Filter]:
        """The filters this person may use."""
        return _permitted([*self.filters, *self.added(user).filters], user)

    def conditions_for(self, user: Any) -> list[Filter]:
        """The fields this person may use in a condition: the filters, and those for conditions only."""
        return _permitted([*self.filters, *self.fields, *self.added(user).filters], user)

    def added(self, user: Any) -> Extra:
        """What the bank added to this kind of record and this person may see."""
        if not self.kind or user is None:
            return Extra()
        found = [provide(self.kind, user) for provide in providers]
        return Extra(
            filters=[one for extra in found for one in extra.filters],
            columns=[one for extra in found for one in extra.columns],
            orders=[one for extra in found for one in extra.orders],
        )

    def narrowed(self, query: Mapping[str, list[str]], context: Context) -> QuerySet[Any]:
        """What the person may see, narrowed by the filter set. Raises NotUnderstood for unknown filters or values."""
        return self.base(context.user).filter(self.condition(query, context))

    def keyed(self, query: Mapping[str, list[str]], context: Context) -> Narrowed:
        """The same for keys and counts only, from whichever table has them faster. Raises NotUnderstood."""
        return self.under(self.condition(query, context), context.user)

    def under(self, condition: Q, user: Any) -> Narrowed:
        """What the person may see under a condition, for keys and counts."""
        return Narrowed(user=user, base=self.base, found=condition, twin=self.twin)

    def condition(self, query: Mapping[str, list[str]], context: Context) -> Q:
        """The filter set as one condition. Raises NotUnderstood for unknown filters or values."""
        allowed = {f.name: f for f in self.filters_for(context.user)}
        found = Q()
        for name, values in query.items():
            if name not in allowed:
                raise NotUnderstood(name)
            found &= allowed[name].q(values, context)
        return found

    def knows(self, query: Mapping[str, list[str]], user: Any = None) -> bool:
        """Whether every filter of a saved view still exists (a room may have been removed)."""
        return all(self.filter_of(name, user) for name in query)


def _permitted(filters: Iterable[Filter], user: Any) -> list[Filter]:
    return [f for f in filters if not f.permission or user.has_perm(f.permission)]


def _check_name(extra: Filter) -> None:
    """A filter may not be named like a part of the address that is none."""
    if extra.name in OWN_KEYS:
        raise ValueError(f"a filter cannot be named {extra.name}")


def _fitting(columns: list[Column]) -> list[Column]:
    """At most so many columns as a wide screen holds: the least important leave first, from the right."""
    kept = list(columns)
    while len(kept) > MOST_COLUMNS:
        least = max(column.priority for column in kept)
        kept.remove(next(column for column in reversed(kept) if column.priority == least))
    return kept


LISTS: Register[ListSpec] = Register()


def register(spec: ListSpec) -> ListSpec:
    """Make a list known under its name, for saved views."""
    LISTS[spec.name] = spec
    return spec
