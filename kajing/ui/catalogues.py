"""Message catalogues: every product text of every room, with its Chinese wording beside the room's code."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polib

LANGUAGE = Path("locale/zh_Hans/LC_MESSAGES/django.po")
HEADER = {
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
    "Language": "zh_Hans",
    "MIME-Version": "1.0",
    "Plural-Forms": "nplurals=1; plural=0;",
}
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
_PLACE = re.compile(r"%\((\w+)\)[sd]|\{(\w*)\}|%[sd]")


@dataclass
class Message:
    """One product text: its key and the places that use it."""

    text: str
    plural: str | None = None
    context: str | None = None
    places: list[str] = field(default_factory=list)


def room_messages(room: Path) -> dict[tuple[str | None, str], Message]:
    """Every translatable text in a room's Python files and templates, by (context, text)."""
    found: dict[tuple[str | None, str], Message] = {}
    for path in sorted([*room.rglob("*.py"), *room.rglob("templates/**/*.html"), *room.rglob("templates/**/*.txt")]):
        if "migrations" in path.parts:
            continue
        for line, text, plural, context in _file_messages(path):
            message = found.setdefault((context, text), Message(text, plural, context))
            message.plural = message.plural or plural
            message.places.append(f"{path.relative_to(room.parent)}:{line}")
    return found


def rooms(root: Path) -> list[Path]:
    """The folders under kajing/ that hold code."""
    return sorted(path.parent for path in (root / "kajing").glob("*/__init__.py"))


def compile_catalogues(root: Path) -> str:
    """Write the ``.mo`` beside every ``.po`` that is newer."""
    made = 0
    catalogues = sorted((root / "kajing").rglob("locale/**/django.po"))
    for source in catalogues:
        target = source.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < source.stat().st_mtime:
            polib.pofile(str(source)).save_as_mofile(str(target))
            made += 1
    return f"{made} of {len(catalogues)} catalogues compiled"


def extract_catalogues(root: Path) -> str:
    """Add new texts to every room's catalogue with an empty translation, and drop those no longer used."""
    report = []
    for room in rooms(root):
        added, dropped = _update(room)
        if added or dropped:
            report.append(f"{room.name} +{added} -{dropped}")
    return ", ".join(report) or "nothing new"


def missing_translations(root: Path) -> list[str]:
    """One line for each text without a finished Chinese wording, with a place that uses it."""
    lines = []
    for room in rooms(root):
        known = _known(room)
        for key, message in room_messages(room).items():
            fault = _fault(known.get(key), message)
            if fault:
                lines.append(f"{message.places[0]}: {message.text!r} {fault}")
    return lines


def _fault(entry: polib.POEntry | None, message: Message) -> str:
    if entry is None:
        return "is not in the room's django.po"
    if "fuzzy" in entry.flags:
        return "is fuzzy"
    wording = entry.msgstr_plural.get(0, "") if message.plural else entry.msgstr
    if not wording:
        return "has no translation"
    allowed = _places(message.text) | _places(message.plural or "")
    if not _places(wording) <= allowed:
        return f"has other placeholders in Chinese: {wording!r}"
    return ""


def _places(text: str) -> set[str]:
    return {found.group() for found in _PLACE.finditer(text.replace("%%", ""))}


def _known(room: Path) -> dict[tuple[str | None, str], polib.POEntry]:
    source = room / LANGUAGE
    if not source.exists():
        return {}
    return {(entry.msgctxt, entry.msgid): entry for entry in polib.pofile(str(source)) if not entry.obsolete}


def _update(room: Path) -> tuple[int, int]:
    messages, known = room_messages(room), _known(room)
    new, gone = messages.keys() - known.keys(), known.keys() - messages.keys()
    if not (new or gone):
        return 0, 0
    catalogue = polib.POFile(wrapwidth=120)
    catalogue.metadata = HEADER
    for key, message in sorted(messages.items(), key=lambda item: item[1].places[0]):
        catalogue.append(_entry(message, known.get(key)))
    (room / LANGUAGE).parent.mkdir(parents=True, exist_ok=True)
    catalogue.save(str(room / LANGUAGE))
    return len(new), len(gone)


def _entry(message: Message, old: polib.POEntry | None) -> polib.POEntry:
    files = sorted({place.rpartition(":")[0] for place in message.places})
    entry = polib.POEntry(msgid=message.text, msgctxt=message.context, occurrences=[(name, "") for name in files])
    if message.plural:
        entry.msgid_plural = message.plural
        entry.msgstr_plural = {0: (old.msgstr_plural.get(0, "") or old.msgstr) if old else ""}
    elif old:
        entry.msgstr = old.msgstr
    if old:
        entry.flags = list(old.flags)
    return entry


def _file_messages(path: Path) -> Iterator[tuple[int, str, str | None, str | None]]:
    """(line, text, plural, context) of each text in one file."""
    from babel.messages.extract import extract

    source = path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        from django.utils.translation.template import templatize

        # The tokenizer reads the calls only; a template's own indentation would confuse it.
        source = "\n".join(line.strip() for line in templatize(source, origin=str(path)).splitlines())
    for line, text, _comments, context in extract("python", io.BytesIO(source.encode()), KEYWORDS):
        singular, plural = (text[0], text[1]) if isinstance(text, tuple) else (text, None)
        if singular:
            yield line, singular, plural, context
