"""Small figures drawn by the server: no script, no request, no layout shift. Widths are attributes (strict CSP)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from urllib.parse import quote

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

FAVICON = "data:image/svg+xml," + quote(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#1f4fd1"/>'
    '<rect x="6" y="9" width="20" height="14" rx="3" fill="none" stroke="#fff" stroke-width="2"/>'
    '<path d="M6 14h20M10 19h4" stroke="#fff" stroke-width="2"/></svg>',
)
_RADIUS = 27
_ROUND = 2 * math.pi * _RADIUS


def ring(percent: float | None, *, tone: str = "pri", label: str = "") -> SafeString:
    """A goal ring; ``percent`` may pass 100 (the ring is full), None draws an empty ring with a dash."""
    share = min(max(percent or 0, 0), 100) / 100
    shown = "—" if percent is None else f"{percent:.0f}"
    # An arc of length 0 with round ends would still draw a dot.
    arc = format_html(
        '<circle class="ring-v" cx="32" cy="32" r="{}" stroke-dasharray="{} {}" transform="rotate(-90 32 32)"/>',
        _RADIUS,
        f"{_ROUND * share:.1f}",
        f"{_ROUND:.1f}",
    )
    return format_html(
        '<svg class="ring ring-{}" viewBox="0 0 64 64" width="64" height="64" role="img" aria-label="{}">'
        '<circle class="ring-t" cx="32" cy="32" r="{}"/>{}'
        '<text x="32" y="37" text-anchor="middle" aria-hidden="true">{}{}</text></svg>',
        tone,
        label or f"{shown}%",
        _RADIUS,
        arc if share else "",
        shown,
        "" if percent is None else mark_safe('<tspan class="ring-p">%</tspan>'),
    )


def spark(values: Sequence[float | None], *, width: int = 96, height: int = 28) -> SafeString:
    """A trend line; gaps (None) are left out. Fewer than two points give an empty text. The value stands beside it."""
    points = [(place, float(value)) for place, value in enumerate(values) if value is not None]
    if len(points) < 2:
        return mark_safe("")
    low, high = min(v for _, v in points), max(v for _, v in points)
    step, room = (width - 4) / (len(values) - 1), height - 6
    drawn = [(2 + x * step, height - 3 - ((v - low) / (high - low) if high > low else 0.5) * room) for x, v in points]
    return format_html(
        '<svg class="spark" viewBox="0 0 {} {}" width="{}" height="{}" aria-hidden="true"><polyline points="{}"/>'
        '<circle cx="{}" cy="{}" r="2.5"/></svg>',
        width,
        height,
        width,
        height,
        " ".join(f"{x:.1f},{y:.1f}" for x, y in drawn),
        f"{drawn[-1][0]:.1f}",
        f"{drawn[-1][1]:.1f}",
    )


def bar(share: float, *, high: bool = False) -> SafeString:
    """A bar that fills its box; ``share`` 0…1, more than 1 is full."""
    width = min(max(share, 0), 1) * 100
    return format_html(
        '<svg viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="bar-t" width="100" height="10"/><rect class="bar-v{}" width="{}" height="10"/></svg>',
        " hi" if high else "",
        f"{width:.1f}",
    )


def columns(values: Sequence[float], *, width: int = 240, height: int = 56) -> SafeString:
    """Plain columns of one series, for a month of days."""
    if not values:
        return mark_safe("")
    top = max(*values, 0) or 1
    step = width / len(values)
    bars = format_html_join(
        "",
        '<rect class="bar-v" x="{}" y="{}" width="{}" height="{}"/>',
        (
            (f"{i * step:.1f}", f"{height - v / top * height:.1f}", f"{step * 0.72:.1f}", f"{v / top * height:.1f}")
            for i, v in enumerate(values)
        ),
    )
    return format_html('<svg viewBox="0 0 {} {}" width="{}" height="{}" aria-hidden="true">{}</svg>',
                       width, height, width, height, bars)  # fmt: skip
