"""Backup and restore by the real commands, on whichever database the tests run on."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.homes import Home, new_home


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory, migrated: Home) -> Iterator[Home]:
    """An installation with reference data and a published warehouse file."""
    with new_home(tmp_path_factory.mktemp("from"), like=migrated) as home:
        home.run("load_reference")
        (home.folder / "warehouse" / "states").mkdir(parents=True)
        (home.folder / "warehouse" / "states" / "1.duckdb").write_bytes(b"figures" * 1000)
        (home.folder / "warehouse" / "current").symlink_to("states/1.duckdb")
        (home.folder / "warehouse" / "memory").mkdir()
        (home.folder / "warehouse" / "memory" / "memory.duckdb").write_bytes(b"changes while it is copied")
        (home.folder / "warehouse" / "states" / ".building-2.duckdb").write_bytes(b"half a night")
        yield home


@pytest.fixture(scope="module")
def file(home: Home, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup without keys."""
    target = tmp_path_factory.mktemp("backups") / "kajing.tar"
    said = home.run("backup", str(target)).stdout
    assert "key file is not in it" in said
    return target


def _count(home: Home) -> int:
    return int(home.query("SELECT count(*) FROM reference_parameter")[0][0])


@pytest.mark.slow
def test_restored_home_is_the_same(home: Home, file: Path, tmp_path: Path) -> None:
    with new_home(tmp_path / "to") as other:
        (other.folder / "keys").write_bytes((home.folder / "keys").read_bytes())
        said = other.run("restore", str(file)).stdout
        assert "all counted and checked" in said
        assert _count(other) == _count(home) > 100
        assert (other.folder / "warehouse" / "current").resolve().read_bytes() == b"figures" * 1000
        assert not (other.folder / "warehouse" / "memory").exists()
        assert [path.name for path in (other.folder / "warehouse" / "states").iterdir()] == ["1.duckdb"]
        assert other.run("restore", str(file), check=False).stderr.count("not empty") == 1


@pytest.mark.slow
def test_backup_without_keys_needs_the_same_keys(file: Path, tmp_path: Path) -> None:
    with new_home(tmp_path / "to") as other:
        done = other.run("restore", str(file), check=False)
    assert done.returncode == 1
    assert "key file here is another one" in done.stderr


@pytest.mark.slow
def test_backup_with_keys_brings_them(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "with.tar"
    home.run("backup", "--with-keys", str(file))
    assert oct(file.stat().st_mode)[-3:] == "600"
    with new_home(tmp_path / "to") as other:
        other.run("restore", str(file))
        assert (other.folder / "keys").read_bytes() == (home.folder / "keys").read_bytes()


@pytest.mark.slow
def test_damaged_backup_is_refused_whole(home: Home, file: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.tar"
    with tarfile.open(file) as good, tarfile.open(damaged, "w") as bad:
        for member in good:
            source = good.extractfile(member)
            data = source.read() if source else b""
            data = data[:-1] + b"x" if member.name.endswith("1.duckdb") else data
            bad.addfile(member, io.BytesIO(data) if source else None)
    with new_home(tmp_path / "to") as other:
        (other.folder / "keys").write_bytes((home.folder / "keys").read_bytes())
        done = other.run("restore", str(damaged), check=False)
        assert "The backup is damaged: warehouse/" in done.stderr
        assert not (other.folder / "warehouse").exists()


def test_backup_is_never_written_over_another(home: Home, file: Path) -> None:
    assert "exists already" in home.run("backup", str(file), check=False).stderr


def test_keys_are_only_told_apart(home: Home, file: Path) -> None:
    with tarfile.open(file) as tar:
        assert "keys" not in tar.getnames()
        manifest = json.load(tar.extractfile("manifest.json") or io.BytesIO())
    secrets = [line.partition("=")[2] for line in (home.folder / "keys").read_text().splitlines()]
    assert len(manifest["key_print"]) == 16
    assert not [secret for secret in secrets if manifest["key_print"] in secret]


@pytest.mark.slow
def test_a_changed_manifest_is_refused(home: Home, file: Path, tmp_path: Path) -> None:
    changed = tmp_path / "changed.tar"
    with tarfile.open(file) as good, tarfile.open(changed, "w") as bad:
        for member in good:
            source = good.extractfile(member)
            data = source.read() if source else b""
            if member.name == "manifest.json":
                data = data.replace(b'"made_at": "2', b'"made_at": "1')
            bad.addfile(member, io.BytesIO(data) if source else None)
    with new_home(tmp_path / "to") as other:
        (other.folder / "keys").write_bytes((home.folder / "keys").read_bytes())
        assert "signature does not fit" in other.run("restore", str(changed), check=False).stderr


@pytest.mark.slow
def test_a_drill_restores_beside_the_bank_and_leaves_nothing(home: Home, file: Path) -> None:
    before = _count(home)
    assert "all counted and checked" in home.run("restore", str(file), "--drill").stdout
    assert _count(home) == before
    acts = {row[0] for row in home.query("SELECT action FROM audit_auditrow")}
    assert {"config.backup", "config.restore_drill"} <= acts
