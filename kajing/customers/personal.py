"""The names under which personal columns are encrypted and indexed, for the feeds that write and the pages that read.

A value is bound to its column (`lib.crypto`), so writer and reader must say the same name: `customer.` and the feed's
column. A phone's last four digits have an index of their own (platform R7).
"""

from __future__ import annotations

from django.conf import settings

COLUMNS = {
    "mobile": "customer.mobile",
    "phone": "customer.phone",
    "email": "customer.email",
    "id_number": "customer.id_number",
    "address": "customer.address",
    "employer": "customer.employer",
}
TAIL = "customer.mobile.tail"


def seal(field: str, text: str) -> bytes:
    """The encrypted value of a personal field, ready for its `…_enc` column."""
    return settings.KAJING_KEYS.encrypt(COLUMNS[field], text)


def unseal(field: str, value: bytes | memoryview | None) -> str:
    """The clear text of an encrypted column, empty when there is none. Raises CannotDecrypt."""
    return settings.KAJING_KEYS.decrypt(COLUMNS[field], bytes(value)) if value else ""


def blind(field: str, text: str) -> str:
    """The index value that finds an exact personal value."""
    return settings.KAJING_KEYS.blind(COLUMNS[field], text)


def blind_tail(text: str) -> str:
    """The index value of the last four characters of a phone."""
    return settings.KAJING_KEYS.blind(TAIL, text[-4:])
