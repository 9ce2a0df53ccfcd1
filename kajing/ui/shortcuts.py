"""The one table of keys: it feeds the key handler, the ``?`` sheet and the palette's hints.

A key is one character, ``Shift+x``, ``Mod+k`` (Ctrl, or ⌘ on a Mac), or two characters typed one after the other
(``g h``). ``act`` is a name the script knows; acts that begin with ``do:`` press the control marked ``data-do`` in the
current row, else in the side panel, else on the page.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from kajing.ui import registry
from kajing.ui.registry import Text


@dataclass(frozen=True)
class Shortcut:
    """One key, what it does and where it is listed."""

    keys: str
    act: str
    label: Text
    group: str


GROUPS: dict[str, Text] = {
    "anywhere": _("Anywhere"),
    "list": _("In lists"),
    "record": _("On a customer or task"),
    "go": _("Go to"),
    "new": _("Create"),
}
FIXED: tuple[Shortcut, ...] = (
    Shortcut("Mod+k", "palette", _("Search and commands"), "anywhere"),
    Shortcut("/", "search", _("Search"), "anywhere"),
    Shortcut("?", "keys", _("All keyboard shortcuts"), "anywhere"),
    Shortcut("[", "sidebar", _("Fold the sidebar"), "anywhere"),
    Shortcut("z", "undo", _("Undo the last act"), "anywhere"),
    Shortcut("Escape", "close", _("Close the topmost"), "anywhere"),
    Shortcut("j", "next", _("Next row"), "list"),
    Shortcut("k", "previous", _("Previous row"), "list"),
    Shortcut(" ", "peek", _("Preview in the side panel"), "list"),
    Shortcut("Enter", "open", _("Open"), "list"),
    Shortcut("x", "select", _("Select"), "list"),
    Shortcut("Shift+x", "range", _("Select up to here"), "list"),
    Shortcut("f", "do:filter", _("Add a filter"), "list"),
    Shortcut("v", "do:views", _("Saved views"), "list"),
    Shortcut("l", "do:log", _("Log a call"), "record"),
    Shortcut("e", "do:edit", _("Edit"), "record"),
    Shortcut("m", "do:move", _("Move"), "record"),
    Shortcut("s", "do:snooze", _("Snooze"), "record"),
    Shortcut("w", "do:message", _("Write a message"), "record"),
    Shortcut("a", "do:accept", _("Accept"), "record"),
    Shortcut("y", "do:approve", _("Approve"), "record"),
    Shortcut("n", "do:return", _("Return"), "record"),
)


def shortcuts(user: registry.User | None = None) -> list[Shortcut]:
    """Every key in force: the fixed ones, one ``g`` key a navigation entry, one ``c`` key a new item."""
    pages = registry.navigation.allowed(user) if user else list(registry.navigation)
    news = registry.new_items.allowed(user) if user else list(registry.new_items)
    table = list(FIXED)
    table += [Shortcut(f"g {page.go}", f"nav:{page.key}", page.label, "go") for page in pages if page.go]
    table += [Shortcut(f"c {new.shortcut}", f"new:{new.key}", new.label, "new") for new in news if new.shortcut]
    if any(new.shortcut for new in news):
        table.append(Shortcut("c", "do:new", _("New…"), "new"))
    return table


def clashes(table: list[Shortcut]) -> list[str]:
    """Keys that two entries share; the opening key of a sequence may only open a menu."""
    seen: dict[str, Shortcut] = {}
    found = []
    for entry in table:
        if entry.keys in seen:
            found.append(f"{entry.keys!r}: {seen[entry.keys].act} and {entry.act}")
        seen[entry.keys] = entry
    openers = {entry.keys.split(" ")[0] for entry in table if " " in entry.keys.strip()}
    found += [
        f"{key!r} opens a sequence and also does {seen[key].act}" for key in sorted(openers & seen.keys() - {"c"})
    ]
    return found


def grouped(table: list[Shortcut]) -> list[tuple[Text, list[Shortcut]]]:
    """The sheet: (heading, entries) in the order of GROUPS."""
    return [(label, rows) for key, label in GROUPS.items() if (rows := [s for s in table if s.group == key])]
