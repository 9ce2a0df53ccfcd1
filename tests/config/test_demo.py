"""The demo bank's making: marks, passwords, refusal to touch a real bank. The whole making is tried by `make demo`."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.hashers import check_password
from django.core.management import CommandError

from kajing.config import demo
from kajing.org.models import Person, Role, Unit
from tests.factories.org import person


@pytest.fixture(autouse=True)
def home(tmp_path: Path, settings: Any) -> Iterator[Path]:
    """A home without a mark."""
    settings.KAJING_HOME = tmp_path
    settings.KAJING_DEMO_MARK = tmp_path / "demo"
    yield tmp_path
    shutil.rmtree(tmp_path, ignore_errors=True)


@pytest.fixture
def people(units: dict[str, Unit]) -> list[Person]:
    """The nine demo people."""
    return [person(name, Role.MANAGER, units["T01"]) for name in demo.PEOPLE]


def test_mark_is_for_its_owner_only_and_reads_back(home: Path) -> None:
    assert demo.read_mark() == {}
    demo.write_mark({"state": "making", "password": "a=b"})
    assert demo.read_mark() == {"state": "making", "password": "a=b"}
    assert oct((home / "demo").stat().st_mode)[-3:] == "600"


def test_database_of_a_real_bank_is_left_alone(db: None, home: Path) -> None:
    with pytest.raises(CommandError, match="no demo"):
        demo.prepare(print)
    assert not (home / "demo").exists()


def test_later_runs_keep_data_and_password(people: list[Person], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("KAJING_DEMO_PASSWORD", raising=False)
    demo.write_mark({"state": "ready", "password": "river-lamp-31"})
    assert demo.prepare(print) == "river-lamp-31"
    before = Person.objects.get(username="manager1").password
    assert check_password("river-lamp-31", before)
    assert demo.prepare(print) == "river-lamp-31"
    assert Person.objects.get(username="manager1").password == before  # not set again: sessions go on


def test_password_may_be_given_and_changed(people: list[Person], monkeypatch: pytest.MonkeyPatch) -> None:
    demo.write_mark({"state": "ready", "password": "river-lamp-31", "set_password": "river-lamp-31"})
    monkeypatch.setenv("KAJING_DEMO_PASSWORD", "other-lamp-32")
    assert demo.prepare(print) == "other-lamp-32"
    assert all(check_password("other-lamp-32", one.password) for one in Person.objects.all())
    assert demo.read_mark()["password"] == "other-lamp-32"


def test_missing_demo_person_is_named(people: list[Person]) -> None:
    Person.objects.filter(username="risk1").delete()
    with pytest.raises(CommandError, match="risk1"):
        demo.set_passwords("river-lamp-31")


def test_a_newer_version_brings_the_demo_bank_up_to_date(people: list[Person], monkeypatch: pytest.MonkeyPatch) -> None:
    demo.write_mark({"state": "ready", "password": "kept-kept-1", "set_password": "kept-kept-1"})
    said: list[str] = []
    monkeypatch.setattr(demo, "is_up_to_date", lambda: False)
    demo.prepare(said.append)
    assert said == ["bringing the demo bank's database up to date"]
    monkeypatch.setattr(demo, "is_up_to_date", lambda: True)
    demo.prepare(said.append)
    assert len(said) == 1
