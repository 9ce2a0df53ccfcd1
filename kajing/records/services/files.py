"""Attaching files to records, taking them away, and handing them out; each in the audit trail."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from kajing.audit.services import record
from kajing.lib.errors import NotAllowed
from kajing.org.models import Role
from kajing.records.files import FileRefused, inspect, load, store
from kajing.records.kinds import Kind, kind_of
from kajing.records.models import Attachment, StoredFile
from kajing.records.selectors.files import may_see

if TYPE_CHECKING:
    from kajing.org.models import Person

RIGHT = "records.attach"
MOST_FILES = 100  # of one record


@transaction.atomic
def attach(
    *, actor: Person, kind: str, object_id: str, name: str, content: bytes, at: datetime, note: str = "",
    roles: Sequence[str] = (), keep_place: bool = False, right: str = RIGHT,
) -> Attachment:  # fmt: skip
    """Keep a file with a record. The same content is stored once; images lose camera and place unless `keep_place`.

    `roles` are who may see it, empty for everybody who sees the record. `right` is asked of the
    actor: the act of another room brings its own, such as the photo of a visit. Raises NotAllowed, FileRefused.
    """
    on = _checked(actor, kind, object_id, right)
    most = settings.KAJING_FILE_MB
    if len(content) > most * 1024 * 1024:
        raise FileRefused(_("The file is larger than %(most)s MB.") % {"most": most})
    if Attachment.objects.filter(kind=kind, object_id=object_id, removed_at=None).count() >= MOST_FILES:
        raise FileRefused(_("%(most)s files are the most for one record.") % {"most": MOST_FILES})
    looked = inspect(name, content, keep_place=keep_place)
    sha256 = hashlib.sha256(looked.content).hexdigest()
    store(sha256, looked.content)  # before its row: a row always finds its bytes
    file, _made = StoredFile.objects.get_or_create(
        sha256=sha256, defaults={"size": len(looked.content), "media_type": looked.media_type, "created_at": at}
    )
    row = Attachment.objects.create(
        kind=kind, object_id=object_id, file=file, name=looked.name, note=note.strip()[:200], by=actor.person_no, at=at,
        roles=[role for role in roles if role in Role.values],
    )  # fmt: skip
    _tell(actor, on, row, "records.attach", at)
    return row


@transaction.atomic
def remove_file(*, actor: Person, attachment: Attachment, at: datetime) -> None:
    """Take a file off its record; row and bytes stay for the retention period. Raises NotAllowed."""
    on = _checked(actor, attachment.kind, attachment.object_id)
    if not may_see(actor, attachment):
        raise NotAllowed
    Attachment.objects.filter(pk=attachment.pk).update(removed_at=at)
    _tell(actor, on, attachment, "records.remove_file", at)


@transaction.atomic
def hand_out(*, actor: Person, attachment: Attachment, at: datetime) -> bytes:
    """The bytes of a file, for a download that the audit trail tells. Raises NotAllowed, FileRefused."""
    on = kind_of(attachment.kind)
    if on is None or not on.seen(actor, [attachment.object_id]) or not may_see(actor, attachment):
        raise NotAllowed
    try:
        content = load(attachment.file_id)
    except (OSError, ValueError):
        raise FileRefused(_("The file cannot be read. Ask your administrator to restore it from a backup.")) from None
    _tell(actor, on, attachment, "records.download", at)
    return content


def _checked(actor: Person, kind: str, object_id: str, right: str = RIGHT) -> Kind:
    on = kind_of(kind)
    if on is None or not actor.has_perm(right) or not actor.has_perm(on.view) or not on.seen(actor, [object_id]):
        raise NotAllowed
    if not on.writes(actor):
        raise NotAllowed
    return on


def _tell(actor: Person, on: Kind, row: Attachment, action: str, at: datetime) -> None:
    record(
        actor=actor.person_no, action=action, object_kind=on.name, object_id=row.object_id, at=at,
        customer_id=on.customer_of(row.object_id),
        changes={"file": row.name, "sha256": row.file_id, "attachment": row.pk},
    )  # fmt: skip
