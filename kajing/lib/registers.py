"""Registers by name: what rooms name when the product starts, and what comes and goes while it runs.

A room registers as in a dict. What the bank makes in the product, such as its own objects, has no start of the process
to be registered at: a `Source` answers for names of its own whenever somebody asks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Source(Generic[T]):
    """Entries made while the product runs: `find` gives the one of a name or None, `every` all there are now."""

    find: Callable[[str], T | None]
    every: Callable[[], Sequence[T]]


class Register(dict[str, T]):
    """A dict that also asks its sources for names it does not hold; iterating gives the fixed entries only."""

    def __init__(self) -> None:
        super().__init__()
        self.sources: list[Source[T]] = []

    def __missing__(self, name: str) -> T:
        found = self._asked(name)
        if found is None:
            raise KeyError(name)
        return found

    def __contains__(self, name: object) -> bool:
        return super().__contains__(name) or (isinstance(name, str) and self._asked(name) is not None)

    def get(self, name: str, default: Any = None) -> Any:
        """The entry of a name, fixed or from a source."""
        if super().__contains__(name):
            return self[name]
        found = self._asked(name)
        return default if found is None else found

    def everything(self) -> list[T]:
        """Every entry, the fixed ones first."""
        return [*self.values(), *(one for source in self.sources for one in source.every())]

    def _asked(self, name: str) -> T | None:
        return next((found for source in self.sources if (found := source.find(name)) is not None), None)
