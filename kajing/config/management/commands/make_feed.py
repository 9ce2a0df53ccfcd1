from __future__ import annotations

from argparse import ArgumentParser
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from kajing.analytics.demo import FolderNotEmpty, make_feed


class Command(BaseCommand):
    requires_system_checks = ()
    help = "A synthetic bank as feed directories, one for each business date."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("out", type=Path, metavar="OUT")
        parser.add_argument("--customers", type=int, required=True)
        parser.add_argument("--months", type=int, default=24)
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--until", type=date.fromisoformat, help="last business date; yesterday unless told")
        parser.add_argument("--monthly", action="store_true", help="one directory for each month-end")
        parser.add_argument(
            "--daily-days", type=int, default=0, help="with --monthly: a directory a day for the last days"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        until = options["until"] or timezone.localdate() - timedelta(days=1)
        try:
            made = make_feed(
                options["out"],
                customers=options["customers"],
                months=options["months"],
                seed=options["seed"],
                until=until,
                monthly=options["monthly"],
                daily_days=options["daily_days"],
                progress=self._progress if options["verbosity"] > 1 else None,
            )
        except (FolderNotEmpty, ValueError) as error:
            raise CommandError(str(error)) from error
        rows = ", ".join(f"{feed} {count:,}" for feed, count in sorted(made.rows.items()))
        self.stdout.write(f"{made.days} feed days in {made.folder}: {rows}")

    def _progress(self, done: int, total: int, month: str) -> None:
        self.stdout.write(f"{month} ({done + 1} of {total})")
