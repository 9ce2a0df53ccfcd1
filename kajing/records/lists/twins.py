"""A list read from a second table with the same keys, where the first would have to be joined to it row by row.

What a person may see stands on the record; what a list is filtered and sorted by often stands on another table, one row
a record. Neither's index then serves both, and a page costs as much as the person sees. A twin is such a second table
that carries a copy of the columns the scope speaks of: keys and counts come from it alone, rows are loaded through the
record's own scope as ever (`ListSpec.load`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from typing import Any

from django.db.models import F, OuterRef, Q, QuerySet
from django.db.models.expressions import BaseExpression, Subquery

EVERYTHING = Q()


@dataclass(frozen=True, kw_only=True)
class Twin:
    """`rows` is what a person may see, read from the twin; `name` is what the record calls it, `back` the way back.

    `shared` are the record's columns that the twin has under the same name. A condition may reach out of a subquery by
    OuterRef("pk") only: the key is the one thing both surely have.
    """

    rows: Callable[[Any], QuerySet[Any]]
    name: str
    back: str
    shared: frozenset[str] = frozenset()

    def holds(self, condition: Q) -> bool:
        """Whether only records with a row in the twin can fulfil a condition: else the twin would lose some."""
        if condition.negated or condition.connector == Q.XOR:
            return False
        parts = [self.holds(part) if isinstance(part, Q) else self._needs(part) for part in condition.children]
        return bool(parts) and all(parts) if condition.connector == Q.OR else any(parts)

    def _needs(self, part: Any) -> bool:
        if not isinstance(part, tuple):
            return False
        path, value = part
        if path.endswith("__isnull"):
            return path.startswith(f"{self.name}__") and value is False
        return path.startswith(f"{self.name}__") and value is not None

    def turned(self, condition: Q) -> Q:
        """The same condition as the twin says it."""
        made = Q(_connector=condition.connector, _negated=condition.negated)
        made.children = [self._part(part) for part in condition.children]
        return made

    def _part(self, part: Any) -> Any:
        if isinstance(part, Q):
            return self.turned(part)
        return (self.path(part[0]), self._value(part[1])) if isinstance(part, tuple) else self._value(part)

    def path(self, path: str) -> str:
        """A path from the record as a path from the twin; a leading minus stays."""
        sign, plain = ("-", path[1:]) if path.startswith("-") else ("", path)
        first, _dots, rest = plain.partition("__")
        if first == self.name and rest:
            return sign + rest
        if plain == "pk" or (first == "pk" and rest in {"in", "gt", "lt"}) or first in self.shared:
            return sign + plain
        return f"{sign}{self.back}__{plain}"

    def _value(self, value: Any) -> Any:
        """A column that a condition compares with; subqueries stay as they are."""
        if isinstance(value, F) and not isinstance(value, OuterRef):
            return F(self.path(value.name))  # type: ignore[attr-defined]
        if isinstance(value, BaseExpression) and not isinstance(value, Subquery):
            made = copy(value)
            made.set_source_expressions([self._value(one) for one in value.get_source_expressions()])
            return made
        return value


@dataclass(frozen=True, kw_only=True)
class Narrowed:
    """The rows of a list under its filters: asked of the record's own table, or of its twin where that has them all."""

    user: Any
    base: Callable[[Any], QuerySet[Any]]
    found: Q
    twin: Twin | None = None

    def rows(self, more: Q = EVERYTHING) -> QuerySet[Any]:
        """The rows that also fulfil `more`, for counting and for keys: of one table or the other."""
        whole, twin = self._whole(more)
        return twin.rows(self.user).filter(twin.turned(whole)) if twin else self.base(self.user).filter(whole)

    def keys(self, path: str, by: Sequence[str], more: Q = EVERYTHING) -> QuerySet[Any]:
        """(value of `path`, key) of the rows that also fulfil `more`, sorted."""
        _whole, twin = self._whole(more)
        if twin:
            path, by = twin.path(path), [twin.path(one) for one in by]
        return self.rows(more).order_by(*by).values_list(path, "pk")

    def _whole(self, more: Q) -> tuple[Q, Twin | None]:
        whole = self.found & more
        return whole, self.twin if self.twin is not None and self.twin.holds(whole) else None
