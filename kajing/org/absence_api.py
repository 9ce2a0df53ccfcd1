"""Leave and substitutes over the API: my own leave, and for leaders that of their people."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Field, Query, Router, Schema, Status

from kajing.api import paging
from kajing.api.schemas import BankId, Body, Cursor, Limit, ListOf, Note, RowId
from kajing.lib.access import needs, staff
from kajing.lib.errors import NotAllowed
from kajing.org import selectors, services
from kajing.org.models import Person, Substitution

router = Router()
LEAD = "org.substitute"


class AbsenceOut(Schema):
    """Somebody is away, and a colleague works their customers and tasks for these days."""

    id: int
    person_no: str = Field(examples=["P000123"])
    substitute_no: str = Field(examples=["P000124"])
    first_day: date
    last_day: date
    reason: str

    @staticmethod
    def resolve_person_no(one: Substitution) -> str:
        return one.person.person_no

    @staticmethod
    def resolve_substitute_no(one: Substitution) -> str:
        return one.substitute.person_no


class AbsenceEndedOut(Schema):
    """An absence that was ended."""

    person_no: str = Field(examples=["P000123"])
    last_day: date | None = Field(description="null: it had not begun and was taken away whole")


class AbsenceIn(Body):
    """Who stands in, from when to when."""

    substitute_no: BankId
    first_day: date
    last_day: date
    reason: Note = ""


class AbsencesQuery(Schema):
    """Filters; `past` adds the ones that are over."""

    person_no: BankId | None = None
    past: bool = False
    cursor: Cursor = ""
    limit: Limit = 50


@router.get("/substitutions", response=ListOf[AbsenceOut], summary="Who is away and who stands in")
@staff
def substitutions(request: HttpRequest, query: Query[AbsencesQuery]) -> dict[str, Any]:
    """My own and those I stand in for; for leaders those of their people."""
    found = selectors.absences(selectors.asker(request), None if query.past else timezone.localdate())
    if query.person_no:
        found = found.filter(person__person_no=query.person_no)
    return paging.page(found, order=("-first_day", "-pk"), cursor=query.cursor, limit=query.limit)


@router.post("/me/leave", response={201: AbsenceOut}, summary="Enter my leave")
@staff
def be_away(request: HttpRequest, body: AbsenceIn) -> Status[Substitution]:
    """A colleague of my role stands in; 409 when the days overlap or the colleague cannot."""
    return Status(201, _set(request, selectors.asker(request), body))


@router.post("/people/{person_no}/leave", response={201: AbsenceOut}, summary="Let somebody stand in for a person")
@needs(LEAD)
def set_substitute(request: HttpRequest, person_no: BankId, body: AbsenceIn) -> Status[Substitution]:
    """For leaders and administrators; one's own leave is entered by /me/leave."""
    asker = selectors.asker(request)
    if person_no == asker.person_no:
        raise NotAllowed(_("Nobody changes their own rights. Ask a colleague."))
    return Status(201, _set(request, get_object_or_404(selectors.people(asker), person_no=person_no), body))


@router.post(
    "/substitutions/{substitution_id}/end", response=AbsenceEndedOut, summary="End a substitution with yesterday"
)
@staff
def end(request: HttpRequest, substitution_id: RowId) -> dict[str, Any]:
    """My own, or for leaders one of their people; before its first day it is taken away whole."""
    asker = selectors.asker(request)
    found = selectors.own_absences(asker).filter(pk=substitution_id).first()
    if found is None and asker.has_perm(LEAD):
        found = selectors.substitution(asker, substitution_id)
    if found is None:
        raise Http404
    services.end_substitution(
        substitution=found, last_day=selectors.yesterday(), actor=asker.person_no, at=timezone.now()
    )
    return {"person_no": found.person.person_no, "last_day": found.last_day if found.pk else None}


def _set(request: HttpRequest, of: Person, body: AbsenceIn) -> Substitution:
    asker = selectors.asker(request)
    stands_in = selectors.people(asker).filter(person_no=body.substitute_no).first()
    if stands_in is None:
        raise services.CannotSubstitute(_("Nobody with this number or name."))
    return services.set_substitute(
        person=of, substitute=stands_in, first_day=body.first_day, last_day=body.last_day, reason=body.reason[:200],
        actor=asker.person_no, at=timezone.now(),
    )  # fmt: skip
