"""The search box: asks every provider and keeps the groups in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from kajing.ui.registry import Hit, Text, search_providers
from kajing.ui.templatetags.kajing import RISK_ICONS, RISK_WORDS

LIMIT = 20
A_GROUP = 8
RECENT = 4


@dataclass(frozen=True)
class Group:
    """The hits of one provider."""

    title: Text
    hits: Sequence[Hit]

    def as_json(self) -> dict[str, Any]:
        """For the palette; risk bands come with their word and icon."""
        return {"title": str(self.title), "hits": [_hit(hit) for hit in self.hits]}


def find(user: Any, text: str) -> list[Group]:
    """At most 20 hits in all, at most 8 a group; each provider sees to scope and masks itself."""
    if not text:
        return _recent(user)
    groups: list[Group] = []
    left = LIMIT
    for provider in search_providers.allowed(user):
        hits = list(provider.search(user, text, min(A_GROUP, left)))[:left]
        left -= len(hits)
        if hits:
            groups.append(Group(provider.title, hits))
        if not left:
            break
    return groups


def _recent(user: Any) -> list[Group]:
    """What the person opened last, for a palette nothing is typed in yet."""
    found = ((one, one.recent(user, RECENT)) for one in search_providers.allowed(user) if one.recent)
    return [Group(one.recent_title or one.title, list(hits)) for one, hits in found if hits]


def _hit(hit: Hit) -> dict[str, str]:
    band = {"bandWord": str(RISK_WORDS[hit.band]), "bandIcon": RISK_ICONS[hit.band]} if hit.band in RISK_WORDS else {}
    return asdict(hit) | band
