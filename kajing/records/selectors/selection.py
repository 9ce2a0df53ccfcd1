"""What a bulk act is about: ticked rows, or everything that matches a list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from kajing.lib.errors import DomainError
from kajing.records.kinds import is_key, kind_of
from kajing.records.lists import Context, ListSpec, ListState, walk
from kajing.records.lists.paging import CAP, capped_count
from kajing.records.lists.spec import OWN_KEYS
from kajing.records.selectors.lists import listing

MOST_TICKED = 500


class CannotChoose(DomainError):
    """The list whose rows are all meant cannot be read as written: without that filter it would be others too."""

    status = 422


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
    """The rows a bulk form names; ids beyond reach drop out. Raises CannotChoose."""
    shown = listing(user, spec, query, today)
    if everything and shown.state.errors:
        raise CannotChoose(" ".join([*shown.state.errors, _("Nothing was chosen.")]))
    return Selection(spec, shown.state, shown.context, _keys(spec, ids)[:MOST_TICKED], everything)


def named(user: Any, spec: ListSpec, *, ids: Sequence[str], address: str | None, today: date) -> Selection:
    """The rows a program names: ids, else all of a list's address, which must say nothing the list does not know.

    Raises CannotChoose.
    """
    query = QueryDict(address or "")
    everything = address is not None and not ids
    unknown = query.keys() - OWN_KEYS - {one.name for one in spec.filters_for(user)}
    if everything and unknown:
        raise CannotChoose(_("This list has no filter %(name)s.") % {"name": min(unknown)[:40]})
    return selection(user, spec, ids=ids, query=query, everything=everything, today=today)


def _keys(spec: ListSpec, ids: Sequence[str]) -> list[Any]:
    """The ids in the type of the records' keys, each once; what is no key drops out."""
    kind = kind_of(spec.kind)
    once = dict.fromkeys(ids)
    return [int(one) for one in once if is_key(one)] if kind and kind.numeric else list(once)
