"""The bank's own fields and the tags of records as columns of a sheet: offered, checked and written like the rest.

The dry run asks the very reader of the forms and the API (`records.services.check_values`).
"""

from __future__ import annotations

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any

from django.utils import translation
from django.utils.translation import gettext_lazy as _

from kajing.imports.sheets.registry import TARGETS, SheetContext, SheetField, SheetTarget, Trouble, Values
from kajing.records import services
from kajing.records.kinds import kind_of
from kajing.records.models import FieldDefinition
from kajing.records.selectors import fields_of, tags_of, types_of
from kajing.records.services.tags import MOST_ON_ONE
from kajing.records.services.values import person_no

if TYPE_CHECKING:
    from kajing.org.models import Person

OWN = "own."  # before a field's name: no target has a column that begins so
TAGS = "tags"
SAID = "%(said)s"  # a problem whose words another reader found
LONGEST = 2_000


def target_for(key: str, actor: Person) -> SheetTarget | None:
    """A target with the columns of own fields and tags that this person may write."""
    found = TARGETS.get(key)
    if found is None or not found.kind:
        return found
    return dataclasses.replace(found, fields=(*found.fields, *_columns(found.kind, actor)))


def _columns(kind: str, actor: Person) -> Iterable[SheetField]:
    on = kind_of(kind)
    if on is not None and on.may_fill(actor):
        for one in fields_of(kind, actor):
            if one.writable and one.definition.type != FieldDefinition.Type.FILE:
                about = one.definition
                yield SheetField(name=f"{OWN}{about.name}", label=about.label, aliases=(about.name,), longest=LONGEST)
    if actor.has_perm("records.tag"):
        yield SheetField(name=TAGS, label=_("Tags"), aliases=("tags", "tag", "标签"), longest=LONGEST)


def own_values(values: Values) -> dict[str, str]:
    """The row's own fields by name."""
    return {name.removeprefix(OWN): text for name, text in values.items() if name.startswith(OWN)}


def tag_names(values: Values) -> list[str]:
    """The row's tags, each once: several with a comma, semicolon or bar between."""
    text = str(values.get(TAGS, ""))
    for sign in "，、；;|":
        text = text.replace(sign, ",")
    return list(dict.fromkeys(" ".join(part.split()) for part in text.split(",") if part.strip()))


class Checker:
    """Checks the own fields and tags of many rows in few queries; `ids` are the records that are there already."""

    def __init__(self, context: SheetContext, kind: str, ids: Iterable[str]) -> None:
        self.context, self.kind = context, kind
        self.people: Callable[[str], str | None] = cache(person_no)
        ids = list(ids)
        found = tags_of(kind, ids)
        self.carried = {pk: {tag.key for tag in tags} for pk, tags in found.items()}
        on = kind_of(kind)
        self.fills = on is not None and on.may_fill(context.actor)
        self.types = types_of(kind, context.actor, ids)

    def troubles(self, values: Values, object_id: str = "", *, complete: bool = False) -> list[Trouble]:
        """What is wrong with the own part of a row; `complete` asks for every required field, as the form does."""
        with translation.override(self.context.actor.language or "zh-hans"):
            return [*self._fields(values, object_id, complete=complete), *self._tags(values, object_id)]

    def _fields(self, values: Values, object_id: str, *, complete: bool) -> list[Trouble]:
        own = own_values(values)
        if not own and not (complete and self.fills):
            return []
        checked = services.check_values(
            actor=self.context.actor, kind=self.kind, values=own, complete=complete, people=self.people,
            type=self.types.get(object_id, ""),
        )  # fmt: skip
        return [Trouble(f"{OWN}{name}", SAID, {"said": said}) for name, said in checked.errors.items()]

    def _tags(self, values: Values, object_id: str) -> list[Trouble]:
        names = tag_names(values)
        try:
            keys = {services.check_tag(name).casefold() for name in names}
            if len(keys | self.carried.get(object_id, set())) > MOST_ON_ONE:
                raise services.too_many()
        except services.CannotTag as error:
            return [Trouble(TAGS, SAID, {"said": str(error)})]
        return []


def write_own(context: SheetContext, kind: str, rows: Mapping[str, Values]) -> dict[str, list[Trouble]]:
    """Write the own fields and tags of records by id; both tell the journal of the run and the records' history.

    Returns the records that a gate refused, of which nothing was written.
    """
    refused: dict[str, list[Trouble]] = {}
    fields = {pk: own for pk, values in rows.items() if (own := own_values(values))}
    if fields:
        with translation.override(context.actor.language or "zh-hans"):
            done = services.set_many(
                actor=context.actor, kind=kind, rows=fields, at=context.at, reason=context.source
            )  # fmt: skip
        for pk, errors in done.refused.items():
            refused[pk] = [Trouble(f"{OWN}{name}", SAID, {"said": said}) for name, said in errors.items()]
    by_tag: defaultdict[str, list[str]] = defaultdict(list)
    for pk, values in rows.items():
        for name in tag_names(values) if pk not in refused else ():
            by_tag[name].append(pk)
    for name, ids in by_tag.items():
        services.tag(actor=context.actor, kind=kind, ids=ids, name=name, at=context.at)
    return refused


def merged(pairs: Sequence[tuple[str, Values]]) -> dict[str, dict[str, Any]]:
    """Rows by record: of two lines about one record the later counts, and tags of both."""
    found: dict[str, dict[str, Any]] = {}
    for pk, values in pairs:
        before = found.setdefault(pk, {})
        tags = [*tag_names(before), *tag_names(values)]
        before.update(values)
        if tags:
            before[TAGS] = ",".join(dict.fromkeys(tags[:MOST_ON_ONE]))
    return found
