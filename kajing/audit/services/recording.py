"""Recording: one row per act, bound by an HMAC, in the transaction of the act itself."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, datetime
from typing import Any

from django.conf import settings
from django.db import transaction

from kajing.api.middleware import ADDRESS, REQUEST_ID
from kajing.audit.models import AuditRow
from kajing.audit.signals import recorded


@transaction.atomic
def record(
    *,
    actor: str,
    action: str,
    object_kind: str,
    object_id: str,
    at: datetime,
    customer_id: str = "",
    reason: str = "",
    address: str = "",
    changes: dict[str, Any] | None = None,
) -> AuditRow:
    """Write one audit row; `actor` is a person_no or "system", `changes` holds no personal data in clear.

    Inside a request the address of the caller and the request id come by themselves.
    """
    row = AuditRow(
        at=at,
        actor=actor,
        action=action,
        object_kind=object_kind,
        object_id=object_id,
        customer_id=customer_id,
        reason=reason,
        address=address or ADDRESS.get(),
        request_id=REQUEST_ID.get(),
        changes=changes or {},
    )
    row.mac = row_mac(row)
    row.save()
    recorded.send(
        sender=AuditRow, kind=object_kind, object_id=object_id, action=action, changes=row.changes, actor=actor, at=at
    )
    return row


def row_mac(row: AuditRow) -> str:
    """The HMAC over every field but the row's id (its place is bound by the seal)."""
    fields = [
        # One zone for all: the database gives moments back in UTC.
        row.at.astimezone(UTC).isoformat(timespec="microseconds"),
        row.actor,
        row.action,
        row.object_kind,
        row.object_id,
        row.customer_id,
        row.reason,
        row.address,
        row.request_id,
        json.dumps(row.changes, sort_keys=True, ensure_ascii=False),
    ]
    return hmac.new(settings.KAJING_KEYS.audit, "\x1f".join(fields).encode(), hashlib.sha256).hexdigest()
