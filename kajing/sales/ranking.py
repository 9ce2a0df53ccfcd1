"""The order of actions: propensity x context x value x lever, each term of which the bank can switch off.

The shape is the published one of next-best-action engines (arbitration by P x C x V x L); every number is kept with the
suggestion, so that the order can be checked by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import sqrt

FLAT_VALUE = 10_000  # fen: what every action counts as while the term "value" is switched off
TERMS = ("P", "C", "V", "L")


@dataclass(frozen=True, slots=True)
class Record:
    """How often an action was taken and judged, and how often it succeeded."""

    tried: int = 0
    succeeded: int = 0

    @property
    def share(self) -> float | None:
        """Succeeded ÷ tried."""
        return self.succeeded / self.tried if self.tried else None


@dataclass(frozen=True, slots=True)
class Terms:
    """The factors of one action for one customer; `value` in fen a year."""

    propensity: Decimal
    context: Decimal
    value: int
    lever: Decimal


def propensity(prior: Decimal, weight: int, overall: Record, tier: Record) -> Decimal:
    """The chance of success: the prior, moved by what was seen of the action, moved by what was seen in the tier.

    Two shrinkage steps of the beta-binomial mean, each (weight x before + succeeded) ÷ (weight + tried): with few
    observations the number stays near what is known of the larger group, with many it becomes the observed share.
    """
    whole = (prior * weight + overall.succeeded) / (weight + overall.tried)
    return ((whole * weight + tier.succeeded) / (weight + tier.tried)).quantize(Decimal("0.0001"))


def score(terms: Terms, switched_on: Iterable[str] = TERMS) -> int:
    """The product of the terms that are switched on, in fen."""
    on = set(switched_on)
    product = Decimal(terms.value if "V" in on else FLAT_VALUE)
    for name, factor in (("P", terms.propensity), ("C", terms.context), ("L", terms.lever)):
        product *= factor if name in on else 1
    return int(product)


def in_order(scores: Mapping[str, int]) -> list[str]:
    """Codes with a positive score, the highest first; equal scores by code, so that a night repeats itself."""
    return sorted((code for code, points in scores.items() if points > 0), key=lambda code: (-scores[code], code))


def interval(record: Record, z: float = 1.96) -> tuple[float, float] | None:
    """The 95 % interval of a share by Wilson's score method (Wilson 1927), right for few observations too."""
    if not record.tried:
        return None
    n, share = record.tried, record.succeeded / record.tried
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(middle - half, 0.0), min(middle + half, 1.0)
