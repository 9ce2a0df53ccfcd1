"""Every check of the house, tried on a planted offence: a check that cannot fail protects nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import models
from django.test.utils import isolate_apps

from tests.architecture import house


def _plant(package: Path, name: str, text: str) -> Path:
    path = package / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@isolate_apps()
def test_foreign_key_up_is_found() -> None:
    class Customer(models.Model):
        __module__ = "kajing.customers.models"

        class Meta:
            app_label = "customers"

    class Unit(models.Model):
        __module__ = "kajing.org.models"
        favourite = models.ForeignKey(Customer, on_delete=models.CASCADE)

        class Meta:
            app_label = "org"

    assert house.foreign_keys_up([Unit, Customer]) == ["Unit.favourite points from org to customers"]


@isolate_apps()
def test_table_without_scope_is_found() -> None:
    class Secret(models.Model):
        __module__ = "kajing.customers.models"

        class Meta:
            app_label = "customers"

    assert len(house.tables_without_scope([Secret], {"customers": ()})) == 1
    assert house.tables_without_scope([Secret], {"customers": ("Secret",)}) == []


def test_strangers_template_is_found(tmp_path: Path) -> None:
    _plant(
        tmp_path, "risk/templates/risk/list.html", "{% extends 'ui/base.html' %}{% include \"customers/card.html\" %}"
    )
    assert house.templates_of_strangers(tmp_path) == ["risk/templates/risk/list.html uses customers/card.html"]


@pytest.mark.parametrize("name", ["risk/views.py", "risk/api.py", "risk/views/board.py"])
def test_query_in_a_page_is_found(tmp_path: Path, name: str) -> None:
    _plant(tmp_path, name, "def board(request):\n    return Alert.objects.all()\n")
    assert house.queries_in_pages(tmp_path) == [f"{name}:2 asks a table itself"]


def test_long_function_and_file_are_found(tmp_path: Path) -> None:
    _plant(tmp_path, "long.py", "def f():\n" + "    x = 1\n" * 80)
    _plant(tmp_path, "longer.py", "x = 1\n" * 501)
    assert house.too_long(tmp_path) == ["long.py:1 f has 81 lines", "longer.py has 501 lines"]


@pytest.mark.parametrize(
    "text", ["/" + "root/x", "/" + "home/ana/", "https://files.python" + "hosted.org/x", "farm" + "-one"]
)
def test_machine_place_is_found(tmp_path: Path, text: str) -> None:
    assert len(house.machine_places([_plant(tmp_path, "x.md", f"see {text}\n")])) == 1


@pytest.mark.parametrize("text", ["# TODO later", "raise NotImplementedError", "Coming soon"])
def test_unfinished_work_is_found(tmp_path: Path, text: str) -> None:
    assert len(house.unfinished([_plant(tmp_path, "x.py", text)])) == 1


def test_addresses_are_found(tmp_path: Path) -> None:
    _plant(tmp_path, "risk/templates/risk/x.html", "<a hx-get='/nowhere/' href=\"{% url 'risk:gone' 1 %}\">")
    kinds = [(kind, value) for _, kind, value in house.addresses(tmp_path)]
    assert kinds == [("path", "/nowhere/"), ("name", "risk:gone")]


OFFENCES = {
    "a lower room imports a higher one": ("org/higher.py", "import kajing.customers.models\n"),
    "strangers meet": ("records/stranger.py", "import kajing.reference.models\n"),
    "a model imports a service": ("queue/models.py", "\nimport kajing.queue.services\n"),
    "a service imports a view": ("notifications/selectors.py", "\nimport kajing.notifications.services\n"),
    "the engine imports Django": ("analytics/webby.py", "import django.db\n"),
    "lib imports Django": ("lib/webby.py", "import django.utils\n"),
    "the engine imports a room": ("analytics/roomy.py", "import kajing.org.models\n"),
    "a view holds the warehouse client": ("queue/views.py", "\nimport duckdb\n"),
    "a room is left out of the list": ("cellar/__init__.py", ""),
}
CONTRACT = {
    "a model imports a service": "Inside a room",
    "a service imports a view": "Inside a room",
    "the engine imports Django": "The engine and lib",
    "lib imports Django": "The engine and lib",
    "a view holds the warehouse client": "Pages, API, forms",
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package's Python files and its contracts, to break."""
    root = tmp_path_factory.mktemp("house")
    shutil.copy(house.ROOT / "pyproject.toml", root)
    keep = shutil.ignore_patterns("static", "assets", "templates", "locale", "data", "__pycache__", "*.pyc")
    shutil.copytree(house.ROOT / "kajing", root / "kajing", ignore=keep)
    return root


def _lint(root: Path) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("lint-imports")), "--no-cache"]
    environment = {"PYTHONPATH": str(root), "PATH": "/usr/bin:/bin"}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)


def test_contracts_hold(copy: Path) -> None:
    done = _lint(copy)
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.mark.slow
@pytest.mark.parametrize("offence", OFFENCES)
def test_contracts_catch(copy: Path, offence: str) -> None:
    name, text = OFFENCES[offence]
    path = copy / "kajing" / name
    before = path.read_text() if path.exists() else None
    path.parent.mkdir(exist_ok=True)
    path.write_text((before or "") + text)
    try:
        done = _lint(copy)
    finally:
        if before is None:
            path.unlink()
            if not any(path.parent.iterdir()):
                path.parent.rmdir()
        else:
            path.write_text(before)
    assert done.returncode != 0
    assert CONTRACT.get(offence, "Rooms import downwards only") in done.stdout
