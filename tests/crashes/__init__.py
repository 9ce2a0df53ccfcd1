"""Work in processes that may die: each is forked with Django loaded, in a home of its own, and hands back what it gave.

`crashes.run(home, act, …)` calls `act(…)`, a function of a module, in such a process; `crashes.start` does not wait. The
fork saves every process the seconds it takes to load Django and the engine; database, warehouse and locks are the home's
alone.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess as Process
from pathlib import Path
from typing import Any

import pytest

from tests.homes import Home

PATIENCE = 600
FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(["tests.crashes.parent"])


def start(home: Home, act: Callable[..., Any], *words: Any) -> Process:
    """A process that goes on by itself: `kill`, `terminate` and `join` it."""
    return _start(home, None, act, words)


def run(home: Home, act: Callable[..., Any], *words: Any) -> tuple[int | None, Any]:
    """The exit code (negative: the signal that killed it) and what `act` gave, None if it never came to its end."""
    here, there = FORKS.Pipe(duplex=False)
    process = _start(home, there, act, words)
    there.close()
    try:
        gave = here.recv() if here.poll(PATIENCE) else pytest.fail(f"{act.__name__} took over {PATIENCE} s")
    except EOFError:
        gave = None
    finally:
        process.join(60)
        process.kill()
        here.close()
    return process.exitcode, gave


class Killer:
    """`Killer(place, times).passes(name)` kills this process when `place` is passed for the `times`-th time."""

    def __init__(self, place: str, times: int) -> None:
        self.place = place
        self.left = times

    def passes(self, name: str) -> None:
        self.left -= name == self.place
        if name == self.place and self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def _start(home: Home, there: Connection | None, act: Callable[..., Any], words: tuple[Any, ...]) -> Process:
    process = FORKS.Process(target=_live, args=(there, home.folder, home.database, act, words))
    process.start()
    return process


def _live(
    there: Connection | None, folder: Path, database: str, act: Callable[..., Any], words: tuple[Any, ...]
) -> None:
    from django.conf import settings
    from django.db import connections

    settings.KAJING_HOME = folder
    settings.KAJING_WAREHOUSE = folder / "warehouse"
    connections.settings["default"]["NAME"] = database
    gave = act(*words)
    if there is not None:
        there.send(gave)
