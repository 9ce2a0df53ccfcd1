"""Backup into one file and restore into an empty home, for both databases.

A backup is a tar of ``manifest.json`` (what, when, sizes, sha256), a consistent copy of the database and the warehouse
folder. Keys stay out unless asked for: a backup without them shows no personal data, and cannot be read without them.
"""

from __future__ import annotations

import gzip
import hashlib
import hmac
import json
import os
import shutil
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import CommandError
from django.db import connection

from kajing import __version__
from kajing.audit.services import record
from kajing.lib.crypto import load_keys

MANIFEST = "manifest.json"


def backup(target: Path, *, at: datetime, with_keys: bool) -> dict[str, Any]:
    """Write a backup while people work; gives its manifest. Raises CommandError."""
    if target.exists():
        raise CommandError(f"{target} exists already; a backup is never written over another.")
    target.parent.mkdir(parents=True, exist_ok=True)
    scratch = target.with_name(f".{target.name}.part")
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".kajing-backup-") as folder:
        parts = _collect(Path(folder), with_keys=with_keys)
        manifest: dict[str, Any] = {
            "kajing": __version__,
            "made_at": at.isoformat(),
            "database": connection.vendor,
            "with_keys": with_keys,
            "key_print": key_print(settings.KAJING_KEY_FILE),
            "rows": row_counts(),
            "files": {name: {"size": path.stat().st_size, "sha256": digest(path)} for name, path in parts.items()},
        }
        manifest["mac"] = signature(manifest, settings.KAJING_KEY_FILE)
        listing = Path(folder) / MANIFEST
        listing.write_text(json.dumps(manifest, indent=1, ensure_ascii=False))
        with tarfile.open(scratch, "w") as tar:  # files in it are compressed already
            tar.add(listing, MANIFEST)
            for name, path in parts.items():
                tar.add(path, name, recursive=False)
    scratch.chmod(0o600)
    scratch.rename(target)
    record(
        actor="system", action="config.backup", object_kind="backup", object_id=target.name[:64], at=at,
        changes={"size": target.stat().st_size, "rows": sum(manifest["rows"].values()), "with_keys": with_keys},
    )  # fmt: skip
    return manifest


def _collect(folder: Path, *, with_keys: bool) -> dict[str, Path]:
    """Name in the backup → file. Published warehouse files never change, so they are taken where they lie.

    What nights remember does change, and the next one makes it anew from raw: it stays behind, as do unfinished states.
    """
    parts = {"database": _dump(folder / "database")}
    warehouse: Path = settings.KAJING_WAREHOUSE
    kept = (path for path in _files(warehouse) if warehouse / "memory" not in path.parents)
    parts |= {f"warehouse/{path.relative_to(warehouse)}": path for path in kept if not path.name.startswith(".")}
    # After the database: every row's file is in the copy, and a file without a row does no harm.
    parts |= {f"files/{path.relative_to(settings.KAJING_FILES)}": path for path in _files(settings.KAJING_FILES)}
    if with_keys:
        parts["keys"] = settings.KAJING_KEY_FILE
    if settings.KAJING_DEMO_MARK.exists():
        parts["demo"] = settings.KAJING_DEMO_MARK
    return parts


def _files(folder: Path) -> Iterator[Path]:
    links = (path for path in sorted(folder.rglob("*")) if path.is_symlink() or path.is_file())
    return (path for path in links if not path.name.endswith((".lock", ".tmp", ".part")))


def _dump(target: Path) -> Path:
    """A consistent copy of the database, compressed: VACUUM INTO for SQLite, pg_dump for PostgreSQL."""
    if connection.vendor == "sqlite":
        plain = target.with_suffix(".db")
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(plain)])
        with plain.open("rb") as source, gzip.open(target, "wb", compresslevel=3) as packed:
            shutil.copyfileobj(source, packed, 1 << 20)
        plain.unlink()
    else:
        _postgres("pg_dump", "--format=custom", "--no-owner", "--no-privileges", f"--file={target}")
    return target


def restore(source: Path) -> dict[str, Any]:
    """Put a backup into an empty home and an empty database, and check it; gives the manifest. Raises CommandError."""
    with tarfile.open(source) as tar:
        manifest = read_manifest(tar)
        _check_target(manifest)
        settings.KAJING_HOME.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=settings.KAJING_HOME, prefix=".restore-") as name:
            folder = Path(name)
            tar.extractall(folder, filter="data")
            _verify(folder, manifest)
            _put_back(folder, manifest)
    if (rows := row_counts()) != manifest["rows"]:
        wrong = {
            table: (count, rows.get(table)) for table, count in manifest["rows"].items() if rows.get(table) != count
        }
        raise CommandError(f"The restored tables do not have the rows of the backup: {wrong}")
    return manifest


