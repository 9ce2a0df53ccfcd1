"""Contacts over the API: the gate's answer, and every act of the pages."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Field, Query, Router, Schema, Status
from pydantic import StringConstraints

from kajing.api import paging
from kajing.api.schemas import LINES, BankId, Body, Cursor, Limit, Line, ListOf, Note, Reason, RowId
from kajing.audit.selectors import today_for
from kajing.contact import selectors, services
from kajing.contact.choices import Channel, Direction, Outcome, Purpose, State
from kajing.contact.gate import Answer, Block
from kajing.contact.models import Interaction, Override
from kajing.contact.selectors import Sheet, helping
from kajing.customers.models import Customer
from kajing.customers.selectors import customer
from kajing.lib.access import needs
from kajing.org.selectors import person as person_of

router = Router()
VIEW, LOG = "contact.view", "contact.log"
ORDER = ("-at", "-pk")
Remarks = Annotated[str, Field(max_length=2000), LINES]  # as long as on the page
Place = Annotated[str, Field(max_length=200), LINES]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-fA-F]{64}$")]


class GateBlockOut(Schema):
    """One reason against a contact."""

    code: str = Field(examples=["HOURS"])
    sentence: str
    rule_id: str = Field(examples=["BP301"])
    source: str
    article: str
    opens_at: datetime | None = Field(description="When it ends by itself; null when a person must act.")

    @staticmethod
    def resolve_rule_id(block: Block) -> str:
        return block.rule.rule_id

    @staticmethod
    def resolve_source(block: Block) -> str:
        return block.rule.source

    @staticmethod
    def resolve_article(block: Block) -> str:
        return block.rule.article


class GateAnswerOut(Schema):
    """The gate's answer: `rule_id`, `source` and `article` are of the weightiest block."""

    customer_id: str
    allowed: bool
    code: str = Field(examples=["HOURS"])
    rule_id: str = Field(examples=["BP301"])
    sentence: str
    source: str
    article: str
    next_allowed_at: datetime | None = Field(description="First minute at which time alone has opened everything.")
    passable: bool = Field(description="A leader may allow one contact all the same.")
    all_blocks: list[GateBlockOut]


class ContactOut(Schema):
    """One contact."""

    id: int
    customer_id: str
    person_no: str
    channel: str = Field(examples=["PHONE"])
    direction: str = Field(examples=["OUT"])
    purpose: str = Field(examples=["CARE"])
    state: str = Field(examples=["DONE"])
    at: datetime
    planned_at: datetime | None
    started_at: datetime | None
    ended_at: datetime | None
    subject: str
    outcome: str = Field(examples=["REACHED"])
    note: str
    next_step: str
    next_at: datetime | None
    material_version: str
    allowed: bool = Field(description="What the gate said when it began.")
    blocked_by: list[str]
    place: str
    district: str
    called_off_because: str
    checked_in_at: datetime | None
    recording_sha256: str
    photo_sha256: str
    retention_until: Any = Field(description="Until when its recording is kept.")
    legal_hold: bool
    version: int

    @staticmethod
    def resolve_person_no(contact: Interaction) -> str:
        return str(contact.person_id)


class CallFactOut(Schema):
    """One fact with the address of its row."""

    text: str
    url: str
    weight: int


class CallSheetOut(Schema):
    """The call sheet."""

    facts: list[CallFactOut]
    goal: str
    forbidden: str
    words: list[str]
    purpose: str
    channel: str
    answer: GateAnswerOut


class ContactStartIn(Body):
    """A contact that begins now."""

    customer_id: BankId
    channel: Channel = Channel.PHONE
    purpose: Purpose


class ContactPlanIn(ContactStartIn):
    """A contact to come; a time without zone is Shanghai time."""

    planned_at: datetime
    subject: Place = ""
    place: Place = ""
    district: Annotated[str, Field(max_length=40, examples=["浦东新区"])] = ""


class ContactMoveIn(Body):
    """Another time for a plan; without zone it is Shanghai time."""

    planned_at: datetime
    version: RowId | None = None


class ContactOffIn(Body):
    """Why a plan is called off."""

    reason: Reason = Field(max_length=200, examples=["the customer is travelling"])


class ContactLogIn(ContactStartIn):
    """A contact that happened already, allowed or not."""

    outcome: Outcome
    began_at: datetime
    ended_at: datetime | None = None
    direction: Direction = Direction.OUT
    note: Remarks = ""
    material_version: Annotated[str, Field(max_length=40)] = ""


class ContactEndIn(Body):
    """How a running contact ended."""

    outcome: Outcome
    note: Remarks = ""
    material_version: Annotated[str, Field(max_length=40)] = ""
    version: RowId | None = None


