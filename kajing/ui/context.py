"""What the shell of every page needs, computed only when a template asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from kajing.ui import registry
from kajing.ui.icons import sprite_url
from kajing.ui.look import Look
from kajing.ui.registry import Count, NavItem, Text, hooks
from kajing.ui.shortcuts import Shortcut, shortcuts


@dataclass(frozen=True)
class Link:
    """A navigation entry as drawn."""

    item: NavItem
    url: str
    current: bool
    count: Count | None


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context processor: one lazy object, so that fragments pay nothing."""
    return {"shell": Shell(request)}


class Shell:
    """The frame of a page for one person."""

    def __init__(self, request: HttpRequest) -> None:
        self.request = request
        self.user: Any = getattr(request, "user", None)

    @property
    def look(self) -> Look:
        """Language, theme, density."""
        return getattr(self.request, "look", None) or Look()

    @cached_property
    def signed_in(self) -> bool:
        """Whether there is somebody to draw the navigation for."""
        return self.user is not None and self.user.is_authenticated

    @cached_property
    def links(self) -> list[Link]:
        """Every navigation entry this person may use; the one with the longest matching address is current."""
        if not self.signed_in:
            return []
        items = [(item, reverse(item.url_name)) for item in registry.navigation.allowed(self.user)]
        here = max((url for _item, url in items if self._is_here(url)), key=len, default="")
        return [Link(item, url, url == here, item.badge(self.user) if item.badge else None) for item, url in items]

    def _is_here(self, url: str) -> bool:
        return self.request.path == url if url == "/" else self.request.path.startswith(url)

    @cached_property
    def sections(self) -> list[tuple[Text, list[Link]]]:
        """The sidebar: (heading, links) without empty sections."""
        return [
            (label, found)
            for key, label in registry.SECTIONS.items()
            if (found := [link for link in self.links if link.item.section == key])
        ]

    @cached_property
    def tabs(self) -> list[Link]:
        """The phone's bottom tabs, at most four; "New" stands in the middle."""
        return sorted((link for link in self.links if link.item.phone), key=lambda link: link.item.phone)[:4]

    @cached_property
    def new_items(self) -> list[tuple[registry.NewItem, str]]:
        """The "New" menu."""
        if not self.signed_in:
            return []
        return [(item, reverse(item.url_name)) for item in registry.new_items.allowed(self.user)]

    @cached_property
    def unread(self) -> int:
        """The number on the bell."""
        return hooks.unread(self.user) if self.signed_in else 0

    @cached_property
    def inbox_url(self) -> str:
        """Behind the bell."""
        return reverse(hooks.inbox_url) if hooks.inbox_url else ""

    @cached_property
    def profile_url(self) -> str:
        """Behind the person's name."""
        return reverse(hooks.profile_url or "ui:preferences")

    @cached_property
    def sign_out_url(self) -> str:
        """Where the sign-out form posts."""
        return reverse(hooks.sign_out_url)

    @cached_property
    def as_of(self) -> date | None:
        """The newest business date in the warehouse."""
        return hooks.as_of(self.user) if self.signed_in else None

    @cached_property
    def notices(self) -> list[Text]:
        """Lines above the page, such as the demo banner."""
        return [text for notice in hooks.notices if (text := notice(self.user))]

    @cached_property
    def demo(self) -> bool:
        """Whether this is the demo bank."""
        return bool(getattr(settings, "KAJING_DEMO", False))

    @cached_property
    def person_line(self) -> list[Text]:
        """Under the name: role and unit."""
        role = getattr(self.user, "get_role_display", None)
        unit = getattr(self.user, "unit", None)
        return [text for text in (role() if role else "", str(unit or "")) if text]

    @cached_property
    def data(self) -> dict[str, Any]:
        """What the script needs: addresses, keys, commands, words."""
        keys = shortcuts(self.user) if self.signed_in else []
        return {
            "icons": sprite_url(),
            "echarts": static("ui/dist/echarts.js"),
            "search": reverse("ui:search"),
            "preferences": reverse("ui:preferences"),
            "idle": getattr(settings, "KAJING_IDLE_SECONDS", 0) if self.signed_in else 0,
            "keys": [[entry.keys, entry.act] for entry in keys] if self.look.shortcuts == "on" else keys_with_mod(keys),
            "pages": {f"nav:{link.item.key}": link.url for link in self.links},
            "commands": self._commands(keys),
            "words": words(),
            "person": getattr(self.user, "pk", None) or 0,
        }

    def _commands(self, keys: list[Shortcut]) -> list[dict[str, str]]:
        hints = {entry.act: entry.keys for entry in keys}
        found = [
            _command(_("New: %(what)s") % {"what": item.label}, item.icon, url, f"new:{item.key}", hints)
            for item, url in self.new_items
        ]
        for command in registry.commands.allowed(self.user) if self.signed_in else []:
            url = reverse(command.url_name) if command.url_name else ""
            entry = _command(str(command.label), command.icon, url, command.action, hints)
            found.append(entry | {"words": command.words, "keys": command.keys or entry["keys"]})
        found += [_command(str(k.item.label), k.item.icon, k.url, f"nav:{k.item.key}", hints) for k in self.links]
        return found + [_command(str(label), icon, "", act, hints) for label, icon, act in _own_commands()]


