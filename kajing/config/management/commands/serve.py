from __future__ import annotations

import os
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from kajing.config.serving import serve


class Command(BaseCommand):
    help = "The production server with its worker, on loopback unless KAJING_PUBLIC_URL is https."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1")
        parser.add_argument("--port", type=int, default=int(os.environ.get("KAJING_PORT", "8000")))
        parser.add_argument("--workers", type=int, default=2, help="web processes")
        parser.add_argument("--threads", type=int, default=4, help="threads of each web process")

    def handle(self, *args: Any, **options: Any) -> None:
        host, port = options["host"], options["port"]
        address = settings.KAJING_PUBLIC_URL or f"http://{host}:{port}/"
        greeting = f"Kajing serves {address}  (stop with Ctrl-C)"
        serve(host, port, workers=options["workers"], threads=options["threads"], say=self._say, greeting=greeting)

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
