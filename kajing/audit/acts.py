"""What acts and the things they are done to are called. A room names the codes it records.

The code of an act stays beside the words everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise

_WORDS: dict[str, str | Promise] = {}
_KINDS: dict[str, str | Promise] = {}


def register(words: Mapping[str, str | Promise]) -> None:
    """Name acts by their codes; the same code again replaces the earlier words."""
    _WORDS.update(words)


def words_of(code: str) -> str:
    """An act in the reader's language; the code where nobody named it, such as an act of an earlier release."""
    return str(_WORDS.get(code, code))


def named() -> frozenset[str]:
    """Every code that has words."""
    return frozenset(_WORDS)


def register_kinds(words: Mapping[str, str | Promise]) -> None:
    """Name kinds of objects by their codes; the same code again replaces the earlier words."""
    _KINDS.update(words)


def kind_of(code: str) -> str:
    """A kind of object in the reader's language; the code where nobody named it, such as one a bank made itself."""
    return str(_KINDS.get(code, code))


def named_kinds() -> frozenset[str]:
    """Every kind of object that has words."""
    return frozenset(_KINDS)
