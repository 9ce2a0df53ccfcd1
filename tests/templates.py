"""Databases with all tables, made once and copied: six CPU seconds a time, and every worker and every home wants one.

What they hold follows from the code, so they are kept under a fingerprint of it: SQLite files in the environment's own
folder, where the next run finds them; on PostgreSQL databases of the server of the run, which is gone after it.
"""

from __future__ import annotations

import fcntl
import hashlib
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import psycopg

ROOT = Path(__file__).resolve().parents[1]
KEPT = Path(sys.prefix) / "kajing-templates"
MOST = 4  # fingerprints kept side by side


@cache
def fingerprint() -> str:
    """One word for the product's code, the tests' makers and the libraries."""
    found = hashlib.sha256(sys.version.encode())
    makers = (*ROOT.glob("tests/contract/*.py"), ROOT / "tests/homes.py", ROOT / "tests/templates.py")
    files = [*ROOT.glob("kajing/**/*.py"), *makers, ROOT / "requirements.lock"]
    for path in sorted(files):
        found.update(path.relative_to(ROOT).as_posix().encode())
        found.update(path.read_bytes())
    return found.hexdigest()[:16]


def kept(name: str, make: Callable[[Path], None]) -> Path:
    """The folder of something made once for this code: by whoever comes first, while the others wait."""
    KEPT.mkdir(exist_ok=True)
    place = KEPT / fingerprint() / name
    with _locked(KEPT / f"{name}.lock"):
        if not (place / "made").exists():
            shutil.rmtree(place, ignore_errors=True)
            place.mkdir(parents=True)
            make(place)
            (place / "made").touch()
            _forget()
    return place


def _forget() -> None:
    """Only the newest fingerprints stay."""
    found = sorted((path for path in KEPT.iterdir() if path.is_dir()), key=lambda path: path.stat().st_mtime)
    for old in found[:-MOST]:
        shutil.rmtree(old, ignore_errors=True)


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    with path.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def sqlite_template() -> Path:
    """A SQLite file with all tables."""
    from tests.homes import make_file

    return kept("tables", make_file) / "kajing.db"


def postgres_template(server: str) -> str:
    """The name of a database with all tables on the run's server."""
    from tests.homes import make_database

    name = f"template_{fingerprint()}"
    KEPT.mkdir(exist_ok=True)
    with _locked(KEPT / "postgres.lock"), psycopg.connect(f"{server}/postgres", autocommit=True) as db:
        if not db.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            make_database(server, f"{name}_new")
            db.execute(f"ALTER DATABASE {name}_new RENAME TO {name}")
    return name


def copy_file(source: Path, target: Path) -> None:
    """Copy a SQLite file as its readers see it: what others keep open may still stand in its journal."""
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)


def start_from_template(connection: Any) -> None:
    """Let the next test database begin as a copy of the template; `migrate` then finds nothing to do."""
    if connection.vendor == "postgresql":
        given = connection.settings_dict
        server = f"postgres://{given['USER']}@{given['HOST']}:{given['PORT']}"
        given.setdefault("TEST", {})["TEMPLATE"] = postgres_template(server)
        return
    source = sqlite_template()

    def prepare() -> None:
        del connection.prepare_database
        connection.ensure_connection()
        with closing(sqlite3.connect(source)) as template:
            template.backup(connection.connection)

    connection.prepare_database = prepare
