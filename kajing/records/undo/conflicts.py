"""What became of an act's rows since: the preview of an undo."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import groupby
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from kajing.records.models import Reversal, ReversalRow
from kajing.records.undo.images import BATCH, Image, digest, images_of, model_of

MOST_SHOWN = 200
HIDDEN = ("_enc", "_idx")  # personal columns: said to differ, never shown


class Trouble(StrEnum):
    """Why putting a row back needs a word from a person."""

    CHANGED = "CHANGED"
    GONE = "GONE"
    BACK = "BACK"
    USED = "USED"
    NIGHTLY = "NIGHTLY"

    @property
    def label(self) -> Any:
        """The reason in words."""
        return TROUBLES[self]


TROUBLES = {
    Trouble.CHANGED: _("changed since"),
    Trouble.GONE: _("deleted since; it stays deleted"),
    Trouble.BACK: _("exists again"),
    Trouble.USED: _("something newer belongs to it; it stays"),
    Trouble.NIGHTLY: _("computed anew every night; it stays"),
}


@dataclass(frozen=True)
class Difference:
    """One field of a row that somebody changed since: what undo would write, and what is there."""

    name: str
    then: str
    now: str


@dataclass(frozen=True)
class Conflict:
    """A row that is not as the act left it."""

    entry: int  # ReversalRow id, the newest of its row
    model: str
    key: str
    trouble: Trouble
    differences: Sequence[Difference] = ()

    @property
    def table(self) -> str:
        """The table in words."""
        return table_name(self.model)

    @property
    def stays(self) -> bool:
        """Whether there is nothing to decide: the row stays as it is now."""
        return self.trouble in {Trouble.USED, Trouble.NIGHTLY, Trouble.GONE}


@dataclass
class Preview:
    """What undo will touch, table by table, and what stands in its way."""

    tables: list[dict[str, Any]] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    conflict_count: int = 0

    @property
    def undecided(self) -> int:
        """Conflicts a person has to decide."""
        return sum(not one.stays for one in self.conflicts)


REBUILT: set[str] = set()  # tables the night writes anew: what undo cannot put back, the next night does
TABLE_WORDS: dict[str, Any] = {}  # rooms say what their tables are called: {"customers.customer": _("customers")}


def table_name(label: str) -> str:
    """A table in words."""
    return str(TABLE_WORDS.get(label, label))


@dataclass
class Touched:
    """What the whole act did to one row: its chunks taken together."""

    entry: int  # the newest ReversalRow
    model: str
    key: str
    before: Image | None = None  # of a changed row: the columns changed
    became: Image | None = None
    after: str = ""


def touched(reversal: Reversal) -> Iterator[list[Touched]]:
    """Every row the act touched, in batches of one table."""
    for label in list(reversal.entries.order_by("model").values_list("model", flat=True).distinct()):
        batch: list[Touched] = []
        entries = reversal.entries.filter(model=label).order_by("key", "chunk").iterator(2000)
        for _key, of_row in groupby(entries, key=lambda entry: entry.key):
            batch.append(_together(list(of_row)))
            if len(batch) == BATCH:
                yield batch
                batch = []
        if batch:
            yield batch


def _together(entries: Sequence[ReversalRow]) -> Touched:
    last = entries[-1]
    found = Touched(last.pk, last.model, last.key, entries[0].before, last.became, last.after)
    if len(entries) > 1 and entries[0].before is not None and all(entry.became is not None for entry in entries):
        found.before, found.became = {}, {}
        for entry in entries:
            found.before = {**entry.before, **found.before}
            found.became |= entry.became
    return found


def conflicts(reversal: Reversal, user: Any = None) -> Iterator[Conflict]:
    """Every row that is not as the act left it; with a `user`, what that person may see of the differences."""
    for batch in touched(reversal):
        model = model_of(batch[0].model)
        if model is None:
            continue
        now = images_of(model, [row.key for row in batch])
        used = _used(reversal, model, [row.key for row in batch if row.before is None and row.key in now])
        for row in batch:
            trouble = _trouble(row, now.get(row.key), used)
            if trouble:
                shown = _differences(model, row, now.get(row.key), user) if user is not None else ()
                yield Conflict(row.entry, row.model, row.key, trouble, shown)


def _trouble(row: Touched, now: Image | None, used: set[str]) -> Trouble | None:
    """Why putting a row back needs a person; a row that only changed beside the act's columns needs none."""
    if now is None:
        # An added row that somebody deleted since is as undo wants it.
        return Trouble.GONE if row.before is not None and row.after else None
    if row.key in used:
        return Trouble.USED
    if not row.after:
        return Trouble.BACK
    if row.became is not None:
        same = all(now.get(name) == value for name, value in row.became.items())
    else:
        same = digest(now) == row.after
    if same:
        return None
    return Trouble.NIGHTLY if row.model in REBUILT else Trouble.CHANGED


