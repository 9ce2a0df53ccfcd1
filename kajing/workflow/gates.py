"""What a gate says, as data: its moves, checked, and which of them fits a record on its way.

A move is a mapping::

    {"from": ["OPEN"], "to": "DONE",                 # an empty "from": from every state
     "roles": ["LEADER", "SYSTEM"],                  # empty: everybody who may by their rights; SYSTEM is a rule
     "facts": ["value"], "own": ["cause"],           # the product's and the bank's own fields that must be filled
     "note": true, "files": 1, "approval": false}
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kajing.org.models import Role
from kajing.records.selectors import fields_of
from kajing.records.states import StateKind

SYSTEM = "SYSTEM"
MOST_MOVES = 40
MOST_FILES = 20
MOST_HOURS = 2000
ROLES = {**dict(Role.choices), SYSTEM: gettext_lazy("rules")}
MoveSpec = Mapping[str, Any]


def problems(kind: StateKind, moves: Any, limits: Any, ends: Any) -> list[str]:
    """What is wrong with a gate, as sentences; empty when it can be published."""
    codes = [code for code, _label in kind.states()]
    if not isinstance(moves, list) or not moves:
        return [_("A gate needs at least one move; without any, every record would be stuck.")]
    found = [_("A gate has at most %(most)s moves.") % {"most": MOST_MOVES}] if len(moves) > MOST_MOVES else []
    for number, move in enumerate(moves, start=1):
        found += [_("Move %(number)s: %(what)s") % {"number": number, "what": one} for one in _wrong(kind, codes, move)]
    if not isinstance(limits, dict) or any(code not in codes for code in limits):
        found.append(_("A time limit is for one of the states."))
    elif any(type(hours) is not int or hours not in range(1, MOST_HOURS + 1) for hours in limits.values()):
        found.append(_("A time limit has 1 to %(most)s working hours.") % {"most": MOST_HOURS})
    if not isinstance(ends, list) or any(code not in codes for code in ends):
        found.append(_("The end of the way is one of the states."))
    return found


def _wrong(kind: StateKind, codes: Sequence[str], move: MoveSpec) -> list[str]:
    found, known = [], set(kind.moves())
    to, sources = move.get("to"), move.get("from") or []
    if to not in codes or any(code not in codes for code in sources):
        return [_("name states of this kind.")]
    pairs = [(code, to) for code in sources or codes if code != to]
    impossible = [code for code, _to in pairs if (code, to) not in known]
    if (sources and impossible) or not set(pairs) & known:
        told = {"before": ", ".join(map(kind.words, impossible)) or "—", "to": kind.words(str(to))}
        found.append(_("the product knows no way from %(before)s to %(to)s.") % told)
    if unknown := [role for role in move.get("roles") or [] if role not in ROLES]:
        found.append(_("there is no role %(role)s.") % {"role": ", ".join(unknown)})
    if unknown := [name for name in move.get("facts") or [] if name not in kind.facts]:
        found.append(_("there is no field %(name)s.") % {"name": ", ".join(unknown)})
    own = {one.definition.name for one in fields_of(kind.carrier_kind, None)} if kind.carrier_kind else set()
    if unknown := [name for name in move.get("own") or [] if name not in own]:
        found.append(_("there is no field %(name)s.") % {"name": ", ".join(unknown)})
    files = move.get("files") or 0
    if type(files) is not int or files not in range(MOST_FILES + 1):
        found.append(_("ask for 0 to %(most)s files.") % {"most": MOST_FILES})
    elif files and not kind.carrier_kind:
        found.append(_("this kind of record carries no files."))
    return found


def leads(move: MoveSpec, before: str) -> bool:
    """Whether a move begins in a state."""
    return before != move["to"] and (not move.get("from") or before in move["from"])


def between(moves: Sequence[MoveSpec], before: str, to: str) -> list[MoveSpec]:
    """The moves from one state to another; several differ by who may."""
    return [move for move in moves if move["to"] == to and leads(move, before)]


def for_role(moves: Sequence[MoveSpec], role: str) -> list[MoveSpec]:
    """Those of them that a role may make, the ones without an approval first."""
    found = [move for move in moves if not move.get("roles") or role in move["roles"]]
    return sorted(found, key=lambda move: bool(move.get("approval")))


def roles_in_words(moves: Sequence[MoveSpec]) -> str:
    """Who may, in the reader's language."""
    named = dict.fromkeys(role for move in moves for role in move.get("roles") or ())
    return _(", ").join(str(ROLES[role]) for role in named) if named else _("everybody")
