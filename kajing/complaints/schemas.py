"""What complaints look like over the API."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Field, Schema

from kajing.api.schemas import BankId, Body, Cursor, Limit, Line, Note, Reason, RowId, Search

Words = Annotated[str, Field(max_length=200, description="One value, or several with commas between.")]
Long = Annotated[str, Field(max_length=4000)]
Code = Annotated[str, Field(max_length=10, pattern=r"^[A-C][0-9]{1,4}$", examples=["B21"])]
Way = Literal["LETTER", "PHONE", "SMS", "EMAIL", "WECOM", "PERSON"]
Priority = Literal["LOW", "MEDIUM", "HIGH", "CRITICAL"]


class ComplaintOut(Schema):
    """One complaint; names of other people are masked as on the page."""

    id: int
    number: str = Field(examples=["TS261123000041"])
    kind: str = Field(examples=["COMPLAINT"])
    state: str = Field(examples=["HANDLING"])
    customer_id: str = Field(examples=["C0000123"])
    who: str = Field(description="SELF, AGENT, HEIR or GROUP", examples=["SELF"])
    complainant: str = Field(examples=["王**"])
    representatives: list[str] = Field(examples=[[]])
    phone: str = Field(description="The complainant's, masked; in clear by /phone", examples=["129****0001"])
    channel: str = Field(description="Code A of the complaint dictionary", examples=["A13"])
    business: str = Field(description="Code B", examples=["B21"])
    cause: str = Field(description="Code C, at the latest when it is closed", examples=["C04"])
    description: str = Field(examples=["Promised no annual fee, charged all the same"])
    demand: str = Field(examples=["Pay the fee back"])
    incident_on: date | None
    received_at: datetime
    source: str = Field(examples=["PHONE"])
    regulator_ref: str = Field(examples=[""])
    regulator_due_on: date | None
    priority: str = Field(examples=["HIGH"])
    escalated: bool
    regulatory: bool
    handler: str | None = Field(description="person_no", examples=["P0007"])
    unit: str = Field(examples=["S01"])
    against: str | None = Field(description="person_no of who is complained of")
    clock_from: date = Field(description="The day both clocks count from")
    stage: str = Field(description="SIMPLE, COMPLEX, EXTENDED or REVIEW", examples=["SIMPLE"])
    due_on: date = Field(description="The last day by law, natural days")
    days_left: int | None = Field(description="Until due_on; below 0 overdue; null once answered", examples=[9])
    service_due_on: date = Field(description="The bank's own last day, working days")
    authority_seen: bool
    accepted_at: datetime | None
    answered_at: datetime | None
    answer: str
    fault: str = Field(description="FULL, PART, NONE or empty", examples=[""])
    redress: str
    compensation: int = Field(description="fen", examples=[20000])
    ended_at: datetime | None
    merged_into: int | None
    repeat_of: int | None
    version: int
    tags: list[str] = Field(examples=[["年费"]])
    fields: dict[str, Any] = Field(description="The bank's own fields by name.", examples=[{"till": "3"}])


class ComplaintIn(Body):
    """A complaint to register."""

    customer_id: BankId
    kind: Literal["COMPLAINT", "QUERY", "SUGGESTION"] = "COMPLAINT"
    channel: Code = Field(examples=["A13"])
    business: Code = Field(examples=["B21"])
    cause: str = Field("", max_length=10)
    source: Literal["BRANCH", "PHONE", "LETTER", "WECOM", "WEB", "REGULATOR"]
    description: Long = Field(examples=["Promised no annual fee, charged all the same"])
    demand: Note = ""
    incident_on: date | None = None
    received_at: datetime | None = Field(None, description="Now when left out.")
    who: Literal["SELF", "AGENT", "HEIR", "GROUP"] = "SELF"
    complainant: str = Field("", max_length=100)
    phone: str = Field("", max_length=40)
    authority_seen: bool = False
    representatives: list[Line] = Field(default_factory=list, max_length=50)
    people: int = Field(1, ge=1, le=100_000)
    regulator_ref: str = Field("", max_length=60)
    regulator_due_on: date | None = None
    priority: Priority | None = Field(None, description="By the business when left out.")
    escalated: bool = False
    regulatory: bool = True
    against: BankId | None = None
    handler: BankId | None = None
    join: RowId | None = Field(None, description="The open complaint that this is the same as; its deadline stays.")
    despite: bool = Field(False, description="Another matter, although the customer has an open one.")
    tags: list[Line] = Field(default_factory=list, max_length=20)
    fields: dict[str, Any] | None = Field(None, max_length=200)


class ComplaintQuery(Schema):
    """Filters of the complaint list by the names of its page."""

    search: Search = ""
    show: Words = Field("", examples=["running"])
    whose: Words = Field("", examples=["mine"])
    kind: Words = ""
    due: Words = Field("", examples=["..+3d"])
    priority: Words = ""
    source: Words = ""
    business: Words = Field("", examples=["B2"])
    channel: Words = ""
    cause: Words = ""
    handler: Words = ""
    unit: Words = ""
    received: Words = Field("", examples=["-30d.."])
    extended: Words = ""
    late: Words = ""
    escalated: Words = ""
    regulatory: Words = ""
    repeat: Words = ""
    fault: Words = ""
    compensation: Words = ""
    customer: Words = ""
    against: Words = ""
    tag: Words = ""
    where: str = Field("", max_length=6000, examples=["priority in (HIGH, CRITICAL) and due <= +3d"])
    order: str = Field("left", max_length=40, examples=["left", "-received"])
    cursor: Cursor = ""
    limit: Limit = 50


class VersionIn(Body):
    """What every act may carry: the version it was decided on; another is refused with 409."""

    version: RowId | None = None


class ComplaintPhoneIn(Body):
    """What the complainant's number is needed for."""

    reason: Reason = Field(examples=["call back as promised"])


