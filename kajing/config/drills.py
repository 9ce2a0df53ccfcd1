"""A restore drill: a backup that was never restored is a hope. It is put back beside the bank, counted, thrown away."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.core.management import CommandError
from django.db import connection

from kajing.audit.services import record


def drill(source: Path, *, at: datetime) -> str:
    """Restore a backup into a folder of its own (and, on PostgreSQL, a database of its own) and check it there.

    Gives what the restore said; recorded in the trail. Raises CommandError when the backup cannot be restored.
    """
    with tempfile.TemporaryDirectory(prefix="kajing-drill-") as name, _database() as url:
        home = Path(name)
        shutil.copy(settings.KAJING_KEY_FILE, home / "keys")
        environment = {**os.environ, "KAJING_HOME": str(home), "KAJING_KEY_FILE": str(home / "keys"), **url}
        for other in {"KAJING_WAREHOUSE", "KAJING_FEEDS", "DATABASE_URL"} - set(url):
            environment.pop(other, None)
        command = [sys.executable, "-m", "kajing.config.cli", "restore", str(source)]
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines()
        raise CommandError(f"The drill failed: {said[-1] if said else 'no reason given'}")
    record(
        actor="system", action="config.restore_drill", object_kind="backup", object_id=source.name[:64], at=at,
        changes={"said": done.stdout.strip()},
    )  # fmt: skip
    return done.stdout.strip()


@contextmanager
def _database() -> Iterator[dict[str, str]]:
    """An empty database for the drill, dropped afterwards; SQLite lies in the folder and needs none."""
    if connection.vendor == "sqlite":
        yield {}
        return
    name = f"kajing_drill_{secrets.token_hex(4)}"
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE DATABASE {connection.ops.quote_name(name)}")
    try:
        given = urlsplit(os.environ["DATABASE_URL"])
        yield {"DATABASE_URL": urlunsplit(given._replace(path=f"/{name}"))}
    finally:
        with connection.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {connection.ops.quote_name(name)} WITH (FORCE)")
