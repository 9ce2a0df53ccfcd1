"""The worker process: job threads, a heartbeat, housekeeping (reaper, schedules, chores) and the outbox sender."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import OperationalError, close_old_connections, connection

from kajing.queue import leases, liveness, outbox, runner, scheduling
from kajing.queue.context import JobContext
from kajing.queue.models import Job, OutboxMessage
from kajing.queue.registry import CHORES

log = logging.getLogger(__name__)

ALL_QUEUES = ("default", "heavy")
_KEPT = timedelta(days=30)


class Worker:
    """Threads that share one life line. ``quick`` threads take ordinary jobs, one more takes any, heavy ones too."""

    def __init__(self, *, quick: int = 1, poll_seconds: float = 1.0) -> None:
        self.life = liveness.LifeLine()
        self.quick, self.poll_seconds = quick, poll_seconds
        self.stopping = threading.Event()
        self._running: dict[int, JobContext] = {}
        self._chore_due: dict[str, float] = {}

    def run(self) -> None:
        """Work until `stop`; every thread ends between two jobs."""
        scheduling.declare()
        lanes = [ALL_QUEUES, *[("default",)] * self.quick]
        threads = [threading.Thread(target=self._loop, args=(lambda q=q: self.work_one(q),)) for q in lanes]
        threads += [
            threading.Thread(target=self._loop, args=(self._send,)),
            threading.Thread(target=self._loop, args=(self._beat,)),
        ]
        for thread in threads:
            thread.daemon = True
            thread.start()
        self._loop(self._keep_house)
        for thread in threads:
            thread.join(timeout=20)
        self.life.end()

    def stop(self, *_: object) -> None:
        """Ask for an orderly end; also a signal handler."""
        self.stopping.set()

    def work_one(self, queues: tuple[str, ...] = ALL_QUEUES) -> bool:
        """Take and do one job; False when none was due."""
        job = leases.take(self.life.name, queues)
        if job is None:
            return False
        context = JobContext(job)
        self._running[threading.get_ident()] = context
        try:
            runner.run(job, context)
        finally:
            self._running.pop(threading.get_ident(), None)
        return True

    def work_until_empty(self) -> int:
        """Do everything that is due, in this thread; returns how many jobs. For commands and tests."""
        done = 0
        while self.work_one():
            done += 1
        return done

    def _loop(self, act: Callable[[], bool]) -> None:
        """Repeat an act; when there is nothing to do, or the database is away, wait a little."""
        while not self.stopping.is_set():
            try:
                close_old_connections()
                busy = act()
            except OperationalError as error:  # locked, full, restarting: it passes, the worker stays
                log.warning("database is not answering: %s", type(error).__name__)
                busy = False
            except Exception as error:  # noqa: BLE001  one bad act must not end the worker
                log.error("worker: %s", leases.told(error))
                busy = False
            if not busy:
                self.stopping.wait(self.poll_seconds)
        connection.close()

    def _send(self) -> bool:
        return outbox.send_one() is True

    def _beat(self) -> bool:
        self.stopping.wait(leases.LEASE.total_seconds() / 4)
        for context in list(self._running.values()):
            context.heartbeat()
        return True

    def _keep_house(self) -> bool:
        now = leases.db_now()
        leases.reap()
        scheduling.fire_due(now)
        for chore in CHORES.values():
            if self._chore_due.get(chore.name, 0) <= time.monotonic():
                self._chore_due[chore.name] = time.monotonic() + chore.every_seconds
                chore.run(now)
        return False


def sweep(now: datetime) -> None:
    """A chore: forget jobs, firings, messages and life lines that nobody will ask for."""
    Job.objects.filter(state__in=[Job.State.DONE, Job.State.CANCELLED], finished_at__lt=now - _KEPT).delete()
    OutboxMessage.objects.filter(state=OutboxMessage.State.SENT, sent_at__lt=now - _KEPT).delete()
    OutboxMessage.objects.filter(state=OutboxMessage.State.DROPPED, created_at__lt=now - _KEPT).delete()
    outbox.expire(now)
    scheduling.forget(now)
    liveness.sweep()
