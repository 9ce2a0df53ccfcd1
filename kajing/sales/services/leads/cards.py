"""A move on the board: the same act, which can be taken back as a whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_noop

from kajing.org.models import Person
from kajing.records.undo import journal
from kajing.reference.selectors import undo_until
from kajing.sales.models import Lead
from kajing.sales.services.leads.moving import lose, move

TITLE = gettext_noop("Stage of lead %(lead)s")


@dataclass(frozen=True)
class Moved:
    """The lead as it stands now, and the number under which the move can be undone."""

    lead: Lead
    undo: int | None


@transaction.atomic
def move_card(
    *, actor: Person, lead: Lead, to: str, at: datetime, note: str = "", version: int | None = None
) -> Moved:  # fmt: skip
    """`move`, with an undo. Raises what `move` raises."""
    with journal(
        kind="sales.move_lead", title=TITLE, params={"lead": lead.number}, actor=actor, at=at, until=undo_until(at)
    ) as log:
        one = move(actor=actor, lead=lead, to=to, at=at, note=note, version=version)
    return Moved(one, log.undo)


@transaction.atomic
def lose_card(
    *,
    actor: Person,
    lead: Lead,
    reason: str,
    at: datetime,
    rival: str = "",
    rival_card: str = "",
    note: str = "",
    version: int | None = None,
) -> Moved:
    """`lose`, with an undo. Raises what `lose` raises."""
    with journal(
        kind="sales.lose_lead", title=TITLE, params={"lead": lead.number}, actor=actor, at=at, until=undo_until(at)
    ) as log:
        one = lose(
            actor=actor, lead=lead, reason=reason, rival=rival, rival_card=rival_card, note=note, version=version, at=at
        )
    return Moved(one, log.undo)
