from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from kajing.config.backups import backup


class Command(BaseCommand):
    requires_system_checks = ()
    help = "A consistent backup of database and warehouse in one file, while people work."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--with-keys", action="store_true", help="also the key file; then guard the backup like it")

    def handle(self, *args: Any, **options: Any) -> None:
        manifest = backup(options["file"], at=timezone.now(), with_keys=options["with_keys"])
        size = options["file"].stat().st_size / 1e6
        self.stdout.write(f"{options['file']}: {size:,.1f} MB, {sum(manifest['rows'].values()):,} rows")
        if not options["with_keys"]:
            self.stdout.write("The key file is not in it: keep a copy of it elsewhere, nothing can be read without it.")
