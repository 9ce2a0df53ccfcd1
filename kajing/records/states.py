"""Kinds of records that go from state to state, and the one question every such act asks before it writes.

A room names its kind, and its services ask before they change the state::

    states.register(StateKind(name="task", label=_("Task"), states=…, moves=…, …))
    states.check_move(kind="task", object_id=str(task.pk), before="OPEN", to="DONE", actor=actor, at=at, note=note)

Whoever keeps gates answers through `GUARDS` and raises `MoveRefused`; without a guard every move of the product's own
is free. Every choice field that the bank added to a kind of record is a kind of its own, named ``customer.stage``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

from kajing.lib.errors import DomainError

if TYPE_CHECKING:
    from kajing.org.models import Person, Unit

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that stands against a move: what sort of thing, its name, and a sentence.

    Sorts: state, role, note, fact, own, file, approval.
    """

    sort: str
    name: str
    said: str


class MoveRefused(DomainError):
    """The record may not go to this state, or not yet; `missing` names everything that is."""

    status = 422

    def __init__(self, missing: Sequence[Missing]) -> None:
        super().__init__(missing)
        self.missing = list(missing)

    def __str__(self) -> str:
        return " ".join(one.said for one in self.missing)

    @property
    def problems(self) -> list[dict[str, Any]]:
        """The same for programs, as a problem document lists it."""
        return [{"field": one.name, "message": one.said, "code": f"gate.{one.sort}"} for one in self.missing]


@dataclass(frozen=True, kw_only=True)
class Move:
    """One record on its way; `actor` None is a rule. `given` are own fields that the same act fills."""

    kind: str
    object_id: str
    before: str
    to: str
    actor: Person | None
    at: datetime
    note: str = ""
    given: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Fact:
    """A field of the product's own that a gate may require; `lacking(ids)` gives the records that do not have it."""

    label: Text
    lacking: Callable[[Sequence[str]], set[str]]


@dataclass(frozen=True, kw_only=True)
class Input:
    """What the act itself asks for, for its dialog: a choice, or words where there are no choices."""

    name: str
    label: Text
    choices: Sequence[tuple[str, Text]] = ()
    required: bool = True


Given = Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class StateKind:
    """A kind of record with states.

    `moves` are those the product knows; a gate can only narrow them. `carrier` says which record, by kind and id, holds
    the own fields and files that a gate may require. `apply(actor, object_id, to, given, note, at)` is the room's own
    service. `ids` gives the records in a state, `since` when they came into it as far as is known, `place` the unit
    whose leader hears that one stays too long. `may(user, row, to)` is the right the act itself asks, so that nobody is
    offered what they would be refused.
    """

    name: str
    label: Text
    states: Callable[[], Sequence[tuple[str, Text]]]
    moves: Callable[[], Sequence[tuple[str, str]]]
    find: Callable[[Any, str], Any | None]
    state_of: Callable[[str], str | None]
    ids: Callable[[str], Sequence[str]]
    apply: Callable[[Person, str, str, Given, str, datetime], object]
    since: Callable[[Sequence[str]], Mapping[str, datetime]] = lambda ids: {}
    place: Callable[[str], Unit | None] = lambda object_id: None
    customer_of: Callable[[str], str] = lambda object_id: ""
    url: Callable[[str], str] = lambda object_id: ""
    carrier: Callable[[str], tuple[str, str]] = lambda object_id: ("", "")
    carrier_kind: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    inputs: Callable[[str], Sequence[Input]] = lambda to: ()
    may: Callable[[Any, Any, str], bool] = lambda user, row, to: True
    final: frozenset[str] = frozenset()

    def words(self, state: str) -> str:
        """A state in the reader's language."""
        return str(dict(self.states()).get(state, state))


KINDS: dict[str, StateKind] = {}
GUARDS: list[Callable[[Move], None]] = []


def register(kind: StateKind) -> StateKind:
    """Make a kind known; the same name again replaces the earlier one."""
    KINDS[kind.name] = kind
    return kind


def check_move(
    *,
    kind: str,
    object_id: str,
    before: str,
    to: str,
    actor: Person | None,
    at: datetime,
    note: str = "",
    given: frozenset[str] = frozenset(),
) -> None:
    """Ask whether a record may go from one state to another. Called by the service that is about to write it.

    Raises MoveRefused with everything that is missing. What stays where it is asks nobody.
    """
    if before == to:
        return
    move = Move(kind=kind, object_id=object_id, before=before, to=to, actor=actor, at=at, note=note, given=given)
    for guard in GUARDS:
        guard(move)


MOST = 50_000  # records of a state that a test or a sweep looks at


def by_column(model: Any, column: str = "state") -> dict[str, Any]:
    """`state_of`, `ids` and `states` of a table that keeps its choices of `State` in a column."""

    def state_of(object_id: str) -> str | None:
        return next(iter(model.objects.filter(pk=object_id).values_list(column, flat=True)), None)

    def ids(state: str) -> list[str]:
        found = model.objects.filter(**{column: state}).order_by("pk").values_list("pk", flat=True)
        return [str(pk) for pk in found[:MOST]]

    return {"state_of": state_of, "ids": ids, "states": lambda: list(model.State.choices)}


def by_query(model: Any, **where: Any) -> Callable[[Sequence[str]], set[str]]:
    """`Fact.lacking` as a condition: the records among those asked for that meet it lack the fact."""

    def lacking(ids: Sequence[str]) -> set[str]:
        found: set[str] = set()
        for first in range(0, len(ids), 500):
            rows = model.objects.filter(pk__in=ids[first : first + 500], **where).order_by()
            found |= {str(pk) for pk in rows.values_list("pk", flat=True)}
        return found

    return lacking


def by_moment(model: Any, column: str) -> Callable[[Sequence[str]], dict[str, datetime]]:
    """`StateKind.since` from a column with a moment."""

    def since(ids: Sequence[str]) -> dict[str, datetime]:
        found: dict[str, datetime] = {}
        for first in range(0, len(ids), 500):
            rows = model.objects.filter(pk__in=ids[first : first + 500]).order_by()
            found |= {str(pk): moment for pk, moment in rows.values_list("pk", column) if moment is not None}
        return found

    return since
