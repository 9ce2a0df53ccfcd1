"""The secret address of a person's calendar: made, replaced, taken back."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime

from django.db import transaction

from kajing.audit.services import record
from kajing.org.models import Person
from kajing.workflow.models import CalendarFeed


@transaction.atomic
def new_feed(*, actor: Person, at: datetime) -> str:
    """Make the person's address and end the one before; returns the secret, which is not kept."""
    CalendarFeed.objects.filter(person=actor, ended_at=None).update(ended_at=at)
    secret = secrets.token_urlsafe(32)
    CalendarFeed.objects.create(person=actor, digest=hashlib.sha256(secret.encode()).hexdigest(), made_at=at)
    _tell(actor, "new", at)
    return secret


@transaction.atomic
def end_feed(*, actor: Person, at: datetime) -> int:
    """Take the address back; whoever has it reads nothing any more."""
    count = CalendarFeed.objects.filter(person=actor, ended_at=None).update(ended_at=at)
    if count:
        _tell(actor, "end", at)
    return count


def _tell(actor: Person, act: str, at: datetime) -> None:
    record(
        actor=actor.person_no,
        action=f"workflow.calendar_{act}",
        object_kind="calendar",
        object_id=actor.person_no,
        at=at,
    )
