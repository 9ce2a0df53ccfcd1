"""What every act on a complaint writes: the row, its activity, the audit trail, the timeline, and the contact hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from kajing.audit.services import record
from kajing.complaints import choices, clocks, selectors
from kajing.complaints.models import Complaint, ComplaintEvent
from kajing.complaints.signals import complaint_moved
from kajing.customers.models import ContactHold
from kajing.customers.services.marks import lift_hold, mark_timeline, place_hold
from kajing.lib.errors import DomainError, NotAllowed
from kajing.lib.masks import scrub_card_numbers
from kajing.lib.periods import SHANGHAI
from kajing.notifications.services import close_group, notify
from kajing.org.models import Person
from kajing.records.states import check_move

HOLD = "COMPLAINT"
SYSTEM = "system"


class NotOpen(DomainError):
    """The complaint has ended, or has not come so far."""


class Stale(DomainError):
    """Somebody changed the complaint since the page was drawn; `current` is how it stands now."""

    def __init__(self, current: Complaint) -> None:
        super().__init__(_("Somebody changed this complaint in the meantime. Look at it again, then repeat."))
        self.current = current


def day_of(at: datetime) -> date:
    """The Shanghai day of a moment."""
    return at.astimezone(SHANGHAI).date()


def source_of(complaint: Complaint) -> str:
    """How marks, tasks and news name it."""
    return f"complaint:{complaint.pk}"


def locked(actor: Person, complaint: Complaint, version: int | None = None) -> Complaint:
    """The row for writing, if the person sees it. Raises NotAllowed, Stale."""
    found = selectors.complaints(actor).filter(pk=complaint.pk).values("pk")
    row = Complaint.objects.select_for_update(of=("self",)).filter(pk__in=found).first()
    if row is None:
        raise NotAllowed(_("This complaint is not in your area."))
    if version is not None and version != row.version:
        raise Stale(row)
    return row


def must_handle(actor: Person, complaint: Complaint) -> None:
    """Raises NotAllowed for who is recused, has not been given it, or whose role handles none."""
    from kajing.complaints.recusal import why_not

    if said := why_not(actor, complaint):
        raise NotAllowed(said)
    if not selectors.can_handle(actor, complaint):
        raise NotAllowed(_("Only its handler, or who gives complaints out, may do this. Have it assigned to you."))


def must_stand(complaint: Complaint, *states: str) -> None:
    """Raises NotOpen, with where it stands."""
    if complaint.state not in states:
        told = {"state": complaint.get_state_display()}
        raise NotOpen(_("This cannot be done: the complaint is %(state)s.") % told)


def go(complaint: Complaint, to: str, *, actor: Person, at: datetime, note: str = "") -> str:
    """Move it, if no gate stands against it; gives where it stood. Raises MoveRefused."""
    before = complaint.state
    check_move(kind="complaint", object_id=str(complaint.pk), before=before, to=to, actor=actor, at=at, note=note)
    complaint.state = to
    return before


def save(complaint: Complaint) -> None:
    """Write the row as its next version."""
    complaint.version += 1
    complaint.save()


def tell(
    complaint: Complaint,
    act: str,
    title: str,
    *,
    actor: Person | None,
    at: datetime,
    note: str = "",
    params: Mapping[str, Any] | None = None,
    changes: Mapping[str, Any] | None = None,
    timeline: bool = False,
) -> None:
    """Activity, audit row, and where wanted a line on the customer's timeline; `title` is a message id.

    The audit row keeps which fields changed, and for texts that people wrote not what they say.
    """
    by = actor.person_no if actor else SYSTEM
    changed, said = dict(changes or {}), scrub_card_numbers(note.strip())
    ComplaintEvent.objects.create(
        complaint=complaint, at=at, by=by, title=title, params=dict(params or {}), note=said, changes=changed
    )
    record(
        actor=by, action=f"complaints.{act}", object_kind="complaint", object_id=str(complaint.pk), at=at,
        customer_id=complaint.customer_id, reason=said[:400], changes=changed,
    )  # fmt: skip
    if timeline:
        mark_timeline(
            customer_id=complaint.customer_id, at=at, kind="complaint", title=ON_TIMELINE[act], body=said[:400],
            params={"number": complaint.number}, source=source_of(complaint), actor=by, icon="message-report",
        )  # fmt: skip


ON_TIMELINE = {
    "register": gettext_noop("Complaint %(number)s registered"),
    "accept": gettext_noop("Complaint %(number)s accepted"),
    "extend": gettext_noop("More time for complaint %(number)s"),
    "answer": gettext_noop("Complaint %(number)s answered"),
    "close": gettext_noop("Complaint %(number)s closed"),
    "withdraw": gettext_noop("Complaint %(number)s withdrawn"),
    "refuse": gettext_noop("Complaint %(number)s not accepted"),
    "reopen": gettext_noop("Complaint %(number)s opened again"),
    "merge": gettext_noop("Complaint %(number)s joined with another"),
    "facts": gettext_noop("New facts for complaint %(number)s"),
}


def moved(complaint: Complaint, before: str, *, actor: Person, at: datetime) -> None:
    """The contact hold follows the state, news of an ended one leave the inboxes, and other rooms hear of it."""
    keep_hold(complaint, actor=actor.person_no, at=at)
    if not complaint.is_running:
        close_group(group=source_of(complaint), at=at)
        close_group(group=f"{source_of(complaint)}:late", at=at)
    complaint_moved.send(sender=Complaint, complaint=complaint, before=before, actor=actor, at=at)


def keep_hold(complaint: Complaint, *, actor: str, at: datetime) -> None:
    """An open complaint holds other contacts with the customer back; queries and suggestions do not."""
    source = source_of(complaint)
    wanted = complaint.is_open and clocks.holds_contact(complaint.kind)
    there = ContactHold.objects.filter(kind=HOLD, source=source, lifted_at=None).first()
    if wanted and there is None:
        place_hold(
            actor=actor, customer=complaint.customer, kind=HOLD, source=source, at=at, reason=str(complaint.number)
        )
    elif there is not None and not wanted:
        lift_hold(actor=actor, hold=there, at=at, reason=str(complaint.number))


def tell_handler(complaint: Complaint, title: str, *, actor: Person | None, at: datetime) -> None:
    """News to its handler, unless they did it themselves."""
    handler = complaint.handler
    if handler is not None and (actor is None or handler.pk != actor.pk):
        notify(
            person=handler, kind="complaint.assigned", title=title, params={"number": complaint.number},
            url=f"/complaints/{complaint.pk}/", group=source_of(complaint), at=at,
        )  # fmt: skip


def clean(words: str, most: int) -> str:
    """What a person wrote, without card numbers, no longer than the column."""
    return scrub_card_numbers(words.strip())[:most]


def name_of(value: Any) -> Any:
    """A value as the audit trail keeps it."""
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return getattr(value, "pk", value) if not isinstance(value, choices.models.Choices) else value.value
