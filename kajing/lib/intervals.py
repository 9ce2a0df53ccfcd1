"""How sure a share, a difference or a mean is: 95 % intervals, and which ranks of a league table they leave open."""

from __future__ import annotations

import math
from collections.abc import Sequence

Z = 1.959963984540054  # the 97.5 % point of the normal distribution
Interval = tuple[float, float]


def wilson(hits: int, n: int) -> Interval | None:
    """The 95 % score interval of a share (Wilson 1927); None without cases. Never leaves 0 to 1."""
    if n <= 0:
        return None
    share, z2 = hits / n, Z * Z
    middle = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = Z / (1 + z2 / n) * math.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def difference(hits: int, n: int, other_hits: int, other_n: int) -> Interval | None:
    """The 95 % interval of the difference of two shares, first minus other; None while a group is empty.

    Newcombe's hybrid score interval (1998, method 10), made of the two intervals of `wilson`: unlike the one from
    unpooled variances it does not shrink to a point when a small group has no hit or nothing but hits.
    """
    one, other = wilson(hits, n), wilson(other_hits, other_n)
    if one is None or other is None:
        return None
    p, q = hits / n, other_hits / other_n
    below = math.hypot(p - one[0], other[1] - q)
    above = math.hypot(one[1] - p, q - other[0])
    return p - q - below, p - q + above


def of_mean(total: float, squares: float, n: int) -> Interval | None:
    """The 95 % t-interval of a mean from the sum and the sum of squares; None below two values."""
    if n < 2:
        return None
    mean = total / n
    variance = max(squares - total * mean, 0.0) / (n - 1)
    half = t_point(n - 1) * math.sqrt(variance / n)
    return mean - half, mean + half


def t_point(degrees: int) -> float:
    """The 97.5 % point of Student's t: exact for 1 and 2 degrees, else the expansion of Abramowitz & Stegun 26.7.5."""
    if degrees == 1:
        return 12.706204736432095
    if degrees == 2:
        return 4.302652729911275
    z, v = Z, float(degrees)
    return (
        z
        + (z**3 + z) / (4 * v)
        + (5 * z**5 + 16 * z**3 + 3 * z) / (96 * v**2)
        + (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * v**3)
        + (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / (92160 * v**4)
    )


def ranks(intervals: Sequence[Interval | None]) -> list[tuple[int, int] | None]:
    """For each, the best and the worst place it may truly have: those surely above, and those not surely below it."""
    known = [one for one in intervals if one is not None]
    return [
        None
        if one is None
        else (1 + sum(other[0] > one[1] for other in known), len(known) - sum(other[1] < one[0] for other in known))
        for one in intervals
    ]
