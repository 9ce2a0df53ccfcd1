"""What the pages of one object share: the object of the address, its list, its chosen rows."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, QueryDict

from kajing.audit.selectors import today_for
from kajing.objects import selectors
from kajing.objects.lists import spec_of
from kajing.objects.models import ObjectDefinition
from kajing.records.selectors import Selection, selection
from kajing.workflow.selectors import own_people


def object_of(request: HttpRequest, code: str, what: str = "") -> ObjectDefinition:
    """The object of an address, when the person's role meets it (and `creates` or `edits`); else it is missing."""
    found = selectors.definition(request.user, code)
    if found is None or (what and not selectors.may(request.user, code, what)):
        raise Http404
    return found


def chosen(request: HttpRequest, about: ObjectDefinition) -> Selection:
    """The ticked rows, or the whole list of the address."""
    data = request.POST if request.method == "POST" else request.GET
    return selection(
        request.user, spec_of(about), ids=data.getlist("ids"), query=QueryDict(data.get("query", "")),
        everything=data.get("all") == "1", today=today_for(request.user),
    )  # fmt: skip


def owners(user: Any) -> list[tuple[str, str]]:
    """Whom the person may give a record to: themselves, for leaders everybody of their place."""
    return [(one.person_no, f"{one.name} {one.person_no}") for one in own_people(user)]
