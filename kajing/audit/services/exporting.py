"""The trail as a file for reviewers."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kajing.audit.selectors import rows
from kajing.audit.services.recording import record
from kajing.lib.errors import DomainError, NotAllowed
from kajing.lib.periods import SHANGHAI
from kajing.lib.spreadsheets import as_csv, as_xlsx

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
        return _("%(count)s entries fit; without approval a file holds at most %(most)s. Narrow the days, or ask.") % {
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
def export_trail(*, actor: Any, filters: Mapping[str, Any], at: datetime, form: str = "csv") -> TrailFile:
    """The rows this person may read under the filters, oldest first, with the code that binds each; itself recorded.

    The first line of a CSV, or a page of its own in an XLSX, says who took it, when, by which filters, how many rows,
    for which role, and the reference that the record of this act holds too. Raises NotAllowed, TooLong.
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
    reference = f"E{at.astimezone(SHANGHAI):%Y%m%d}-{secrets.token_hex(4)}"
    mark = _mark(actor, at, said, count, reference)
    content = _xlsx(found, columns, mark, at) if form == "xlsx" else _csv(found, columns, mark)
    record(
        actor=actor.person_no, action="audit.export", object_kind="trail", object_id=form, at=at,
        changes={"rows": count, "filters": said, "reference": reference},
    )  # fmt: skip
    return TrailFile(f"audit-{at.astimezone(SHANGHAI):%Y%m%d-%H%M%S}.{form}", content, count)


def _mark(actor: Any, at: datetime, filters: Mapping[str, str], count: int, reference: str) -> list[tuple[str, Any]]:
    return [
        (_("Exported by"), f"{actor.name} {actor.person_no}"),
        (pgettext("of a file", "When"), at.astimezone(SHANGHAI).isoformat(timespec="seconds")),
        (_("Chosen by"), json.dumps(filters, ensure_ascii=False) if filters else _("the whole trail")),
        (_("Rows"), count),
        (_("Masked for the role"), str(actor.get_role_display())),
        (_("Reference number"), reference),
    ]


def _csv(found: Any, columns: tuple[str, ...], mark: list[tuple[str, Any]]) -> bytes:
    return as_csv([["# Kajing", *(value for _label, value in mark)], columns, *_lines(found, columns)])


def _xlsx(found: Any, columns: tuple[str, ...], mark: list[tuple[str, Any]], at: datetime) -> bytes:
    pages = [(_("Audit trail"), chain([columns], _lines(found, columns))), (_("About this file"), mark)]
    return as_xlsx(pages, made_at=at)


def _lines(found: Any, columns: tuple[str, ...]) -> Iterator[list[Any]]:
    for row in found.values_list(*columns).iterator(chunk_size=2000):
        yield [cell_of(value) for value in row]


def cell_of(value: Any) -> Any:
    """A value of the trail as a spreadsheet shows it: moments of Shanghai, changes as JSON."""
    if isinstance(value, datetime):
        return value.astimezone(SHANGHAI).isoformat()
    if isinstance(value, (dict, list)):
        return json.dumps(value, ensure_ascii=False, sort_keys=True)
    return value
