"""One record goes to its next state from the dialog or the API: what is required is filled in and the act done at once.

Where the gate wants an approval, the act is asked for and done by the last vote, in the name of who asked.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.lib.errors import DomainError, NotAllowed
from kajing.lib.masks import scrub_card_numbers
from kajing.org.models import Person
from kajing.records import services as records
from kajing.records.fields.states import kind_of
from kajing.records.states import Missing, Move, MoveRefused, StateKind
from kajing.workflow import approvals
from kajing.workflow.approvals import Act, Change
from kajing.workflow.models import ApprovalRequest
from kajing.workflow.services.approvals import ask_approval
from kajing.workflow.services.gates import passing
from kajing.workflow.services.gates.passing import GRANTED, find_moves, live_gate

ACT = "workflow.move"
File = tuple[str, bytes]  # name and content


class CannotMove(DomainError):
    """The record is not there any more, or somebody moved it meanwhile."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of a move: done, or a request for approval that waits."""

    approval: int | None = None


@transaction.atomic
def make_move(
    *,
    actor: Person,
    kind: str,
    object_id: str,
    to: str,
    at: datetime,
    note: str = "",
    given: Mapping[str, str] | None = None,
    own: Mapping[str, Any] | None = None,
    files: Sequence[File] = (),
) -> Asked:
    """Take a record to its next state: own fields and files first, then the act itself, all or nothing.

    `given` is what the act asks for (`StateKind.inputs`). Raises NotAllowed, CannotMove, MoveRefused, and what the
    room's own act raises.
    """
    about, before = _about(actor, kind, object_id)
    told, words = dict(given or {}), scrub_card_numbers(note.strip())[:400]
    _fill(about, actor, object_id, own or {}, files, words, at)
    try:
        about.apply(actor, object_id, to, told, words, at)
    except (MoveRefused, records.ValuesRefused):
        if not _only_approval(about, actor, object_id, before, to, words, at):
            raise
        return _ask(about, actor, object_id, before, to, told, words, at)
    return Asked()


def _about(actor: Person, kind: str, object_id: str) -> tuple[StateKind, str]:
    about = kind_of(kind)
    if about is None or about.find(actor, object_id) is None:
        raise NotAllowed(_("You may not see this record."))
    before = about.state_of(object_id)
    if before is None:
        raise CannotMove(_("This record is not there any more."))
    return about, before


def _fill(
    about: StateKind,
    actor: Person,
    object_id: str,
    own: Mapping[str, Any],
    files: Sequence[File],
    note: str,
    at: datetime,
) -> None:
    kind, row = about.carrier(object_id)
    if own and kind:
        records.set_values(actor=actor, kind=kind, object_id=row, values=own, at=at, reason=note)
    for name, content in files:
        records.attach(actor=actor, kind=kind, object_id=row, name=name, content=content, at=at)


def _only_approval(
    about: StateKind, actor: Person, object_id: str, before: str, to: str, note: str, at: datetime
) -> bool:
    """Whether an approval is all that is missing."""
    move = Move(kind=about.name, object_id=object_id, before=before, to=to, actor=actor, at=at, note=note)
    try:
        passing.guard(move)
    except MoveRefused as refused:
        return [one.sort for one in refused.missing] == ["approval"]
    return False


def _ask(
    about: StateKind,
    actor: Person,
    object_id: str,
    before: str,
    to: str,
    given: Mapping[str, str],
    note: str,
    at: datetime,
) -> Asked:
    if len(note) < 2:
        raise MoveRefused([Missing("note", "note", _("Say why: whoever decides reads it."))])
    _try(about, actor, object_id, to, given, note, at)
    payload = {"kind": about.name, "object": object_id, "before": before, "to": to, "given": dict(given), "note": note}
    request = ask_approval(
        actor=actor, act=ACT, object_id=_number(about.name, object_id), payload=payload, reason=note, at=at,
        customer_id=about.customer_of(object_id),
    )  # fmt: skip
    return Asked(request.pk)


def _try(
    about: StateKind, actor: Person, object_id: str, to: str, given: Mapping[str, str], note: str, at: datetime
) -> None:
    """Rehearse the act as if it were granted, so that nobody is asked for what would then fail."""
    token = GRANTED.set((about.name, object_id, to))
    try:
        with transaction.atomic():
            about.apply(actor, object_id, to, given, note, at)
            transaction.set_rollback(True)
    finally:
        GRANTED.reset(token)


def _number(kind: str, object_id: str) -> str:
    """One open request a record; the name is cut by its digest where it would not fit."""
    name = f"{kind}:{object_id}"
    return name if len(name) <= 64 else hashlib.sha256(name.encode()).hexdigest()


def describe(payload: Mapping[str, Any]) -> list[Change]:
    """Which record goes from where to where."""
    about = kind_of(payload["kind"])
    if about is None:
        return []
    return [Change(str(about.label), about.words(payload["before"]), about.words(payload["to"]))]


def apply(request: ApprovalRequest, at: datetime) -> None:
    """The last vote: the record moves in the name of who asked. Raises CannotMove, and what the act raises."""
    payload = request.payload
    about = kind_of(payload["kind"])
    if about is None or about.state_of(payload["object"]) != payload["before"]:
        raise CannotMove(_("The record has moved meanwhile; return the request."))
    token = GRANTED.set((about.name, payload["object"], payload["to"]))
    try:
        about.apply(request.asker, payload["object"], payload["to"], payload["given"], payload["note"], at)
    finally:
        GRANTED.reset(token)


def _url(payload: Mapping[str, Any]) -> str:
    about = kind_of(payload["kind"])
    return about.url(payload["object"]) if about else ""


def register() -> None:
    """Say what is decided when a gate wants an approval."""
    approvals.register(
        Act(
            name=ACT, title=gettext_noop("Next state of a record"), icon="arrows-exchange",
            permission="workflow.work_own_tasks", apply=apply, describe=describe, url=_url,
        )
    )  # fmt: skip


def may_move(actor: Person, about: StateKind, before: str, to: str, at: datetime) -> bool:
    """Whether a gate in force leaves this move open to a person; True without one."""
    gate = live_gate(about.name, at)
    if gate is None:
        return True
    try:
        return bool(find_moves(gate, about, before, to, actor))
    except MoveRefused:
        return False
