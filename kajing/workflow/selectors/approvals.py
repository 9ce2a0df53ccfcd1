"""Approvals a person may see, those that wait for them, and what helps to decide."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _

from kajing.lib.money import full
from kajing.lib.periods import SHANGHAI
from kajing.notifications.wording import worded
from kajing.org.models import Person, Substitution
from kajing.org.selectors import names, own_units, substitutions_today
from kajing.reference.models import Parameter
from kajing.reference.selectors import NotInForce, parameter_row
from kajing.ui import formats
from kajing.workflow.approvals import Act, Change, act_of
from kajing.workflow.models import ApprovalChain, ApprovalEvent, ApprovalRequest, ApprovalSeat, ApprovalStage

OVERSEES = "workflow.oversee_approvals"
SIMILAR = 5


def requests(user: Any) -> QuerySet[ApprovalRequest]:
    """Requests this person may see: asked, decided or to decide by them or for whom they stand in, or overseen."""
    if user.has_perm(OVERSEES):
        return ApprovalRequest.objects.all()
    seats = ApprovalSeat.objects.filter(person__in=sits_for(user)).values("stage__request")
    touched = ApprovalEvent.objects.filter(actor=user.person_no).values("request")
    return ApprovalRequest.objects.filter(Q(asker=user) | Q(pk__in=seats) | Q(pk__in=touched))


def sits_for(user: Any) -> list[int]:
    """Whose seats this person may vote on today: the own ones, and those of people they stand in for."""
    return [user.pk, *(one.person_id for one in substitutions_today(user) if one.substitute_id == user.pk)]


def waiting_seats(user: Any) -> QuerySet[ApprovalSeat]:
    """Seats that wait for this person's vote; never on a request of their own."""
    open_ = Q(state=ApprovalSeat.State.OPEN, stage__state=ApprovalStage.State.OPEN)
    found = ApprovalSeat.objects.filter(open_, person__in=sits_for(user)).exclude(stage__request__asker=user)
    return found.select_related("person", "stage__request__asker", "stage__request__unit")


def to_decide(user: Any) -> QuerySet[ApprovalRequest]:
    """Requests that wait for this person's vote, the one that is late first."""
    waiting = waiting_seats(user).values("stage__request")
    return ApprovalRequest.objects.filter(pk__in=waiting).order_by("asked_at", "pk")


def to_decide_count(user: Any) -> int:
    """How many: the figure in the side bar."""
    return to_decide(user).count()


def listed(user: Any, show: str) -> QuerySet[ApprovalRequest]:
    """The list under one of its tabs: wait (for me), mine (asked by me), done (by me), all (I may see)."""
    if show == "mine":
        found = ApprovalRequest.objects.filter(asker=user)
    elif show == "done":
        votes = [ApprovalEvent.Kind.APPROVED, ApprovalEvent.Kind.RETURNED, ApprovalEvent.Kind.HANDED_ON]
        acted = ApprovalEvent.objects.filter(actor=user.person_no, kind__in=votes)
        found = ApprovalRequest.objects.filter(pk__in=acted.values("request"))
    elif show == "all":
        found = requests(user)
    else:
        return to_decide(user).select_related("asker", "unit", "chain")
    return found.select_related("asker", "unit", "chain").order_by("-asked_at", "-pk")


def seat_of(user: Any, request: ApprovalRequest) -> ApprovalSeat | None:
    """The seat on which this person may vote now: the own one before one they stand in for."""
    found = waiting_seats(user).filter(stage__request=request)
    return next(iter(sorted(found, key=lambda seat: seat.person_id != user.pk)), None)


def live_chain(act: str) -> ApprovalChain | None:
    """The version in force."""
    return ApprovalChain.objects.filter(act=act, state=ApprovalChain.State.LIVE).first()


def chains(act: str) -> QuerySet[ApprovalChain]:
    """All versions of an act's chain, the newest first."""
    return ApprovalChain.objects.filter(act=act)


def stand_ins(people: Iterable[Person], on: date) -> list[Person]:
    """Who stands in for these people on a day."""
    found = Substitution.objects.filter(
        person__in=people, first_day__lte=on, last_day__gte=on, substitute__is_active=True
    )
    return [one.substitute for one in found.select_related("substitute")]


@dataclass(frozen=True, slots=True)
class Row:
    """One request as a list shows it."""

    request: ApprovalRequest
    act: Act | None
    seat: ApprovalSeat | None  # mine to vote on
    stage: ApprovalStage | None  # the open one
    late: bool

    @property
    def title(self) -> str:
        """The act in words."""
        return self.act.words if self.act else self.request.act

    @property
    def changes(self) -> list[Change]:
        """What changes, ready to read."""
        return list(self.act.describe(self.request.payload)) if self.act else []

    @property
    def amount(self) -> str:
        """What the conditions compare, ready to read; "" for an act without one."""
        return amount_words(self.act, self.request.amount)

    @property
    def reason(self) -> str:
        """The asker's reason."""
        return self.request.reason

    @property
    def icon(self) -> str:
        """The icon of the act."""
        return self.act.icon if self.act else "rubber-stamp"

    @property
    def tone(self) -> str:
        """The badge's colour."""
        return {"APPROVED": "ok", "RETURNED": "warn", "OPEN": "pri"}.get(self.request.state, "")


