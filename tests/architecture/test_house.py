"""The house as it stands, check by check."""

from __future__ import annotations

import ast
import importlib
import statistics
import subprocess

import pytest
from django.apps import apps
from django.urls import NoReverseMatch, Resolver404, get_resolver, resolve

from tests.architecture import house

PACKAGE = house.ROOT / "kajing"
TABLES = [
    table
    for table in apps.get_models(include_auto_created=False)
    if table.__module__.startswith("kajing.") and not table.__name__.startswith("Historical")
]


def _committed() -> list:
    listing = subprocess.run(["git", "ls-files"], cwd=house.ROOT, capture_output=True, text=True, check=False)
    if listing.returncode:
        pytest.skip("no git checkout: what is committed is not known")
    return [house.ROOT / name for name in listing.stdout.splitlines()]


def test_every_room_has_its_floor_and_its_place_in_the_settings() -> None:
    from kajing.config.settings import ROOMS

    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    drawn = {room for floor in house.floors() for room in floor}
    assert rooms <= drawn
    assert set(ROOMS) == rooms - {"lib", "analytics"}


def test_foreign_keys_point_down() -> None:
    assert len(TABLES) > 30
    assert house.foreign_keys_up(TABLES) == []


def test_every_table_declares_who_may_see_its_rows() -> None:
    shared = {}
    for room in {table.__module__.split(".")[1] for table in TABLES}:
        shared[room] = getattr(importlib.import_module(f"kajing.{room}.models"), "SHARED_TABLES", ())
    assert house.tables_without_scope(TABLES, shared) == []


def test_shared_tables_exist() -> None:
    names = {(table.__module__.split(".")[1], table.__name__) for table in TABLES}
    for room in {room for room, _ in names}:
        listed = getattr(importlib.import_module(f"kajing.{room}.models"), "SHARED_TABLES", ())
        assert {(room, name) for name in listed} <= names


def test_templates_stay_in_their_room() -> None:
    assert house.templates_of_strangers(PACKAGE) == []


def test_no_queries_in_views_and_api() -> None:
    assert house.queries_in_pages(PACKAGE) == []


def test_functions_and_files_are_short() -> None:
    assert house.too_long(PACKAGE) == []


def test_functions_are_short_on_the_whole() -> None:
    lengths = sorted(
        (node.end_lineno or 0) - node.lineno + 1
        for path in house.python_files(PACKAGE)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    )
    assert statistics.median(lengths) <= 8
    assert lengths[len(lengths) * 9 // 10] <= 30


def test_no_machine_paths_and_registry_hosts_are_committed() -> None:
    assert house.machine_places(_committed()) == []


def test_nothing_is_marked_as_left_undone() -> None:
    files = [path for path in _committed() if path.suffix in (".py", ".html") and PACKAGE in path.parents]
    assert house.unfinished([path for path in files if path.exists()]) == []


def test_every_address_in_templates_leads_somewhere() -> None:
    from django.urls import reverse

    found = list(house.addresses(PACKAGE))
    assert found
    lost = []
    for template, kind, value in found:
        try:
            if kind == "path":
                resolve(value.split("?")[0])
            elif value not in _names():
                reverse(value)
        except (Resolver404, NoReverseMatch):
            lost.append(f"{template}: {value}")
    assert lost == []


def _names() -> set[str]:
    """Every URL name, with its namespaces."""
    names: set[str] = set()

    def walk(resolver: object, prefix: str) -> None:
        for pattern in resolver.url_patterns:
            if hasattr(pattern, "url_patterns"):
                space = f"{prefix}{pattern.namespace}:" if pattern.namespace else prefix
                walk(pattern, space)
            elif pattern.name:
                names.add(prefix + pattern.name)

    walk(get_resolver(), "")
    return names
