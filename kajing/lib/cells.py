"""Cells of files that people open in a spreadsheet."""

from __future__ import annotations

from typing import Any

# What a spreadsheet takes for the start of a formula, half- and full-width (platform R12).
FORMULA_STARTS = tuple("=+-@\t\r\n＝＋－＠")


def harmless(value: Any) -> Any:
    """A text that no spreadsheet takes for a formula; numbers of our own stay what they are."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA_STARTS) else value