def amount_words(act: Act | None, amount: int | None) -> str:
    """An amount in the unit of its act."""
    if act is None or amount is None or not act.amount:
        return ""
    return full(amount) if act.amount == "money" else formats.count(amount)


def rows(user: Any, found: Iterable[ApprovalRequest], at: datetime) -> list[Row]:
    """Requests with the viewer's seat and the open stage; three queries for all."""
    wanted = list(found)
    seats: dict[int, ApprovalSeat] = {}
    for seat in waiting_seats(user).filter(stage__request__in=wanted):
        if seat.stage.request_id not in seats or seat.person_id == user.pk:
            seats[seat.stage.request_id] = seat
    open_ = ApprovalStage.objects.filter(request__in=wanted, state=ApprovalStage.State.OPEN)
    stages = {stage.request_id: stage for stage in open_.prefetch_related("seats__person")}
    return [_row(one, seats.get(one.pk), stages.get(one.pk), at) for one in wanted]


def _row(request: ApprovalRequest, seat: ApprovalSeat | None, stage: ApprovalStage | None, at: datetime) -> Row:
    late = stage is not None and stage.due_at is not None and stage.due_at <= at
    return Row(request, act_of(request.act), seat, stage, late)


@dataclass(frozen=True, slots=True)
class Told:
    """One line of the history."""

    event: ApprovalEvent
    name: str
    for_name: str
    reason: str


def history(request: ApprovalRequest) -> list[Told]:
    """What happened, the oldest first, with names."""
    events = list(request.events.all())
    known = names({one.actor for one in events} | {one.for_person for one in events if one.for_person})
    system = _("the system")
    return [
        Told(
            one,
            known.get(one.actor, system if one.actor == "system" else one.actor),
            known.get(one.for_person, one.for_person),
            worded(one.reason, {"_translate": []}) if one.actor == "system" else one.reason,
        )
        for one in events
    ]


def stages(request: ApprovalRequest) -> QuerySet[ApprovalStage]:
    """The way of the newest round."""
    return request.stages.filter(round=request.round).prefetch_related("seats__person").order_by("place")


def clauses(act: Act | None, on: date) -> list[Parameter]:
    """The policy rows behind a decision, as in force on a day."""
    found = []
    for key in act.policies if act else ():
        try:
            found.append(parameter_row(key, on))
        except NotInForce:
            continue
    return found


@dataclass(frozen=True, slots=True)
class Past:
    """How a similar request ended."""

    request: ApprovalRequest
    amount: str
    decided_by: str
    reason: str


def similar(user: Any, request: ApprovalRequest) -> list[Past]:
    """Up to five decided requests of the same act from the viewer's place, nearest in amount, then newest."""
    ended = ApprovalRequest.objects.filter(act=request.act).exclude(pk=request.pk).select_related("asker")
    ended = ended.filter(state__in=[ApprovalRequest.State.APPROVED, ApprovalRequest.State.RETURNED])
    if not user.has_perm(OVERSEES):
        ended = ended.filter(Q(unit_id__in=own_units(user)) | Q(pk__in=requests(user).values("pk")))
    found = sorted(ended.order_by("-ended_at")[:50], key=lambda one: _distance(one, request))[:SIMILAR]
    votes = _last_votes(found)
    known = names({vote.actor for vote in votes.values()})
    act = act_of(request.act)
    return [
        Past(one, amount_words(act, one.amount), known.get(votes[one.pk].actor, "") if one.pk in votes else "",
             votes[one.pk].reason if one.pk in votes else "")
        for one in found
    ]  # fmt: skip


def _distance(one: ApprovalRequest, other: ApprovalRequest) -> float:
    if one.amount is None or not other.amount:
        return 0.0
    return abs(one.amount - other.amount) / other.amount


def _last_votes(found: list[ApprovalRequest]) -> dict[int, ApprovalEvent]:
    kinds = [ApprovalEvent.Kind.APPROVED, ApprovalEvent.Kind.RETURNED, ApprovalEvent.Kind.TIMED_OUT]
    events = ApprovalEvent.objects.filter(request__in=found, kind__in=kinds).order_by("id")
    return {one.request_id: one for one in events}


def receivers_of_seat(user: Any, request: ApprovalRequest) -> list[Person]:
    """Who a vote may be handed to: people at work in the viewer's place or above it, who do not sit there already."""
    taken = ApprovalSeat.objects.filter(stage__request=request, stage__state=ApprovalStage.State.OPEN).values("person")
    line = [code for code in user.unit.path.split("/") if code]
    found = Person.objects.filter(is_active=True, left_on=None, role__in=DECIDERS)
    found = found.filter(Q(unit_id__in=line) | Q(unit_id__in=own_units(user)))
    return list(found.exclude(pk__in=taken).exclude(pk=request.asker_id).exclude(pk=user.pk).order_by("name")[:100])


def receiver_of_seat(user: Any, request: ApprovalRequest, person_no: str) -> Person:
    """One of them by number. Raises Http404."""
    found = next((one for one in receivers_of_seat(user, request) if one.person_no == person_no), None)
    if found is None:
        raise Http404
    return found


DECIDERS = ["LEADER", "BRANCH_HEAD", "RISK", "COMPLIANCE", "SERVICE"]


def today() -> date:
    """The calendar day: approvals live by the clock, not by the last night."""
    return timezone.now().astimezone(SHANGHAI).date()
