"""The board of a list: its rows as cards in columns by state. A room says which column of the table holds the state."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse

BOARD = "board"  # the layout's name in a list's address


@dataclass(frozen=True, kw_only=True)
class Board:
    """How a list is laid out as a board.

    `orders` say which cards stand first, `total` is summed per column in fen. `way` is what the keys [ and ] go along,
    `later` are states that nobody sets by hand. `shows` says which states the values of the list's `show` filter let
    through, so that an empty column can tell that the filter, not the bank, has nothing there.
    """

    url_name: str
    state: str
    states: Callable[[], Sequence[tuple[str, Any]]]
    orders: Sequence[Any]
    filter: str  # of the list, by state: for the rest of a column
    total: str = ""
    total_label: Any = ""
    most: int = 12  # cards of a column; the list has the rest
    way: Sequence[str] = ()
    later: Collection[str] = ()
    shows: Mapping[str, Collection[str]] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The board's page."""
        return reverse(self.url_name)

    def lets_through(self, query: Mapping[str, Sequence[str]], state: str) -> bool:
        """Whether the list's filters leave this state in at all."""
        values = query.get("show", ())
        known = [value for value in values if value in self.shows]
        return len(known) < len(values) or not values or any(state in self.shows[value] for value in known)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One row as a card. `to` are the states it may be dropped into; none: it stays. `dialog` does it by hand."""

    pk: Any
    name: str
    url: str
    version: int
    badge: tuple[str, str] = ("", "")  # words and tone
    lines: Sequence[str] = ()
    amount: int | None = None  # fen
    by: str = ""
    to: Sequence[str] = ()
    dialog: str = ""
    dialog_label: str = ""
