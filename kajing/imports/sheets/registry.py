"""Where rooms say "people may import these": a target names its fields, checks rows and writes them.

A room registers in the `ready()` of its `apps.py`. The dry run and the run call the very same functions; the dry run
takes everything back at the end of each chunk.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from kajing.lib.registers import Register

if TYPE_CHECKING:
    from kajing.org.models import Person
    from kajing.records.undo import Journal

Values = Mapping[str, Any]  # a row's cleaned values by field name; empty cells are left out


class Mode(StrEnum):
    """What happens to a row that is there already."""

    SKIP = "SKIP"
    OVERWRITE = "OVERWRITE"
    CLONE = "CLONE"


@dataclass(frozen=True, kw_only=True)
class SheetField:
    """A column a target knows. `aliases` are headings it is guessed by; `choices` turn words into codes."""

    name: str
    label: Any
    aliases: tuple[str, ...] = ()
    required: bool = False
    kind: str = "text"  # text, day, moment, flag, choice
    choices: Mapping[str, str] = dataclasses.field(default_factory=dict)  # every accepted word, lower case → code
    longest: int = 200
    hint: Any = ""


@dataclass(frozen=True)
class Trouble:
    """Why a row is bad: a message id with parameters, and the field it is about (empty: the row)."""

    field: str
    reason: str
    params: Mapping[str, Any] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Entry:
    """A good row: `key` names the thing it writes to, `existing` is what is there already.

    The dry run does not see what rows before it would have written; so a second row about one thing counts as there
    already by its key, and the two runs agree.
    """

    line: int
    key: str
    value: Any
    existing: Any = None


@dataclass(frozen=True, kw_only=True)
class SheetContext:
    """Who imports, when, in which mode, and the journal that rows written in bulk are told to."""

    actor: Person
    at: datetime
    today: date
    mode: Mode
    source: str  # sheet:12
    log: Journal


@dataclass(frozen=True, kw_only=True)
class SheetTarget:
    """A kind of sheet.

    `prepare(context, rows)` gets (line, values) pairs that are clean by themselves and returns for each line an Entry
    or a list of Troubles, reading in few queries. `write(context, entries)` writes in bulk and tells the journal; it
    may return rows that were refused only there, by line, of which it left nothing behind.
    """

    key: str
    label: Any
    permission: str
    fields: tuple[SheetField, ...]
    prepare: Callable[[SheetContext, Sequence[tuple[int, Values]]], dict[int, Entry | list[Trouble]]]
    write: Callable[[SheetContext, Sequence[Entry]], Mapping[int, list[Trouble]] | None]
    modes: tuple[Mode, ...] = (Mode.SKIP, Mode.OVERWRITE)
    kind: str = ""  # of record: its own fields and tags are columns too (`own`)
    allowed: Callable[[Any], bool] = lambda user: True  # what must hold beside the right


TARGETS: Register[SheetTarget] = Register()


def register(target: SheetTarget) -> SheetTarget:
    """Offer a kind of sheet; the same key again replaces it."""
    TARGETS[target.key] = target
    return target


def targets_for(user: Any) -> list[SheetTarget]:
    """The kinds of sheet this person may import."""
    return [one for one in TARGETS.everything() if user.has_perm(one.permission) and one.allowed(user)]
