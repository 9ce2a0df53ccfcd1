"""What a condition over a list may speak of: its filters, and the fields that are for conditions only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kajing.records.lists.filters import Filter

if TYPE_CHECKING:
    from kajing.records.lists.spec import ListSpec


def fields(spec: ListSpec, user: Any) -> list[Filter]:
    """Every field this person may use in a condition, the list's own filters first."""
    return [one for one in spec.conditions_for(user) if one.kind != "where"]


def field_of(spec: ListSpec, name: str, user: Any) -> Filter | None:
    """The field of a name: its own, its second one, or the word that pages show for it."""
    found = fields(spec, user)
    wanted = name.casefold()
    for names in (
        {one.name: one for one in found},
        {one.also: one for one in found if one.also},
        {str(one.label).casefold(): one for one in reversed(found)},
    ):
        if wanted in names:
            return names[wanted]
    return None
