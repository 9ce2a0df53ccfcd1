"""Reads of the room. Batches hold no customer data, so whoever has the right sees them all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from kajing.analytics import ingest
from kajing.analytics.feeds import FEEDS
from kajing.analytics.warehouse import Warehouse
from kajing.imports.models import Batch, FeedMapping, Upload
from kajing.lib.errors import DomainError

PAGE = 50


class NoSuchFeed(DomainError):
    """The contract names no such feed."""

    status = 422

    def __str__(self) -> str:
        return _("There is no feed of this name.")


State = Batch.State


def batches(user: Any) -> QuerySet[Batch]:
    """Every file that came in, newest business date first; none without the right."""
    return Batch.objects.all() if user.has_perm("imports.view") else Batch.objects.none()


def days(user: Any, *, feed: str = "", state: str = "", limit: int = 31) -> list[dict[str, Any]]:
    """The newest business dates with their files in the order of the contract, for the page."""
    rows = batches(user)
    if feed:
        rows = rows.filter(feed=feed)
    if state:
        rows = rows.filter(state=state)
    dates = list(rows.order_by("-business_date").values_list("business_date", flat=True).distinct()[:limit])
    order = {name: place for place, name in enumerate(FEEDS)}
    found = sorted(
        rows.filter(business_date__in=dates),
        key=lambda row: (-row.business_date.toordinal(), order.get(row.feed, len(order)), row.pk),
    )
    return [_day(day, list(files)) for day, files in groupby(found, key=lambda row: row.business_date)]


def _day(day: date, files: list[Batch]) -> dict[str, Any]:
    return {"business_date": day, "files": files, "quarantined": sum(row.quarantined for row in files)}


def held(user: Any) -> int:
    """How many files wait for a person."""
    return batches(user).filter(state=State.HELD).count()


def unfinished(*, before: datetime) -> bool:
    """Whether some file that came before a moment is still on its way."""
    return (
        Batch.objects.filter(created_at__lt=before).exclude(state__in=[State.DONE, State.REFUSED, State.HELD]).exists()
    )


def at_work(user: Any) -> bool:
    """Whether files are on their way, so that a page should look again."""
    moving = batches(user).exclude(state__in=[State.DONE, State.REFUSED, State.HELD])
    return moving.exists() or Upload.objects.filter(loaded_at=None).exists()


def uploads(user: Any) -> QuerySet[Upload]:
    """What this person uploaded, newest first."""
    return Upload.objects.filter(uploaded_by=user.person_no)


def mappings(user: Any) -> QuerySet[FeedMapping]:
    """Mappings that may be used; none without the right."""
    return FeedMapping.objects.all() if user.has_perm("imports.load") else FeedMapping.objects.none()


def rejects(
    batch: Batch, *, offset: int = 0, limit: int | None = PAGE, soft: bool | None = False
) -> list[dict[str, Any]]:
    """Quarantined rows of a file: line, column, reason in the reader's language, masked text; soft rows only wait."""
    if not batch.part:
        return []
    rows = ingest.rejects(
        _warehouse(),
        feed=batch.feed,
        business_date=batch.business_date,
        part=batch.part,
        offset=offset,
        limit=limit,
        soft=soft,
    )
    mended = mended_lines(batch)
    return [
        {
            "file": batch.file_name,
            "line": row.line,
            "column": row.column,
            "code": row.code,
            "reason": row.words(_language()),
            "masked": row.masked,
            "waits": row.soft,
            "mended_by": mended.get(row.line),
        }
        for row in rows
    ]


def reject_file(batch: Batch) -> Iterator[str]:
    """The error download as CSV, masked and formula-safe (platform R12)."""
    return ingest.reject_lines(
        _warehouse(), feed=batch.feed, business_date=batch.business_date, part=batch.part, language=_language()
    )


def mended_lines(batch: Batch) -> dict[int, int]:
    """Line → the batch that ran it again."""
    again = Batch.objects.filter(mends=batch).exclude(state=State.REFUSED).order_by("pk")
    return {line: one.pk for one in again for line in one.mended_lines}


def guess(feed: str, sources: list[str]) -> dict[str, str]:
    """Source columns whose names are like the contract's, with the contract's name. Raises NoSuchFeed."""
    if feed not in FEEDS:
        raise NoSuchFeed
    return dict(ingest.suggest(sources, feed=feed).columns)


def suggestion(feed: str, sources: list[str]) -> dict[str, str]:
    """The same as first choices of the mapping page."""
    return {f"source-{target}": source for source, target in guess(feed, sources).items()}


def mendable(batch: Batch, lines: Sequence[int]) -> tuple[set[int], set[str]]:
    """Which of these lines of a file were rejected, and the names its columns go by."""
    if not batch.part:
        return set(), set()
    about: dict[str, Any] = {"feed": batch.feed, "business_date": batch.business_date, "part": batch.part}
    found = ingest.rejects(_warehouse(), **about, soft=False, lines=lines)
    return {row.line for row in found}, ingest.columns_of(_warehouse(), **about)


def notes(batch: Batch) -> list[str]:
    """What is worth knowing about a file that was read."""
    return [ingest.words(code, params, _language()) for code, params in batch.notes]


def _language() -> str:
    return get_language() or "zh-hans"


def _warehouse() -> Warehouse:
    return Warehouse(
        settings.KAJING_WAREHOUSE, memory=settings.KAJING_WAREHOUSE_MEMORY, threads=settings.KAJING_WAREHOUSE_THREADS
    )
