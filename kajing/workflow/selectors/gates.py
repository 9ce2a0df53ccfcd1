"""State gates as pages and the API read them, and what a person may do next with one record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kajing.org.selectors import names
from kajing.records.fields.states import kind_of, kinds
from kajing.records.selectors import fields_of
from kajing.records.states import Input, StateKind
from kajing.workflow import gates, subjects
from kajing.workflow.gates import MoveSpec
from kajing.workflow.models import GateStay, GateVersion, RuleVersion
from kajing.workflow.selectors.lacks import file_words, lacks

LIVE, DRAFT = GateVersion.State.LIVE, GateVersion.State.DRAFT


def overview() -> list[dict[str, Any]]:
    """Every kind with states, its version in force and its draft."""
    found: dict[tuple[str, str], GateVersion] = {
        (one.kind, one.state): one for one in GateVersion.objects.filter(state__in=[LIVE, DRAFT])
    }
    return [
        {"kind": kind, "live": found.get((kind.name, LIVE)), "draft": found.get((kind.name, DRAFT))} for kind in kinds()
    ]


def kind(name: str) -> StateKind | None:
    """One kind by its name."""
    return kind_of(name)


def versions(name: str) -> QuerySet[GateVersion]:
    """All versions of a kind's gate, the newest first."""
    return GateVersion.objects.filter(kind=name)


def in_force(user: Any, wanted: Sequence[str] | str) -> list[GateVersion]:
    """Gates in force of these kinds, or of every kind whose name begins with a text that ends in a dot."""
    found = GateVersion.objects.filter(state=LIVE)
    found = found.filter(kind__startswith=wanted) if isinstance(wanted, str) else found.filter(kind__in=wanted)
    return list(found)


@dataclass(frozen=True)
class Way:
    """One move of a gate in words."""

    to: str
    label: str
    roles: str
    wants: list[str]
    approval: bool
    place: int = 0  # of the state it leads to, from 1


@dataclass(frozen=True)
class Cell:
    """From one state to another: SELF, NONE (the product knows no such way), SHUT (by the gate) or OPEN."""

    sort: str
    to: str  # the state's label
    place: int
    ways: list[Way] = field(default_factory=list)

    @property
    def icon(self) -> str:
        """What it takes, at a glance."""
        if self.sort != "OPEN":
            return "lock" if self.sort == "SHUT" else ""
        if all(way.approval for way in self.ways):
            return "rubber-stamp"
        return "check" if any(not way.wants and not way.approval for way in self.ways) else "list-check"

    @property
    def words(self) -> str:
        """The same for who hears the page."""
        said = {
            "lock": _("closed by the gate"), "rubber-stamp": _("with an approval"), "check": pgettext("way", "open"),
            "list-check": _("open with conditions"),
        }  # fmt: skip
        return said.get(self.icon, _("no such way"))


@dataclass(frozen=True)
class State:
    """One state with the ways that lead out of it, and its row of the table from × to."""

    code: str
    label: str
    ends: bool
    hours: int | None
    ways: list[Way] = field(default_factory=list)
    place: int = 0
    cells: list[Cell] = field(default_factory=list)


def diagram(about: StateKind, moves: Sequence[MoveSpec], limits: dict[str, int], ends: Sequence[str]) -> list[State]:
    """The states in their order with what leads out of each: the picture of a gate."""
    known = set(about.moves())
    places = {code: place for place, (code, _label) in enumerate(about.states(), start=1)}
    found = []
    for code, label in about.states():
        fitting = [move for move in moves if gates.leads(move, code) and (code, move["to"]) in known]
        ways = sorted((_way(about, move, places[move["to"]]) for move in fitting), key=lambda way: way.place)
        ended = code in about.final or code in ends
        cells = [_cell(code, to, str(name), places[to], ways, known) for to, name in about.states()]
        found.append(State(code, str(label), ended, limits.get(code), ways, places[code], cells))
    return found


def _cell(
    before: str, to: str, label: str, place: int, ways: Sequence[Way], known: set[tuple[str, str]]
) -> Cell:  # fmt: skip
    leading = [way for way in ways if way.to == to]
    if before == to:
        return Cell("SELF", label, place)
    if leading:
        return Cell("OPEN", label, place, leading)
    return Cell("SHUT" if (before, to) in known else "NONE", label, place)


@dataclass(frozen=True)
class Follows:
    """What is done after a record came to a state: rules at work or in the making, and how a new one is begun."""

    label: str
    key: str  # for the address of a new rule
    versions: list[RuleVersion]


def following(about: StateKind) -> list[Follows]:
    """State by state, the rules that its gate sets off."""
    found = RuleVersion.objects.exclude(state=RuleVersion.State.RETIRED).select_related("rule")
    after: dict[str, list[RuleVersion]] = {}
    for one in found.filter(trigger__action="workflow.moved", trigger__field=about.name):
        after.setdefault(one.trigger.get("to") or "", []).append(one)
    anyway = after.get("", [])
    return [
        Follows(str(label), f"{about.name}:{code}", [*after.get(code, []), *anyway]) for code, label in about.states()
    ]


