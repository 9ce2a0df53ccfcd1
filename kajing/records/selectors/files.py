"""Files of a record, as far as a person's role may see them."""

from __future__ import annotations

from typing import Any

from kajing.records.models import Attachment


def files_of(kind: str, user: Any, object_id: str) -> list[Attachment]:
    """The files of one record, newest first; the caller has checked that the person sees the record."""
    rows = Attachment.objects.filter(kind=kind, object_id=object_id, removed_at=None).select_related("file")
    return [row for row in rows if may_see(user, row)]


def file_of(kind: str, user: Any, object_id: str, pk: int) -> Attachment | None:
    """One file of a record, None when there is none for this person."""
    found = (
        Attachment.objects.filter(kind=kind, object_id=object_id, pk=pk, removed_at=None).select_related("file").first()
    )
    return found if found and may_see(user, found) else None


def may_see(user: Any, row: Attachment) -> bool:
    """Whether the person's role may see a file; who attached it always may."""
    return not row.roles or user.role in row.roles or row.by == user.person_no
