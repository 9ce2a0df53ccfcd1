"""`kajing load-holidays FILE`: a bank's own holiday file, or a year the calendar package does not know yet."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from kajing.reference.services import BadHolidayFile, load_holidays


class Command(BaseCommand):
    """Load a CSV with the columns day, is_workday (0 or 1) and name."""

    help = "Load a holiday file (day,is_workday,name) over the calendar package."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file."""
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        """Load and say how many days."""
        try:
            days = load_holidays(path=options["file"], actor="system", at=timezone.now())
        except (BadHolidayFile, OSError) as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{days} days")
