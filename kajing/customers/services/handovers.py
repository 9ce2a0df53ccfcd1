"""The handover pack: acknowledged by who receives it, taken out as a file (capability G4.3)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kajing.audit.services import record
from kajing.customers.models import Handover
from kajing.customers.selectors.handovers import pack
from kajing.customers.services.bulk import MOST_EXPORTED, Exported, csv_text, policy_number, safe, watermark
from kajing.lib.errors import DomainError, NotAllowed
from kajing.org.models import Person
from kajing.org.scoping import current_scope


class CannotAcknowledge(DomainError):
    """Only the receiver, or who stands in for them, says that the pack was read."""


@transaction.atomic
def acknowledge(*, actor: Person, handover: Handover, at: datetime) -> Handover:
    """The receiver says they have read the pack; a second time changes nothing. Raises CannotAcknowledge."""
    if handover.receiver_id not in {actor.person_no, *_stood_in_for(actor)}:
        raise CannotAcknowledge(_("Only the receiver acknowledges a handover."))
    if handover.acknowledged_at is None:
        handover.acknowledged_at, handover.acknowledged_by = at, actor.person_no
        handover.save(update_fields=["acknowledged_at", "acknowledged_by"])
        _audit(handover, actor.person_no, "customers.acknowledge_handover", at)
    return handover


def _stood_in_for(actor: Person) -> frozenset[str]:
    managers = current_scope(actor).managers
    return managers if isinstance(managers, frozenset) else frozenset()


@transaction.atomic
def export_handover(*, actor: Person, handover: Handover, reason: str, today: date, at: datetime) -> Exported:
    """The pack as a CSV file under the rules of every export: right, reason, row cap, audit, watermark.

    Raises NotAllowed, DomainError above the row cap.
    """
    if not actor.has_perm("customers.export"):
        raise NotAllowed
    lines = [
        [part.section.title, told.line.customer_id, told.name, told.line.on or "", told.line.text, told.line.note]
        for part in pack(actor, handover, today, most=None).parts
        for told in part.lines
    ]
    most = policy_number("export_rows_without_approval", today, MOST_EXPORTED)
    if len(lines) > most:
        raise DomainError(
            _("The handover has %(count)s lines; a file holds at most %(most)s.") % {"count": len(lines), "most": most}
        )
    record(
        actor=actor.person_no, action="customers.export", object_kind="handover", object_id=str(handover.pk),
        reason=reason.strip(), at=at, changes={"rows": len(lines)},
    )  # fmt: skip
    head: list[list[Any]] = [
        [_("Section"), _("Customer number"), _("Customer"), pgettext("of an event", "Day"), _("What"), _("Note")]
    ]
    rows = [[safe(str(cell) if not isinstance(cell, date) else cell) for cell in line] for line in lines]
    content = b"\xef\xbb\xbf" + (csv_text([*head, *rows]) + watermark(actor, at)).encode()
    return Exported(f"handover-{handover.pk}-{at:%Y%m%d-%H%M%S}.csv", content, len(lines))


def _audit(handover: Handover, actor: str, action: str, at: datetime) -> None:
    record(
        actor=actor, action=action, object_kind="handover", object_id=str(handover.pk), at=at,
        changes={"receiver": handover.receiver_id},
    )  # fmt: skip
