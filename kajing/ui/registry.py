"""Where rooms say "here is one more": navigation, panels, commands, search, bulk actions, calendar sources.

A room registers in the ``ready()`` of its ``apps.py``. Every registry refuses a second entry with the same key, so two
rooms cannot silently replace each other. Permissions are Django permission names (``"customers.view_customer"``); an
entry without one is for everybody who is signed in.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, Protocol, TypeVar

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise

SECTIONS: dict[str, Text] = {
    "home": "",
    "customers": _("Customers"),
    "contact": _("Contact and plans"),
    "service": _("Service and risk"),
    "team": _("Team"),
    "process": _("Processes"),
    "system": _("System"),
}


class User(Protocol):
    """What the kit asks of a signed-in person."""

    def has_perm(self, perm: str, obj: object = None) -> bool:
        """Whether the person holds a right."""
        ...


class _Entry(Protocol):
    @property
    def key(self) -> str: ...
    @property
    def permission(self) -> str: ...
    @property
    def order(self) -> int: ...


E = TypeVar("E", bound=_Entry)


class AlreadyRegistered(ValueError):
    """Two entries share a key."""


class Registry(Generic[E]):
    """Entries by key, in their order."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._entries: dict[str, E] = {}

    def register(self, entry: E) -> E:
        """Add one entry. Raises AlreadyRegistered."""
        if entry.key in self._entries:
            raise AlreadyRegistered(f"{self.kind} {entry.key!r} is registered twice")
        self._entries[entry.key] = entry
        return entry

    def get(self, key: str) -> E | None:
        """The entry of that key."""
        return self._entries.get(key)

    def allowed(self, user: User) -> list[E]:
        """The entries this person may use, in order."""
        return [entry for entry in self if not entry.permission or user.has_perm(entry.permission)]

    def __iter__(self) -> Iterator[E]:
        return iter(sorted(self._entries.values(), key=lambda entry: entry.order))

    def __len__(self) -> int:
        return len(self._entries)


@dataclass(frozen=True, kw_only=True)
class Count:
    """A number beside a navigation entry; tone ``bad`` for overdue, ``mut`` for plain sizes."""

    value: int
    tone: str = ""


@dataclass(frozen=True, kw_only=True)
class NavItem:
    """One line of the sidebar. ``badge(user)`` returns a Count or None; ``go`` is the key after ``g``."""

    key: str
    section: str
    label: Text
    url_name: str
    icon: str
    permission: str = ""
    order: int = 100
    badge: Callable[[Any], Count | None] | None = None
    phone: int = 0  # place among the phone tabs (1…4), 0 = none
    go: str = ""


@dataclass(frozen=True, kw_only=True)
class NewItem:
    """One line of the "New" menu; ``shortcut`` is the key after ``c``."""

    key: str
    label: Text
    url_name: str
    icon: str
    permission: str = ""
    order: int = 100
    shortcut: str = ""
    dialog: bool = True  # open in a dialog by a partial request; without script it is a page


@dataclass(frozen=True, kw_only=True)
class Slot:
    """A page that takes panels. ``load(user, pk)`` gives the object this person may see, or raises Http404.

    The slots of one page share their name up to a dot (``customer``, ``customer.left``) and load the same object.
    """

    name: str
    load: Callable[[Any, str], Any]


@dataclass(frozen=True, kw_only=True)
class Panel:
    """A box on another room's page. ``data(user, obj)`` returns the template's context, or None to stay away."""

    key: str
    slot: str
    title: Text
    template: str
    data: Callable[[Any, Any], Mapping[str, Any] | None]
    permission: str = ""
    order: int = 100
    icon: str = ""
    lazy: bool = False  # comes after the page, with the page's other lazy panels in one answer
    lines: int = 3  # of its placeholder: about as high as the panel, so that the page stays where it is; 0: mostly away


@dataclass(frozen=True, kw_only=True)
class Command:
    """An act in the command palette: ``url_name`` opens a page, ``action`` names one of the script's acts."""

    key: str
    label: Text
    icon: str
    url_name: str = ""
    action: str = ""
    permission: str = ""
    order: int = 100
    words: str = ""  # more words it is found by, such as pinyin initials
    keys: str = ""  # shown as a hint


