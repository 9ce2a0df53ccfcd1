"""`kajing import DIR…`: loads feed days exactly once, shows how far it is, ends with a table of what became of them."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Self

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from kajing.imports.models import Batch
from kajing.imports.services import CannotMap, DayReport, ImportRunning, import_directories, keep_mapping
from kajing.imports.services.batches import CHUNK
from kajing.imports.signals import batch_moved

MOST_LINES = 100  # files in the table; of more, one line per feed
PLACES = {"checking": "reading", "checked": "writing", "admitted": "to the tables", "absorbing": "to the tables"}


class Command(BaseCommand):
    """Load feed days."""

    help = "Load one or more feed days (folders with manifest.json, or folders of such folders), exactly once."
    requires_migrations_checks = True

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The contract's words."""
        parser.add_argument("directories", nargs="+", type=Path, metavar="DIR")
        parser.add_argument("--mapping", type=Path, metavar="FILE", help="mapping.toml for a bank's own column names")
        parser.add_argument("--no-manifest", action="store_true", help="load folders without manifest.json")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, show, and leave with 0 (all good), 2 (something quarantined) or 1 (refused)."""
        console = Console(highlight=False)
        if not console.is_terminal:
            console.width = 140  # a log has no width of its own; nothing is cut
        try:
            with Bar(console) as bar:
                reports = import_directories(
                    paths=options["directories"],
                    actor="system",
                    clock=timezone.now,
                    mapping=self._mapping(options["mapping"]),
                    need_manifest=not options["no_manifest"],
                    after_day=bar.day_done,
                )
        except (ImportRunning, CannotMap, OSError) as error:
            raise CommandError(str(error)) from error
        console.print(table(reports))
        for line in remarks(reports):
            console.print(line, markup=False)
        codes = {report.exit_code for report in reports}
        sys.exit(1 if 1 in codes else max(codes, default=1))

    def _mapping(self, path: Path | None) -> str:
        if path is None:
            return ""
        return keep_mapping(toml=path.read_text(encoding="utf-8"), stem=path.stem, actor="system", at=timezone.now())


class Bar:
    """A line of progress on a terminal; nothing where the output goes to a file."""

    def __init__(self, console: Console) -> None:
        self.progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )

    def __enter__(self) -> Self:
        self.task = self.progress.add_task("", total=None)
        self.progress.start()
        batch_moved.connect(self.moved)
        return self

    def __exit__(self, *exc: object) -> None:
        batch_moved.disconnect(self.moved)
        self.progress.stop()

    def moved(self, batch: Batch, place: str, done: int, total: int, **_more: Any) -> None:
        """A file has come further."""
        where = PLACES.get(place, place)
        known = total if place == "checking" else (batch.rows // CHUNK + 1 if place == "absorbing" else None)
        self.progress.update(
            self.task, description=f"{batch.business_date} {batch.feed}: {where}", completed=done, total=known
        )

    def day_done(self, report: DayReport) -> None:
        """A day is in."""
        self.progress.update(self.task, description=f"{report.folder}", completed=0, total=None)


def table(reports: list[DayReport]) -> Table:
    """Accepted, duplicate, corrected, quarantined rows per file; of very many files only those that need a look."""
    grid = Table(title=_summary(reports), title_justify="left")
    for title in (_("Business date"), _("Feed"), _("State")):
        grid.add_column(title, no_wrap=True)
    for title in (
        _("Number of rows"), _("Accepted"), _("Duplicate"), _("Corrected"), _("Quarantined"), _("Waiting"),
    ):  # fmt: skip
        grid.add_column(title, justify="right", no_wrap=True)
    files = [(batch, again) for report in reports for batch, again in report.files]
    for batch, again in files:
        if len(files) <= MOST_LINES or _needs_a_look(batch):
            grid.add_row(str(batch.business_date), batch.feed, *_line(batch, again=again))
    if len(files) > MOST_LINES:
        _totals(grid, files)
    return grid


def _line(batch: Batch, *, again: bool) -> list[str]:
    """State and counts; in a file that was loaded before, every good row is a duplicate."""
    state = _("loaded before") if again else batch.get_state_display()
    good = (0, batch.rows - batch.quarantined, 0) if again else (batch.accepted, batch.duplicate, batch.corrected)
    return [str(state), *(f"{count:,}" for count in (batch.rows, *good, batch.quarantined, batch.waiting))]


def _needs_a_look(batch: Batch) -> bool:
    return bool(batch.quarantined) or batch.state != Batch.State.DONE


def _totals(grid: Table, files: list[tuple[Batch, bool]]) -> None:
    """One line per feed below the files."""
    grid.add_section()
    for feed in dict.fromkeys(batch.feed for batch, _again in files):
        lines = [_line(batch, again=again)[1:] for batch, again in files if batch.feed == feed]
        sums = [sum(int(line[place].replace(",", "")) for line in lines) for place in range(6)]
        count = _("%(count)s files") % {"count": len(lines)}
        grid.add_row(count, feed, "", *(f"{total:,}" for total in sums))


def _summary(reports: list[DayReport]) -> str:
    files = sum(len(report.files) for report in reports)
    return _("%(days)s feed days, %(files)s files") % {"days": len(reports), "files": files}


def remarks(reports: list[DayReport]) -> list[str]:
    """Why something was refused, what waits for a person, what was left out."""
    language = "zh" if (get_language() or "").startswith("zh") else "en"
    lines = []
    for report in reports:
        if report.problem:
            lines.append(report.problem.words(language))
        if report.unknown:
            lines.append(_("%(day)s: not read: %(files)s") % {"day": report.folder, "files": ", ".join(report.unknown)})
        for batch in report.loaded:
            lines += _remarks_on(batch, language)
    return lines


def _remarks_on(batch: Batch, language: str) -> list[str]:
    name = f"{batch.business_date} {batch.feed}"
    lines = []
    if batch.problem:
        lines.append(f"{name}: {batch.problem[language]}")
    if batch.state == Batch.State.HELD:
        lines.append(
            _("%(name)s: too many bad rows; a person must release the file on the imports page.") % {"name": name}
        )
    if batch.unknown_columns:
        columns = ", ".join(batch.unknown_columns)
        lines.append(
            _("%(name)s: columns not in the contract, left out: %(columns)s") % {"name": name, "columns": columns}
        )
    return lines
