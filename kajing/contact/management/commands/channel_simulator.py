from __future__ import annotations

import os
import signal
import threading
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from kajing.contact.simulator import ENDINGS, Gateway, Simulator


class Command(BaseCommand):
    help = "A gateway for SMS, WeCom and mail on this machine: takes messages, delivers them, answers some."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, default=8025, help="for SMS and WeCom messages (8025)")
        parser.add_argument("--smtp-port", type=int, default=None, help="also take mail on this port")
        parser.add_argument("--callback", default="http://127.0.0.1:8000", help="where Kajing is")
        parser.add_argument("--delay", type=float, default=1.0, help="seconds until a message is delivered (1)")

    def handle(self, *args: Any, **options: Any) -> None:
        secret = os.environ.get("KAJING_SMS_SECRET", "")
        if not secret:
            raise CommandError("Set KAJING_SMS_SECRET to the secret that Kajing signs with.")
        gateway = Gateway(secret, callback=options["callback"], delay=options["delay"], say=self.stdout.write)
        stopping = threading.Event()
        for name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(name, lambda *_: stopping.set())
        try:
            simulator = Simulator(gateway, port=options["port"], smtp_port=options["smtp_port"])
        except OSError as error:
            raise CommandError(f"Cannot listen there ({error.strerror}); choose another --port.") from error
        with simulator:
            self.stdout.write(f"taking messages on {simulator.url}")
            for ending, what in ENDINGS.items():
                self.stdout.write(f"  numbers ending in {ending}: {what}")
            stopping.wait()