@dataclass(frozen=True, kw_only=True)
class Hit:
    """One search result. ``note`` is a masked second line; ``band`` a risk band; ``peek_url`` its side panel."""

    title: str
    url: str
    note: str = ""
    icon: str = ""
    band: str = ""
    peek_url: str = ""


@dataclass(frozen=True, kw_only=True)
class SearchProvider:
    """Answers the search box. ``search(user, text, limit)`` returns only what this person may see.

    ``recent(user, limit)`` fills the palette before anything is typed: what this person opened last.
    """

    key: str
    title: Text
    search: Callable[[Any, str, int], Sequence[Hit]]
    permission: str = ""
    order: int = 100
    recent: Callable[[Any, int], Sequence[Hit]] | None = None
    recent_title: Text = ""


@dataclass(frozen=True, kw_only=True)
class BulkAction:
    """A button of the bulk bar of one list; the form posts ``ids`` or ``all=1`` with the list's query."""

    key: str
    list: str
    label: Text
    icon: str
    url_name: str
    permission: str = ""
    order: int = 100


@dataclass(frozen=True, kw_only=True)
class CalendarEvent:
    """One entry of a calendar.

    ``key`` names it within its source. ``move_url`` takes ``planned_at`` by POST and gives a form by GET; empty when it
    cannot be moved.
    """

    title: str
    start: datetime
    end: datetime | None = None
    url: str = ""
    tone: str = ""
    all_day: bool = False
    key: str = ""
    icon: str = "calendar"
    note: str = ""
    state: str = ""
    done: bool = False
    move_url: str = ""


@dataclass(frozen=True, kw_only=True)
class CalendarSource:
    """Adds events to the shared calendar. ``events(user, first_day, last_day)``.

    ``outside`` gives what calendar programs may know: masked names, no words that people wrote; none: nothing.
    """

    key: str
    title: Text
    events: Callable[[Any, date, date], Iterable[CalendarEvent]]
    outside: Callable[[Any, date, date], Iterable[CalendarEvent]] | None = None
    permission: str = ""
    order: int = 100


@dataclass
class Hooks:
    """Single facts of the shell that a room above knows."""

    as_of: Callable[[Any], date | None] = field(default=lambda user: None)  # newest business date in the warehouse
    unread: Callable[[Any], int] = field(default=lambda user: 0)  # the bell
    inbox_url: str = ""  # url name behind the bell
    profile_url: str = ""  # url name behind the person's name
    sign_out_url: str = "account_logout"
    notices: list[Callable[[Any], Text | None]] = field(default_factory=list)  # lines above the page


navigation: Registry[NavItem] = Registry("navigation item")
new_items: Registry[NewItem] = Registry("new item")
panels: Registry[Panel] = Registry("panel")
commands: Registry[Command] = Registry("command")
search_providers: Registry[SearchProvider] = Registry("search provider")
bulk_actions: Registry[BulkAction] = Registry("bulk action")
calendar_sources: Registry[CalendarSource] = Registry("calendar source")
hooks = Hooks()
_slots: dict[str, Slot] = {}


def register_slot(slot: Slot) -> Slot:
    """Make a page able to take panels. Raises AlreadyRegistered."""
    if slot.name in _slots:
        raise AlreadyRegistered(f"slot {slot.name!r} is registered twice")
    _slots[slot.name] = slot
    return slot


def slot(name: str) -> Slot | None:
    """The slot of that name."""
    return _slots.get(name)


def slots_of(page: str) -> list[Slot]:
    """The slots of one page: `customer` has `customer` and `customer.left`."""
    return [one for name, one in _slots.items() if name == page or name.startswith(f"{page}.")]


def slot_panels(name: str, user: User) -> list[Panel]:
    """The panels of a slot this person may see, in order."""
    return [panel for panel in panels.allowed(user) if panel.slot == name]


def list_actions(list_key: str, user: User) -> list[BulkAction]:
    """The bulk actions of a list this person may use, in order."""
    return [action for action in bulk_actions.allowed(user) if action.list == list_key]
