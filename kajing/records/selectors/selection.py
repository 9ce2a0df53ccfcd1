"""What a bulk act is about: ticked rows, or everything that matches a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from kajing.records.kinds import is_key, kind_of
from kajing.records.lists import Context, ListSpec, ListState, walk
from kajing.records.lists.paging import CAP, capped_count
from kajing.records.selectors.lists import listing

MOST_TICKED = 500


@dataclass(frozen=True)
class Selection:
    """Chosen rows of a list: `ids` when ticked, else the whole list of `state`."""

    spec: ListSpec
    state: ListState
    context: Context
    ids: list[Any]
    everything: bool

    @property
    def address(self) -> str:
        """The URL query of the list the rows were chosen from."""
        return self.state.address()

    @property
    def rows(self) -> QuerySet[Any]:
        """The chosen rows, as far as the person sees them."""
        if self.everything:
            return self.spec.narrowed(self.state.query, self.context)
        return self.spec.base(self.context.user).filter(pk__in=self.ids)

    @property
    def _keyed(self) -> QuerySet[Any]:
        """The same for counting: rows of whichever table counts faster."""
        if self.everything:
            return self.spec.keyed(self.state.query, self.context).rows()
        return self.rows

    @property
    def count(self) -> int:
        """How many are chosen."""
        return self._keyed.count()

    def keys(self, most: int) -> list[Any]:
        """Their ids in the order of the list, at most so many."""
        if not self.everything:
            seen = set(self.rows.values_list("pk", flat=True))
            return [pk for pk in self.ids if pk in seen][:most]
        return [pk for chunk in walk(self.spec, self.state, self.context, most=most) for pk in chunk]

    @property
    def capped(self) -> str:
        """The count for the question, counted to 1000 at most."""
        found = capped_count(self._keyed)
        return f"{CAP}+" if found > CAP else str(found)

    @property
    def sample(self) -> list[Any]:
        """The first three, so that people see what they are about to do."""
        return self.spec.load(self.context.user, self.keys(3))


def selection(
    user: Any, spec: ListSpec, *, ids: Sequence[str], query: QueryDict, everything: bool, today: date
) -> Selection:
    """The rows a bulk form names; ids beyond reach drop out."""
    shown = listing(user, spec, query, today)
    return Selection(spec, shown.state, shown.context, _keys(spec, ids)[:MOST_TICKED], everything)


def _keys(spec: ListSpec, ids: Sequence[str]) -> list[Any]:
    """The ids in the type of the records' keys, each once; what is no key drops out."""
    kind = kind_of(spec.kind)
    once = dict.fromkeys(ids)
    return [int(one) for one in once if is_key(one)] if kind and kind.numeric else list(once)
