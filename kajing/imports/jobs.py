"""Jobs: loading a folder or an upload, and going on after a crash. All go on from the batch's own state."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from kajing.imports import services
from kajing.imports.models import Upload
from kajing.imports.selectors import unfinished
from kajing.imports.services.uploads import sweep_uploads
from kajing.queue import services as queue
from kajing.queue.context import JobContext
from kajing.queue.registry import chore, job

PATIENCE = timedelta(minutes=2)


def register_jobs() -> None:
    """Name the jobs; each is chunked because it opens its own short transactions."""
    how: dict[str, Any] = {"chunked": True, "heavy": True, "max_attempts": 20}
    job("imports.load_directory", load_directory, title=_("Load a folder of data files"), **how)
    job("imports.load_upload", load_upload, title=_("Load uploaded data files"), **how)
    job("imports.resume", resume, title=_("Go on with data files"), **how)
    chore("imports.sweep", 60, sweep)


def load_directory(context: JobContext, path: str, mapping: str = "", *, need_manifest: bool = True) -> dict[str, int]:
    """Load every feed day in a folder."""
    done: list[Any] = []

    def after_day(report: services.DayReport) -> None:
        done.append(report)
        context.progress(len(done), 0)

    reports = services.import_directories(
        paths=[Path(path)],
        actor=context.owner or "system",
        clock=timezone.now,
        mapping=mapping,
        need_manifest=need_manifest,
        after_day=after_day,
    )
    return {"days": len(reports), "exit_code": max((report.exit_code for report in reports), default=1)}


def load_upload(context: JobContext, upload_id: int) -> dict[str, int]:
    """Load the files somebody uploaded."""
    upload = services.load_upload(upload=Upload.objects.get(pk=upload_id), clock=timezone.now)
    return {"batches": len(upload.batch_ids)}


def resume(context: JobContext) -> dict[str, int]:
    """Finish released, mended and interrupted files."""
    return {"batches": services.resume_all(actor=context.owner or "system", clock=timezone.now)}


def sweep(now: datetime) -> None:
    """Ask for a resume when a file has lain unfinished for a while, and clear away old uploads."""
    sweep_uploads(before=now - timedelta(hours=1))
    if unfinished(before=now - PATIENCE) and not queue_has_resume():
        queue.enqueue("imports.resume", at=now)


def queue_has_resume() -> bool:
    """Whether a resume is queued or running already."""
    from kajing.queue.models import Job

    over = (Job.State.DONE, Job.State.CANCELLED, Job.State.DEAD)
    return Job.objects.filter(task="imports.resume").exclude(state__in=over).exists()
