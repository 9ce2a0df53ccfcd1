"""Files above the row cap that a person asked for."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from kajing.audit.selectors import today_for
from kajing.customers.models import ExportRequest
from kajing.records.lists import LISTS
from kajing.records.selectors import Selection, selection


def exports(user: Any) -> QuerySet[ExportRequest]:
    """The person's own requests, the newest first."""
    return ExportRequest.objects.filter(person=user)


def export_selection_of(export: ExportRequest) -> Selection:
    """What the request is about, as its asker sees it now."""
    return selection(
        export.person, LISTS[export.list_name], ids=[str(pk) for pk in export.ids], query=QueryDict(export.address),
        everything=export.everything, today=today_for(export.person),
    )  # fmt: skip
