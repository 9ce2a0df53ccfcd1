"""What every way of writing the queries must agree on: the day, the columns, the checksum."""

from __future__ import annotations

DAY = 20758  # 2026-11-01 in days since 1970: features look back from here
MCC_GROUPS = 12
SPAN = 365

TITLES = {
    "F": "card features",
    "T": "top 3 merchants of a card",
    "P": "month x branch x segment",
    "D": "statement and minimum-payment streak",
    "A": "windows over all history",
}
_FEATURES = "recency f30 f90 f365 m30 m90 m365 ad30 ad365 xb night inst med p95".split()
COLUMNS = {
    "F": ["card_id", *_FEATURES, *(f"mcc_{n}" for n in range(MCC_GROUPS)), "customer_id", "branch", "segment", "util"],
    "T": ["card_id", "merchant_id", "amt", "n", "rk"],
    "P": ["ym", "branch", "segment", "active", "amt", "n"],
    "D": ["card_id", "met", "len", "last_mi"],
    "A": ["dn", "n", "v1", "v24", "s24", "new_m", "new_c", "new_k", "zhit", "travel"],
}
# A column's checksum is the sum of value x weight of its row, so that a value in the wrong row shows.
WEIGHT = {"F": "card_id", "T": "card_id", "P": "branch", "D": "card_id", "A": "dn"}
WEIGHTS = 97
# Fractions become integers: hundredths of quantiles, rounded (engines interpolate apart in the last bit); millionths of
# a quotient, cut (the division is the same everywhere, a half is rounded up here and to even there).
HUNDREDTHS, MILLIONTHS = ("med", "p95"), ("util",)
# Rows of one chunk of cards and of another are different rows (the checksums add up); windows end in sums per day.
PER_CARD = ("F", "T", "D")
