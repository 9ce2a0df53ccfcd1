"""Sections of the handover pack (capability G4.3): rooms above say what the receiver of a book must know.

A room registers in its `apps.py`, for example risk:

    handover.register(Section("alerts", _("Open alerts"), load=open_alerts, order=20, icon="shield-half"))

`load(user, ids, today)` gives lines of these customers, the most important first. It may look only at rows the person
sees; the ids it is given are already theirs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Line:
    """One thing to know about one customer: what, a note, its day, and the row it comes from."""

    customer_id: str
    text: str
    note: str = ""
    on: date | None = None
    url: str = ""
    tone: str = ""


@dataclass(frozen=True)
class Section:
    """One part of the pack; `hint` says what the reader should do with it."""

    name: str
    title: Any
    load: Callable[[Any, Sequence[str], date], list[Line]]
    order: int = 50
    icon: str = "point"
    permission: str = ""
    hint: Any = ""


sections: dict[str, Section] = {}


def register(section: Section) -> None:
    """Add a section; the same name again replaces it."""
    sections[section.name] = section


def sections_for(user: Any) -> list[Section]:
    """The sections this person may read, in order."""
    allowed = [one for one in sections.values() if not one.permission or user.has_perm(one.permission)]
    return sorted(allowed, key=lambda one: (one.order, one.name))
