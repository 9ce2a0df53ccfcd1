"""Homes of their own for real processes: a folder, a database (SQLite, or PostgreSQL under DATABASE_URL), `kajing`."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Home:
    """One installation: `run` a command in it, `query` its database from outside."""

    folder: Path
    environment: dict[str, str]
    database: str  # the path of its file, or its name on the server
    query: Callable[[str], list[tuple[Any, ...]]]

    def run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """`run("migrate")` is `kajing migrate`; the answer carries what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "kajing.config.cli", *command],
            env=self.environment, cwd=self.folder, capture_output=True, text=True, check=False,
        )  # fmt: skip
        if check and done.returncode:
            raise AssertionError(f"kajing {' '.join(command)} ended with {done.returncode}:\n{done.stderr[-3000:]}")
        return done

    def start(self, *command: str) -> subprocess.Popen[bytes]:
        """A Python process in this home that goes on by itself."""
        return subprocess.Popen([sys.executable, *command], env=self.environment, cwd=ROOT)


@contextmanager
def new_home(folder: Path, *, like: Home | None = None) -> Iterator[Home]:
    """An installation in a folder, empty or with a copy of another's database; the database goes away afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    environment = {
        **os.environ,
        "DJANGO_SETTINGS_MODULE": "kajing.config.settings",
        "KAJING_HOME": str(folder),
        "PYTHONPATH": str(ROOT),
    }
    given = settings.DATABASES["default"]
    if given["ENGINE"].endswith("sqlite3"):
        environment.pop("DATABASE_URL", None)
        if like is not None:
            with sqlite3.connect(like.database) as source, sqlite3.connect(folder / "kajing.db") as target:
                source.backup(target)
        yield Home(folder, environment, str(folder / "kajing.db"), lambda sql: _ask_sqlite(folder / "kajing.db", sql))
        return
    server = f"postgres://{given['USER']}@{given['HOST']}:{given['PORT']}"
    name = f"home_{uuid.uuid4().hex[:12]}"
    template = f" TEMPLATE {like.database}" if like else ""
    _act(server, f"CREATE DATABASE {name}{template}")
    url = f"{server}/{name}"
    try:
        yield Home(folder, {**environment, "DATABASE_URL": url}, name, lambda sql: _ask_postgres(url, sql))
    finally:
        _act(server, f"DROP DATABASE {name} WITH (FORCE)")


def make_tables() -> None:
    """All tables of the database of the process that calls this."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("createcachetable")


def _ask_sqlite(path: Path, sql: str) -> list[tuple[Any, ...]]:
    with sqlite3.connect(path, timeout=20) as db:
        return db.execute(sql).fetchall()


def _ask_postgres(url: str, sql: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as db:
        return db.execute(sql).fetchall()  # type: ignore[arg-type]


def _act(server: str, sql: str) -> None:
    with psycopg.connect(f"{server}/postgres", autocommit=True) as db:
        db.execute(sql)  # type: ignore[arg-type]
