"""Whether a worker of this machine still lives: it holds a lock on a file, and the kernel drops the lock with it."""

from __future__ import annotations

import os
import socket
import time
import uuid
from io import TextIOWrapper
from pathlib import Path

from django.conf import settings

try:
    import fcntl
except ImportError:  # no such locks on Windows: leases alone decide there
    fcntl = None  # type: ignore[assignment]


def _folder() -> Path:
    folder: Path = settings.KAJING_HOME / "workers"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _machine() -> str:
    return f"{socket.gethostname()[:20]}.{uuid.getnode():x}"


class LifeLine:
    """A worker's name and the lock that lives as long as its process."""

    def __init__(self) -> None:
        self.name = f"{_machine()}/{os.getpid()}-{uuid.uuid4().hex[:8]}"
        self._path = _path(self.name)
        self._file: TextIOWrapper | None = None
        if fcntl is not None:
            self._file = self._path.open("w")
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def end(self) -> None:
        """An orderly end."""
        if self._file is not None:
            self._file.close()
            self._path.unlink(missing_ok=True)


def _path(worker: str) -> Path:
    return _folder() / worker.rpartition("/")[2]


def is_alive(worker: str) -> bool | None:
    """True or False for a worker of this machine and home, None where only its lease can tell."""
    if fcntl is None or worker.rpartition("/")[0] != _machine():
        return None
    try:
        with _path(worker).open("r+") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None  # swept away, or another home on the same machine
    except BlockingIOError:
        return _process_runs(worker)  # a child may have outlived the worker and kept the lock
    return False


def _process_runs(worker: str) -> bool:
    try:
        os.kill(int(worker.rpartition("/")[2].partition("-")[0]), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def sweep(older_than_seconds: float = 86_400) -> None:
    """Remove the life lines of workers long dead."""
    for path in _folder().iterdir():
        old = time.time() - path.stat().st_mtime > older_than_seconds
        if old and is_alive(f"{_machine()}/{path.name}") is False:
            path.unlink(missing_ok=True)
