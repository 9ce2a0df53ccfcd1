"""`kajing night [--as-of DATE]`: everything that follows a day's feed; running it twice changes nothing."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from kajing.audit import selectors as audit
from kajing.config.nightly import STEPS, StepResult, default_date, run_night
from kajing.lib.errors import DomainError


class Command(BaseCommand):
    """Runs the bank's night."""

    help = "Everything that follows a day's feed: figures, alerts, tasks, digests. Running it twice changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--as-of`, by default the newest loaded business date."""
        parser.add_argument("--as-of", type=date.fromisoformat, metavar="DATE", help="business date, YYYY-MM-DD")

    def handle(self, *args: Any, as_of: date | None = None, **options: Any) -> None:
        """Run it and print a table of the steps."""
        console = Console(file=self.stdout, highlight=False)  # type: ignore[arg-type]
        try:
            day = as_of or default_date()
            results = _run(day, console)
        except DomainError as error:
            raise CommandError(str(error)) from error
        console.print(_table(day, results))


def _run(day: date, console: Console) -> list[StepResult]:
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        line = bar.add_task("night", total=len(STEPS))
        inner = bar.add_task("", total=None, visible=False)
        names = {step.name for step in STEPS}

        def progress(name: str, number: int, total: int) -> None:
            if name in names and total == len(STEPS):
                bar.update(line, description=name, completed=number - 1)
                bar.update(inner, visible=False)
            else:
                bar.update(inner, description=f"  {name}{_left(day)}", completed=number, total=total, visible=True)

        return run_night(as_of=day, at=timezone.now(), progress=progress)


def _left(day: date) -> str:
    night = audit.nights().get(as_of=day)
    seconds = audit.seconds_left(night)
    return "" if seconds is None else f" (about {seconds} s left)"


def _table(day: date, results: list[StepResult]) -> Table:
    table = Table(title=f"Night of {day}")
    table.add_column("step")
    table.add_column("counts")
    table.add_column("seconds", justify="right")
    for result in results:
        shown = list(result.counts.items())[:6]
        table.add_row(
            result.step.name, ", ".join(f"{name} {count:,}" for name, count in shown), f"{result.seconds:.2f}"
        )
    return table
