"""One small bank for all contract tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import templates
from tests.contract.bank import UNTIL, Bank


def _make(home: Path) -> None:
    made = Bank(home)
    templates.copy_file(templates.sqlite_template(), home / "kajing.db")
    made.run("migrate")
    made.run("make-feed", "--customers", "300", "--months", "5", "--seed", "5", "--until", UNTIL, "--monthly", "feeds")
    made.run("import", "feeds", codes=(0, 2))
    made.run("night")


@pytest.fixture(scope="session")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bank]:
    if os.environ.get("DATABASE_URL"):
        pytest.skip("the bank of the contract tests keeps its own database; the run on SQLite covers it")
    # Made, imported and aged once for this code; every run works on a copy.
    home = tmp_path_factory.mktemp("bank") / "home"
    shutil.copytree(templates.kept("bank", _make), home, symlinks=True)
    made = Bank(home)
    server = made.serve()
    yield made
    server.terminate()
    server.wait(20)


@pytest.fixture(scope="session")
def manager(bank: Bank) -> str:
    return bank.token("manager1")


@pytest.fixture(scope="session")
def auditor(bank: Bank) -> str:
    return bank.token("auditor1")
