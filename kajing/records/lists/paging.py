"""Keyset paging: a page starts after a row, not after a number of rows, so that page 1,000 costs what page 1 costs.

The order is total: rows with a value come first in the chosen direction, rows without one last, and the primary key
breaks ties. The two parts are asked for apart, so that the first is an inner join with a range on one index.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from django.core import signing
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from kajing.lib.errors import DomainError
from kajing.records.lists.filters import Context
from kajing.records.lists.spec import ListSpec, Order
from kajing.records.lists.state import ListState
from kajing.records.lists.twins import Narrowed

CAP = 1000


@dataclass(frozen=True)
class _Place:
    """A position: the row's sort value (None when empty) and key, and how many rows lie before the page's first."""

    value: Any
    pk: Any
    start: int
    backward: bool = False


@dataclass(frozen=True)
class _Sort:
    """One field and its direction."""

    path: str
    descending: bool


@dataclass(frozen=True)
class Page:
    """One page of rows. `total` is None when not asked, CAP + 1 when there are more than CAP."""

    rows: list[Any]
    next: str
    previous: str
    start: int
    total: int | None

    @property
    def total_text(self) -> str:
        """22, or 1000+."""
        return "" if self.total is None else f"{CAP}+" if self.total > CAP else str(self.total)

    @property
    def capped_text(self) -> str:
        """1000+ when there are more than are counted, else nothing."""
        return self.total_text if (self.total or 0) > CAP else ""

    @property
    def total_value(self) -> int | str:
        """The count for the API: a number, or "1000+"."""
        return f"{CAP}+" if (self.total or 0) > CAP else self.total or 0

    @property
    def first(self) -> int:
        """The number of the page's first row, from 1."""
        return self.start + 1 if self.rows else 0

    @property
    def last(self) -> int:
        """The number of the page's last row."""
        return self.start + len(self.rows)


@dataclass(frozen=True)
class Neighbours:
    """The rows before and after one record in the list it was opened from, and its place."""

    previous: Any | None
    next: Any | None
    position: int | None
    total: int

    @property
    def total_text(self) -> str:
        """22, or 1000+."""
        return f"{CAP}+" if self.total > CAP else str(self.total)


def capped_count(rows: QuerySet[Any], cap: int = CAP) -> int:
    """How many rows, counting no further than one past the cap."""
    return rows.order_by().values("pk")[: cap + 1].count()


def page(spec: ListSpec, state: ListState, context: Context, *, with_total: bool = True) -> Page:
    """The page that the state points at. Raises CursorRefused or NotUnderstood."""
    order, descending = spec.order_of(state.order or spec.default_order, context.user)
    narrowed = spec.keyed(state.query, context)
    rows = _sorted_by(order, narrowed)
    place = _decode(state.cursor, state.order or spec.default_order)
    backward = bool(place and place.backward)
    found = _fetch(rows, _Sort(order.path, descending), place, state.limit + 1)
    more, found = len(found) > state.limit, found[: state.limit]
    if backward:
        found.reverse()
    start = _start(place, len(found), more=more)
    is_last = not more and not backward
    name = state.order or spec.default_order
    return Page(
        rows=spec.load(context.user, [pk for _value, pk in found]),
        next=_make(name, found[-1], start + len(found)) if found and (more or backward) else "",
        previous=_make(name, found[0], start, backward=True) if found and start > 0 else "",
        start=start,
        total=_total(narrowed, start + len(found), is_last=is_last) if with_total else None,
    )


def _sorted_by(order: Order, narrowed: Narrowed) -> Narrowed:
    """The rows with what they are sorted by; a value that is worked out is so on the record's own table."""
    if order.annotate is None:
        return narrowed
    return replace(narrowed, base=lambda user: order.on(narrowed.base(user)), twin=None)


def _total(rows: Narrowed, seen: int, *, is_last: bool) -> int:
    """The last page knows how many there are without counting."""
    return min(seen, CAP + 1) if is_last else capped_count(rows.rows())


def _start(place: _Place | None, count: int, *, more: bool) -> int:
    if place is None:
        return 0
    if not place.backward:
        return place.start
    return max(place.start - count, 1 if more else 0) if more else 0


