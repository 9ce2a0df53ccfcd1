"""What this room and rooms above add to the gate and to the call sheet.

    extensions.touch_sources["surveys"] = f(customer_ids, since) -> (source, customer_id, Touch), …
    extensions.register_facts("alerts", f(user, customer, today) -> Fact, …, permission="risk.view_alert")

A touch source names every contact it counts, such as message:41, so that a contact on its way does not count itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from kajing.contact.gate import Touch

# (customer ids, since) → (source, customer id, touch) of every contact to them from then on, planned ones included.
TouchSource = Callable[[Sequence[str], datetime], Iterable[tuple[str, str, Touch]]]

touch_sources: dict[str, TouchSource] = {}


@dataclass(frozen=True, kw_only=True)
class Fact:
    """One line of a call sheet, in the reader's words, with the address of the row it is read from.

    The heaviest five are shown. The heaviest with a `goal` gives the call its goal and purpose, the heaviest with a
    `forbids` its forbidden topic, the heaviest with `words` the sentence that may be said.
    Weights: 90 and more a mark that stops contact, 70–89 money overdue and open alerts, 50–69 due soon, 30–49 worth a
    word, below that background.
    """

    key: str
    text: str
    url: str
    weight: int
    icon: str = "point"
    tone: str = ""
    goal: str = ""
    purpose: str = ""
    forbids: str = ""
    words: str = ""
    topics: frozenset[str] = frozenset()  # what it is about, such as overdue: one line for each topic is enough


FactSource = Callable[[Any, Any, date], Iterable[Fact]]
_fact_sources: dict[str, tuple[FactSource, str]] = {}


def register_facts(name: str, source: FactSource, *, permission: str = "") -> None:
    """Add facts about a customer to the call sheet; the same name again replaces them."""
    _fact_sources[name] = (source, permission)


def facts_of(user: Any, customer: Any, today: date) -> list[Fact]:
    """Every fact this person may see, the heaviest first."""
    allowed = [source for source, right in _fact_sources.values() if not right or user.has_perm(right)]
    found = [fact for source in allowed for fact in source(user, customer, today)]
    return sorted(found, key=lambda fact: (-fact.weight, fact.key))


def apart(facts: Iterable[Fact]) -> list[Fact]:
    """Without the lighter ones of facts that tell of the same thing, such as a debt, its alert and its task."""
    told: set[str] = set()
    kept = []
    for fact in facts:
        if not fact.topics & told:
            kept.append(fact)
        told |= fact.topics
    return kept