def trigger_after(key: str) -> dict[str, Any]:
    """The trigger of a rule that follows a move, from `Follows.key`; empty when there is no such state."""
    name, _colon, code = key.rpartition(":")
    about = kind_of(name)
    if about is None or code not in dict(about.states()):
        return {}
    found = {"kind": "act", "action": "workflow.moved", "field": name, "to": code}
    return {**found, "subject": name} if any(one.name == name for one in subjects.kinds()) else found


def _way(about: StateKind, move: MoveSpec, place: int) -> Way:
    return Way(
        move["to"], about.words(move["to"]), gates.roles_in_words([move]), wants_in_words(about, move),
        bool(move.get("approval")), place,
    )  # fmt: skip


def wants_in_words(about: StateKind, move: MoveSpec) -> list[str]:
    """What a move asks for, in words."""
    labels = {one.definition.name: one.definition.label for one in fields_of(about.carrier_kind, None)}
    found = [str(about.facts[name].label) for name in move.get("facts") or () if name in about.facts]
    found += [labels.get(name, name) for name in move.get("own") or ()]
    found += [file_words(move["files"])] if move.get("files") else []
    return [*found, *([_("note")] if move.get("note") else [])]


@dataclass(frozen=True)
class Next:
    """One state a person may take a record to now."""

    to: str
    label: str
    approval: bool
    note: bool
    own: list[str]  # own fields that are not filled yet
    files: int  # that are missing
    lacking: list[str]  # what must be there first and cannot be filled in the dialog, in words
    inputs: Sequence[Input]


@dataclass(frozen=True)
class Standing:
    """Where a record stands under a gate in force, and what is open to the person."""

    about: StateKind
    object_id: str
    state: str
    label: str
    due_at: datetime | None
    ways: list[Next]


def standing(user: Any, gate: GateVersion, object_id: str) -> Standing | None:
    """Where one record stands, for a person who sees it; None when they do not, or its kind is gone."""
    about = kind_of(gate.kind)
    row = about.find(user, object_id) if about else None
    if about is None or row is None:
        return None
    state = about.state_of(object_id) or ""
    codes = [code for code, _label in about.states() if about.may(user, row, code)]
    found = [_next(user, gate, about, object_id, state, code) for code in codes]
    ways = [one for one in found if one is not None]
    return Standing(about, object_id, state, about.words(state), _due(gate.kind, object_id, state), ways)


def openings(user: Any, name: str) -> dict[str, list[str]]:
    """From each state of a kind, the states that the product and the gate in force let this role take a record to.

    What a single record lacks, and the right on it, is not asked here.
    """
    about = kind_of(name)
    if about is None:
        return {}
    gate = next(iter(in_force(user, [name])), None)
    found: dict[str, list[str]] = {}
    for before, to in about.moves():
        if gate is None or gates.for_role(gates.between(gate.moves, before, to), user.role):
            found.setdefault(before, []).append(to)
    return found


def _due(kind: str, object_id: str, state: str) -> datetime | None:
    stay = GateStay.objects.filter(kind=kind, object_id=object_id, state=state).first()
    return stay.due_at if stay else None


def _next(user: Any, gate: GateVersion, about: StateKind, object_id: str, state: str, to: str) -> Next | None:
    if (state, to) not in set(about.moves()):
        return None
    fitting = gates.for_role(gates.between(gate.moves, state, to), user.role)
    if not fitting:
        return None
    move = fitting[0]
    wanting = [one for one in lacks(about, move, [object_id]) if one.ids]
    files = int(move.get("files") or 0) if any(one.sort == "file" for one in wanting) else 0
    return Next(
        to, about.words(to), bool(move.get("approval")), bool(move.get("note") or move.get("approval")),
        [one.name for one in wanting if one.sort == "own"], files,
        [one.label for one in wanting if one.sort == "fact"], about.inputs(to),
    )  # fmt: skip


def named(found: Sequence[GateVersion]) -> dict[str, str]:
    """Names of who wrote, published and ended versions."""
    people = {number for one in found for number in (one.author, one.published_by, one.ended_by) if number}
    return names(people)


def tested(user: Any, version: GateVersion) -> dict[str, Any] | None:
    """What the test found, with the samples this person may open, and words for the states."""
    about = kind_of(version.kind)
    if version.tested_at is None or about is None:
        return None
    rows = []
    for row in version.test["states"]:
        seen = [pk for pk in row["samples"] if about.find(user, pk) is not None]
        links = [{"id": pk, "url": about.url(pk)} for pk in seen]
        rows.append({**row, "label": about.words(row["state"]), "links": links})
    return {**version.test, "states": [row for row in rows if row["records"] or row["ways"]]}