def neighbours(spec: ListSpec, state: ListState, context: Context, pk: Any) -> Neighbours | None:
    """Where a record stands in a list; None when it is not on it."""
    order, descending = spec.order_of(state.order or spec.default_order, context.user)
    narrowed = spec.keyed(state.query, context)
    rows = _sorted_by(order, narrowed)
    here = rows.keys(order.path, ("pk",), Q(pk__in=[pk])).first()
    if here is None:
        return None
    before = _fetch(rows, _Sort(order.path, descending), _Place(here[0], here[1], start=0, backward=True), 1)
    after = _fetch(rows, _Sort(order.path, descending), _Place(here[0], here[1], start=0), 1)
    parts = _parts(_Sort(order.path, descending), _Place(here[0], here[1], start=0, backward=True))
    ahead = sum(capped_count(rows.rows(condition)) for condition, _by in parts)
    return Neighbours(
        previous=before[0][1] if before else None,
        next=after[0][1] if after else None,
        position=ahead + 1 if ahead <= CAP else None,
        total=capped_count(narrowed.rows()),
    )


def walk(spec: ListSpec, state: ListState, context: Context, *, most: int, chunk: int = 500) -> Iterator[list[Any]]:
    """Chunks of keys of the whole list in its order, at most `most` keys."""
    order, descending = spec.order_of(state.order or spec.default_order, context.user)
    rows = _sorted_by(order, spec.keyed(state.query, context))
    place: _Place | None = None
    left = most
    while left > 0:
        found = _fetch(rows, _Sort(order.path, descending), place, min(chunk, left))
        if not found:
            return
        yield [pk for _value, pk in found]
        left -= len(found)
        place = _Place(*found[-1], start=0)


def _fetch(rows: Narrowed, sort: _Sort, place: _Place | None, most: int) -> list[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    for condition, by in _parts(sort, place):
        if len(found) < most:
            found += rows.keys(sort.path, by, condition)[: most - len(found)]
    return found


def _parts(by: _Sort, place: _Place | None) -> list[tuple[Q, Sequence[str]]]:
    """The one or two queries that follow a place, each a condition and its order.

    Ties are broken in the direction of the sort, so that one index serves both; rows without a value go up by key.
    """
    path, backward = by.path, bool(place and place.backward)
    sort, key = ("-" if by.descending != backward else ""), ("-" if backward else "")
    if path == "pk":
        return [(_beyond_key(sort, place.pk) if place else Q(), (f"{sort}pk",))]
    filled = (Q(**{f"{path}__isnull": False}), (f"{sort}{path}", f"{sort}pk"))
    empty = (Q(**{f"{path}__isnull": True}), (f"{key}pk",))
    if place is None:
        return [filled, empty]
    if place.value is None:
        rest = (empty[0] & _beyond_key(key, place.pk), empty[1])
        return [rest, filled] if backward else [rest]
    further = (filled[0] & _beyond(path, sort, place), filled[1])
    return [further] if backward else [further, empty]


def _beyond_key(sort: str, pk: Any) -> Q:
    return Q(**{f"pk__{'lt' if sort else 'gt'}": pk})


def _beyond(path: str, sort: str, place: _Place) -> Q:
    side = "lt" if sort else "gt"
    # The first condition alone is the range of the index; the second cuts the ties at its edge.
    edge = Q(**{f"{path}__{side}": place.value}) | _beyond_key(sort, place.pk)
    return Q(**{f"{path}__{side}e": place.value}) & edge


class CursorRefused(DomainError):
    """The cursor was changed, or made for another order of the list; the API answers 422."""

    status = 422

    def __str__(self) -> str:
        return str(_("This page address is not valid; start again from the first page."))


def _make(order: str, row: tuple[Any, Any], start: int, *, backward: bool = False) -> str:
    """The signed cursor that stands at a row."""
    value = row[0].isoformat() if isinstance(row[0], date) else str(row[0]) if isinstance(row[0], Decimal) else row[0]
    return _signer(order).sign_object([value, row[1], start, int(backward)])


def _decode(cursor: str, order: str) -> _Place | None:
    if not cursor:
        return None
    try:
        value, pk, start, backward = _signer(order).unsign_object(cursor)
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise CursorRefused from error
    return _Place(value, pk, start, bool(backward))


def _signer(order: str) -> signing.Signer:
    return signing.Signer(salt=f"kajing.list:{order}")
