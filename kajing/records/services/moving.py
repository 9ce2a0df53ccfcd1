"""What hangs on a record when two records become one."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from kajing.records.models import Attachment, FieldValue, Tagging


@transaction.atomic
def move_record(*, kind: str, source: str, target: str, log: Any = None) -> int:
    """Let values, tags and files of one record follow to another; returns how many rows went.

    Where both have a value of a field the target's stays, and the source's stays with the source. `log` is the journal
    of an act that can be undone (`records.undo`); the caller has checked the right and writes the audit row.
    """
    taken = FieldValue.objects.filter(field__kind=kind, object_id=target).values("field")
    values = FieldValue.objects.filter(field__kind=kind, object_id=source).exclude(field__in=taken)
    has = Tagging.objects.filter(kind=kind, object_id=target).values("tag")
    tags = Tagging.objects.filter(kind=kind, object_id=source).exclude(tag__in=has)
    files = Attachment.objects.filter(kind=kind, object_id=source)
    moved = 0
    for rows in (values, tags, files):
        keys = list(rows.values_list("pk", flat=True))
        chosen = rows.model.objects.filter(pk__in=keys)
        if log is not None:
            log.before(chosen)
        moved += chosen.update(object_id=target)
    return moved
