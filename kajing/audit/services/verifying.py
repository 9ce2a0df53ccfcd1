"""Verifying: walk rows, seals and anchors, and name every row that is not as it was written."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from django.conf import settings
from django.db.models import Q, TextField
from django.db.models.functions import Cast
from django.utils.translation import gettext as _

from kajing.audit.models import AuditRow, AuditSeal
from kajing.audit.services.recording import BOUND, canonical, mac_of_texts
from kajing.audit.services.sealing import MAC_LENGTH, anchors_folder, head, parse

EDITED, DELETED, INSERTED, MOVED, SEAL, CUT = "EDITED", "DELETED", "INSERTED", "MOVED", "SEAL", "CUT"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is not as it was written; `row_id` names the row, or the seal for SEAL."""

    kind: str
    row_id: int
    text: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the walk found, over how many rows; `unsealed` rows are younger than the last seal."""

    rows: int
    seals: int
    unsealed: int
    findings: list[Finding]

    @property
    def whole(self) -> bool:
        """Whether nothing was tampered with."""
        return not self.findings


def verify() -> Verdict:
    """Check every row's HMAC, every seal of the chain, and every anchor."""
    walk = _Walk()
    for seal in AuditSeal.objects.order_by("id").iterator(200):
        walk.take(seal)
    findings = walk.findings + [_inserted(row_id) for row_id in sorted(walk.strangers)]
    young = _read(Q(id__gt=walk.upto) if walk.seals else Q())
    findings += [_edited(row) for row in young if not row.intact]
    findings += _anchors()
    return Verdict(rows=walk.rows + len(young), seals=walk.seals, unsealed=len(young), findings=findings)


class _Walk:
    """Goes through the chain once; a row that no seal holds is a stranger until a later seal claims it as late."""

    def __init__(self) -> None:
        self.previous, self.upto, self.rows, self.seals = "", 0, 0, 0
        self.strangers: set[int] = set()
        self.findings: list[Finding] = []

    def take(self, seal: AuditSeal) -> None:
        """Check one seal and the rows since the one before."""
        if head(self.previous, seal.content) != seal.head:
            self.findings.append(
                Finding(SEAL, seal.pk, _("Seal %(id)s does not continue the chain.") % {"id": seal.pk})
            )
        held = dict(parse(seal.content))
        own = [row_id for row_id in held if row_id <= self.upto]  # committed late
        since = Q(id__lte=seal.last_id) & (Q(id__gt=self.upto) if self.seals else Q())
        found = _read(since | Q(id__in=own))
        self.findings += _compare(held, found)
        self.strangers = (self.strangers | {row.row_id for row in found}) - held.keys()
        self.previous, self.upto = seal.head, max(self.upto, seal.last_id)
        self.rows, self.seals = self.rows + len(held), self.seals + 1


class _Row(NamedTuple):
    """What the walk needs of a row."""

    row_id: int
    mac: str
    intact: bool
    actor: str
    action: str


def _read(which: Q) -> list[_Row]:
    """Rows with whether their mac is theirs; `changes` comes as text, for most rows have some that was seen before."""
    key = settings.KAJING_KEYS.audit
    rows = AuditRow.objects.filter(which).order_by("id")
    found = rows.values_list("id", "mac", *BOUND[:-1], Cast(BOUND[-1], TextField()))
    return [
        _Row(pk, mac, mac_of_texts(key, at, texts, _canonical(changes)) == mac, texts[0], texts[1])
        for pk, mac, at, *texts, changes in found.iterator(2000)
    ]


@lru_cache(10_000)
def _canonical(text: str) -> str:
    return canonical(json.loads(text))


def _compare(held: dict[int, str], found: list[_Row]) -> Iterator[Finding]:
    present = {row.row_id for row in found}
    for row_id in sorted(held.keys() - present):
        yield Finding(DELETED, row_id, _("Row %(id)s was deleted.") % {"id": row_id})
    for row in found:
        if not row.intact:
            yield _edited(row)
        elif row.mac[:MAC_LENGTH] != held.get(row.row_id, row.mac[:MAC_LENGTH]):
            yield Finding(MOVED, row.row_id, _("Row %(id)s holds another row's content.") % {"id": row.row_id})


def _edited(row: _Row) -> Finding:
    told = {"id": row.row_id, "actor": row.actor, "action": row.action}
    return Finding(EDITED, row.row_id, _("Row %(id)s (%(actor)s, %(action)s) was edited.") % told)


def _inserted(row_id: int) -> Finding:
    return Finding(INSERTED, row_id, _("Row %(id)s was inserted after its time was sealed.") % {"id": row_id})


def _anchors() -> Iterator[Finding]:
    """Anchored seals that are gone or changed: the end was cut off, or the chain was written anew."""
    heads = dict(AuditSeal.objects.values_list("pk", "head"))
    folder = anchors_folder()
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        for line in path.read_text(encoding="ascii").splitlines():
            seal_id, last_id, noted = line.split()
            if heads.get(int(seal_id)) != noted:
                told = {"id": last_id, "day": path.name}
                text = _("Rows up to %(id)s were sealed on %(day)s, and that seal is gone or changed.") % told
                yield Finding(CUT, int(last_id), text)