class ContactNextIn(Body):
    """What follows."""

    step: Annotated[str, Field(max_length=30, examples=["call_3"])]
    due_at: datetime | None = None


class ArrivalIn(Body):
    """Where somebody is: degrees and metres, or words."""

    latitude: Annotated[Decimal, Field(ge=-90, le=90)] | None = None
    longitude: Annotated[Decimal, Field(ge=-180, le=180)] | None = None
    accuracy: Annotated[int, Field(ge=0, le=100_000)] | None = None
    place: Note = ""


class ContactRecordingIn(Body):
    """Where the bank's own store keeps the recording, and its hash."""

    pointer: Line
    sha256: Sha256 = Field(examples=["0" * 64])


class OverrideIn(Body):
    """One contact a leader allows."""

    customer_id: BankId
    person_no: BankId
    channel: Channel
    purpose: Purpose
    reason: Reason


class OverrideOut(Schema):
    """A leader's decision."""

    id: int
    customer_id: str
    person_no: str
    channel: str
    purpose: str
    codes: list[str]
    expires_at: datetime

    @staticmethod
    def resolve_person_no(made: Override) -> str:
        return str(made.person_id)


@router.get("/customers/{customer_id}/contact-gate", response=GateAnswerOut, summary="May I contact this customer?")
@needs(VIEW)
def gate(
    request: HttpRequest, customer_id: BankId, purpose: Purpose = Purpose.MARKETING,
    channel: Channel = Channel.PHONE, at: datetime | None = None,
) -> Answer:  # fmt: skip
    """For myself, now or at a moment to come."""
    about = _customer(request, customer_id)
    moment = _aware(at) if at else timezone.now()
    return selectors.may_contact(about, channel=channel, purpose=purpose, at=moment, actor=_user(request))


@router.get(
    "/customers/{customer_id}/call-sheet", response=CallSheetOut, summary="Five facts, a goal, a forbidden topic"
)
@needs(VIEW)
def sheet(request: HttpRequest, customer_id: BankId, purpose: Purpose | None = None) -> Sheet:
    """What the page of the call sheet shows."""
    about = _customer(request, customer_id)
    return selectors.call_sheet(
        request.user, about, today=today_for(request.user), at=timezone.now(), purpose=purpose or ""
    )


class SummaryLine(Schema):
    """One sentence and the address of the row it is read from."""

    text: str = Field(examples=["The minimum payment is 8 days late"])
    url: str


@router.get("/customers/{customer_id}/summary", response=list[SummaryLine], summary="A customer in short")
@needs(VIEW)
def customer_summary(request: HttpRequest, customer_id: BankId) -> object:
    """What matters now, the heaviest first, then the contacts of 90 days; made from rows alone."""
    about = _customer(request, customer_id)
    return helping.summary(request.user, about, today=today_for(request.user), at=timezone.now())


class ContactsQuery(Schema):
    """Filters; `first` and `last` are Shanghai days."""

    customer_id: BankId | None = None
    state: State | None = None
    channel: Channel | None = None
    first: date | None = None
    last: date | None = None
    mine: bool = Field(False, description="Leave out what colleagues make.")
    cursor: Cursor = ""
    limit: Limit = 50


@router.get("/contacts", response=ListOf[ContactOut], summary="Contacts I see")
@needs(VIEW)
def contacts(request: HttpRequest, query: Query[ContactsQuery]) -> dict[str, Any]:
    """Newest first."""
    wanted = {"customer": query.customer_id, "state": query.state, "channel": query.channel}
    found = selectors.contacts(request.user).filter(**{name: value for name, value in wanted.items() if value})
    found = selectors.between(found, query.first, query.last)
    if query.mine:
        found = found.filter(person__person_no__in=selectors.makers_of(request.user))
    return paging.page(found, order=ORDER, cursor=query.cursor, limit=query.limit)


@router.post("/contacts/start", response={201: ContactOut}, summary="Begin a contact")
@needs(LOG)
def start(request: HttpRequest, body: ContactStartIn) -> Status[Interaction]:
    """409 with the gate's sentence when it is red."""
    about = _customer(request, body.customer_id)
    made = services.start_contact(
        actor=_user(request), customer=about, channel=body.channel, purpose=body.purpose, at=timezone.now()
    )
    return Status(201, made)


@router.post("/contacts/plan", response={201: ContactOut}, summary="Plan a contact")
@needs(LOG)
def plan(request: HttpRequest, body: ContactPlanIn) -> Status[Interaction]:
    """409 when the gate is red at that moment."""
    about = _customer(request, body.customer_id)
    made = services.plan_contact(
        actor=_user(request), customer=about, channel=body.channel, purpose=body.purpose,
        planned_at=_aware(body.planned_at), subject=body.subject, place=body.place, district=body.district,
        at=timezone.now(),
    )  # fmt: skip
    return Status(201, made)


