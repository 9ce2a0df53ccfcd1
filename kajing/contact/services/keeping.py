"""What time does to contacts: plans nobody kept are missed, recordings are let go with a certificate."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext_noop

from kajing.audit.services import record
from kajing.contact.choices import State
from kajing.contact.models import Interaction
from kajing.customers.services import mark_timeline
from kajing.lib.periods import SHANGHAI

GRACE = timedelta(hours=12)  # after this a plan that was not begun is missed
_AT_ONCE = 500


@transaction.atomic
def miss_plans(*, at: datetime) -> int:
    """Plans that were not begun half a day after their time are missed and free their place; returns how many."""
    late = Interaction.objects.filter(state=State.PLANNED, at__lt=at - GRACE).order_by("at", "pk")
    found = list(late.select_for_update(of=("self",), skip_locked=True)[:_AT_ONCE])
    for contact in found:
        contact.state = State.MISSED
        contact.version += 1
        mark_timeline(
            customer_id=contact.customer_id, at=at, kind="visit" if contact.channel == "VISIT" else "call",
            title=gettext_noop("A planned contact was not made"), body=contact.subject,
            source=f"interaction:{contact.pk}", icon="calendar-x",
        )  # fmt: skip
    Interaction.objects.bulk_update(found, ["state", "version"])
    if found:
        record(
            actor="system", action="contact.miss", object_kind="interaction", object_id="many", at=at,
            changes={"contacts": [contact.pk for contact in found]},
        )  # fmt: skip
    return len(found)


@transaction.atomic
def expire_recordings(*, at: datetime) -> int:
    """Forget recordings whose time is over and that no legal hold keeps; the certificate is the audit row of each.

    It names the pointer's hash, so that the bank's store can prove what was deleted and why. Returns how many.
    """
    today: date = at.astimezone(SHANGHAI).date()
    over = Interaction.objects.filter(retention_until__lt=today, legal_hold=False).exclude(recording="")
    found = list(over.select_for_update(of=("self",), skip_locked=True).order_by("pk")[:_AT_ONCE])
    for contact in found:
        record(
            actor="system", action="contact.recording_expired", object_kind="interaction", object_id=str(contact.pk),
            customer_id=contact.customer_id, at=at,
            changes={
                "pointer": contact.recording, "sha256": contact.recording_sha256,
                "retention_until": contact.retention_until and contact.retention_until.isoformat(),
            },
        )  # fmt: skip
        contact.recording = ""
        contact.version += 1
    Interaction.objects.bulk_update(found, ["recording", "version"])
    return len(found)
