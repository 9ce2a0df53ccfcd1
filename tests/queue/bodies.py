"""Job bodies that tests watch, and what a worker process that does them runs.

Every effect is a row of a plain table, written in the job's own transaction.
"""

from __future__ import annotations

import signal
import time
from typing import Any

from django.db import connection, transaction


def mark(text: str) -> None:
    """Add one effect row."""
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO effect (what) VALUES (%s)", [text])


def effects() -> list[str]:
    """All effect rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT what FROM effect")
        return [row[0] for row in cursor.fetchall()]


def clear() -> None:
    """Forget all effects."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM effect")


def quick(job: Any, number: int) -> int:
    """Begin, take a while, end: a kill in the middle must leave neither row."""
    mark(f"begin {number}")
    time.sleep(0.02)
    mark(f"end {number}")
    return number


def in_steps(job: Any, number: int, steps: int) -> None:
    """A chunked job: each step is an effect with its checkpoint."""
    for step in range(job.state.get("next", 0), steps):
        with job.step():
            mark(f"step {number}.{step}")
            time.sleep(0.005)
            job.checkpoint({"next": step + 1}, done=step + 1, total=steps)


def register() -> None:
    """Make the bodies known to this process."""
    from kajing.queue import registry

    registry.JOBS.pop("tests.quick", None)
    registry.JOBS.pop("tests.in_steps", None)
    registry.job("tests.quick", quick, max_attempts=20)
    registry.job("tests.in_steps", in_steps, chunked=True, heavy=True, max_attempts=20)


def make_table() -> None:
    """The table of effects."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE IF NOT EXISTS effect (what varchar(60))")


def enqueue_all(jobs: int) -> None:
    """Quick jobs and three chunked ones, in one transaction."""
    from django.utils import timezone

    from kajing.queue.services import enqueue

    register()
    make_table()
    with transaction.atomic():
        for number in range(jobs):
            enqueue("tests.quick", at=timezone.now(), kwargs={"number": number})
        for number in range(3):
            enqueue("tests.in_steps", at=timezone.now(), kwargs={"number": number, "steps": 40})


def work() -> None:
    """A worker until it is told to end."""
    from kajing.queue.worker import Worker

    register()
    worker = Worker(poll_seconds=0.05)
    signal.signal(signal.SIGTERM, worker.stop)
    worker.run()