@router.post("/contacts/log", response={201: ContactOut}, summary="Log a contact that happened")
@needs(LOG)
def log(request: HttpRequest, body: ContactLogIn) -> Status[Interaction]:
    """Kept whether it was allowed or not; what was not is marked and told to the leader."""
    about = _customer(request, body.customer_id)
    made = services.log_contact(
        actor=_user(request), customer=about, channel=body.channel, purpose=body.purpose, outcome=body.outcome,
        began_at=_aware(body.began_at), ended_at=_aware(body.ended_at) if body.ended_at else None,
        direction=body.direction, note=body.note, material_version=body.material_version, at=timezone.now(),
    )  # fmt: skip
    return Status(201, made)


@router.post("/contacts/{contact_id}/end", response=ContactOut, summary="End a contact with its outcome")
@needs(LOG)
def end(request: HttpRequest, contact_id: RowId, body: ContactEndIn) -> Interaction:
    """A refusal places the hold of its dated length."""
    return services.end_contact(
        actor=_user(request), contact=contact_seen(request, contact_id), outcome=body.outcome, note=body.note,
        material_version=body.material_version, version=body.version, at=timezone.now(),
    )  # fmt: skip


@router.post("/contacts/{contact_id}/next", response=ContactOut, summary="Say what follows")
@needs(LOG)
def following(request: HttpRequest, contact_id: RowId, body: ContactNextIn) -> Interaction:
    """A follow-up is a task of mine."""
    return services.choose_next_step(
        actor=_user(request), contact=contact_seen(request, contact_id), step=body.step, at=timezone.now(),
        due_at=_aware(body.due_at) if body.due_at else None,
    )  # fmt: skip


@router.post("/contacts/{contact_id}/check-in", response=ContactOut, summary="Arrive at a planned visit")
@needs(LOG)
def arrive(request: HttpRequest, contact_id: RowId, body: ArrivalIn) -> Interaction:
    """The gate is asked again."""
    where = services.Place(body.latitude, body.longitude, body.accuracy, body.place)
    return services.check_in(
        actor=_user(request), contact=contact_seen(request, contact_id), place=where, at=timezone.now()
    )


@router.post("/contacts/{contact_id}/move", response=ContactOut, summary="Give a plan another time")
@needs(LOG)
def move(request: HttpRequest, contact_id: RowId, body: ContactMoveIn) -> Interaction:
    """The gate is asked about the new moment; 409 when it is red or the plan has begun."""
    return services.move_plan(
        actor=_user(request), contact=contact_seen(request, contact_id), planned_at=_aware(body.planned_at),
        version=body.version, at=timezone.now(),
    )  # fmt: skip


@router.post("/contacts/{contact_id}/cancel", response=ContactOut, summary="Call a plan off")
@needs(LOG)
def cancel(request: HttpRequest, contact_id: RowId, body: ContactOffIn) -> Interaction:
    """Its place under the caps is free again."""
    return services.cancel_plan(
        actor=_user(request), contact=contact_seen(request, contact_id), reason=body.reason, at=timezone.now()
    )


@router.post("/contacts/{contact_id}/recording", response=ContactOut, summary="Note where the recording lies")
@needs(LOG)
def recording(request: HttpRequest, contact_id: RowId, body: ContactRecordingIn) -> Interaction:
    """A pointer and a hash; the sound stays in the bank's store."""
    return services.attach_recording(
        actor=_user(request), contact=contact_seen(request, contact_id), pointer=body.pointer, sha256=body.sha256,
        at=timezone.now(),
    )  # fmt: skip


@router.post("/contacts/override", response={201: OverrideOut}, summary="Allow one contact")
@needs("contact.override")
def override(request: HttpRequest, body: OverrideIn) -> Status[Override]:
    """For one person, one contact, a short time; never for oneself."""
    about, person = _customer(request, body.customer_id), person_of(body.person_no)
    if person is None:
        raise Http404
    made = services.grant_override(
        actor=_user(request), person=person, customer=about, channel=body.channel, purpose=body.purpose,
        reason=body.reason, at=timezone.now(),
    )  # fmt: skip
    return Status(201, made)


def _user(request: HttpRequest) -> Any:
    return request.user


def _customer(request: HttpRequest, customer_id: str) -> Customer:
    found = customer(request.user, customer_id)
    if found is None:
        raise Http404
    return found


def contact_seen(request: HttpRequest, pk: int) -> Interaction:
    """A contact with a customer the person sees. Raises Http404."""
    found: Interaction = get_object_or_404(selectors.contacts(request.user).select_related("customer__unit"), pk=pk)
    return found


def _aware(moment: datetime) -> datetime:
    """A time without zone is Shanghai time."""
    return moment if moment.tzinfo else timezone.make_aware(moment)
