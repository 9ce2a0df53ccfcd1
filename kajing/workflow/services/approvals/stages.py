"""How a request moves from stage to stage, and what happens when nobody votes in time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from kajing.notifications.services import close_group, notify
from kajing.org.models import Person
from kajing.workflow import chains
from kajing.workflow.approvals import act_of
from kajing.workflow.clock import after_hours
from kajing.workflow.models import ApprovalRequest, ApprovalSeat, ApprovalStage
from kajing.workflow.services.approvals.writing import DECIDED, Kind, ask_people, group, tell, tell_asker

SYSTEM = "system"
State, SeatState = ApprovalStage.State, ApprovalSeat.State


def open_next(request: ApprovalRequest, at: datetime) -> bool:
    """Open the first stage that waits; stages whose people have just signed pass at once. False when none is left."""
    while True:
        stage = request.stages.filter(round=request.round, state=State.WAITING).order_by("place").first()
        if stage is None:
            return False
        seats = _seat_people(request, stage, at)
        if not seats:
            give_back(
                request,
                Kind.RETURNED,
                SYSTEM,
                at,
                stage=stage,
                reason=gettext_noop("Nobody is left who may decide this step."),
            )
            return True
        if not passes(stage):
            ask_people(request, [seat.person for seat in seats if seat.state == SeatState.OPEN], at)
            return True
        close_stage(stage, at)


def _seat_people(request: ApprovalRequest, stage: ApprovalStage, at: datetime) -> list[ApprovalSeat]:
    people = chains.people(stage.who, unit=request.unit, asker=request.asker)
    stage.state, stage.opened_at, stage.due_at = State.OPEN, at, after_hours(at, stage.hours)
    stage.save()
    signed = _signed_before(stage)
    seats = []
    for person in people:
        merged = person.person_no in signed
        seat = ApprovalSeat(stage=stage, person=person)
        if merged:
            seat.state, seat.voted_by, seat.voted_at = SeatState.MERGED, person.person_no, at
            tell(request, Kind.MERGED, SYSTEM, at, stage=stage, for_person=person.person_no)
        seat.save()
        seats.append(seat)
    return seats


def _signed_before(stage: ApprovalStage) -> set[str]:
    """Who signed the stage right before: their signature counts for this one too."""
    before = ApprovalSeat.objects.filter(
        stage__request=stage.request_id, stage__round=stage.round, stage__place=stage.place - 1,
        state__in=[SeatState.APPROVED, SeatState.MERGED],
    )  # fmt: skip
    return set(before.values_list("voted_by", flat=True))


def passes(stage: ApprovalStage) -> bool:
    """Whether the stage has the votes it needs."""
    states = list(stage.seats.exclude(state=SeatState.HANDED_ON).values_list("state", flat=True))
    yes = [state in {SeatState.APPROVED, SeatState.MERGED} for state in states]
    return bool(yes) and (any(yes) if stage.way == ApprovalStage.Way.ANY else all(yes))


def close_stage(stage: ApprovalStage, at: datetime, state: str = State.PASSED) -> None:
    """End a stage; votes that nobody waits for any more are marked so."""
    stage.state, stage.ended_at = state, at
    stage.save(update_fields=["state", "ended_at"])
    stage.seats.filter(state=SeatState.OPEN).update(state=SeatState.NOT_NEEDED)


def give_back(
    request: ApprovalRequest, kind: str, actor: str, at: datetime, *, stage: ApprovalStage | None, reason: str,
    for_person: str = "",
) -> None:  # fmt: skip
    """Return the request to who asked, by a person or because time ran out."""
    end(request, ApprovalRequest.State.RETURNED, at)
    tell(request, kind, actor, at, stage=stage, reason=reason, for_person=for_person)
    act = act_of(request.act)
    if act is not None:
        act.returned(request, at)
    tell_asker(request, gettext_noop("Your request was returned: %(act)s"), at)


def end(request: ApprovalRequest, state: str, at: datetime) -> None:
    """Close the request and every stage of its round that has not passed."""
    for stage in request.stages.filter(round=request.round, state__in=[State.WAITING, State.OPEN]):
        close_stage(stage, at, State.ENDED)
    request.state, request.ended_at, request.problem = state, at, ""
    request.version += 1
    request.save()


def sweep(at: datetime, *, most: int = 200) -> int:
    """Deal with stages nobody voted on in time: one level up, or back to the asker; returns how many."""
    late = ApprovalStage.objects.filter(
        state=State.OPEN, due_at__lte=at, request__state=ApprovalRequest.State.OPEN
    ).order_by("due_at", "pk")
    return sum(_time_out(pk, at) for pk in list(late.values_list("pk", flat=True)[:most]))


@transaction.atomic
def _time_out(stage_id: int, at: datetime) -> int:
    found = ApprovalStage.objects.select_for_update().filter(pk=stage_id, state=State.OPEN, due_at__lte=at).first()
    if found is None:
        return 0
    request = (
        ApprovalRequest.objects.select_for_update(of=("self",)).select_related("asker", "unit").get(pk=found.request_id)
    )
    if found.on_timeout == chains.TIMEOUTS[0] and _escalate(request, found, at):
        return 1
    reason = gettext_noop("Nobody voted in time.")
    give_back(request, Kind.TIMED_OUT, SYSTEM, at, stage=found, reason=reason)
    return 1


def _escalate(request: ApprovalRequest, stage: ApprovalStage, at: datetime) -> bool:
    """Give each open vote to the leaders above its holder; False when there is nobody above."""
    seats = list(stage.seats.filter(state=SeatState.OPEN).select_related("person__unit"))
    taken = set(stage.seats.values_list("person_id", flat=True))
    heirs: dict[int, Person] = {}
    for seat in seats:
        above = [one for one in chains.above(seat.person, request.asker) if one.pk not in taken]
        if not above and not heirs:
            return False
        heirs |= {one.pk: one for one in above}
    _hand_up(request, stage, seats, list(heirs.values()), at)
    return True


def _hand_up(
    request: ApprovalRequest, stage: ApprovalStage, seats: Sequence[ApprovalSeat], heirs: Sequence[Person], at: datetime
) -> None:
    for seat in seats:
        seat.state = SeatState.HANDED_ON
        seat.save(update_fields=["state"])
        close_group(group=group(request), at=at, person=seat.person)
        tell(request, Kind.ESCALATED, SYSTEM, at, stage=stage, for_person=seat.person.person_no)
    ApprovalSeat.objects.bulk_create([ApprovalSeat(stage=stage, person=person) for person in heirs])
    stage.escalated, stage.due_at = True, after_hours(at, stage.hours)
    stage.save(update_fields=["escalated", "due_at"])
    ask_people(request, heirs, at)
    tell_asker_of_delay(request, at)


def tell_asker_of_delay(request: ApprovalRequest, at: datetime) -> None:
    """The asker hears that the request went one level up."""
    act = act_of(request.act)
    params = {"act": act.title if act else request.act, "_translate": ["act"]}
    notify(
        person=request.asker, kind=DECIDED,
        title=gettext_noop("Your request went one level up, nobody voted in time: %(act)s"),
        params=params, url=f"/approvals/{request.pk}/", group=group(request), at=at,
    )  # fmt: skip
