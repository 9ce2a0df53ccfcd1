"""Tagging a selection of the list: at once, or as a job."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.customers.services.bulk import NothingChosen
from kajing.lib.errors import NotAllowed
from kajing.org.models import Person
from kajing.queue.services import enqueue
from kajing.records import services as records

if TYPE_CHECKING:
    from kajing.customers.selectors import Selection

AT_ONCE = 300  # every customer's change is a row of the audit trail
MOST_TAGGED = 20_000
TAG_JOB = "customers.tag"
TITLE = gettext_noop("Tag customers")


@dataclass(frozen=True)
class Tagged:
    """How many customers changed, or will when the job has run."""

    count: int
    queued: bool


@transaction.atomic
def tag_selection(*, actor: Person, chosen: Selection, tag: str, off: bool, at: datetime) -> Tagged:
    """Put a tag on the selection or take it off; many go as a job. Raises NotAllowed, NothingChosen, CannotTag."""
    if not actor.has_perm("records.tag"):
        raise NotAllowed
    ids = chosen.keys(MOST_TAGGED)
    if not ids:
        raise NothingChosen
    first = tag_some(
        actor=actor, ids=ids[:AT_ONCE], tag=tag, off=off, at=at
    )  # refuses a bad name now, not in the night
    if len(ids) <= AT_ONCE:
        return Tagged(first, queued=False)
    kwargs = {"actor": actor.person_no, "ids": ids[AT_ONCE:], "tag": tag, "off": off}
    enqueue(TAG_JOB, at=at, kwargs=kwargs, owner=actor.person_no, title=str(_(TITLE)))
    return Tagged(len(ids), queued=True)


def tag_some(*, actor: Person, ids: list[str], tag: str, off: bool, at: datetime) -> int:
    """The act itself, for one chunk. Raises NotAllowed, CannotTag."""
    act = records.untag if off else records.tag
    return act(actor=actor, kind="customer", ids=ids, name=tag, at=at)