def _used(reversal: Reversal, model: type[models.Model], keys: Sequence[str]) -> set[str]:
    """Added rows that rows from outside the act point to: they cannot go without tearing those away."""
    found: set[str] = set()
    for pointing, name, target in references(model):
        wanted = _by_value(model, keys, target)
        for start in range(0, len(wanted), BATCH):
            part = list(wanted)[start : start + BATCH]
            rows = list(pointing._base_manager.filter(**{f"{name}__in": part}).values_list("pk", name))
            found |= {wanted[to] for pk, to in _strangers(reversal, pointing, rows)}
    return found


def references(model: type[models.Model]) -> list[tuple[type[models.Model], str, str]]:
    """Every foreign key that points to a table: (table, column, the field it points to)."""
    found = []
    for relation in model._meta.get_fields(include_hidden=True):
        if isinstance(relation, (models.ManyToOneRel, models.OneToOneRel)) and relation.related_model != ReversalRow:
            to = relation.field.target_field
            found.append((relation.related_model, relation.field.attname, "pk" if to.primary_key else to.attname))
    return found


def _by_value(model: type[models.Model], keys: Sequence[str], target: str) -> dict[Any, str]:
    rows = model._base_manager.filter(pk__in=[model._meta.pk.to_python(key) for key in keys])
    return {value: str(pk) for pk, value in rows.values_list("pk", target)}


def _strangers(reversal: Reversal, model: type[models.Model], rows: list[tuple[Any, Any]]) -> list[tuple[Any, Any]]:
    """Those rows that the act itself neither added nor changed."""
    if not rows:
        return []
    keys = [str(pk) for pk, _to in rows]
    own = set(reversal.entries.filter(model=model._meta.label_lower, key__in=keys).values_list("key", flat=True))
    return [(pk, to) for pk, to in rows if str(pk) not in own]


def _differences(model: type[models.Model], row: Touched, now: Image | None, user: Any) -> list[Difference]:
    """Field by field, for a person who may see the row; personal columns only by name."""
    if now is None or row.before is None or not _may_see(model, row.key, user):
        return []
    return [
        Difference(name, "•••", "•••")
        if name.endswith(HIDDEN)
        else Difference(name, _short(value), _short(now.get(name)))
        for name, value in row.before.items()
        if now.get(name) != value
    ]


def _may_see(model: type[models.Model], key: str, user: Any) -> bool:
    rows = getattr(model, "objects", None)
    if rows is None or not hasattr(rows, "visible_to"):
        return False
    return bool(rows.visible_to(user).filter(pk=model._meta.pk.to_python(key)).exists())


def _short(value: Any) -> str:
    return "—" if value in (None, "") else str(value)[:60]


def preview(reversal: Reversal, user: Any) -> Preview:
    """Counts of what undo touches and the first conflicts, for the page."""
    shown = Preview(tables=_tables(reversal))
    for one in conflicts(reversal, user):
        shown.conflict_count += 1
        if len(shown.conflicts) < MOST_SHOWN:
            shown.conflicts.append(one)
    return shown


def _tables(reversal: Reversal) -> list[dict[str, Any]]:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    kinds = models.Case(
        models.When(before__isnull=True, then=models.Value("added")),
        models.When(after="", then=models.Value("deleted")),
        default=models.Value("changed"),
    )
    found = reversal.entries.annotate(what=kinds).values_list("model", "what")
    for label, what, count in found.annotate(n=models.Count("pk")).order_by("model"):
        counts[label][what] += count
    return [{"model": label, "name": table_name(label), **count} for label, count in counts.items()]
