"""What the API says and takes about leads."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Literal

from ninja import Field, Schema

from kajing.api.schemas import BankId, Body, Cursor, Limit, Line, Note, Reason, RowId, Search

Words = Annotated[str, Field(max_length=200, description="One value, or several with commas between.")]
SOURCES = Literal["BRANCH", "REFERRAL", "WECOM", "ACTIVITY", "STAFF_CODE", "CROSS_SELL", "OTHER"]


class LeadStayOut(Schema):
    """A stage the lead has been in."""

    stage: str = Field(examples=["CONTACTED"])
    entered_at: datetime
    days: int


class LeadOut(Schema):
    """One lead; name, phone and ID number masked as on the page."""

    id: int
    number: str = Field(examples=["L0000041"])
    name: str = Field(examples=["王小明"])
    phone: str = Field(examples=["129****0001"])
    id_number: str = Field(examples=["3****************4"])
    employer: str = Field(examples=["某********"])
    source: str = Field(examples=["ACTIVITY"])
    source_detail: str = Field(examples=["浦东车展"])
    code_owner_no: str
    referrer_id: str | None
    customer_id: str | None = Field(description="The customer it is about, or became.")
    product_id: str | None
    expected_limit: int | None = Field(description="fen", examples=[5000000])
    consent_version: str
    consent_at: datetime
    owner: str | None = Field(description="person_no; null: the pool of the unit", examples=["P0007"])
    unit: str = Field(examples=["S01"])
    owned_since: date | None
    owned_until: date | None = Field(description="The owner's last day.")
    stage: str = Field(examples=["INTENT"])
    stage_since: datetime
    loss_reason: str
    rival: str
    rival_card: str
    touched_at: datetime | None
    created_at: datetime
    version: int
    tags: list[str] = Field(examples=[["vip"]])
    fields: dict[str, Any] = Field(description="The bank's own fields by name: fen, numbers, days, codes.")


class LeadIn(Body):
    """A lead to register. Money is fen."""

    name: Line
    phone: Line
    source: SOURCES
    consent_version: Line
    consent_at: datetime
    id_number: str = Field("", max_length=18)
    source_detail: str = Field("", max_length=100)
    code_owner_no: str = Field("", max_length=64)
    referrer_id: BankId | None = None
    customer_id: BankId | None = None
    product_id: BankId | None = None
    expected_limit: int | None = Field(None, ge=1, description="fen")
    employer: str = Field("", max_length=100)
    owner: BankId | None = None
    claim: bool = Field(False, description="Take over a lead that belongs to nobody instead of a second one.")
    tags: list[Line] = Field(default_factory=list, max_length=20, examples=[["vip"]])
    fields: dict[str, Any] | None = Field(
        None, max_length=200, description="Own fields; when given, every required one must be there. Money is fen."
    )


class LeadChangeIn(Body):
    """What is known anew; what is left out stays."""

    version: RowId
    name: Line | None = None
    phone: Line | None = None
    source: SOURCES | None = None
    consent_version: Line | None = None
    consent_at: datetime | None = None
    id_number: str | None = Field(None, max_length=18)
    source_detail: str | None = Field(None, max_length=100)
    code_owner_no: str | None = Field(None, max_length=64)
    referrer_id: BankId | None = None
    product_id: BankId | None = None
    expected_limit: int | None = Field(None, ge=1, description="fen")
    employer: str | None = Field(None, max_length=100)


class LeadMoveIn(Body):
    """A stage set by hand; the later ones become known from the bank's files."""

    to: Literal["LEAD", "CONTACTED", "INTENT", "SUBMITTED", "APPROVED"]
    note: Note = Field("", description="Needed where the lead goes back, or the gate asks.")
    version: RowId | None = None


class LeadLossIn(Body):
    """Why a lead is lost: a code of the dated policy `lead_loss_reasons`."""

    reason: str = Field(max_length=30, examples=["RIVAL"])
    rival: str = Field("", max_length=60)
    rival_card: str = Field("", max_length=60)
    note: Note = ""
    version: RowId | None = None