def _command(label: str, icon: str, url: str, act: str, hints: dict[str, str]) -> dict[str, str]:
    return {"label": label, "icon": icon, "url": url, "act": act, "keys": hints.get(act, ""), "words": ""}


SCRIPT_ICONS = ("chevron-right", "user")  # drawn by palette.js
PALETTE_ICONS = {
    "theme": "moon",
    "density": "list",
    "language": "language",
    "sidebar": "layout-sidebar",
    "keys": "keyboard",
}


def _own_commands() -> list[tuple[str, str, str]]:
    labels = {
        "theme": _("Switch light and dark"),
        "density": _("Switch row density"),
        "language": _("Switch language"),
        "sidebar": _("Fold the sidebar"),
        "keys": _("All keyboard shortcuts"),
    }
    return [(label, PALETTE_ICONS[act], act) for act, label in labels.items()]


def keys_with_mod(table: list[Shortcut]) -> list[list[str]]:
    """With single keys switched off (WCAG 2.1.4) only combinations with Ctrl and Escape stay."""
    return [[entry.keys, entry.act] for entry in table if entry.keys.startswith("Mod+") or entry.keys == "Escape"]


def words() -> dict[str, str]:
    """The texts the script writes itself."""
    return {
        "undo": _("Undo"),
        "close": _("Close"),
        "located": _("Position found, within %(metres)s m."),
        "notLocated": _("No position: write where you are."),
        "commands": _("Commands"),
        "nothing": _("Nothing found"),
        "searching": _("Searching…"),
        "failed": _("That did not work. Nothing was changed; please try again."),
        "offline": _("No connection. Please check the network and try again."),
        "kept": _("No network. Kept on this device; it is sent when the network is back."),
        "waiting": _("Waiting on this device: %(count)s"),
        "refused": _("Not taken by the server: %(count)s. Open the page and look."),
        "signIn": _("Sign in again to send what waits on this device."),
        "sendNow": _("Send now"),
        "openPage": _("Open the page"),
        "discard": _("Discard"),
        "discardSure": _("Discard what waits on this device? It was never sent."),
        "keptSent": _("Sent: %(count)s"),
        "keptOld": _("Dropped after two days without a network: %(count)s"),
        "idle": _("You will be signed out in 2 minutes because nothing happened. Move on to stay."),
        "stay": _("Stay signed in"),
        "hidden": _("Hidden again"),
        "minutes": _("%(count)s min"),
        "hours": _("%(count)s h"),
        "days": _("%(count)s d"),
        "left": pgettext("clock", "%(span)s left"),
        "overdue": pgettext("clock", "%(span)s overdue"),
        "results": _("%(count)s results"),
        "allSelected": _("All %(count)s that match are selected"),
    }
