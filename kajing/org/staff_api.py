"""People and units over the API: search (as the feed contract names it), staffing, licences, the tree."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated, Any

from django.http import HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from ninja import Router, Schema, Status
from pydantic import Field

from kajing.api.schemas import BankId, Body, Line, ListOf, Note, RowId, Search, Word
from kajing.lib.access import needs, staff
from kajing.org import reach, selectors, services
from kajing.org.models import AccessGrant, Person, Unit

router = Router()


class PersonOut(Schema):
    """A colleague."""

    person_no: str = Field(examples=["P000123"])
    name: str = Field(examples=["安娜"])
    role: str = Field(examples=["MANAGER"])
    unit_code: str = Field(alias="unit_id", examples=["T01"])


class UnitOut(Schema):
    """A place in the tree."""

    unit_code: str = Field(examples=["T01"])
    parent_code: str | None = Field(alias="parent_id", examples=["S01"])
    name: str
    kind: str = Field(examples=["TEAM"])
    valid_from: date | None
    valid_to: date | None = Field(description="First day the unit no longer exists.")
    merged_into: str | None = Field(alias="merged_into_id")


class PostingOut(Schema):
    """Where somebody worked, as what, from when to when."""

    unit_code: str = Field(alias="unit_id")
    role: str
    valid_from: date
    valid_to: date | None


class LicenceOut(Schema):
    """A qualification; it counts up to and including `last_day`."""

    code: str = Field(examples=["T01"])
    granted_on: date
    last_day: date | None
    source: str


class StaffOut(Schema):
    """One person with postings and licences."""

    person_no: str
    name: str
    username: str
    role: str
    unit_code: str = Field(alias="unit_id")
    hired_on: date | None
    left_on: date | None
    postings: list[PostingOut]
    licences: list[LicenceOut]

    @staticmethod
    def resolve_postings(person: Person) -> Any:
        return selectors.postings(person)

    @staticmethod
    def resolve_licences(person: Person) -> Any:
        return selectors.licences(person)


class GrantOut(Schema):
    """Temporary access to one customer of somebody else's; it ends with its last day, its source, or by hand."""

    id: int
    person_no: str = Field(examples=["P000123"])
    customer_id: str = Field(examples=["C0000123"])
    first_day: date
    last_day: date
    reason: str
    source: str = Field(description="What it came with; it ends with that.", examples=["task:41"])
    ended_at: datetime | None = Field(description="null: it runs to its last day.")

    @staticmethod
    def resolve_person_no(grant: AccessGrant) -> str:
        return grant.person.person_no


class ThingOut(Schema):
    """A menu entry, an act or a box, and whether it is open to the person."""

    group: str
    label: str
    open: bool


class ReachOut(Schema):
    """What a person reaches: the scope in words, menus and acts, and limits; no customer."""

    scope: str
    menus: list[ThingOut]
    others: list[ThingOut]
    facts: dict[str, str]


class UnitIn(Body):
    """A new unit below another."""

    unit_code: BankId
    parent_code: BankId
    name: Line
    kind: Word = Field("TEAM", examples=["TEAM"])
    valid_from: date


class MergeUnitIn(Body):
    """The unit that takes over, and the first day the closed one no longer exists."""

    into: BankId
    on: date


class JoinIn(Body):
    """A new joiner. A password is set by an administrator in person, never over the API."""

    person_no: BankId
    username: Line
    name: Line
    role: Word = Field(examples=["MANAGER"])
    unit_code: BankId
    hired_on: date
    email: Annotated[str, Field(max_length=254)] = ""


class MovePersonIn(Body):
    """Another unit, from a day on."""

    unit_code: BankId
    on: date


class RoleIn(Body):
    """Another role, from a day on."""

    role: Word = Field(examples=["LEADER"])
    on: date


class LeaveIn(Body):
    """The last day of work, and the hour at which access ends on it (Shanghai time)."""

    last_day: date
    until: time | None = Field(None, examples=["18:00:00"])


class BackIn(Body):
    """The first day back."""

    on: date


class LicenceIn(Body):
    """A qualification to grant."""

    code: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,10}$", examples=["T01"])]
    granted_on: date
    last_day: date | None = None
    source: Note = ""


def _person(request: HttpRequest, person_no: str) -> Person:
    return get_object_or_404(selectors.people(selectors.asker(request)), person_no=person_no)


def _other(request: HttpRequest, person_no: str) -> Person:
    return selectors.another(selectors.asker(request), person_no)


def _unit(unit_code: str) -> Unit:
    return get_object_or_404(selectors.units_on(timezone.localdate()), pk=unit_code)


def _by(request: HttpRequest) -> dict[str, Any]:
    return {"actor": selectors.asker(request).person_no, "at": timezone.now()}


