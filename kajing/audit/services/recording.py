"""Recording: one row per act, bound by an HMAC, in the transaction of the act itself."""

from __future__ import annotations

import hmac
import json
from collections.abc import Sequence
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
        sender=AuditRow, kind=object_kind, object_id=object_id, action=action, changes=row.changes, actor=actor, at=at,
        customer_id=customer_id, row_id=row.pk,
    )  # fmt: skip
    return row


# The fields a mac binds, in this order; the row's id is bound by the seal.
BOUND = (
    "at", "actor", "action", "object_kind", "object_id", "customer_id", "reason", "address", "request_id", "changes",
)  # fmt: skip


def row_mac(row: AuditRow) -> str:
    """The HMAC over every field but the row's id."""
    return mac_of([getattr(row, name) for name in BOUND])


def mac_of(values: Sequence[Any]) -> str:
    """The HMAC over the values of BOUND."""
    at, *texts, changes = values
    return mac_of_texts(settings.KAJING_KEYS.audit, at, texts, canonical(changes))


def mac_of_texts(key: bytes, at: datetime, texts: Sequence[str], changes: str) -> str:
    """The same from parts that are at hand; `changes` is `canonical`."""
    # One zone for all: the database gives moments back in UTC.
    moment = (at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat(timespec="microseconds")
    return hmac.digest(key, "\x1f".join([moment, *texts, changes]).encode(), "sha256").hex()


# One encoder for all rows: `json.dumps` with options makes a new one for each.
canonical = json.JSONEncoder(sort_keys=True, ensure_ascii=False).encode
