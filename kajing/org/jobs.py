"""What the worker does for this room, and for `audit`, which lies below the queue and cannot ask it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.conf import settings
from django.utils import timezone

from kajing.audit.selectors import newest_seal
from kajing.org import services
from kajing.queue.services import send_email


def tidy(at: datetime) -> int:
    """Forget old answers of POSTs; a chore of every worker."""
    return services.tidy(at=at)


def mail_anchor(job: Any) -> bool:
    """Once a day the head of the audit chain leaves the house by mail, if an address is set; whether it did.

    Whoever cuts the trail and its anchor files is then shown by the mail.
    """
    newest = newest_seal()
    if not settings.KAJING_ANCHOR_MAIL or newest is None:
        return False
    body = (
        f"seal {newest.pk}\nlast row {newest.last_id}\nhead {newest.head}\nsealed at {newest.sealed_at.isoformat()}\n"
    )
    send_email(to=settings.KAJING_ANCHOR_MAIL, subject="Kajing audit anchor", body=body, at=timezone.now())
    return True
