from __future__ import annotations

import os
import subprocess
import sys
from argparse import REMAINDER, ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

FOLDER = Path(__file__).resolve().parents[4] / "benchmarks"


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Run a benchmark of benchmarks/ with its own options; without a name, list them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name", nargs="?", help="for example: search")
        parser.add_argument("options", nargs=REMAINDER, help="passed on to the benchmark")

    def handle(self, *args: Any, **options: Any) -> None:
        scripts = {path.stem: path for path in sorted(FOLDER.glob("*.py")) if not path.stem.startswith("_")}
        if not FOLDER.is_dir():
            raise CommandError("Benchmarks come with the source tree, not with the installed package.")
        if not options["name"]:
            self.stdout.write("\n".join(scripts) or "no benchmarks")
            return
        if options["name"] not in scripts:
            raise CommandError(f"No benchmark {options['name']!r}; there are: {', '.join(scripts)}")
        # A process of its own that does not know this home: a benchmark writes, and this home may be a bank's.
        env = {name: value for name, value in os.environ.items() if name not in ("KAJING_HOME", "DATABASE_URL")}
        done = subprocess.run([sys.executable, scripts[options["name"]], *options["options"]], env=env, check=False)
        sys.exit(done.returncode)
