from __future__ import annotations

import runpy
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
        path = scripts[options["name"]]
        sys.argv = [str(path), *options["options"]]
        sys.path.insert(0, str(FOLDER))
        runpy.run_path(str(path), run_name="__main__")
