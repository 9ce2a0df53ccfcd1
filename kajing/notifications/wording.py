"""Turns a stored message id with parameters into the reader's language.

What is stored is never a finished sentence, so a person who reads English and one who reads Chinese see the same news.
A parameter is a plain value, or one of ``{"fen": 128450}``, ``{"date": "2026-11-22"}``, ``{"share": 0.62}`` and
``{"rate": 0.0045}`` (a share with two decimals), which are written the reader's way; ``{"listed": […]}`` holds message
ids that stand in a row, ``{"text": {"id": …, "params": {…}}}`` a message with parameters of its own. Names listed under
``"_translate"`` are message ids themselves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext

from kajing.ui import formats


def worded(message: str, params: Mapping[str, Any] | None = None) -> str:
    """The message in the active language; without parameters it may be a person's own words and is left alone."""
    if not message or not params:
        return message
    ids = params.get("_translate", ())
    told = {name: gettext(value) if value and name in ids else _shown(value) for name, value in params.items()}
    return gettext(message) % told


def verbatim(text: str, most: int) -> str:
    """A person's own words where `worded` expects a message id, no longer than their column of `most` characters."""
    return text[: most - text.count("%")].replace("%", "%%")


def _shown(value: Any) -> Any:
    if isinstance(value, dict) and len(value) == 1:
        ((how, inner),) = value.items()
        if how in _WAYS:
            return "—" if inner is None else _WAYS[how](inner)
    return "—" if value is None else value


_WAYS: dict[str, Callable[[Any], str]] = {
    "fen": formats.money_short,
    "date": lambda value: formats.long_day(date.fromisoformat(value)),
    "share": formats.percent,
    "rate": lambda value: formats.percent(value, 2),
    "listed": lambda value: formats.listed(map(gettext, value)),
    "text": lambda value: worded(value["id"], value["params"]),
}
