"""The names of the commands, which are a public interface."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command, get_commands

from kajing.config import cli

NAMES = (
    "demo import night make-feed convert serve token bench backup restore verify-audit migrate load-reference work"
).split()


@pytest.mark.parametrize("name", NAMES)
def test_every_command_of_the_contract_exists(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    monkeypatch.setattr(sys, "argv", ["kajing", name, "--an-option"])
    monkeypatch.setattr(cli, "execute_from_command_line", asked.append)
    assert cli.main() == 0
    assert asked[0][1] in get_commands()
    assert asked[0][2] == "--an-option"


def test_make_feed_writes_a_small_bank(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "feeds"
    arguments = ["--customers", "40", "--months", "2", "--seed", "3", "--until", "2026-11-22", "--monthly"]
    call_command("make_feed", *arguments, str(out))
    assert max(path.name for path in out.iterdir()) == "2026-11-22"
    assert "customers" in capsys.readouterr().out
    with pytest.raises(CommandError, match="not empty"):
        call_command("make_feed", *arguments, str(out))


def test_convert_needs_its_source(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="does not exist"):
        call_command("convert", "taiwan", str(tmp_path / "nothing"), str(tmp_path / "out"))


def test_bench_lists_and_refuses(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("bench")
    assert capsys.readouterr().out.strip()
    with pytest.raises(CommandError, match="there are"):
        call_command("bench", "nothing-like-it")


def test_bench_never_writes_to_the_home_it_was_called_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A benchmark once filled the database of the bank that ran it with made-up customers."""
    home, scratch = tmp_path / "bank", tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setenv("KAJING_HOME", str(home))
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{home}/bank.db")
    monkeypatch.setenv("TMPDIR", str(scratch))
    with pytest.raises(SystemExit) as ended:
        call_command("bench", "audit", "--rows", "20")
    assert ended.value.code == 0
    assert not home.exists()
    assert list(scratch.glob("kajing-audit-*/kajing.db"))
