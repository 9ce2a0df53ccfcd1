"""Files uploaded on the imports page: checked by name and size, kept under random names outside the web root."""

from __future__ import annotations

import json
import secrets
import shutil
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from kajing.analytics import ingest
from kajing.analytics.feeds import FEEDS
from kajing.analytics.ingest.manifests import SUFFIXES, feed_of
from kajing.audit.services import record
from kajing.imports.models import Batch, FeedMapping, Upload
from kajing.imports.services.loading import import_day, one_importer
from kajing.lib.errors import DomainError, NotAllowed
from kajing.org.models import Person
from kajing.queue import services as queue

MANIFEST = "manifest.json"
MOST_FILES = 12
LARGEST = 512 * 1024 * 1024  # bytes of one file
LARGEST_DAY = 2 * 1024 * 1024 * 1024
LARGEST_MANIFEST = 256 * 1024


class CannotUpload(DomainError):
    """A file has a wrong name or size, or the day is not complete."""

    status = 422


class Incoming(Protocol):
    """An uploaded file, as Django gives it."""

    name: str
    size: int

    def chunks(self) -> Iterable[bytes]:
        """Its bytes."""


def receive_upload(
    *, actor: Person, files: Sequence[Incoming], feed: str, business_date: date | None, mapping: str, at: datetime
) -> Upload:
    """Keep the files and queue their loading. Without a manifest the business date is asked for. Raises CannotUpload.

    `feed` names the feed of a single file whose own name is not the feed's. The bytes are written before the
    transaction begins (platform R3); what a crash leaves behind is a folder that `sweep_uploads` removes.
    """
    if not actor.has_perm("imports.load"):
        raise NotAllowed(_("You may not load files."))
    names = _names(files, feed)
    if MANIFEST not in names and business_date is None:
        raise CannotUpload(_("Give the business date, or upload the manifest.json of the day with its files."))
    if mapping and not FeedMapping.objects.filter(name=mapping).exists():
        raise CannotUpload(_("There is no such mapping."))
    folder = _store(files, names)
    with transaction.atomic():
        upload = Upload.objects.create(
            folder=folder.name,
            file_names=names,
            size=sum(file.size for file in files),
            business_date=business_date,
            mapping=mapping,
            has_manifest=MANIFEST in names,
            uploaded_by=actor.person_no,
            uploaded_at=at,
        )
        upload.job_id = queue.enqueue(
            "imports.load_upload", at=at, kwargs={"upload_id": upload.pk}, owner=actor.person_no
        ).pk
        upload.save(update_fields=["job_id"])
        record(
            actor=actor.person_no,
            action="imports.uploaded",
            object_kind="upload",
            object_id=str(upload.pk),
            at=at,
            changes={"files": names, "size": upload.size},
        )
    return upload


def _names(files: Sequence[Incoming], feed: str) -> list[str]:
    """The names under which the files are kept: feed and suffix only, nothing of what the sender wrote."""
    if not files:
        raise CannotUpload(_("Choose at least one file."))
    if len(files) > MOST_FILES:
        raise CannotUpload(_("At most %(count)s files at once.") % {"count": MOST_FILES})
    if sum(file.size for file in files) > LARGEST_DAY:
        raise CannotUpload(_("The files of one day may have 2 GB together; load larger ones with `kajing import`."))
    names = [_name(file, feed if len(files) == 1 else "") for file in files]
    if len(set(names)) != len(names):
        raise CannotUpload(_("Two of the files are for the same feed."))
    return names


def _name(file: Incoming, feed: str) -> str:
    given = Path(file.name).name
    if given == MANIFEST:
        if file.size > LARGEST_MANIFEST:
            raise CannotUpload(_("manifest.json is too large."))
        return MANIFEST
    if feed and feed not in FEEDS:
        raise CannotUpload(_("There is no feed of this name."))
    suffix = next((end for end in sorted(SUFFIXES, key=len, reverse=True) if given.lower().endswith(end)), None)
    if suffix is None:
        raise CannotUpload(_("Only .csv, .csv.gz and .parquet files can be loaded."))
    known = feed if feed in FEEDS else feed_of(given.lower())
    if known is None:
        raise CannotUpload(_("Say which feed the file is, or name it like the feed, for example transactions.csv."))
    if not 0 < file.size <= LARGEST:
        raise CannotUpload(_("A file must not be empty and may have at most 512 MB."))
    return known + suffix


def _store(files: Sequence[Incoming], names: Sequence[str]) -> Path:
    folder = uploads() / secrets.token_hex(16)
    folder.mkdir(parents=True, mode=0o700)
    for file, name in zip(files, names, strict=True):
        with (folder / name).open("xb") as out:
            for piece in file.chunks():
                out.write(piece)
        (folder / name).chmod(0o600)
    if MANIFEST in names:
        _rename_declared(folder, names)
    return folder


def _rename_declared(folder: Path, names: Sequence[str]) -> None:
    """The manifest names the sender's files; ours are kept under the feeds' names."""
    path = folder / MANIFEST
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
        for feed, entry in content["files"].items():
            ours = [name for name in names if feed_of(name) == feed]
            entry["file"] = ours[0] if ours else f"{feed}.missing"
        path.write_text(json.dumps(content), encoding="utf-8")
    except (ValueError, KeyError, TypeError, AttributeError):
        return  # an unreadable manifest is told of when the day is read


def load_upload(*, upload: Upload, clock: Callable[[], datetime]) -> Upload:
    """Load the files of an upload and remove them; a job runs it. Raises ImportRunning."""
    folder = uploads() / upload.folder
    with one_importer():
        try:
            day = ingest.read_manifest(folder, need_manifest=upload.has_manifest, business_date=upload.business_date)
        except ingest.ManifestProblem as problem:
            _end(upload, [], {"zh": problem.words("zh"), "en": problem.words("en")}, clock())
        else:
            report = import_day(day, actor=upload.uploaded_by, clock=clock, mapping=upload.mapping)
            batches = [*report.loaded, *report.again]
            _end(upload, [batch.pk for batch in batches], {}, clock())
            if any(batch.state == Batch.State.HELD for batch in batches):
                return upload  # the file is read again when a person releases it
    shutil.rmtree(folder, ignore_errors=True)
    return upload


def _end(upload: Upload, batch_ids: list[int], problem: dict[str, str], at: datetime) -> None:
    upload.batch_ids, upload.problem, upload.loaded_at = batch_ids, problem, at
    upload.save(update_fields=["batch_ids", "problem", "loaded_at"])


def sweep_uploads(*, before: datetime) -> int:
    """Remove folders that no waiting upload or held file needs any more; returns how many."""
    waiting = set(Upload.objects.filter(loaded_at=None).values_list("folder", flat=True))
    unfinished = Batch.objects.exclude(state__in=[Batch.State.DONE, Batch.State.REFUSED])
    needed = waiting | {Path(source).parent.name for source in unfinished.values_list("source", flat=True)}
    old = [
        folder
        for folder in (uploads().iterdir() if uploads().is_dir() else ())
        if folder.name not in needed and folder.stat().st_mtime < before.timestamp()
    ]
    for folder in old:
        shutil.rmtree(folder, ignore_errors=True)
    return len(old)


def uploads() -> Path:
    """Where uploaded files wait."""
    return Path(settings.KAJING_HOME) / "uploads"
