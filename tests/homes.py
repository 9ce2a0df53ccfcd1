"""Homes of their own for real processes: a folder, a database (SQLite, or PostgreSQL under DATABASE_URL), `kajing`."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from django.conf import settings

from tests import templates

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


def _environment(folder: Path) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if name != "DATABASE_URL"},
        "DJANGO_SETTINGS_MODULE": "kajing.config.settings",
        "KAJING_HOME": str(folder),
        "PYTHONPATH": str(ROOT),
    }


def _of_file(folder: Path) -> Home:
    path = folder / "kajing.db"
    return Home(folder, _environment(folder), str(path), lambda sql: _ask_sqlite(path, sql))


def _of_database(folder: Path, url: str) -> Home:
    environment = {**_environment(folder), "DATABASE_URL": url}
    return Home(folder, environment, url.rsplit("/", 1)[1], lambda sql: _ask_postgres(url, sql))


def _server() -> str:
    given = settings.DATABASES["default"]
    return f"postgres://{given['USER']}@{given['HOST']}:{given['PORT']}"


@contextmanager
def new_home(folder: Path, *, like: Home | None = None) -> Iterator[Home]:
    """An installation in a folder, empty or with a copy of another's database; the database goes away afterwards."""
    folder.mkdir(parents=True, exist_ok=True)
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        home = _of_file(folder)
        if like is not None:
            templates.copy_file(Path(like.database), Path(home.database))
        yield home
        return
    server, name = _server(), f"home_{uuid.uuid4().hex[:12]}"
    copied = f" TEMPLATE {like.database}" if like else ""
    _act(server, f"CREATE DATABASE {name}{copied}")
    try:
        yield _of_database(folder, f"{server}/{name}")
    finally:
        _act(server, f"DROP DATABASE {name} WITH (FORCE)")


def template() -> Home:
    """The migrated database that homes are copied from; nobody works in it."""
    given = settings.DATABASES["default"]
    if given["ENGINE"].endswith("sqlite3"):
        return _of_file(templates.sqlite_template().parent)
    server = _server()
    return _of_database(templates.KEPT, f"{server}/{templates.postgres_template(server)}")


def make_file(folder: Path) -> None:
    """A SQLite file with all tables in a folder."""
    _make(_of_file(folder))


def make_database(server: str, name: str) -> None:
    """A database with all tables on a PostgreSQL server; one of that name is replaced."""
    _act(server, f"DROP DATABASE IF EXISTS {name}")
    _act(server, f"CREATE DATABASE {name}")
    with tempfile.TemporaryDirectory() as folder:
        _make(_of_database(Path(folder), f"{server}/{name}"))


def _make(home: Home) -> None:
    from tests import crashes

    assert crashes.run(home, make_tables) == (0, None)


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
