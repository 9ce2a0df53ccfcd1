"""What became of an act's rows since: the preview of an undo."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
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

    @property
    def label(self) -> Any:
        """The reason in words."""
        return TROUBLES[self]


TROUBLES = {
    Trouble.CHANGED: _("changed since"),
    Trouble.GONE: _("deleted since"),
    Trouble.BACK: _("exists again"),
    Trouble.USED: _("something newer belongs to it; it stays"),
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


@dataclass
class Preview:
    """What undo will touch, table by table, and what stands in its way."""

    tables: list[dict[str, Any]] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    conflict_count: int = 0

    @property
    def undecided(self) -> int:
        """Conflicts a person has to decide."""
        return sum(one.trouble is not Trouble.USED for one in self.conflicts)


TABLE_WORDS: dict[str, Any] = {}  # rooms say what their tables are called: {"customers.customer": _("customers")}


def table_name(label: str) -> str:
    """A table in words."""
    return str(TABLE_WORDS.get(label, label))


def newest_entries(reversal: Reversal) -> Iterator[list[ReversalRow]]:
    """The last image of every row the act touched, in batches of one table."""
    seen: set[tuple[str, str]] = set()
    for label in reversal.entries.order_by("model").values_list("model", flat=True).distinct():
        batch: list[ReversalRow] = []
        for entry in reversal.entries.filter(model=label).order_by("-chunk", "pk").iterator(2000):
            if (label, entry.key) not in seen:
                seen.add((label, entry.key))
                batch.append(entry)
            if len(batch) == BATCH:
                yield batch
                batch = []
        if batch:
            yield batch


def conflicts(reversal: Reversal, user: Any = None) -> Iterator[Conflict]:
    """Every row that is not as the act left it; with a `user`, what that person may see of the differences."""
    for batch in newest_entries(reversal):
        model = model_of(batch[0].model)
        if model is None:
            continue
        now = images_of(model, [entry.key for entry in batch])
        used = _used(reversal, model, [entry.key for entry in batch if entry.before is None and entry.key in now])
        for entry in batch:
            trouble = _trouble(entry, now.get(entry.key), used)
            if trouble:
                shown = _differences(model, entry, now.get(entry.key), user) if user is not None else ()
                yield Conflict(entry.pk, entry.model, entry.key, trouble, shown)


def _trouble(entry: ReversalRow, now: Image | None, used: set[str]) -> Trouble | None:
    if digest(now) == entry.after:
        return Trouble.USED if entry.key in used else None
    if now is None:
        # An added row that somebody deleted since is as undo wants it.
        return Trouble.GONE if entry.before is not None and entry.after else None
    if entry.key in used:
        return Trouble.USED
    return Trouble.CHANGED if entry.after else Trouble.BACK


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


def _differences(model: type[models.Model], entry: ReversalRow, now: Image | None, user: Any) -> list[Difference]:
    """Field by field, for a person who may see the row; personal columns only by name."""
    if now is None or entry.before is None or not _may_see(model, entry.key, user):
        return []
    return [
        Difference(name, "•••", "•••")
        if name.endswith(HIDDEN)
        else Difference(name, _short(value), _short(now.get(name)))
        for name, value in entry.before.items()
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