@router.get("/units", response=ListOf[UnitOut], summary="The unit tree, as far as I see it, in its order")
@needs("org.view_people")
def units(request: HttpRequest) -> dict[str, Any]:
    found = list(selectors.units(selectors.asker(request), timezone.localdate()))
    return {"items": found, "next": None, "total": len(found)}


@router.post("/units", response={201: UnitOut}, summary="Add a unit")
@needs("org.manage")
def add_unit(request: HttpRequest, body: UnitIn) -> object:
    _unit(body.parent_code)
    return Status(201, services.add_unit(**body.dict(), **_by(request)))


@router.post("/units/{unit_code}/merge", response=UnitOut, summary="Close a unit in favour of another")
@needs("org.manage")
def merge_unit(request: HttpRequest, unit_code: BankId, body: MergeUnitIn) -> object:
    return services.merge_unit(unit=_unit(unit_code), into=_unit(body.into), on=body.on, **_by(request))


@router.get("/people", response=ListOf[PersonOut], summary="Colleagues by name, initials or number; at most 20")
@staff
def people(request: HttpRequest, search: Search = "") -> Any:
    found = selectors.search_people(selectors.asker(request), search)
    return {"items": found, "next": None, "total": len(found)}


@router.post("/people", response={201: StaffOut}, summary="Add somebody")
@needs("org.manage")
def add_person(request: HttpRequest, body: JoinIn) -> object:
    given = body.dict(exclude={"unit_code"})
    return Status(201, services.add_person(unit=_unit(body.unit_code), **given, **_by(request)))


@router.get("/people/{person_no}", response=StaffOut, summary="One person with postings and licences")
@needs("org.view_people")
def person(request: HttpRequest, person_no: BankId) -> object:
    return _person(request, person_no)


@router.get("/people/{person_no}/reach", response=ReachOut, summary="What a person reaches here")
@needs("org.view")
def person_reach(request: HttpRequest, person_no: BankId) -> dict[str, Any]:
    found = reach.reach_of(_person(request, person_no), timezone.localdate())
    return {
        "scope": found.scope,
        "menus": _things(found.menus),
        "others": _things(found.others),
        "facts": dict(found.facts),
    }


def _things(groups: tuple[reach.Group, ...]) -> list[dict[str, Any]]:
    return [
        {"group": group.title, "label": thing.label, "open": thing.open} for group in groups for thing in group.things
    ]


@router.post("/people/{person_no}/move", response=StaffOut, summary="Let somebody work in another unit")
@needs("org.manage")
def move_person(request: HttpRequest, person_no: BankId, body: MovePersonIn) -> object:
    return services.move_person(
        person=_other(request, person_no), unit=_unit(body.unit_code), on=body.on, **_by(request)
    )


@router.post("/people/{person_no}/role", response=StaffOut, summary="Give somebody another role")
@needs("org.manage")
def change_role(request: HttpRequest, person_no: BankId, body: RoleIn) -> object:
    return services.change_role(person=_other(request, person_no), **body.dict(), **_by(request))


@router.post("/people/{person_no}/last-day", response=StaffOut, summary="Note somebody's last day of work")
@needs("org.manage")
def leave(request: HttpRequest, person_no: BankId, body: LeaveIn) -> object:
    return services.leave(person=_other(request, person_no), **body.dict(), **_by(request))


@router.post("/people/{person_no}/back", response=StaffOut, summary="Somebody who left works here again")
@needs("org.manage")
def come_back(request: HttpRequest, person_no: BankId, body: BackIn) -> object:
    return services.return_to_work(person=_other(request, person_no), on=body.on, **_by(request))


@router.post("/people/{person_no}/licences", response={201: LicenceOut}, summary="Grant a qualification")
@needs("org.manage")
def grant_licence(request: HttpRequest, person_no: BankId, body: LicenceIn) -> object:
    return Status(201, services.grant_licence(person=_other(request, person_no), **body.dict(), **_by(request)))


@router.get("/people/{person_no}/grants", response=ListOf[GrantOut], summary="Temporary accesses of a person")
@needs("org.view_people")
def person_grants(request: HttpRequest, person_no: BankId) -> dict[str, Any]:
    """The newest first, ended ones included."""
    found = list(selectors.grants(_person(request, person_no)))
    return {"items": found, "next": None, "total": len(found)}


@router.post("/grants/{grant_id}/revoke", response=GrantOut, summary="End a temporary access")
@needs("org.manage")
def revoke_access(request: HttpRequest, grant_id: RowId) -> object:
    """At once; one that has ended stays as it is."""
    found = get_object_or_404(selectors.all_grants(), pk=grant_id)
    services.revoke_access(grant=found, **_by(request))
    found.refresh_from_db()
    return found
