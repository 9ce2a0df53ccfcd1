"""The handover pack: acknowledged by who receives it, taken out as a file (capability G4.3)."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kajing.audit.services import record
from kajing.customers.models import Handover
from kajing.customers.selectors.handovers import pack
from kajing.customers.services.bulk import MOST_EXPORTED, policy_number
from kajing.lib.errors import DomainError, NotAllowed
from kajing.org.models import Person
from kajing.org.scoping import current_scope
from kajing.records.services.tables import Mark, TableFile, file_of, new_reference
from kajing.records.states import check_move


class CannotAcknowledge(DomainError):
    """Only the receiver, or who stands in for them, says that the pack was read."""


@transaction.atomic
def acknowledge(*, actor: Person, handover: Handover, at: datetime) -> Handover:
    """The receiver says they have read the pack; a second time changes nothing. Raises CannotAcknowledge."""
    if handover.receiver_id not in {actor.person_no, *_stood_in_for(actor)}:
        raise CannotAcknowledge(_("Only the receiver acknowledges a handover."))
    if handover.acknowledged_at is None:
        check_move(kind="handover", object_id=str(handover.pk), before="OPEN", to="READ", actor=actor, at=at)
        handover.acknowledged_at, handover.acknowledged_by = at, actor.person_no
        handover.save(update_fields=["acknowledged_at", "acknowledged_by"])
        _audit(handover, actor.person_no, "customers.acknowledge_handover", at)
    return handover


def _stood_in_for(actor: Person) -> frozenset[str]:
    managers = current_scope(actor).managers
    return managers if isinstance(managers, frozenset) else frozenset()


@transaction.atomic
def export_handover(*, actor: Person, handover: Handover, reason: str, today: date, at: datetime) -> TableFile:
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
    reference = new_reference(at)
    record(
        actor=actor.person_no, action="customers.export", object_kind="handover", object_id=str(handover.pk),
        reason=reason.strip(), at=at, changes={"rows": len(lines), "reference": reference},
    )  # fmt: skip
    first = [_("Section"), _("Customer number"), _("Customer"), pgettext("of an event", "Day"), _("What"), _("Note")]
    mark = Mark(
        who=f"{actor.name} {actor.person_no}", role=str(actor.get_role_display()), at=at, what=_("Handover"),
        filters=str(handover.pk), rows=len(lines), reference=reference, reason=reason.strip(),
    )  # fmt: skip
    rows = [[cell if isinstance(cell, date) else str(cell) for cell in line] for line in lines]
    return file_of("csv", f"handover-{handover.pk}-{at:%Y%m%d-%H%M%S}", first, rows, mark.lines(), at=at)


def _audit(handover: Handover, actor: str, action: str, at: datetime) -> None:
    record(
        actor=actor, action=action, object_kind="handover", object_id=str(handover.pk), at=at,
        changes={"receiver": handover.receiver_id},
    )  # fmt: skip
