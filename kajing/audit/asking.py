"""Where a file of the trail above the cap is asked for. A room above that keeps such requests says its address here.

asking.register("customers:ask_trail")   # the name of an address; it takes the trail's query, `reason` and `form`
"""

from __future__ import annotations

_NAMES: list[str] = []


def register(url_name: str) -> None:
    """Say the address; the last one counts."""
    _NAMES[:] = [url_name]


def url_name() -> str:
    """The name of the address; empty when no room takes requests."""
    return _NAMES[0] if _NAMES else ""
