"""A condition as one filter of a list, so that address, chips, saved views, export and API carry it like any other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from django.db.models import Q
from django.utils.translation import gettext_lazy

from kajing.records.lists.conditions.compiler import compile, read  # noqa: A004
from kajing.records.lists.conditions.words import words
from kajing.records.lists.filters import Context, Filter, NotUnderstood

if TYPE_CHECKING:
    from kajing.records.lists.spec import ListSpec

NAME = "where"


@dataclass(frozen=True, kw_only=True)
class Where(Filter):
    """`where=` of an address: a condition in its text form over the fields of the list."""

    spec: Callable[[], ListSpec]
    name: str = NAME
    label: object = gettext_lazy("Condition")
    choosable: bool = False

    kind = "where"
    ops: ClassVar[tuple[str, ...]] = ()

    def q(self, values: Sequence[str], context: Context) -> Q:
        """The condition. Raises ConditionError, NotUnderstood."""
        if len(values) != 1:
            raise NotUnderstood("where")
        return compile(self.spec(), values[0], context)

    def words(self, values: Sequence[str], context: Context) -> str:
        """The condition in words."""
        spec = self.spec()
        return words(spec, read(spec, values[0], context), context)
