"""The guard: every act that changes a record's state asks it, from a page, the API, a bulk or a rule alike."""

from __future__ import annotations

from collections.abc import Sequence
from contextvars import ContextVar
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from kajing.audit.services import record
from kajing.org.models import Person
from kajing.records.fields.states import kind_of
from kajing.records.states import Missing, Move, MoveRefused, StateKind
from kajing.workflow import gates
from kajing.workflow.clock import after_hours
from kajing.workflow.gates import SYSTEM, MoveSpec
from kajing.workflow.models import GateStay, GateVersion
from kajing.workflow.selectors.lacks import lacks

# (kind, object, state) that an approval has granted in this transaction.
GRANTED: ContextVar[tuple[str, str, str]] = ContextVar("workflow_gate_granted", default=("", "", ""))
PASSED = "workflow.moved"  # sets off the rules that follow a move
# Kinds without a gate in force, and when that was asked: a bulk act asks once. Other processes' gates are met after
# FRESH, those of this process at once (`forget`).
FRESH = timedelta(seconds=1)
_open: dict[str, datetime] = {}


def forget() -> None:
    """A gate was written or changed: ask again."""
    _open.clear()


def live_gate(kind: str, at: datetime | None = None) -> GateVersion | None:
    """The version in force for a kind; None where every move of the product's own is open."""
    if at is not None and timedelta(0) <= at - _open.get(kind, at - FRESH) < FRESH:
        return None
    found = GateVersion.objects.filter(kind=kind, state=GateVersion.State.LIVE).first()
    if found is None and at is not None:
        _open[kind] = at
    return found


def guard(move: Move) -> None:
    """Let a move pass, or raise MoveRefused with everything that is missing."""
    gate = live_gate(move.kind, move.at)
    kind = kind_of(move.kind) if gate else None
    if gate is None or kind is None:
        return
    fitting = find_moves(gate, kind, move.before, move.to, move.actor)
    found = [(spec, _missing(kind, spec, move)) for spec in fitting]
    if all(missing for _spec, missing in found):
        raise MoveRefused(min((missing for _spec, missing in found), key=len))
    _stay(gate, move)
    _tell(kind, move)


def find_moves(gate: GateVersion, kind: StateKind, before: str, to: str, actor: Person | None) -> Sequence[MoveSpec]:
    """The moves of a gate that lead there and are open to who asks. Raises MoveRefused, naming what is open."""
    role = actor.role if actor else SYSTEM
    leading = gates.between(gate.moves, before, to)
    if not leading:
        raise MoveRefused([Missing("state", to, _no_way(gate, kind, before, to))])
    fitting = gates.for_role(leading, role)
    if not fitting:
        told = {"before": kind.words(before), "to": kind.words(to), "roles": gates.roles_in_words(leading)}
        said = _("From %(before)s to %(to)s is for: %(roles)s.") % told
        raise MoveRefused([Missing("role", role, said)])
    return fitting


def _no_way(gate: GateVersion, kind: StateKind, before: str, to: str) -> str:
    known = set(kind.moves())
    ways = [move["to"] for move in gate.moves if gates.leads(move, before) and (before, move["to"]) in known]
    told = {"kind": str(kind.label), "before": kind.words(before), "to": kind.words(to)}
    if not ways:
        return _("%(kind)s: from %(before)s the state gate leads nowhere.") % told
    told["ways"] = _(", ").join(dict.fromkeys(map(kind.words, ways)))
    return _("%(kind)s: from %(before)s it does not go to %(to)s; open are: %(ways)s.") % told


def _missing(kind: StateKind, spec: MoveSpec, move: Move) -> list[Missing]:
    found = [
        one.missing(_file_words(one.label, one.sort))
        for one in lacks(kind, spec, [move.object_id], move.given)
        if one.ids
    ]
    if spec.get("note") and len(move.note.strip()) < 2:
        found.append(Missing("note", "note", _("Say why, in the note.")))
    if spec.get("approval") and GRANTED.get() != (move.kind, move.object_id, move.to):
        said = _("This needs an approval: ask for it on the record's page, under the next states.")
        found.append(Missing("approval", "approval", said))
    return found


def _file_words(label: str, sort: str) -> str:
    return _("Attach: %(files)s.") % {"files": label} if sort == "file" else ""


def _stay(gate: GateVersion, move: Move) -> None:
    """Remember since when the record is in its new state, where that has a time limit."""
    hours = gate.limits.get(move.to)
    stays = GateStay.objects.filter(kind=move.kind, object_id=move.object_id)
    if hours is None:
        stays.delete()
        return
    GateStay.objects.update_or_create(
        kind=move.kind, object_id=move.object_id,
        defaults={"state": move.to, "since": move.at, "due_at": after_hours(move.at, hours), "escalated_at": None},
    )  # fmt: skip


def _tell(kind: StateKind, move: Move) -> None:
    """Say in the trail that a record passed its gate, in the transaction of the act: with it goes what would follow."""
    record(
        actor=move.actor.person_no if move.actor else "system", action=PASSED, object_kind=kind.name,
        object_id=move.object_id, at=move.at, customer_id=kind.customer_of(move.object_id),
        changes={kind.name: [move.before, move.to]},
    )  # fmt: skip
