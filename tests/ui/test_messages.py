"""Every product text has its Chinese wording, in every room (design ui.md §15)."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import polib
import pytest

from kajing.ui import catalogues

ROOT = Path(__file__).resolve().parents[2]
HAN = r"[\u4e00-\u9fff]"
# Half-width punctuation between Chinese characters.
HALF_WIDTH = re.compile(rf"{HAN}[,;:?!]|[,;:?!]{HAN}|{HAN}\.(?:\s|$)|{HAN}\(|\){HAN}")


def entries():
    for room in catalogues.rooms(ROOT):
        path = room / catalogues.LANGUAGE
        if path.exists():
            for entry in polib.pofile(str(path)):
                yield room.name, entry


def wording(entry):
    return entry.msgstr_plural.get(0, "") if entry.msgid_plural else entry.msgstr


@pytest.fixture(scope="module")
def missing():
    return catalogues.missing_translations(ROOT)


@pytest.mark.parametrize("room", [room.name for room in catalogues.rooms(ROOT)])
def test_nothing_is_missing_or_fuzzy(room, missing):
    lines = [line for line in missing if line.startswith(f"{room}/")]
    assert not lines, f"{len(lines)} texts of {room}:\n" + "\n".join(lines[:40])


def test_one_text_has_one_wording():
    """Django merges the catalogues of all rooms, so two wordings of one text would be a matter of luck."""
    seen = defaultdict(dict)
    for room, entry in entries():
        if wording(entry):
            seen[entry.msgctxt, entry.msgid].setdefault(wording(entry), room)
    assert {key: found for key, found in seen.items() if len(found) > 1} == {}


def test_chinese_texts_have_chinese_punctuation():
    assert [(room, wording(entry)) for room, entry in entries() if HALF_WIDTH.search(wording(entry))] == []


def test_no_text_hides_from_extraction():
    """Gettext inside an f-string is not found, and an f-string inside gettext is never translated."""
    found = []
    for path in sorted((ROOT / "kajing").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                found += [f"{path}:{call.lineno}" for call in ast.walk(node) if is_gettext(call)]
            if is_gettext(node) and isinstance(node.args[0] if node.args else None, ast.JoinedStr):
                found.append(f"{path}:{node.lineno}")
    assert found == []


def test_gettext_has_no_other_name():
    """Under a name of its own, what it is given is not found."""
    found = [
        f"{path}:{node.lineno} {name.asname}"
        for path in sorted((ROOT / "kajing").rglob("*.py"))
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and node.module == "django.utils.translation"
        for name in node.names
        if name.name in catalogues.KEYWORDS and (name.asname or name.name) not in catalogues.KEYWORDS
    ]
    assert found == []


def is_gettext(node):
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in catalogues.KEYWORDS
