from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kajing.analytics.convert import CONVERTERS


class Command(BaseCommand):
    requires_system_checks = ()
    help = "A public data set as feed directories."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", choices=sorted(CONVERTERS), metavar="NAME", help=" | ".join(sorted(CONVERTERS)))
        parser.add_argument("source", type=Path, metavar="SRC", help="the file or folder as its publisher gives it")
        parser.add_argument("out", type=Path, metavar="OUT", help="a new or empty folder")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["source"].exists():
            raise CommandError(f"{options['source']} does not exist.")
        try:
            made = CONVERTERS[options["name"]](options["source"], options["out"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        rows = ", ".join(f"{feed} {count:,}" for feed, count in sorted(made.rows.items()))
        self.stdout.write(f"{made.days} feed days in {made.folder}: {rows}")
