"""Run a command beside a PostgreSQL server of its own: ``tools/with_postgres.py [--optional] COMMAND…``.

A fresh cluster in a temporary folder listens on a free loopback port; ``DATABASE_URL`` and
``KAJING_BENCH_DATABASE_URL`` name it; all go away with the command. PostgreSQL refuses to run as root, so root hands
it to the user ``postgres``. ``--optional``: without PostgreSQL on the machine the command is skipped with a message,
unless KAJING_REQUIRE_ALL=1.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

# Safe to lose, quick to make: a test cluster lives for minutes.
CONFIGURATION = """
listen_addresses = '127.0.0.1'
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 60
shared_buffers = 128MB
jit = off
"""


def binaries() -> Path | None:
    """The folder of the newest server programs, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: float(path.parts[-3]))
    if found:
        return found[-1].parent
    on_path = shutil.which("initdb")
    return Path(on_path).resolve().parent if on_path else None


def _as_owner(*command: object) -> list[str]:
    plain = [str(part) for part in command]
    return ["runuser", "-u", "postgres", "--", *plain] if os.geteuid() == 0 else plain


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def cluster(programs: Path) -> Iterator[str]:
    """A running cluster; gives the DATABASE_URL of an empty database."""
    folder = Path(tempfile.mkdtemp(prefix="kajing-pg-"))
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
    data, port = folder / "data", _free_port()

    def run(*command: object) -> None:
        subprocess.run([str(part) for part in command], cwd=folder, stdout=subprocess.DEVNULL, check=True)

    try:
        initial = ("-U", "kajing", "-A", "trust", "-E", "UTF8", "--locale=C", "-N")
        run(*_as_owner(programs / "initdb", "-D", data, *initial))
        with (data / "postgresql.conf").open("a") as file:
            file.write(f"{CONFIGURATION}port = {port}\nunix_socket_directories = '{folder}'\n")
        run(*_as_owner(programs / "pg_ctl", "-D", data, "-l", folder / "log", "-w", "start"))
        run(programs / "createdb", "-h", "127.0.0.1", "-p", port, "-U", "kajing", "kajing")
        yield f"postgres://kajing@127.0.0.1:{port}/kajing"
    finally:
        if (data / "postmaster.pid").exists():
            stop = _as_owner(programs / "pg_ctl", "-D", data, "-m", "immediate", "stop")
            subprocess.run(stop, cwd=folder, stdout=subprocess.DEVNULL, check=False)
        shutil.rmtree(folder, ignore_errors=True)


def main(argv: list[str]) -> int:
    """Exit status of the command."""
    optional = argv[:1] == ["--optional"]
    command = argv[1:] if optional else argv
    if not command:
        print(__doc__)
        return 2
    programs = binaries()
    if programs is None:
        print("SKIPPED: no PostgreSQL server on this machine (package postgresql)")
        return 0 if optional and os.environ.get("KAJING_REQUIRE_ALL") != "1" else 1
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with cluster(programs) as url:
        env = {**os.environ, "DATABASE_URL": url, "KAJING_BENCH_DATABASE_URL": url}
        return subprocess.run(command, env=env, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
