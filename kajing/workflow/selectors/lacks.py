"""What records lack for a move: the product's fields, the bank's own, files. One question for one and for many."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from kajing.records.models import Attachment, FieldValue
from kajing.records.selectors import fields_of
from kajing.records.states import Missing, StateKind
from kajing.workflow.gates import MoveSpec

CHUNK = 500


@dataclass(frozen=True)
class Lack:
    """One requirement and the records that do not meet it."""

    sort: str
    name: str
    label: str
    ids: set[str]

    def missing(self, said: str = "") -> Missing:
        """As it is told about one record."""
        return Missing(self.sort, self.name, said or _("Fill in: %(field)s.") % {"field": self.label})


def lacks(kind: StateKind, move: MoveSpec, ids: Sequence[str], given: frozenset[str] = frozenset()) -> Iterator[Lack]:
    """What stands in the records themselves; `given` are own fields that the same act fills."""
    for name in move.get("facts") or ():
        if name in kind.facts:
            fact = kind.facts[name]
            yield Lack("fact", name, str(fact.label), fact.lacking(ids))
    if not (move.get("own") or move.get("files")):
        return
    carriers = {pk: kind.carrier(pk)[1] for pk in ids}
    labels = {one.definition.name: one.definition.label for one in fields_of(kind.carrier_kind, None)}
    for name in move.get("own") or ():
        if name in labels and name not in given:
            filled = _filled(kind.carrier_kind, name, list(carriers.values()))
            yield Lack("own", name, labels[name], {pk for pk, row in carriers.items() if row not in filled})
    if wanted := int(move.get("files") or 0):
        have = _files(kind.carrier_kind, list(carriers.values()))
        yield Lack("file", "files", file_words(wanted), {pk for pk, row in carriers.items() if have[row] < wanted})


def file_words(count: int) -> str:
    """So many files, in words."""
    return ngettext("%(count)s attached file", "%(count)s attached files", count) % {"count": count}


def _filled(kind: str, name: str, rows: Sequence[str]) -> set[str]:
    found: set[str] = set()
    for first in range(0, len(rows), CHUNK):
        values = FieldValue.objects.filter(
            field__kind=kind, field__name=name, object_id__in=rows[first : first + CHUNK]
        )
        found |= set(values.values_list("object_id", flat=True))
    return found


def _files(kind: str, rows: Sequence[str]) -> Counter[str]:
    found: Counter[str] = Counter()
    for first in range(0, len(rows), CHUNK):
        files = Attachment.objects.filter(kind=kind, object_id__in=rows[first : first + CHUNK], removed_at=None)
        found.update(files.values_list("object_id", flat=True))
    return found
