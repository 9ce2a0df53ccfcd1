"""Acts on many records: a person's own, what was refused in one, and in what words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kajing.queue.models import Job
from kajing.records.kinds import kind_of
from kajing.records.lists import LISTS
from kajing.records.models import BulkAct, BulkFailure


def bulk_acts(user: Any) -> QuerySet[BulkAct]:
    """The acts of this person."""
    return BulkAct.objects.filter(actor=user.person_no)


@dataclass(frozen=True)
class Refused:
    """A row that an act left alone: its key, its name as far as the person sees it now, and why."""

    object_id: str
    name: str
    reason: str
    url: str


def refused_rows(user: Any, list_name: str, failures: Sequence[BulkFailure]) -> list[Refused]:
    """The rows of these failures with their names."""
    return name_rows(user, list_name, {one.object_id: one.reason for one in failures})


def name_rows(user: Any, list_name: str, told: dict[str, str]) -> list[Refused]:
    """Rows by key with their names and links; a row out of reach has neither."""
    spec = LISTS.get(list_name)
    kind = kind_of(spec.kind) if spec else None
    keys: list[Any] = [int(key) for key in told if key.isdecimal()] if kind and kind.numeric else list(told)
    rows = {str(row.pk): row for row in spec.load(user, keys)} if spec else {}
    return [_refused(key, rows.get(key), said, kind) for key, said in told.items()]


def _refused(key: str, row: Any, said: str, kind: Any) -> Refused:
    if row is None:
        return Refused(key, "", said, "")
    return Refused(key, getattr(row, "heading", "") or row.name, said, kind.url(key) if kind else "")


def failure_rows(user: Any, act: BulkAct, list_name: str) -> Iterator[list[str]]:
    """The file of refused rows, the heading first."""
    yield [_("Number"), pgettext("record", "Name"), _("Why not")]
    failures = list(act.failures.order_by("pk"))
    for start in range(0, len(failures), 200):
        for one in refused_rows(user, list_name, failures[start : start + 200]):
            yield [one.object_id, one.name, one.reason]


def job_of_act(act: BulkAct) -> Job | None:
    """The job at work on an act."""
    return Job.objects.filter(pk=act.job_id).first() if act.job_id else None
