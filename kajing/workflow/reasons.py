"""The engine's reasons in the reader's words: today's value with the customer's usual one beside it (G3.1)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language


@dataclass(frozen=True, slots=True)
class Evidence:
    """One reason as a row of a table: the sentence, today's value, the usual one, the window, all ready to read."""

    text: str
    value: str
    usual: str
    window: str
    unless: str  # what would have kept the rule silent


def reason_words(reason: Mapping[str, Any]) -> str:
    """One reason of an alert as a sentence in the active language."""
    # Imported on use: the engine loads its expression library, which pages without an alert need not wait for.
    from kajing.analytics.alerts import words

    return words(reason, get_language() or "zh-hans")


def unless_words(reason: Mapping[str, Any]) -> str:
    """What would have kept the rule silent, with the limits of that night; "" where it was not told."""
    from kajing.analytics.alerts import unless

    return unless(reason, get_language() or "zh-hans")


def reasons_line(reasons: Iterable[Mapping[str, Any]]) -> str:
    """All reasons of an alert in one line."""
    chinese = (get_language() or "zh").startswith("zh")
    return ("；" if chinese else "; ").join(reason_words(reason) for reason in reasons)


def evidence(reason: Mapping[str, Any]) -> Evidence:
    """A reason with its figures written the reader's way."""
    return Evidence(reason_words(reason), _figure(reason.get("value")), _figure(reason.get("usual")),
                    str(reason.get("window") or "—"), unless_words(reason))  # fmt: skip


def _figure(value: Any) -> str:
    return "—" if value is None or value == "" else str(value)
