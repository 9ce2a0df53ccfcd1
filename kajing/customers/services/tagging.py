"""Tagging a selection of the list: at once or as a job, undone as one."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext_noop

from kajing.customers.services.bulk import NothingChosen
from kajing.lib.errors import NotAllowed
from kajing.org.models import Person
from kajing.records import services as records
from kajing.records.services import bulk
from kajing.reference.selectors import undo_until

if TYPE_CHECKING:
    from kajing.customers.selectors import Selection
    from kajing.records.models import BulkAct

TAG = "customers.tag"
TAG_MANY = bulk.BulkKind(
    name=TAG, title=gettext_noop("Customers tagged “%(tag)s”: %(count)s"), list="customers", right="records.tag",
    do=records.tag_many("customer"),
)  # fmt: skip
UNTAG = "customers.untag"
UNTAG_MANY = bulk.BulkKind(
    name=UNTAG, title=gettext_noop("Tag “%(tag)s” taken off customers: %(count)s"), list="customers",
    right="records.tag", do=records.tag_many("customer"),
)  # fmt: skip


@transaction.atomic
def tag_selection(*, actor: Person, chosen: Selection, tag: str, off: bool, at: datetime) -> BulkAct:
    """Put a tag on the selection or take it off. Raises NotAllowed, NothingChosen, CannotTag, CannotActOnMany."""
    if not actor.has_perm("records.tag"):
        raise NotAllowed
    ids = chosen.keys(bulk.MOST)
    if not ids:
        raise NothingChosen
    if not off:
        records.check_tag(tag)  # refuses a bad name now, not in the night
    kind = UNTAG_MANY if off else TAG_MANY
    params = {"tag": tag.strip(), "off": off}
    return bulk.start(actor=actor, kind=kind, ids=ids, params=params, at=at, until=undo_until(at))
