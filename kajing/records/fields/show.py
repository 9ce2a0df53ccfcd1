"""A field as one person meets it, and a value as they may see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as part
from decimal import Decimal
from typing import Any

from django.conf import settings

from kajing.lib.money import yuan
from kajing.records.models import FieldDefinition, FieldPlace, FieldValue
from kajing.ui import formats

Type = FieldDefinition.Type
Access = FieldPlace.Access


@dataclass(frozen=True)
class Field:
    """A field with what this person's role may do and where the role finds it."""

    definition: FieldDefinition
    access: str
    section: str
    place: int
    asked: bool = False  # by the layout

    @property
    def clear(self) -> bool:
        """Whether the person reads it unmasked, so that filtering by it tells them nothing new."""
        return self.access in {Access.READ, Access.EDIT}

    @property
    def required(self) -> bool:
        """Whether it must be filled: by itself, or on this layout."""
        return self.definition.required or self.asked

    @property
    def writable(self) -> bool:
        """Whether the person may write it."""
        return self.access == Access.EDIT

    @property
    def is_masked(self) -> bool:
        """Whether a value is shown under its mask."""
        return self.definition.type == Type.MASKED or not self.clear


@dataclass
class Value:
    """A value of one record: `content` in its own type, `words` as the person may read it."""

    field: Field
    content: Any = None
    words: str = ""
    rows: list[FieldValue] = part(default_factory=list)

    @property
    def filled(self) -> bool:
        """Whether there is a value."""
        return bool(self.rows)

    @property
    def typed(self) -> Any:
        """The value as a form holds it: text, or the list of chosen codes; a masked one is never sent out."""
        kind, content = self.field.definition.type, self.content
        if kind == Type.MASKED or content is None:
            return [] if kind == Type.MULTI else ""
        if kind == Type.MONEY:
            return f"{Decimal(content) / 100:.2f}"
        return content if kind == Type.MULTI else plain(content)

    @property
    def out(self) -> Any:
        """The value as the API says it: fen, numbers, days as text; masked where the person may not read it."""
        if self.field.is_masked:
            return self.words or None
        return float(self.content) if isinstance(self.content, Decimal) else self.content


def value_of(one: Field, rows: Sequence[FieldValue], people: dict[str, str]) -> Value:
    """The value that stands in these rows of one field; `people` names persons by number."""
    if not rows:
        return Value(one, [] if one.definition.type == Type.MULTI else None)
    content = _content(one.definition, rows)
    words = _words(one.definition, content, people)
    if one.is_masked:
        words = masked(one.definition.mask, words)
        content = None
    return Value(one, content, words, list(rows))


def _content(definition: FieldDefinition, rows: Sequence[FieldValue]) -> Any:
    first = rows[0]
    if definition.type == Type.MULTI:
        return [row.text for row in rows]
    column = {Type.NUMBER: first.number, Type.MONEY: first.amount, Type.DAY: first.day}
    if definition.type == Type.MASKED:
        return settings.KAJING_KEYS.decrypt(definition.column, bytes(first.sealed or b""))
    return column.get(Type(definition.type), first.text)


def _words(definition: FieldDefinition, content: Any, people: dict[str, str]) -> str:
    labels = dict(definition.options)
    if definition.type == Type.MULTI:
        return formats.listed(labels.get(code, code) for code in content)
    if definition.type == Type.CHOICE:
        return str(labels.get(content, content))
    if definition.type == Type.MONEY:
        return f"¥{yuan(content):,.2f}"
    return people.get(content, content) if definition.type == Type.PERSON else plain(content)


def plain(content: Any) -> str:
    """A number without needless zeros, a day as 2026-11-01, a text as it is."""
    if isinstance(content, Decimal):
        return f"{content.normalize():f}"
    return str(content)


def masked(rule: str, text: str) -> str:
    """What a mask leaves of a text; at most half of it ever shows."""
    half = len(text) // 2
    if rule == FieldDefinition.Mask.LAST4:
        kept = min(4, half)
        return "*" * (len(text) - kept) + text[len(text) - kept :]
    if rule == FieldDefinition.Mask.FIRST1:
        return text[: min(1, half)] + "*" * (len(text) - min(1, half))
    if rule == FieldDefinition.Mask.ENDS and len(text) >= 14:
        return text[:3] + "*" * (len(text) - 7) + text[-4:]
    return "*" * min(len(text), 8)
