"""Numbers of records by a pattern such as `GJ-{seq}` or `VIP{year}{seq:5}`. Knows no table."""

from __future__ import annotations

import re
from datetime import date

_PART = re.compile(r"\{(seq|year|month)(?::([1-9]))?\}")
_AROUND = re.compile(r"[A-Za-z0-9._/-]*")
LONGEST = 40


def is_pattern(text: str) -> bool:
    """Whether a text makes a different number for each record: `{seq}` once, beside it letters, digits and . _ / -."""
    parts = _PART.findall(text)
    names = [name for name, _width in parts]
    plain = all(not width or name == "seq" for name, width in parts)
    return names.count("seq") == 1 and plain and len(text) <= LONGEST and bool(_AROUND.fullmatch(_PART.sub("", text)))


def number(pattern: str, seq: int, day: date) -> str:
    """The number of the record `seq` made on a day; `{seq:5}` fills up with zeros."""

    def part(found: re.Match[str]) -> str:
        name, width = found.group(1), int(found.group(2) or 0)
        return f"{seq:0{width}d}" if name == "seq" else f"{day:%Y}" if name == "year" else f"{day:%m}"

    return _PART.sub(part, pattern)
