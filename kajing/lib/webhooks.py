"""Signed calls between systems, as Standard Webhooks has them: id, time and signature in three headers.

The signature is HMAC-SHA256 over ``id.timestamp.body``, in base64 with the prefix ``v1,``. A receiver refuses what is
older than five minutes and remembers ids, so that a recorded call cannot be played again.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from standardwebhooks import Webhook

ID, TIME, SIGNATURE = "webhook-id", "webhook-timestamp", "webhook-signature"
TOLERANCE = timedelta(minutes=5)
_PREFIX = "whsec_"


class BadSignature(ValueError):
    """The call does not come from who knows the secret, or it is too old."""


def key_of(secret: str) -> bytes:
    """The bytes of a secret: ``whsec_`` and base64 as the standard writes it, or any other text as it is."""
    if secret.startswith(_PREFIX):
        try:
            return base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
        except binascii.Error:
            return secret.encode()
    return secret.encode()


def sign(secret: str, *, id: str, at: datetime, body: bytes) -> dict[str, str]:  # noqa: A002  the standard's word
    """The three headers of a call."""
    # The library takes the wall time for UTC, whatever its zone.
    signature = Webhook(key_of(secret)).sign(id, at.astimezone(UTC), body.decode())
    return {ID: id, TIME: str(int(at.timestamp())), SIGNATURE: signature}


def verify(secret: str, headers: Mapping[str, str], body: bytes, *, now: datetime) -> str:
    """The id of a genuine call; header names count in any case. Raises BadSignature."""
    given = {name.lower(): value for name, value in headers.items()}
    call, stamp, signatures = given.get(ID, ""), given.get(TIME, ""), given.get(SIGNATURE, "")
    if not secret or not call or not stamp.isdigit() or len(stamp) > 12:
        raise BadSignature("the signature headers are missing")
    if abs(now.timestamp() - int(stamp)) > TOLERANCE.total_seconds():
        raise BadSignature("the call is older than five minutes, or the clocks differ")
    wanted = sign(secret, id=call, at=datetime.fromtimestamp(int(stamp), UTC), body=body)[SIGNATURE]
    if not any(hmac.compare_digest(wanted.encode(), one.encode()) for one in signatures.split()):
        raise BadSignature("the signature is wrong")
    return call
