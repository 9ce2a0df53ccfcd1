from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from kajing.config.backups import restore
from kajing.config.drills import drill


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Put a backup into an empty KAJING_HOME (and an empty database), and check that nothing is missing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--drill", action="store_true", help="restore beside the bank, check, and throw it away")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["file"].is_file():
            raise CommandError(f"{options['file']} does not exist.")
        if options["drill"]:
            self.stdout.write(drill(options["file"], at=timezone.now()))
            return
        manifest = restore(options["file"])
        rows = sum(manifest["rows"].values())
        self.stdout.write(f"restored the state of {manifest['made_at']}: {rows:,} rows, all counted and checked")