def read_manifest(tar: tarfile.TarFile) -> dict[str, Any]:
    """What the backup says of itself. Raises CommandError."""
    try:
        file = tar.extractfile(MANIFEST)
        manifest: dict[str, Any] = json.load(file) if file else {}
    except (KeyError, ValueError) as error:
        raise CommandError("This is no backup of Kajing: it has no manifest.") from error
    if manifest["database"] != connection.vendor:
        raise CommandError(f"The backup is of {manifest['database']}, DATABASE_URL names {connection.vendor}.")
    return manifest


def _check_target(manifest: dict[str, Any]) -> None:
    if connection.introspection.table_names():
        raise CommandError("The database is not empty: restore into a new KAJING_HOME (or a new PostgreSQL database).")
    if any(_files(settings.KAJING_WAREHOUSE)):
        raise CommandError(f"{settings.KAJING_WAREHOUSE} is not empty.")
    if not manifest["with_keys"] and key_print(settings.KAJING_KEY_FILE) != manifest["key_print"]:
        raise CommandError(
            "The backup holds no keys and the key file here is another one. "
            f"Put the key file it was made with at {settings.KAJING_KEY_FILE} first (or set KAJING_KEY_FILE)."
        )


def signature(manifest: dict[str, Any], key_file: Path) -> str:
    """A code over the manifest, and through its digests over every part, that only a holder of the keys can make."""
    text = json.dumps({name: value for name, value in manifest.items() if name != "mac"}, sort_keys=True)
    return load_keys(key_file).blind("backup.manifest", text)


def _verify(folder: Path, manifest: dict[str, Any]) -> None:
    keys = folder / "keys" if manifest["with_keys"] else settings.KAJING_KEY_FILE
    if not hmac.compare_digest(manifest.get("mac", ""), signature(manifest, keys)):
        raise CommandError("The backup is damaged or was changed: its signature does not fit.")
    for name, facts in manifest["files"].items():
        path = folder / name
        if not path.is_file() or digest(path) != facts["sha256"]:
            raise CommandError(f"The backup is damaged: {name} is not what the manifest says.")


def _put_back(folder: Path, manifest: dict[str, Any]) -> None:
    if manifest["with_keys"]:
        shutil.copy(folder / "keys", settings.KAJING_KEY_FILE)
        settings.KAJING_KEY_FILE.chmod(0o600)
    if (folder / "warehouse").is_dir():
        shutil.copytree(folder / "warehouse", settings.KAJING_WAREHOUSE, dirs_exist_ok=True, symlinks=True)
    if (folder / "files").is_dir():
        shutil.copytree(folder / "files", settings.KAJING_FILES, dirs_exist_ok=True)
    if (folder / "demo").exists():
        shutil.copy(folder / "demo", settings.KAJING_DEMO_MARK)
    connection.close()
    if connection.vendor == "sqlite":
        target = Path(connection.settings_dict["NAME"])
        for name in (target, target.with_name(f"{target.name}-wal"), target.with_name(f"{target.name}-shm")):
            name.unlink(missing_ok=True)
        with gzip.open(folder / "database", "rb") as packed, target.open("wb") as plain:
            shutil.copyfileobj(packed, plain, 1 << 20)
    else:
        _postgres(
            "pg_restore", "--no-owner", "--no-privileges", "--exit-on-error", "--dbname", str(folder / "database")
        )


def row_counts() -> dict[str, int]:
    """Rows of every table; the cache is no data."""
    with connection.cursor() as cursor:
        counts = {}
        for table in sorted(connection.introspection.table_names(cursor)):
            if table not in ("kajing_cache", "django_session"):
                cursor.execute(f"SELECT count(*) FROM {connection.ops.quote_name(table)}")  # noqa: S608  names from the catalogue
                counts[table] = cursor.fetchone()[0]
    return counts


def digest(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def key_print(path: Path) -> str:
    """A fingerprint of the key file's data and index keys, which tells files apart and gives nothing away."""
    lines = sorted(line for line in path.read_text().splitlines() if line.startswith(("data_", "index")))
    return hashlib.sha256(("kajing key print\n" + "\n".join(lines)).encode()).hexdigest()[:16]


def _postgres(program: str, *arguments: str) -> None:
    """Run a PostgreSQL client program on our database; the password goes by the environment, not the command line."""
    given = connection.settings_dict
    command = [_program(program)]
    if "--dbname" in arguments:
        position = arguments.index("--dbname")
        arguments = (*arguments[:position], f"--dbname={given['NAME']}", *arguments[position + 1 :])
    else:
        arguments = (*arguments, f"--dbname={given['NAME']}")
    for option, value in (("--host", given["HOST"]), ("--port", given["PORT"]), ("--username", given["USER"])):
        command += [f"{option}={value}"] if value else []
    environment = {**os.environ, "PGPASSWORD": given["PASSWORD"] or ""}
    done = subprocess.run([*command, *arguments], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CommandError(f"{program} failed: {done.stderr.strip()[:500]}")


def _program(name: str) -> str:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    program = str(found[-1]) if found else shutil.which(name)
    if program is None:
        raise CommandError(f"{name} is not installed (package postgresql-client).")
    return program