class LeadReopenIn(Body):
    """Where a lost lead goes on."""

    to: Literal["LEAD", "CONTACTED", "INTENT", "SUBMITTED"] = "LEAD"
    note: Note = ""
    version: RowId | None = None


class LeadOwnerIn(Body):
    """Who gets the lead."""

    owner: BankId
    reason: Note = ""
    version: RowId | None = None


class LeadReleaseIn(Body):
    """Why a lead goes to the pool."""

    reason: Reason


class LeadLinkIn(Body):
    """Whom a lead became."""

    customer_id: BankId


class LeadRevealIn(Body):
    """Which field, and what for."""

    field: Literal["phone", "id_number", "employer"]
    reason: Reason = Field(examples=["call back as promised"])


class LeadActivityIn(Body):
    """What was done about a lead; a next step needs words and a time and opens a task."""

    kind: Literal["CALL", "VISIT", "WECOM", "BRANCH", "NOTE"]
    outcome: Literal["", "REACHED", "NOT_REACHED", "INTERESTED", "APPOINTED", "REFUSED"] = ""
    note: Note = ""
    happened_at: datetime | None = None
    next_step: str = Field("", max_length=120)
    next_kind: Literal["call", "visit", "follow_up"] = "follow_up"
    next_at: datetime | None = None


class LeadActivityOut(Schema):
    """Something that was done about a lead."""

    id: int
    kind: str
    outcome: str
    note: str
    at: datetime
    by: str = Field(description="person_no")


class LeadMatchOut(Schema):
    """Somebody on file; of what lies out of reach only who to ask."""

    kind: str = Field(examples=["lead"])
    said: str
    contact: str
    contact_no: str
    unit: str
    claimable: bool
    lead_id: int | None
    customer_id: str


class LeadCheckIn(Body):
    """Whom to look for in the whole bank; counted and audited."""

    phone: Line
    id_number: str = Field("", max_length=18)


class LeadColumnOut(Schema):
    """A column of the board."""

    stage: str
    count: int
    expected_limit: int = Field(description="fen, summed")
    first: list[int] = Field(description="Ids of the first cards.")


class LeadStepOut(Schema):
    """A stage of the funnel."""

    stage: str
    reached: int
    of_stage_before: float | None
    of_all: float | None
    median_days: float | None


class LeadFunnelOut(Schema):
    """Leads that came in within some months, by the furthest stage they reached."""

    since: date
    entered: int
    lost: int
    steps: list[LeadStepOut]


class LeadQuery(Schema):
    """Filters of the list of leads; the others of the page are taken by the same names."""

    search: Search = ""
    whose: Words = Field("", examples=["mine"])
    show: Words = Field("", examples=["open"])
    stage: Words = Field("", examples=["INTENT"])
    source: Words = ""
    owner: Words = ""
    unit: Words = ""
    product: Words = ""
    expected: Words = Field("", examples=["10000.."], description="Expected limit in yuan, from..to.")
    stuck: Words = Field("", examples=["1"])
    ending: Words = ""
    until: Words = ""
    since: Words = ""
    created: Words = Field("", examples=["-30d.."])
    reason: Words = ""
    rival: Words = ""
    customer: Words = ""
    tag: Words = ""
    where: str = Field("", max_length=6000, examples=["stage = INTENT and not tag = vip"])
    order: str = Field("-created", max_length=40, examples=["until"])
    cursor: Cursor = ""
    limit: Limit = 50


class ManyLeadsIn(Body):
    """One act on many leads; each act reads what it needs."""

    act: Literal["assign", "lose", "tag", "untag"]
    ids: list[RowId] = Field(min_length=1, max_length=20_000)
    owner: BankId | None = None
    reason: str = Field("", max_length=200, description="lose: a code; assign: words")
    rival: str = Field("", max_length=60)
    rival_card: str = Field("", max_length=60)
    note: Note = ""
    tag: str = Field("", max_length=30)
