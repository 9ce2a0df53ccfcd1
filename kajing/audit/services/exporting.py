"""The trail as a file for reviewers."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from kajing.audit.selectors import rows
from kajing.audit.services.recording import record
from kajing.lib.cells import harmless
from kajing.lib.errors import DomainError, NotAllowed
from kajing.lib.periods import SHANGHAI

MOST = 50_000
COLUMNS = (
    "id", "at", "actor", "action", "object_kind", "object_id", "customer_id", "reason", "address", "request_id",
    "changes", "mac",
)  # fmt: skip


class TooLong(DomainError):
    """More rows than a file takes."""

    status = 422

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count

    def __str__(self) -> str:
        return _("%(count)s entries fit; a file holds at most %(most)s. Narrow the days.") % {
            "count": self.count,
            "most": MOST,
        }


@dataclass(frozen=True, slots=True)
class TrailFile:
    """A file: its name, its bytes, how many rows."""

    name: str
    content: bytes
    rows: int


@transaction.atomic
def export_trail(*, actor: Any, filters: Mapping[str, Any], at: datetime) -> TrailFile:
    """The rows this person may read under the filters, oldest first, with the code that binds each; itself recorded.

    The first lines say who took it, when and by which filters. Raises NotAllowed, TooLong.
    """
    if not actor.has_perm("audit.view_any"):
        raise NotAllowed
    found = rows(actor, **filters).order_by("id")
    count = found.count()
    if count > MOST:
        raise TooLong(count)
    said = {name: str(value) for name, value in filters.items()}
    # An administrator reads that something happened, not what it changed: as on the page.
    columns = COLUMNS if actor.has_perm("audit.view") else tuple(name for name in COLUMNS if name != "changes")
    content = _csv(found, columns, [actor.person_no, at.isoformat(), json.dumps(said, ensure_ascii=False)])
    record(
        actor=actor.person_no, action="audit.export", object_kind="trail", object_id="csv", at=at,
        changes={"rows": count, "filters": said},
    )  # fmt: skip
    return TrailFile(f"audit-{at.astimezone(SHANGHAI):%Y%m%d-%H%M%S}.csv", content, count)


def _csv(found: Any, columns: tuple[str, ...], watermark: list[str]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["# Kajing", *watermark])
    writer.writerow(columns)
    for row in found.values_list(*columns).iterator(chunk_size=2000):
        writer.writerow([_cell(value) for value in row])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def _cell(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).isoformat()
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return harmless(value)
