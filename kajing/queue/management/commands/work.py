from __future__ import annotations

import signal
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from kajing.queue.worker import Worker


class Command(BaseCommand):
    requires_system_checks = ()
    help = "Do jobs, fire schedules and send messages until stopped; any number of workers may run."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--quick", type=int, default=1, help="threads for quick jobs, beside the one for all")
        parser.add_argument("--poll", type=float, default=1.0, help="seconds to wait when there is nothing to do")
        parser.add_argument("--until-empty", action="store_true", help="do what is due now, then end")

    def handle(self, *args: Any, **options: Any) -> None:
        worker = Worker(quick=options["quick"], poll_seconds=options["poll"])
        if options["until_empty"]:
            self.stdout.write(f"{worker.work_until_empty()} jobs")
            worker.life.end()
            return
        signal.signal(signal.SIGTERM, worker.stop)
        signal.signal(signal.SIGINT, worker.stop)
        worker.run()
