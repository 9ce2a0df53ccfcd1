"""Reading, trying and running sheets: chunk by chunk, each with its progress in one transaction."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kajing.imports.models import Sheet
from kajing.imports.sheets import acts
from kajing.imports.sheets.reading import CHUNK, forget_contents, read_sheet
from kajing.imports.sheets.running import keys_of, run_chunk
from kajing.org.models import Person
from kajing.queue.registry import chore, job

if TYPE_CHECKING:
    from datetime import datetime

    from kajing.queue.context import JobContext

KEPT = timedelta(days=30)


def register_sheet_jobs() -> None:
    """Name the jobs."""
    job(acts.READ, read, title=_("Read a sheet"), chunked=True)
    job(acts.CHECK, check, title=_("Try a sheet"), chunked=True, heavy=True)
    job(acts.RUN, run, title=_("Import a sheet"), chunked=True, heavy=True)
    chore("imports.forget_sheets", 3600, forget)


def read(context: JobContext, number: int) -> int:
    """Read a file into chunks; a crash begins again."""
    sheet = Sheet.objects.get(pk=number)
    if sheet.state == Sheet.State.READING:
        read_sheet(sheet=sheet)
    return sheet.rows


def check(context: JobContext, number: int) -> dict[str, int]:
    """Every row as the run would write it; nothing stays but the answer."""
    return _go(context, number, dry=True)


def run(context: JobContext, number: int) -> dict[str, int]:
    """Write the good rows; a restart goes on after the last chunk."""
    return _go(context, number, dry=False)


def _go(context: JobContext, number: int, *, dry: bool) -> dict[str, int]:
    sheet = Sheet.objects.select_related("reversal").get(pk=number)
    actor = Person.objects.select_related("unit").get(person_no=sheet.uploaded_by)
    counts: Counter[str] = Counter(context.state.get("counts", {}))
    begun = int(context.state.get("next", 0))
    seen = keys_of(sheet, dry=dry)
    for place in sheet.chunks.filter(number__gte=begun).order_by("number").values_list("number", flat=True):
        chunk = sheet.chunks.get(number=place)
        with context.step():
            found = run_chunk(
                sheet=sheet, chunk=chunk, actor=actor, at=timezone.now(), seen=seen,
                reversal=None if dry else sheet.reversal,
            )  # fmt: skip
            counts += found.counts
            setattr(chunk, "check_keys" if dry else "run_keys", b"".join(found.keys))
            chunk.save(update_fields=["check_keys" if dry else "run_keys"])
            done = min((chunk.number + 1) * CHUNK, sheet.rows)
            context.checkpoint({"next": chunk.number + 1, "counts": dict(counts)}, done=done, total=sheet.rows)
    with context.step():
        acts.ended(sheet=sheet, counts=counts, dry=dry, at=timezone.now())
    return dict(counts)


def forget(at: datetime) -> Any:
    """Rows are deleted when the import can no longer be undone; a chore of every worker."""
    return forget_contents(before=at - KEPT)