class AcceptComplaintIn(VersionIn):
    """Take it up."""

    note: Note = ""


class AssignComplaintIn(VersionIn):
    """Who handles it."""

    handler: BankId
    reason: Note = ""


class ChangeComplaintIn(VersionIn):
    """What is corrected; what is left out stays."""

    kind: Literal["COMPLAINT", "QUERY", "SUGGESTION"] | None = None
    channel: Code | None = None
    business: Code | None = None
    cause: Code | None = None
    description: Long | None = None
    demand: Note | None = None
    priority: Priority | None = None
    escalated: bool | None = None
    regulatory: bool | None = None
    authority_seen: bool | None = None
    against: BankId | None = None


class ExtendComplaintIn(VersionIn):
    """Why it takes longer, and what the complainant is told."""

    reason: Note
    notice: Note


class ToldExtensionIn(Body):
    """How the complainant was told."""

    way: Way


class AnswerComplaintIn(VersionIn):
    """The decision with its reasons, and how the complainant was told."""

    text: Long
    way: Way


class CloseComplaintIn(VersionIn):
    """Cause, fault, redress, and what was paid."""

    cause: Code = Field(examples=["C04"])
    fault: Literal["FULL", "PART", "NONE"]
    redress: Note
    compensation: int = Field(0, ge=0, le=10**12, description="fen")


class EndComplaintIn(VersionIn):
    """How and why."""

    reason: Note


class RefuseComplaintIn(VersionIn):
    """Why it is not accepted, and what the filer was told."""

    ground: Literal["NOT_PARTY", "DECIDED", "ELSEWHERE", "NOT_OURS"]
    reason: Note


class ReopenComplaintIn(VersionIn):
    """Why; new facts count as a new complaint, else it is a review."""

    reason: Note
    new_facts: bool = False


class FactsIn(VersionIn):
    """What is new, and when it came."""

    note: Note
    received_at: datetime


class MergeComplaintIn(Body):
    """The open complaint it is joined with."""

    into: RowId
    reason: Note = ""


class ComplaintEventOut(Schema):
    """One line of its activity."""

    at: datetime
    by: str = Field(description="person_no, or system", examples=["P0007"])
    title: str = Field(examples=["Complaint accepted"])
    note: str
    changes: dict[str, Any]


class ExtensionOut(Schema):
    """More time: asked, granted or returned."""

    id: int
    state: str = Field(examples=["GRANTED"])
    stage: str = Field(examples=["COMPLEX"])
    before_on: date
    due_on: date
    reason: str
    notice: str
    asked_by: str
    asked_at: datetime
    decided_by: str
    decided_at: datetime | None
    told_at: datetime | None
    told_way: str


class ComplaintCodeOut(Schema):
    """One code of the dictionary (JR/T 0169-2018; codes of the project)."""

    dimension: str = Field(examples=["B"])
    code: str = Field(examples=["B21"])
    parent: str = Field(examples=["B2"])
    name: str = Field(examples=["Misleading promotion"])
    severity: str = Field(examples=["HIGH"])
    owner: str
    source: str


class ManyComplaintsIn(Body):
    """One act on many complaints; each act reads what it needs."""

    act: Literal["assign", "task", "tag", "untag"]
    ids: list[RowId] = Field(min_length=1, max_length=20_000)
    handler: BankId | None = None
    reason: Note = ""
    title: Annotated[Note, Field(max_length=200)] = Field("", description="task: what to do.")
    due_at: datetime | None = None
    tag: str = Field("", max_length=30)


class RefusedComplaintOut(Schema):
    """A complaint that would be left alone, and why."""

    id: int
    reason: str


class TriedComplaintsOut(Schema):
    """A dry run over the first hundred."""

    asked: int
    tried: int
    refused: list[RefusedComplaintOut]
