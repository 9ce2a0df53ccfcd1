"""The board: leads by stage with count and sum of what they expect, and the first cards of each column."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, F, Sum, Window
from django.db.models.functions import RowNumber
from django.http import QueryDict

from kajing.audit.selectors import today_for
from kajing.customers.selectors.answers import FilterRefused
from kajing.records.lists import Context, ListSpec, read_state
from kajing.records.selectors import Listing
from kajing.sales.models import Lead
from kajing.sales.stages import WAY

CARDS = 12  # of a column; the list has the rest
COLUMNS: tuple[str, ...] = (*WAY, Lead.Stage.LOST)


@dataclass(frozen=True)
class Tally:
    """A column in figures: how many leads, the sum of what they expect in fen, and the keys of its first cards."""

    stage: str
    count: int
    expected: int
    keys: Sequence[int]

    @property
    def label(self) -> str:
        """The stage in words."""
        return str(Lead.Stage(self.stage).label)

    @property
    def more(self) -> int:
        """How many have no card here."""
        return self.count - len(self.keys)


def columns(listing: Listing, most: int = CARDS) -> list[Tally]:
    """Every stage in its order under the list's filters, in two queries; those longest in their stage come first."""
    return _columns(listing.spec.narrowed(listing.state.query, listing.context).order_by(), most)


def tallies(user: Any, spec: ListSpec, values: Mapping[str, str], most: int = CARDS) -> list[Tally]:
    """The same under filters given by name. Raises FilterRefused."""
    params = QueryDict(mutable=True)
    params.update({name: value for name, value in values.items() if value})
    context = Context(user, today_for(user))
    state = read_state(spec, params, context)
    if state.errors:
        raise FilterRefused(state.errors)
    return _columns(spec.narrowed(state.query, context).order_by(), most)


def _columns(rows: Any, most: int) -> list[Tally]:
    sums = {
        row["stage"]: (row["count"], row["expected"] or 0)
        for row in rows.values("stage").annotate(count=Count("pk"), expected=Sum("expected_limit"))
    }
    place = Window(RowNumber(), partition_by=[F("stage")], order_by=[F("stage_since").asc(), F("pk").asc()])
    keys: defaultdict[str, list[int]] = defaultdict(list)
    found = Lead.objects.filter(pk__in=rows.values("pk")).order_by()
    first = found.annotate(place=place).filter(place__lte=most).order_by("stage", "place")
    for stage, pk in first.values_list("stage", "pk"):
        keys[stage].append(pk)
    return [Tally(stage, *sums.get(stage, (0, 0)), keys[stage]) for stage in COLUMNS]
