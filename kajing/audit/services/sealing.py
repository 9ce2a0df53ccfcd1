"""Sealing: every few seconds the new rows become a link of a chain, and the chain's head is noted outside the database.

A row's HMAC shows an edit. The chain shows what is missing, what came later and what changed places. The anchor file
shows a chain whose end was cut off together with its rows.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Iterable
from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import IntegrityError, transaction

from kajing.audit.models import AuditRow, AuditSeal
from kajing.lib.periods import SHANGHAI

# On PostgreSQL a row may commit after a row with a higher id; no transaction of ours lasts this long.
LATE = timedelta(minutes=10)
ROWS_PER_SEAL = 5000
MAC_LENGTH = 16


def seal(at: datetime) -> int:
    """Seal the rows written since the last seal; returns how many. Two workers at once seal each row once."""
    last = AuditSeal.objects.order_by("-id").values_list("head", flat=True).first()
    # Read after the head: a worker that links in between makes our link refused, because a head has one successor.
    rows, previous, sealed = _open_rows(at), last or "", 0
    for start in range(0, len(rows), ROWS_PER_SEAL):
        made = _link(rows[start : start + ROWS_PER_SEAL], previous, at)
        if made is None:
            break
        anchor(made)
        previous, sealed = made.head, sealed + made.rows
    return sealed


def _link(rows: list[tuple[int, str]], previous: str, at: datetime) -> AuditSeal | None:
    """The next link of the chain, or None when another worker made one in the same moment."""
    content = digest(rows)
    try:
        # Durable: the anchor lies outside the database and must not tell of a seal that an outer rollback took away.
        with transaction.atomic(durable=True):
            made: AuditSeal = AuditSeal.objects.create(
                first_id=rows[0][0], last_id=rows[-1][0], rows=len(rows), content=content, previous=previous,
                head=head(previous, content), sealed_at=at,
            )  # fmt: skip
    except IntegrityError:
        return None
    return made


def _open_rows(at: datetime) -> list[tuple[int, str]]:
    """Ids and macs of rows that no seal holds, in order of id; rows that committed late are among them."""
    settled = AuditSeal.objects.filter(sealed_at__lt=at - LATE).order_by("-last_id").first()
    floor = settled.last_id if settled else 0
    recent = AuditSeal.objects.filter(last_id__gt=floor).values_list("content", flat=True)
    held = {row_id for content in recent for row_id, _mac in parse(content)}
    found = AuditRow.objects.filter(id__gt=floor).order_by("id").values_list("id", "mac")
    return [(row_id, mac) for row_id, mac in found if row_id not in held]


def digest(rows: Iterable[tuple[int, str]]) -> str:
    """What a seal remembers of its rows: id and the beginning of the mac."""
    return ",".join(f"{row_id}:{mac[:MAC_LENGTH]}" for row_id, mac in rows)


def parse(content: str) -> list[tuple[int, str]]:
    """The (id, beginning of the mac) pairs of a seal."""
    return [(int(row_id), mac) for row_id, mac in (pair.split(":") for pair in content.split(",") if pair)]


def head(previous: str, content: str) -> str:
    """The chain's next head: an HMAC over the head before and what the seal holds."""
    return hmac.new(settings.KAJING_KEYS.audit, f"{previous}|{content}".encode(), hashlib.sha256).hexdigest()


def anchors_folder() -> Path:
    """Where heads are noted outside the database: one file a day, one line a seal."""
    return Path(settings.KAJING_HOME) / "anchors"


def anchor(made: AuditSeal) -> None:
    """Note a seal's last row and head in today's anchor file; a line that is there twice does no harm."""
    folder = anchors_folder()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / made.sealed_at.astimezone(SHANGHAI).date().isoformat()
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(handle, f"{made.pk} {made.last_id} {made.head}\n".encode())
        os.fsync(handle)
    finally:
        os.close(handle)
