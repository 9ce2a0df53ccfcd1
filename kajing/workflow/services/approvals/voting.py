"""Votes: agree, return, hand the vote on. The last vote carries the act out in its own transaction."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.lib.errors import DomainError, NotAllowed
from kajing.notifications.services import close_group
from kajing.org.models import Person
from kajing.workflow import signals
from kajing.workflow.approvals import act_of
from kajing.workflow.models import ApprovalRequest, ApprovalSeat, ApprovalStage
from kajing.workflow.selectors.approvals import seat_of
from kajing.workflow.services.approvals.asking import locked
from kajing.workflow.services.approvals.stages import close_stage, end, give_back, open_next, passes
from kajing.workflow.services.approvals.writing import Kind, ask_people, group, tell, tell_asker


class CannotVote(DomainError):
    """The request no longer waits for this person, or was changed meanwhile."""


class NotCarriedOut(Exception):
    """The act refused: everything of the last vote is rolled back, the sentence stays."""


def approve(
    *, actor: Person, request: ApprovalRequest, at: datetime, reason: str = "", version: int | None = None
) -> ApprovalRequest:
    """Agree. The last vote carries the act out in the same transaction.

    When the act refuses (a DomainError), the vote is not counted, the request stays open, and `problem` says why.
    Raises CannotVote, NotAllowed.
    """
    try:
        with transaction.atomic():
            return _approve(actor, request, at, reason, version)
    except NotCarriedOut as refusal:
        return _note_failure(actor, request, str(refusal), at)


def _approve(
    actor: Person, request: ApprovalRequest, at: datetime, reason: str, version: int | None
) -> ApprovalRequest:
    request, seat = _ready(actor, request, version)
    _vote(seat, actor, ApprovalSeat.State.APPROVED, at)
    tell(request, Kind.APPROVED, actor.person_no, at, stage=seat.stage, reason=reason, for_person=_whose(seat, actor))
    request.problem = ""
    request.version += 1
    request.save(update_fields=["problem", "version"])
    if passes(seat.stage):
        close_stage(seat.stage, at)
        if not open_next(request, at):
            _carry_out(request, actor, at)
    return request


def _carry_out(request: ApprovalRequest, actor: Person, at: datetime) -> None:
    act = act_of(request.act)
    if act is None:
        raise NotCarriedOut(_("The part of the product that would carry this out is not installed."))
    end(request, ApprovalRequest.State.APPROVED, at)
    try:
        with transaction.atomic():
            act.apply(request, at)
    except DomainError as error:
        raise NotCarriedOut(str(error)) from error
    tell(request, Kind.APPLIED, actor.person_no, at)
    tell_asker(request, gettext_noop("Your request was approved: %(act)s"), at)
    signals.approval_ended.send(sender=ApprovalRequest, request=request, actor=actor, at=at)


@transaction.atomic
def _note_failure(actor: Person, request: ApprovalRequest, problem: str, at: datetime) -> ApprovalRequest:
    request = locked(request)
    request.problem = problem[:400]
    request.version += 1
    request.save(update_fields=["problem", "version"])
    tell(request, Kind.FAILED, actor.person_no, at, reason=problem)
    return request


@transaction.atomic
def return_request(
    *, actor: Person, request: ApprovalRequest, reason: str, at: datetime, version: int | None = None
) -> ApprovalRequest:
    """Give it back to who asked, with the reason. Raises CannotVote, NotAllowed."""
    if not reason.strip():
        raise CannotVote(_("Say why you return it: who asked reads it."))
    request, seat = _ready(actor, request, version)
    _vote(seat, actor, ApprovalSeat.State.RETURNED, at)
    give_back(
        request, Kind.RETURNED, actor.person_no, at, stage=seat.stage, reason=reason, for_person=_whose(seat, actor)
    )
    signals.approval_ended.send(sender=ApprovalRequest, request=request, actor=actor, at=at)
    return request


@transaction.atomic
def hand_on(*, actor: Person, request: ApprovalRequest, to: Person, reason: str, at: datetime) -> ApprovalRequest:
    """Let somebody else vote in one's place, with the reason. Raises CannotVote, NotAllowed."""
    request, seat = _ready(actor, request, None)
    _give_seat(request, seat, actor, to, reason, at)
    return request


@transaction.atomic
def reassign_seat(
    *, actor: Person, request: ApprovalRequest, seat_id: int, to: Person, reason: str, at: datetime
) -> ApprovalRequest:
    """Who oversees approvals gives a stuck vote to somebody else. Raises CannotVote, NotAllowed."""
    if not actor.has_perm("workflow.reassign_approval"):
        raise NotAllowed(_("Only who oversees approvals may give another person's vote away."))
    request = locked(request)
    seat = ApprovalSeat.objects.select_related("stage", "person").filter(
        pk=seat_id, stage__request=request, state=ApprovalSeat.State.OPEN, stage__state=ApprovalStage.State.OPEN
    ).first()  # fmt: skip
    if seat is None:
        raise CannotVote(_("This vote is not waited for any more."))
    _give_seat(request, seat, actor, to, reason, at)
    return request


def _give_seat(
    request: ApprovalRequest, seat: ApprovalSeat, actor: Person, to: Person, reason: str, at: datetime
) -> None:
    if not reason.strip():
        raise CannotVote(_("Say why you hand it on."))
    if to.pk == request.asker_id:
        raise CannotVote(_("Nobody decides a request of their own."))
    if not to.is_active or seat.stage.seats.filter(person=to).exists():
        raise CannotVote(_("Choose somebody who works here and does not sit on this step already."))
    seat.state = ApprovalSeat.State.HANDED_ON
    seat.save(update_fields=["state"])
    close_group(group=group(request), at=at, person=seat.person)
    ApprovalSeat.objects.create(stage=seat.stage, person=to)
    request.version += 1
    request.save(update_fields=["version"])
    tell(request, Kind.HANDED_ON, actor.person_no, at, stage=seat.stage, reason=reason, for_person=to.person_no)
    ask_people(request, [to], at)


def _ready(actor: Person, request: ApprovalRequest, version: int | None) -> tuple[ApprovalRequest, ApprovalSeat]:
    request = locked(request)
    if request.asker_id == actor.pk:
        raise NotAllowed(_("Nobody decides a request of their own."))
    if request.state != ApprovalRequest.State.OPEN:
        raise CannotVote(_("This request has been decided already."))
    if version is not None and version != request.version:
        raise CannotVote(_("Somebody voted in the meantime. Look at it again, then repeat."))
    seat = seat_of(actor, request)
    if seat is None:
        raise NotAllowed(_("This request does not wait for your vote."))
    return request, seat


def _vote(seat: ApprovalSeat, actor: Person, state: str, at: datetime) -> None:
    seat.state, seat.voted_by, seat.voted_at = state, actor.person_no, at
    seat.save(update_fields=["state", "voted_by", "voted_at"])
    for person in (actor, seat.person):
        close_group(group=group(seat.stage.request), at=at, person=person)


def _whose(seat: ApprovalSeat, actor: Person) -> str:
    return seat.person.person_no if seat.person_id != actor.pk else ""
