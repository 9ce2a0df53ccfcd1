"""What a row of an object's list says, with customers' names as far as the reader may know them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.urls import reverse

from kajing.customers.selectors import shown_name
from kajing.lib.periods import SHANGHAI
from kajing.objects.models import ObjectRecord
from kajing.objects.selectors import records
from kajing.records.fields.listing import VALUES
from kajing.records.selectors import PageTags, PageValues
from kajing.records.selectors.tags import PAGE


@dataclass(frozen=True, slots=True)
class RecordRow:
    """One record; `name` is its customer's, `extra` holds the page's own fields and tags."""

    record: ObjectRecord
    name: str
    extra: dict[str, Any]

    @property
    def pk(self) -> int:
        """The record's key."""
        return self.record.pk

    @property
    def shown_key(self) -> str:
        """Nothing beside the title: the number has a column of its own."""
        return ""

    @property
    def heading(self) -> str:
        """What it is called."""
        return self.record.title

    @property
    def url(self) -> str:
        """Its page."""
        return reverse("objects:record", args=[self.record.object.code, self.record.pk])

    @property
    def customer_ref(self) -> tuple[str, str]:
        """The customer's name as far as it may be known, and their page."""
        pk = self.record.customer_id
        return (self.name or str(pk), reverse("customers:page", args=[pk])) if pk else ("", "")

    @property
    def created_on(self) -> date:
        """The day it was made."""
        return self.record.created_at.astimezone(SHANGHAI).date()

    @property
    def changed_on(self) -> date:
        """The day of its last change."""
        return self.record.changed_at.astimezone(SHANGHAI).date()


def load(user: Any, code: str, kind: str, ids: Sequence[Any], *, removed: bool = False) -> list[RecordRow]:
    """Rows of these records in the given order, as far as the person sees them, with own fields and tags at hand."""
    keys = [str(pk) for pk in ids]
    extra = {VALUES: PageValues(kind, user, keys), PAGE: PageTags(kind, keys)}
    found = (
        records(user, code, removed=removed)
        .filter(pk__in=list(ids))
        .select_related("object", "customer", "owner", "unit")
    )
    rows = {one.pk: row_of(user, one, extra) for one in found}
    return [rows[pk] for pk in ids if pk in rows]


def unlisted(user: Any, record: ObjectRecord) -> RecordRow:
    """The row of a record that the person no longer sees, without fields and tags."""
    nothing = {VALUES: PageValues(record.kind, user, []), PAGE: PageTags(record.kind, [])}
    return RecordRow(record, "", nothing)


def row_of(user: Any, record: ObjectRecord, extra: dict[str, Any] | None = None) -> RecordRow:
    """The row of one record."""
    name = shown_name(user, record.customer) if record.customer else ""
    return RecordRow(record, name, extra or {})
