"""The production server: one parent that keeps two children alive, the web server and the worker.

Plain http is served on loopback only; behind a proxy with https set KAJING_PUBLIC_URL (platform R19).
"""

from __future__ import annotations

import ctypes
import hashlib
import ipaddress
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

_FIRST_PATIENCE, _LONGEST_PATIENCE = 0.5, 30.0
_STEADY_SECONDS = 60.0
_WEB_FIRST = 3.0  # seconds in which the web server has the processors for itself: a page is what people wait for


@dataclass
class Child:
    """A program that is started again whenever it ends by itself."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    patience: float = _FIRST_PATIENCE
    not_before: float = field(default=0.0)

    def start(self) -> None:
        """Start it in a process group of its own, so that what it leaves behind can be ended with it."""
        self.started = time.monotonic()
        self.process = subprocess.Popen(self.command, start_new_session=True, preexec_fn=_die_with_parent)  # noqa: PLW1509  one line of C before exec, no Python locks

    def look_after(self, say: Callable[[str], None]) -> None:
        """Start again after an unexpected end, with growing patience while it keeps ending at once."""
        if self.process is not None and self.process.poll() is not None:
            self._clear()
            steady = time.monotonic() - self.started > _STEADY_SECONDS
            self.patience = _FIRST_PATIENCE if steady else min(self.patience * 2, _LONGEST_PATIENCE)
            self.not_before = time.monotonic() + self.patience
            say(f"{self.name} ended with status {self.process.returncode}; starting it again")
            self.process = None
        if self.process is None and time.monotonic() >= self.not_before:
            self.start()

    def end(self, seconds: float = 15) -> None:
        """An orderly end, forced after a while."""
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self._clear()

    def _clear(self) -> None:
        """End grandchildren that outlived their parent and would keep the port or the database busy."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, signal.SIGKILL)
            except ProcessLookupError:
                return


def _die_with_parent() -> None:
    """Ask Linux to end this child when its parent is killed; elsewhere a killed parent leaves it running."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGTERM)  # PR_SET_PDEATHSIG


def serve(
    host: str,
    port: int,
    *,
    say: Callable[[str], None],
    greeting: str,
    workers: int = 2,
    threads: int = 4,
    beside: Sequence[Child] = (),
) -> None:
    """Serve until SIGINT or SIGTERM; greet when a page can be had. `beside` are more programs to keep alive.

    Raises CommandError when it must not start.
    """
    check_address(host)
    check_port(host, port)
    check_database()
    refresh_static_files(say)
    os.environ["KAJING_WEB_WORKERS"] = str(workers)  # each process holds its share of the API's limit
    stopping = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stopping.set())
    children = [
        Child("web server", web_command(host, port, workers, threads)),
        Child("worker", [sys.executable, "-m", "kajing.config.cli", "work"]),
        *beside,
    ]
    children[0].start()
    for child in children[1:]:
        child.not_before = time.monotonic() + _WEB_FIRST
    greeted = False
    while not stopping.wait(0.3):
        if not greeted and _answers(host, port):
            say(greeting)
            greeted = True
        for child in children:
            child.look_after(say)
    for child in children:
        child.end()


def _answers(host: str, port: int) -> bool:
    """Whether somebody takes connections there."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.settimeout(0.2)
        return probe.connect_ex((host, port)) == 0


def web_command(host: str, port: int, workers: int, threads: int) -> list[str]:
    """Granian as measured in the platform study: slow or silent clients tie up no thread."""
    options = {
        "--interface": "wsgi",
        "--host": host,
        "--port": port,
        "--workers": workers,
        "--blocking-threads": threads,
        "--http": 1,
        "--http1-header-read-timeout": 10_000,
        "--backlog": 1024,
        "--workers-kill-timeout": 10,
        "--log-level": "warning",
    }
    flags = [str(part) for pair in options.items() for part in pair]
    return [
        sys.executable, "-m", "granian", *flags,
        "--respawn-failed-workers", "--no-ws", "kajing.config.wsgi:application",
    ]  # fmt: skip


def check_address(host: str) -> None:
    """Anything but loopback needs https in front. Raises CommandError."""
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        loopback = False
    if loopback:
        return
    if settings.KAJING_DEMO:
        raise CommandError("A demo bank is served on this machine only: leave --host away.")
    if not settings.HTTPS:
        raise CommandError(
            f"{host} can be reached from other machines. Put a proxy with https in front and set "
            "KAJING_PUBLIC_URL=https://…, or leave --host away."
        )


def check_port(host: str, port: int) -> None:
    """Nobody else may listen there. Raises CommandError."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(f"Cannot listen on {host}:{port} ({error.strerror}); choose another --port.") from error


def is_up_to_date() -> bool:
    """Whether every migration is applied."""
    executor = MigrationExecutor(connection)
    return not executor.migration_plan(executor.loader.graph.leaf_nodes())


def check_database() -> None:
    """Every migration must be applied. Raises CommandError."""
    if not is_up_to_date():
        raise CommandError("The database is not up to date: run `kajing migrate` first.")


def refresh_static_files(say: Callable[[str], None]) -> None:
    """Collect static files when one of their sources changed since last time."""
    now = _fingerprint()
    stamp = Path(settings.STATIC_ROOT) / ".sources"
    if stamp.exists() and stamp.read_text() == now:
        return
    say("collecting static files")
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(now)


def _fingerprint() -> str:
    digest = hashlib.sha256(settings.STORAGES["staticfiles"]["BACKEND"].encode())
    for finder in finders.get_finders():
        for path, storage in finder.list([]):
            file = Path(storage.path(path)).stat()
            digest.update(f"{path} {file.st_size} {file.st_mtime_ns}\n".encode())
    return digest.hexdigest()
