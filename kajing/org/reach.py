"""What somebody would find here today: menus, acts, panels and kinds of data, from the same registries as the pages.

It shows what is open and what is closed, and no customer: an administrator has no right to any customer's data and
must not get it by looking through another person's eyes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from kajing.org.models import Person
from kajing.org.registry import reach_facts
from kajing.org.scoping import scope_of
from kajing.org.why import scope_in_words
from kajing.ui import registry as ui


@dataclass(frozen=True, slots=True)
class Thing:
    """A menu entry, an act or a panel; `open` when the person's rights include it."""

    label: str
    icon: str
    open: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Things of one kind, with how many of them are open."""

    title: str
    things: tuple[Thing, ...]

    @property
    def count(self) -> int:
        """How many are open."""
        return sum(thing.open for thing in self.things)


@dataclass(frozen=True, slots=True)
class Reach:
    """Everything a person reaches on a day."""

    works: bool
    scope: str
    menus: tuple[Group, ...]
    others: tuple[Group, ...]
    facts: tuple[tuple[str, str], ...]


def reach_of(person: Person, on: date) -> Reach:
    """The reach of a person on a day. Somebody who has left reaches nothing."""
    works = person.works_on(on)
    scope = scope_in_words(person, on) if works else _("Nothing: this person has left.")
    holder = person if works else None
    facts = tuple((str(label), str(value)) for label, value in reach_facts(person, scope_of(person, on)))
    return Reach(works, scope, tuple(_menus(holder)), tuple(_others(holder)), facts if works else ())


def _menus(holder: Person | None) -> Iterable[Group]:
    for key, title in ui.SECTIONS.items():
        items = [item for item in ui.navigation if item.section == key]
        if items:
            yield Group(str(title) or _("Home"), _things(holder, items))


def _others(holder: Person | None) -> Iterable[Group]:
    yield Group(_("New"), _things(holder, ui.new_items))
    yield Group(_("Acts on many rows"), _things(holder, ui.bulk_actions))
    yield Group(_("Boxes on pages"), _things(holder, ui.panels))
    yield Group(_("Search finds"), _things(holder, ui.search_providers))


def _things(holder: Person | None, entries: Iterable[Any]) -> tuple[Thing, ...]:
    found: dict[str, Thing] = {}
    for entry in entries:
        label = str(getattr(entry, "label", "") or entry.title)
        is_open = holder is not None and (not entry.permission or holder.has_perm(entry.permission))
        known = found.get(label)
        if known is None or is_open:
            found[label] = Thing(label, getattr(entry, "icon", ""), is_open or bool(known and known.open))
    return tuple(found.values())
