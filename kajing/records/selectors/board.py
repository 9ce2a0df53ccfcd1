"""A board as one page shows it: how many rows each state has under the list's filters, their sum, the first cards."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import Count, F, Sum, Value, Window
from django.db.models.functions import RowNumber

from kajing.records.lists import ListSpec, ListState
from kajing.records.lists.board import Board, Card
from kajing.records.selectors.lists import Listing


@dataclass(frozen=True)
class Tally:
    """A column in figures: how many rows, their sum in fen, and the keys of its first cards."""

    state: str
    label: str
    count: int
    total: int
    keys: Sequence[Any]

    @property
    def more(self) -> int:
        """How many have no card here."""
        return self.count - len(self.keys)


def tallies(board: Board, rows: Any) -> list[Tally]:
    """Every state in its order over these rows, in two queries."""
    total = Sum(board.total) if board.total else Value(0)
    counted = rows.order_by().values(board.state).annotate(board_count=Count("pk"), board_total=total)
    sums = {row[board.state]: (row["board_count"], row["board_total"] or 0) for row in counted}
    place = Window(RowNumber(), partition_by=[F(board.state)], order_by=[*board.orders])
    keys: defaultdict[str, list[Any]] = defaultdict(list)
    first = rows.order_by().annotate(board_place=place).filter(board_place__lte=board.most)
    for state, pk in first.order_by("board_place").values_list(board.state, "pk"):
        keys[state].append(pk)
    return [Tally(code, str(label), *sums.get(code, (0, 0)), keys[code]) for code, label in board.states()]


@dataclass(frozen=True)
class BoardColumn:
    """A column of the page: its figures, its cards, where the rest is, and whether the filters leave it out."""

    tally: Tally
    cards: Sequence[Card]
    rest_url: str
    later: bool
    left_out: bool


class BoardPage:
    """A list laid out as a board. `card` makes a card of a loaded row; `move_url` is where a dropped card asks."""

    def __init__(self, listing: Listing, card: Callable[[Any], Card], move_url: str) -> None:
        self.listing, self.board, self.card, self.move_url = listing, _board_of(listing.spec), card, move_url

    @cached_property
    def columns(self) -> list[BoardColumn]:
        """The columns with their cards."""
        listing, board = self.listing, self.board
        found = tallies(board, listing.spec.narrowed(listing.state.query, listing.context))
        loaded = listing.spec.load(listing.context.user, [pk for one in found for pk in one.keys])
        cards = {row.pk: self.card(row) for row in loaded}
        return [
            BoardColumn(
                one, [cards[pk] for pk in one.keys if pk in cards], self._rest(one.state), one.state in board.later,
                not one.count and not board.lets_through(listing.state.query, one.state),
            )
            for one in found
        ]  # fmt: skip

    def _rest(self, state: str) -> str:
        """The list under the same filters and this state alone."""
        spec, now = self.listing.spec, self.listing.state
        return f"{spec.url}?{_only(self.board, spec, now, state).address(layout='', cursor='')}"

    @property
    def total(self) -> int:
        """Rows on all columns."""
        return sum(one.tally.count for one in self.columns)

    @property
    def all_url(self) -> str:
        """The same board with every state let through."""
        return self.listing.url(self.listing.state.with_filter("show", ["all"]).address())

    @property
    def list_url(self) -> str:
        """The same rows as a list."""
        return f"{self.listing.spec.url}?{self.listing.state.address(layout='')}"

    @property
    def way(self) -> str:
        """What the keys go along."""
        return ",".join(self.board.way)


def _only(board: Board, spec: ListSpec, now: ListState, state: str) -> ListState:
    if spec.filter_of(board.filter):
        return now.with_filter(board.filter, [state])
    before = now.query.get("where", [""])[0]
    own = f"{board.filter} = {state}"
    return now.with_filter("where", [f"({before}) and {own}" if before else own])


def _board_of(spec: ListSpec) -> Board:
    if spec.board is None:
        raise ValueError(f"the list {spec.name} has no board")
    return spec.board
