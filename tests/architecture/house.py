"""The house as `pyproject.toml` draws it, and the checks that import-linter cannot make.

Every check is a function of a folder or of models, gives one line per offence, and is tried on a planted offence too.
"""

from __future__ import annotations

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.db import models

ROOT = Path(__file__).resolve().parents[2]
LONGEST_FUNCTION, LONGEST_FILE = 80, 500


def floors(root: Path = ROOT) -> list[list[str]]:
    """The rooms, top floor first, as the first import contract lists them."""
    contracts = tomllib.loads((root / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    return [re.findall(r"\w+", layer) for layer in contracts[0]["layers"]]


def floor_of(room: str) -> int:
    """0 is the top."""
    return next(number for number, rooms in enumerate(floors()) if room in rooms)


def may_use(room: str, other: str) -> bool:
    """Whether a room may build on another: itself, or one on a lower floor."""
    return room == other or floor_of(room) < floor_of(other)


def python_files(folder: Path) -> Iterator[Path]:
    """Our own modules; migrations are Django's."""
    return (path for path in sorted(folder.rglob("*.py")) if "migrations" not in path.parts)


def foreign_keys_up(tables: Iterable[type[models.Model]]) -> list[str]:
    """Foreign keys that do not point down."""
    return [
        f"{table.__name__}.{field.name} points from {_room(table)} to {_room(field.related_model)}"
        for table in tables
        for field in table._meta.get_fields()
        if isinstance(field, models.ForeignKey | models.ManyToManyField) and _room(table) and _room(field.related_model)
        if not may_use(_room(table), _room(field.related_model))
    ]


def _room(table: object) -> str:
    module = getattr(table, "__module__", "")
    return module.split(".")[1] if module.startswith("kajing.") else ""


def tables_without_scope(tables: Iterable[type[models.Model]], shared: dict[str, tuple[str, ...]]) -> list[str]:
    """Tables that neither declare `class Scope` nor stand in their module's SHARED_TABLES."""
    return [
        f"{table.__module__}.{table.__name__} declares no Scope and is no shared table"
        for table in tables
        if not hasattr(table, "Scope") and table.__name__ not in shared.get(_room(table), ())
    ]


_TEMPLATE = re.compile(r"""\{%\s*(?:extends|include)\s+["']([^"'#]+)""")


def templates_of_strangers(package: Path) -> list[str]:
    """Templates that extend or include a file of a room other than their own and `ui`."""
    found = []
    for path in sorted(package.glob("*/templates/**/*.html")):
        room = path.relative_to(package).parts[0]
        # allauth asks for its own folder names; the room that owns sign-in keeps them.
        mine = {room, "ui", *(("account", "mfa", "allauth") if room == "org" else ())}
        found += [
            f"{path.relative_to(package)} uses {name}"
            for name in _TEMPLATE.findall(path.read_text(encoding="utf-8"))
            if name.split("/")[0] not in mine
        ]
    return found


def queries_in_pages(package: Path) -> list[str]:
    """`.objects` in views and API routes: they go through selectors and services."""
    found = []
    for path in python_files(package):
        parts = path.relative_to(package).with_suffix("").parts
        if not {"views", "api"} & set(parts[1:2]):
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        found += [
            f"{path.relative_to(package)}:{node.lineno} asks a table itself"
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and node.attr in ("objects", "_default_manager", "_base_manager")
        ]
    return found


def too_long(folder: Path) -> list[str]:
    """Functions over 80 lines and files over 500."""
    found = []
    for path in python_files(folder):
        text = path.read_text(encoding="utf-8")
        if (lines := text.count("\n")) > LONGEST_FILE:
            found.append(f"{path.relative_to(folder)} has {lines} lines")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or 0) - node.lineno + 1
                if length > LONGEST_FUNCTION:
                    found.append(f"{path.relative_to(folder)}:{node.lineno} {node.name} has {length} lines")
    return found


# Written in pieces, so that this file does not accuse itself.
_PLACES = [
    "/" + r"root/",
    "/" + r"home/\w",
    "/" + r"work/(?:main|shared)",
    r"(?:pypi|npm|registry)\.[a-z.]*(?:org|com)/(?:simple|-/)",
    r"files\.python" + "hosted",
    r"registry\." + "npmjs",
    r"\bfarm" + r"-[a-z]",
]
_PLACE = re.compile("|".join(_PLACES))
_TEXTS = {".py", ".md", ".toml", ".json", ".lock", ".html", ".css", ".js", ".yml", ".yaml", ".po", ".txt", ".sql", ""}


def machine_places(files: Iterable[Path]) -> list[str]:
    """Paths of somebody's machine and hosts of package registries in committed files."""
    found = []
    for path in files:
        if path.suffix not in _TEXTS or not path.is_file():
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), start=1):
            if hit := _PLACE.search(line):
                found.append(f"{path.name}:{number} names {hit.group()!r}")
    return found


_UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX)\b|NotImplementedError|coming soon", re.IGNORECASE)


def unfinished(files: Iterable[Path]) -> list[str]:
    """Marks of work left undone in product code."""
    return [
        f"{path.name}:{number} {line.strip()[:60]}"
        for path in files
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if _UNFINISHED.search(line)
    ]


_HTMX = re.compile(r"""hx-(?:get|post|put|patch|delete)\s*=\s*["'](/[^"'{}]*)["']""")
_URL_TAG = re.compile(r"""\{%\s*url\s+["']([\w:-]+)["']""")


def addresses(package: Path) -> Iterator[tuple[str, str, str]]:
    """(template, kind, value): literal paths behind hx-… attributes and the names in url tags."""
    for path in sorted(package.glob("*/templates/**/*.html")):
        text = path.read_text(encoding="utf-8")
        where = str(path.relative_to(package))
        yield from ((where, "path", value) for value in _HTMX.findall(text))
        yield from ((where, "name", value) for value in _URL_TAG.findall(text))
