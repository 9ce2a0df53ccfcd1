"""One customer's actions judged: which is eligible, what stands against it, what it scores. Facts in, verdicts out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any

from kajing.sales.models import Action
from kajing.sales.ranking import Record, Terms, in_order, propensity, score
from kajing.sales.values import FORMULAS, Rates, Worth

MOST = 3  # suggestions a customer; more is a list, not advice

Term = tuple[str, tuple[str, ...]]  # a filter of the customers list and its values
_NEVER = Record()


class Kind(StrEnum):
    """What became of an action."""

    SUGGESTED = "SUGGESTED"
    LOWER = "LOWER"  # eligible and allowed, but others rank higher
    OFF = "OFF"
    NOT_ELIGIBLE = "NOT_ELIGIBLE"
    NO_VALUE = "NO_VALUE"
    REJECTED = "REJECTED"  # somebody said "not a fit" a short while ago
    LATER = "LATER"
    RUNNING = "RUNNING"  # accepted, the outcome is not known yet
    NO_CONTACT = "NO_CONTACT"


@dataclass(frozen=True, slots=True)
class Seen:
    """What the night found of one customer; `true` holds the terms that are fulfilled."""

    customer_id: str
    tier: str
    figures: Mapping[str, Any]
    true: frozenset[Term]


@dataclass(frozen=True, slots=True)
class Rest:
    """An earlier decision that still stands against an action."""

    kind: Kind
    until: date | None


@dataclass(frozen=True, slots=True)
class Against:
    """What stands against contact for a purpose on a channel: the rule's sentence and number."""

    sentence: str
    rule_id: str = ""


@dataclass(frozen=True, slots=True)
class Knowledge:
    """What is known beyond the customer: rates, track records by (action, tier; "" is all), terms switched on."""

    rates: Rates
    records: Mapping[tuple[str, str], Record] = field(default_factory=dict)
    switched_on: tuple[str, ...] = ("P", "C", "V", "L")


@dataclass(slots=True)
class Verdict:
    """One action for one customer."""

    action: Action
    kind: Kind
    failed: tuple[Term, ...] = ()
    rest: Rest | None = None
    against: Against | None = None
    terms: Terms | None = None
    worth: Worth | None = None
    because: tuple[str, ...] = ()  # message ids of the context that applied
    score: int = 0
    place: int = 0


def terms_of(query: Mapping[str, Sequence[str]]) -> list[Term]:
    """The parts of a condition, each of which must hold."""
    return [(name, tuple(values)) for name, values in query.items()]


def all_terms(actions: Sequence[Action]) -> list[Term]:
    """Every part that must be known to judge these actions, each once."""
    found: dict[Term, None] = {}
    for action in actions:
        for query in (action.eligibility, *(one["when"] for one in action.context)):
            found.update(dict.fromkeys(terms_of(query)))
    return list(found)


def questions_of(actions: Sequence[Action], seen: Seen) -> set[tuple[str, str]]:
    """The (purpose, channel) of every action the customer is eligible for: what the contact gate must be asked."""
    return {
        (one.purpose, one.channel)
        for one in actions
        if one.enabled and all(term in seen.true for term in terms_of(one.eligibility))
    }


def judge(
    actions: Sequence[Action],
    seen: Seen,
    rests: Mapping[str, Rest],
    against: Mapping[tuple[str, str], Against],
    knowledge: Knowledge,
) -> list[Verdict]:
    """A verdict on every action, suggestions first and in their order.

    `rests` is by action code, `against` by (purpose, channel). The order of the checks is the order in which they are
    told: switched off, not eligible, resting, no contact, no value, rank.
    """
    verdicts = {one.code: _verdict(one, seen, rests, against, knowledge) for one in actions}
    ranked = in_order({code: one.score for code, one in verdicts.items() if one.kind == Kind.SUGGESTED})
    for place, code in enumerate(ranked, start=1):
        verdicts[code].place = place
        if place > MOST:
            verdicts[code].kind = Kind.LOWER
    return sorted(verdicts.values(), key=lambda one: (one.place or len(actions) + 1, one.action.code))


def _verdict(
    action: Action,
    seen: Seen,
    rests: Mapping[str, Rest],
    against: Mapping[tuple[str, str], Against],
    knowledge: Knowledge,
) -> Verdict:
    if not action.enabled:
        return Verdict(action, Kind.OFF)
    failed = tuple(term for term in terms_of(action.eligibility) if term not in seen.true)
    if failed:
        return Verdict(action, Kind.NOT_ELIGIBLE, failed=failed)
    if action.code in rests:
        return Verdict(action, rests[action.code].kind, rest=rests[action.code])
    stop = against.get((action.purpose, action.channel))
    if stop:
        return Verdict(action, Kind.NO_CONTACT, against=stop)
    return _valued(action, seen, knowledge)


def _valued(action: Action, seen: Seen, knowledge: Knowledge) -> Verdict:
    worth = FORMULAS[action.value](seen.figures, knowledge.rates)
    times, because = _context(action, seen)
    chance = propensity(
        action.prior_rate,
        action.prior_weight,
        knowledge.records.get((action.code, ""), _NEVER),
        knowledge.records.get((action.code, seen.tier), _NEVER) if seen.tier else _NEVER,
    )
    terms = Terms(chance, times, worth.fen, action.lever)
    points = score(terms, knowledge.switched_on)
    kind = Kind.SUGGESTED if points > 0 else Kind.NO_VALUE
    return Verdict(action, kind, terms=terms, worth=worth, because=because, score=points)


def _context(action: Action, seen: Seen) -> tuple[Decimal, tuple[str, ...]]:
    """The product of the circumstances that hold, and their message ids."""
    holding = [one for one in action.context if all(term in seen.true for term in terms_of(one["when"]))]
    times = Decimal(1)
    for one in holding:
        times *= Decimal(one["times"])
    return times.quantize(Decimal("0.001")), tuple(one["why"] for one in holding)
