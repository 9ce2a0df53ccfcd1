"""Acts of people on a complaint: accept, assign, change, answer, close, withdraw, refuse, reopen."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.complaints import choices, clocks, recusal, selectors
from kajing.complaints.models import PHONE, Complaint
from kajing.complaints.services import registering, writing
from kajing.complaints.services.writing import clean, day_of, go, locked, must_handle, must_stand, save, tell
from kajing.lib.errors import DomainError, NotAllowed
from kajing.org.models import Person
from kajing.reference.selectors import complaint_codes

State = choices.State
SHORTEST = 2


class CannotAct(DomainError):
    """Something the act asks for is missing; the sentence says what."""

    status = 422


class Recused(NotAllowed):
    """Whoever has an interest in a complaint does not handle it (domain §2.6)."""


def _need(words: str, said: str) -> None:
    if len(words.strip()) < SHORTEST:
        raise CannotAct(said)


@transaction.atomic
def accept(
    *, actor: Person, complaint: Complaint, at: datetime, note: str = "", version: int | None = None
) -> Complaint:
    """Take it up; without a handler it becomes the actor's.

    An agent's signed authority or an heir's proof must have been seen (2020 No. 3 Art. 14). Raises NotOpen, NotAllowed,
    CannotAct, Stale, MoveRefused.
    """
    row = locked(actor, complaint, version)
    must_handle(actor, row)
    must_stand(row, State.REGISTERED)
    if row.who in {choices.Who.AGENT, choices.Who.HEIR} and not row.authority_seen:
        raise CannotAct(_("Note first that the signed authority or the proof of being an heir was seen, or refuse it."))
    before = go(row, State.ACCEPTED.value, actor=actor, at=at, note=note)
    row.accepted_at = at
    if row.handler_id is None:
        row.handler = actor
    save(row)
    changes = {"state": [before, row.state], "handler": row.handler_id}
    tell(
        row, "accept", gettext_noop("Complaint accepted"), actor=actor, at=at, note=note, changes=changes, timeline=True
    )
    writing.moved(row, before, actor=actor, at=at)
    return row


@transaction.atomic
def begin(
    *, actor: Person, complaint: Complaint, at: datetime, note: str = "", version: int | None = None
) -> Complaint:
    """Its handler begins to work on an accepted one. Raises NotOpen, NotAllowed, Stale, MoveRefused."""
    row = locked(actor, complaint, version)
    must_handle(actor, row)
    must_stand(row, State.ACCEPTED)
    before = go(row, State.HANDLING.value, actor=actor, at=at, note=note)
    save(row)
    changes = {"state": [before, row.state]}
    tell(row, "begin", gettext_noop("Being handled"), actor=actor, at=at, note=note, changes=changes)
    writing.moved(row, before, actor=actor, at=at)
    return row


@transaction.atomic
def assign(
    *, actor: Person, complaint: Complaint, handler: Person, at: datetime, reason: str = "", version: int | None = None
) -> Complaint:
    """Give it to somebody; an accepted one is then being handled.

    Raises NotOpen, NotAllowed, Recused, CannotAct, Stale, MoveRefused.
    """
    row = locked(actor, complaint, version)
    if not actor.has_perm(selectors.ASSIGN):
        raise NotAllowed(_("Your role does not give complaints out."))
    must_stand(row, *choices.OPEN)
    _check_handler(handler, row)
    if selectors.handler_named(actor, handler.person_no) is None:
        raise CannotAct(_("Choose somebody of your own area."))
    before, was = row.state, row.handler_id
    if row.state == State.ACCEPTED:
        go(row, State.HANDLING.value, actor=actor, at=at, note=reason)
    row.handler, row.unit = handler, handler.unit
    save(row)
    changes = {"handler": [was, handler.person_no], "state": [before, row.state]}
    tell(row, "assign", gettext_noop("Assigned to %(name)s"), actor=actor, at=at, note=reason,
         params={"name": handler.name}, changes=changes)  # fmt: skip
    writing.tell_handler(row, gettext_noop("Complaint %(number)s is yours to handle"), actor=actor, at=at)
    if before != row.state:
        writing.moved(row, before, actor=actor, at=at)
    return row


def _check_handler(handler: Person, row: Complaint) -> None:
    if not handler.is_active or not handler.has_perm(selectors.HANDLE):
        raise CannotAct(_("%(name)s does not handle complaints.") % {"name": handler.name})
    if said := recusal.why_not(handler, row):
        raise Recused(said)


# What may be changed while a complaint is open, and how long a text may be.
CHANGED = {
    "kind": 10, "who": 5, "complainant": 100, "phone": 40, "authority_seen": 0, "representatives": 0, "people": 0,
    "channel": 10, "business": 10, "cause": 10, "description": 4000, "demand": 1000, "incident_on": 0,
    "regulator_ref": 60, "regulator_due_on": 0, "priority": 8, "escalated": 0, "regulatory": 0, "against": 0,
}  # fmt: skip
HIDDEN = {"description", "demand", "complainant", "phone", "representatives"}  # the trail says that they changed


@transaction.atomic
def change(
    *, actor: Person, complaint: Complaint, at: datetime, version: int | None = None, **values: Any
) -> Complaint:
    """Correct what is known of it; the clocks follow priority and the regulator's day, never the day of receipt.

    Raises NotOpen, NotAllowed, CannotRegister, Recused, Stale, TypeError for an unknown name.
    """
    row = locked(actor, complaint, version)
    if unknown := set(values) - set(CHANGED):
        raise TypeError(f"cannot change {', '.join(sorted(unknown))}")
    if not (row.created_by == actor.person_no and row.state == State.REGISTERED and actor.has_perm(selectors.REGISTER)):
        must_handle(actor, row)
    must_stand(row, *choices.OPEN)
    changes = _write_values(row, values)
    if not changes:
        return row
    registering.check(row, day_of(at))
    registering.set_clocks(row)
    save(row)
    tell(row, "change", gettext_noop("Details changed"), actor=actor, at=at, changes=changes)
    writing.keep_hold(row, actor=actor.person_no, at=at)
    return row


def _write_values(row: Complaint, values: dict[str, Any]) -> dict[str, Any]:
    """Set what differs; gives {column: [before, after]}, texts of people only as changed."""
    changes: dict[str, Any] = {}
    for name, value in values.items():
        before = row.phone if name == "phone" else getattr(row, name)
        after = clean(value, CHANGED[name]) if isinstance(value, str) else value
        if before == after:
            continue
        if name == "phone":
            row.phone_enc = settings.KAJING_KEYS.encrypt(PHONE, after) if after else None
        else:
            setattr(row, name, after)
        changes[name] = (
            ["***", "***"] if name in HIDDEN else [writing.name_of(_key(before)), writing.name_of(_key(after))]
        )
    return changes


def _key(value: Any) -> Any:
    return value.person_no if isinstance(value, Person) else value


@transaction.atomic
def answer(
    *, actor: Person, complaint: Complaint, text: str, way: str, at: datetime, version: int | None = None
) -> Complaint:
    """The decision with its reasons, and how the complainant was told. The clocks stop.

    Raises NotOpen, NotAllowed, CannotAct, Stale, MoveRefused.
    """
    row = locked(actor, complaint, version)
    must_handle(actor, row)
    must_stand(row, State.ACCEPTED, State.HANDLING)
    if len(text.strip()) < 10:
        raise CannotAct(_("Write what was found, why, and what the complainant can do if they do not agree."))
    if way not in choices.Way.values:
        raise CannotAct(_("Say how the complainant was told."))
    before = go(row, State.ANSWERED.value, actor=actor, at=at, note=text)
    row.answer, row.answered_at, row.answer_way = clean(text, 4000), at, way
    save(row)
    late = day_of(at) > row.due_on
    changes = {"state": [before, row.state], "way": way, "late": late}
    tell(
        row,
        "answer",
        gettext_noop("Complainant answered"),
        actor=actor,
        at=at,
        note=text,
        changes=changes,
        timeline=True,
    )
    writing.moved(row, before, actor=actor, at=at)
    return row


@transaction.atomic
def close(
    *,
    actor: Person,
    complaint: Complaint,
    cause: str,
    fault: str,
    redress: str,
    at: datetime,
    compensation: int = 0,
    version: int | None = None,
) -> Complaint:
    """End it with its cause (C), whether the bank was at fault, the redress, and what was paid (fen).

    Raises NotOpen, NotAllowed, CannotAct, Stale, MoveRefused.
    """
    row = locked(actor, complaint, version)
    must_handle(actor, row)
    must_stand(row, State.ANSWERED)
    code = complaint_codes(day_of(at)).get(cause)
    if code is None or code.dimension != "C":
        raise CannotAct(_("Choose the cause of the complaint."))
    if fault not in choices.Fault.values:
        raise CannotAct(_("Say whether the bank was at fault."))
    _need(redress, _("Write what was done to put it right, or that nothing was needed."))
    if compensation < 0:
        raise CannotAct(_("What was paid cannot be less than nothing."))
    before = go(row, State.CLOSED.value, actor=actor, at=at, note=redress)
    row.cause, row.fault, row.redress, row.compensation = cause, fault, clean(redress, 1000), compensation
    row.ended_at = at
    save(row)
    changes = {"state": [before, row.state], "cause": cause, "fault": fault, "compensation": compensation}
    tell(
        row, "close", gettext_noop("Complaint closed"), actor=actor, at=at, note=redress, changes=changes, timeline=True
    )
    writing.moved(row, before, actor=actor, at=at)
    return row


@transaction.atomic
def withdraw(
    *, actor: Person, complaint: Complaint, reason: str, at: datetime, version: int | None = None
) -> Complaint:
    """The complainant takes it back: the procedure ends the same day (2020 No. 3 Art. 15).

    Raises NotOpen, NotAllowed, CannotAct, Stale, MoveRefused.
    """
    row = locked(actor, complaint, version)
    must_handle(actor, row)
    must_stand(row, *choices.OPEN)
    _need(reason, _("Write how and why the complainant withdrew it."))
    return _end(row, State.WITHDRAWN.value, "withdraw", gettext_noop("Withdrawn by the complainant"), actor, reason, at)


@transaction.atomic
def refuse(
    *, actor: Person, complaint: Complaint, ground: str, reason: str, at: datetime, version: int | None = None
) -> Complaint:
    """Not accepted, such as one that neither the customer nor somebody with authority filed; the filer is told why.

    Raises NotOpen, NotAllowed, CannotAct, Stale, MoveRefused.
    """
    row = locked(actor, complaint, version)
    must_handle(actor, row)
    must_stand(row, State.REGISTERED, State.ACCEPTED)
    if ground not in choices.Ground.values:
        raise CannotAct(_("Choose why it is not accepted."))
    _need(reason, _("Write what the filer was told."))
    row.ground = ground
    return _end(row, State.REFUSED.value, "refuse", gettext_noop("Not accepted"), actor, reason, at)


def _end(row: Complaint, to: str, act: str, title: str, actor: Person, reason: str, at: datetime) -> Complaint:
    before = go(row, to, actor=actor, at=at, note=reason)
    row.ended_at = at
    save(row)
    changes = {"state": [before, to], **({"ground": row.ground} if row.ground else {})}
    tell(row, act, title, actor=actor, at=at, note=reason, changes=changes, timeline=True)
    writing.moved(row, before, actor=actor, at=at)
    return row


@transaction.atomic
def reopen(
    *, actor: Person, complaint: Complaint, reason: str, at: datetime, new_facts: bool = False,
    version: int | None = None,
) -> Complaint:  # fmt: skip
    """Open it again: for new facts as a new complaint, else as a review with its own dated period (RG051, RG052).

    Raises NotOpen, NotAllowed, CannotAct, Stale, MoveRefused.
    """
    row = locked(actor, complaint, version)
    must_handle(actor, row)
    must_stand(row, State.ANSWERED, *choices.ENDED)
    if row.merged_into_id:
        raise CannotAct(_("It was joined with another: open that one again."))
    _need(reason, _("Write why it is opened again."))
    stage = _stage_again(row, at, new_facts=new_facts)
    before = go(row, State.HANDLING.value, actor=actor, at=at, note=reason)
    row.ended_at, row.answered_at, row.answer_way, row.ground = None, None, "", ""
    registering.restart(row, day_of(at), stage)
    save(row)
    changes = {"state": [before, row.state], "stage": stage, "due_on": row.due_on.isoformat()}
    tell(
        row,
        "reopen",
        gettext_noop("Complaint opened again"),
        actor=actor,
        at=at,
        note=reason,
        changes=changes,
        timeline=True,
    )
    writing.moved(row, before, actor=actor, at=at)
    return row


def _stage_again(row: Complaint, at: datetime, *, new_facts: bool) -> str:
    """Which period runs: the first one for what was never decided or is new, the review's for what was."""
    if new_facts or row.answered_at is None:
        return choices.Stage.SIMPLE.value
    days = clocks.days_of("review_request_window", row.clock_from)
    last = day_of(row.answered_at) + timedelta(days=days)
    if days and day_of(at) > last:
        told = {"day": last.isoformat()}
        raise CannotAct(_("A review could be asked for until %(day)s. With new facts it can be opened as new.") % told)
    return choices.Stage.REVIEW.value
