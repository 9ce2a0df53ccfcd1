from __future__ import annotations

import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from kajing.config import demo
from kajing.config.serving import serve


class Command(BaseCommand):
    requires_system_checks = ()
    help = "First run: database, demo bank, night run, server. Later runs keep the data and serve at once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=int(os.environ.get("KAJING_PORT", "8000")))
        parser.add_argument("--no-serve", action="store_true", help="make the bank, do not serve it")

    def handle(self, *args: Any, **options: Any) -> None:
        password = demo.prepare(self._say)
        if options["no_serve"]:
            return
        greeting = (
            f"\nKajing 卡经 serves http://127.0.0.1:{options['port']}/  (stop with Ctrl-C)\n"
            f"Sign in as one of: {' '.join(demo.PEOPLE)}\n"
            f"Password: {password}\n"
            f"A demo bank of invented people, kept in {settings.KAJING_HOME}; this machine only.\n"
        )
        beside = demo.gateway(options["port"])
        serve("127.0.0.1", options["port"], say=self._say, greeting=greeting, beside=beside)

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
