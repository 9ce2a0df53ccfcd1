"""Figures of cards, accounts and customers at a date. Pure functions: Ibis tables in, Ibis table out.

Money is fen, shares 0–1, dates DATE; `as_of` is a date at end of day; windows of n days end with as_of; null where a
denominator is 0. Each function names its rule in the domain reference.
"""

from kajing.analytics.features import (
    baselines,
    cards,
    conduct,
    customers,
    days,
    debt,
    merchants,
    places,
    rhythm,
    score,
    spend,
    windows,
)

__all__ = [
    "baselines",
    "cards",
    "conduct",
    "customers",
    "days",
    "debt",
    "merchants",
    "places",
    "rhythm",
    "score",
    "spend",
    "windows",
]
