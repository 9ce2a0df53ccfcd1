"""Where rooms say "here is one more": jobs by name, schedules, chores of the worker, channels of the outbox.

A room registers in the ``ready()`` of its ``apps.py``; whoever enqueues knows the name only and imports no job.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, time
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise

from kajing.lib.errors import DomainError

if TYPE_CHECKING:
    from kajing.queue.models import OutboxMessage

Text = str | Promise


class UnknownJob(DomainError):
    """No room registered a job of this name."""


class AlreadyRegistered(ValueError):
    """Two entries share a name."""


@dataclass(frozen=True, kw_only=True)
class JobKind:
    """One sort of work.

    ``run(context, **kwargs)`` returns a JSON value. An ordinary job is one transaction with its acknowledgement, so
    keep it under a second. A ``chunked`` job opens its own transactions by ``context.step()`` and goes on from
    ``context.state`` after a crash. ``heavy`` jobs run one at a time and never in the way of quick ones.
    """

    name: str
    run: Callable[..., Any]
    title: Text = ""
    chunked: bool = False
    heavy: bool = False
    max_attempts: int = 5
    retry_seconds: float = 10.0  # doubled after every failure, up to an hour

    @property
    def queue(self) -> str:
        """The lane the job waits in."""
        return "heavy" if self.heavy else "default"


@dataclass(frozen=True, kw_only=True)
class Chore:
    """A short act of every worker, every so many seconds; several workers may do it at once."""

    name: str
    every_seconds: float
    run: Callable[[datetime], Any]


@dataclass(frozen=True, kw_only=True)
class ScheduledJob:
    """A job that is due at a time of day in Asia/Shanghai, or every so many seconds."""

    name: str
    task: str
    at_time: time | None = None
    every_seconds: int | None = None
    kwargs: dict[str, Any] = field(default_factory=dict)


Channel = Callable[["OutboxMessage"], None]
GivenUp = Callable[["OutboxMessage", str], None]

JOBS: dict[str, JobKind] = {}
CHORES: dict[str, Chore] = {}
SCHEDULES: dict[str, ScheduledJob] = {}
CHANNELS: dict[str, Channel] = {}
CHANNEL_READY: dict[str, Callable[[], bool]] = {}
CHANNEL_GIVEN_UP: dict[str, GivenUp] = {}


def _add(table: dict[str, Any], name: str, entry: Any) -> Any:
    if name in table:
        raise AlreadyRegistered(name)
    table[name] = entry
    return entry


def job(name: str, run: Callable[..., Any], **options: Any) -> JobKind:
    """Register a job; see JobKind for the options. Raises AlreadyRegistered."""
    kind: JobKind = _add(JOBS, name, JobKind(name=name, run=run, **options))
    return kind


def chore(name: str, every_seconds: float, run: Callable[[datetime], Any]) -> Chore:
    """Register a chore; ``run`` gets the moment. Raises AlreadyRegistered."""
    entry: Chore = _add(CHORES, name, Chore(name=name, every_seconds=every_seconds, run=run))
    return entry


def schedule(name: str, task: str, **when: Any) -> ScheduledJob:
    """Register a schedule: ``at_time=`` or ``every_seconds=``. Raises AlreadyRegistered."""
    entry: ScheduledJob = _add(SCHEDULES, name, ScheduledJob(name=name, task=task, **when))
    return entry


def channel(
    name: str, send: Channel, *, ready: Callable[[], bool] | None = None, given_up: GivenUp | None = None
) -> Channel:
    """Register how messages of a channel leave the house; ``send`` raises when they cannot.

    While ``ready()`` is false the channel's messages wait. ``given_up(message, reason)`` is called in the transaction
    that puts a message on the dead list.
    """
    entry: Channel = _add(CHANNELS, name, send)
    if ready:
        CHANNEL_READY[name] = ready
    if given_up:
        CHANNEL_GIVEN_UP[name] = given_up
    return entry


def kind_of(name: str) -> JobKind:
    """The registered job of that name. Raises UnknownJob."""
    if name not in JOBS:
        raise UnknownJob(f"no job is registered as {name!r}")
    return JOBS[name]
