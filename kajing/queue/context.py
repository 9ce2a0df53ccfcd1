"""What a running job holds in its hands."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction

from kajing.queue import leases
from kajing.queue.models import Job


class JobContext:
    """The job's own row, where it stopped last time, and the way to commit a step.

    A chunked job reads like this; effect, progress and checkpoint are one transaction, so a kill between two steps
    loses nothing and repeats nothing::

        for start in range(job.state.get("next", 0), len(ids), 500):
            with job.step():
                tag(ids[start : start + 500])
                job.checkpoint({"next": start + 500}, done=start + 500, total=len(ids))
    """

    def __init__(self, job: Job) -> None:
        self.job = job
        self.state: dict[str, Any] = dict(job.checkpoint)
        self._lost = threading.Event()

    @property
    def owner(self) -> str:
        """The person_no who asked for the work, or empty."""
        return self.job.owner

    @contextmanager
    def step(self) -> Iterator[None]:
        """One transaction that commits only while the job is still ours. Raises LeaseLost."""
        self.check()
        before = dict(self.state)
        try:
            with transaction.atomic():
                leases.hold(self.job)
                yield
                leases.renew(self.job)
        except BaseException:
            self.state = before
            raise

    def checkpoint(self, state: dict[str, Any], *, done: int = 0, total: int = 0) -> None:
        """Write progress inside the current step; ``done`` and ``total`` are counted in units of the job."""
        leases.renew(self.job, checkpoint=state, done_units=done, total_units=total)
        self.state = dict(state)

    def progress(self, done: int, total: int) -> None:
        """Show how far the work is, between steps. Raises LeaseLost."""
        self.check()
        with transaction.atomic():
            leases.renew(self.job, done_units=done, total_units=total)

    def check(self) -> None:
        """Stop here if the job was cancelled or taken away. Raises LeaseLost."""
        if self._lost.is_set():
            raise leases.LeaseLost(str(self.job.pk))

    def heartbeat(self) -> None:
        """Put the lease off; called by the worker's own thread while the body is busy."""
        try:
            with transaction.atomic():
                leases.renew(self.job)
        except leases.LeaseLost:
            self._lost.set()
