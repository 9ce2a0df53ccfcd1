"""Where a task came from. A room above says how its records are opened: `register("alert", url)`."""

from __future__ import annotations

from collections.abc import Callable

_SOURCES: dict[str, Callable[[str], str]] = {}


def register(kind: str, url: Callable[[str], str]) -> None:
    """`url(number)` is the address of the record behind the source ``kind:number``."""
    _SOURCES[kind] = url


def source_url(source: str) -> str:
    """The address of what stands behind a task, "" when nothing can be opened."""
    kind, _colon, number = source.partition(":")
    return _SOURCES[kind](number) if kind in _SOURCES and number else ""
