"""Real worker processes, killed with SIGKILL while they work: nothing is lost and nothing is done twice."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

ROOT = Path(__file__).resolve().parents[2]
JOBS = 300
Query = Callable[[str], list[tuple]]


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[tuple[dict[str, str], Query]]:
    """A database of its own for real processes: (environment, query). SQLite, or PostgreSQL under DATABASE_URL."""
    given = settings.DATABASES["default"]
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "kajing.config.settings",
        "KAJING_HOME": str(tmp_path),
        "PYTHONPATH": str(ROOT),
    }
    if given["ENGINE"].endswith("sqlite3"):
        environment.pop("DATABASE_URL", None)

        def query(sql: str) -> list[tuple]:
            with sqlite3.connect(tmp_path / "kajing.db", timeout=20) as db:
                return db.execute(sql).fetchall()

        yield environment, query
        return
    server = f"postgres://{given['USER']}@{given['HOST']}:{given['PORT']}"
    name = f"kill_{os.getpid()}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as db:
        db.execute(f"DROP DATABASE IF EXISTS {name}")
        db.execute(f"CREATE DATABASE {name}")

    def query(sql: str) -> list[tuple]:
        with psycopg.connect(f"{server}/{name}") as db:
            return db.execute(sql).fetchall()

    yield {**environment, "DATABASE_URL": f"{server}/{name}"}, query
    with psycopg.connect(f"{server}/postgres", autocommit=True) as db:
        db.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _run(environment: dict[str, str], *command: str) -> None:
    subprocess.run([sys.executable, *command], env=environment, cwd=ROOT, check=True)


def _until(query: Query, sql: str, wanted: Callable[[int], bool], seconds: float = 60) -> int:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = query(sql)[0][0]
        if wanted(found):
            return found
        time.sleep(0.05)
    raise AssertionError(f"{sql} stayed at {found}")


@pytest.mark.slow
def test_three_kills_lose_nothing_and_repeat_nothing(bank: tuple[dict[str, str], Query]) -> None:
    environment, query = bank
    _run(environment, "manage.py", "migrate", "queue", "-v", "0", "--skip-checks")
    _run(environment, "-m", "tests.queue.bodies", "enqueue", str(JOBS))
    done = "SELECT count(*) FROM queue_job WHERE state = 'DONE'"
    for kill in range(3):
        workers = [_worker(environment) for _ in range(2)]
        _until(query, done, lambda n, least=(kill + 1) * 40: n >= least)
        for worker in workers:
            worker.send_signal(signal.SIGKILL)
            worker.wait()
    last = _worker(environment)
    try:
        _until(query, done, lambda n: n == JOBS + 3, seconds=90)
    finally:
        last.terminate()
        last.wait(timeout=30)
    what = Counter(row[0] for row in query("SELECT what FROM effect"))
    expected = {f"{moment} {n}" for moment in ("begin", "end") for n in range(JOBS)}
    expected |= {f"step {n}.{step}" for n in range(3) for step in range(40)}
    assert set(what) == expected
    assert max(what.values()) == 1
    assert last.returncode == 0


def _worker(environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "tests.queue.bodies", "work"], env=environment, cwd=ROOT)
