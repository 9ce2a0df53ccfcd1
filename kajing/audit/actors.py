"""Names of who acted. The room that knows people, which lies above, says here how to find them.

actors.register(selectors.names)   # person numbers → names
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from django.utils.translation import pgettext

SYSTEM = "system"
_finders: list[Callable[[set[str]], Mapping[str, str]]] = []


def register(finder: Callable[[set[str]], Mapping[str, str]]) -> None:
    """Say how names are found; the last one counts."""
    _finders[:] = [finder]


def names(actors: Collection[str]) -> dict[str, str]:
    """The names of those that have one, the system's among them, in the reader's language."""
    people = set(actors) - {SYSTEM}
    found = dict(_finders[0](people)) if _finders and people else {}
    return found | {SYSTEM: pgettext("audit", "System")}
