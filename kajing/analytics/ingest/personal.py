"""Personal columns: encrypted and indexed before anything is written; masks for people's eyes (platform R20)."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache

import pyarrow as pa

from kajing.analytics.feeds import FEEDS, Feed
from kajing.lib import masks
from kajing.lib.crypto import KeyRing

TAIL = 4
_MASKS: dict[str, Callable[[str], str]] = {
    "id_number": masks.id_number,
    "mobile": masks.phone,
    "email": masks.email,
    "address": masks.address,
    "employer": masks.name,
}


def seal(table: pa.Table, feed: Feed, keys: KeyRing) -> pa.Table:
    """Add `<name>_enc`, `_idx`, `_tail_idx` and `personal_digest` to a block; absent columns become null."""
    digest_of: list[list[str | None]] = []
    for column in feed.personal:
        personal = column.personal
        assert personal is not None  # noqa: S101  tells the type checker what `feed.personal` promises
        present = column.name in table.column_names
        texts = table.column(column.name).to_pylist() if present else [None] * table.num_rows
        digest_of.append(texts)
        sealed = pa.array(keys.encrypt_all(personal.column, texts), pa.binary())
        table = table.append_column(f"{column.name}_enc", sealed)
        if personal.indexed:
            index = pa.array(keys.blind_all(personal.column, texts), pa.string())
            table = table.append_column(f"{column.name}_idx", index)
        if personal.tail:
            tails = [text[-TAIL:] if text else None for text in texts]
            index = pa.array(keys.blind_all(f"{personal.column}.tail", tails), pa.string())
            table = table.append_column(f"{column.name}_tail_idx", index)
    if digest_of:
        rows = ["\x1f".join(text or "" for text in row) for row in zip(*digest_of, strict=True)]
        index = pa.array(keys.blind_all(f"{feed.name}.personal", rows), pa.string())
        table = table.append_column("personal_digest", index)
    return table


@cache
def _personal(name: str) -> frozenset[str]:
    return frozenset(column.name for column in FEEDS[name].personal)


def mask_row(feed: Feed, names: list[str], values: list[str], delimiter: str = ",") -> str:
    """A row for people's eyes: each personal field in its mask, the name by its first character."""
    personal = _personal(feed.name)
    shown = []
    for n, value in enumerate(values):
        name = names[n] if n < len(names) else ""
        if name in personal:
            shown.append(_MASKS.get(name, masks.name)(value))
        elif name == "name" and personal:
            shown.append(masks.name(value))
        else:
            shown.append(value)
    return delimiter.join(shown)[:2000]


_LONG_DIGITS = re.compile(r"\d{5,}")
_WORDY = re.compile(r"[^\x00-\x7f]+|[\w.+-]+@[\w.-]+")


def mask_broken(feed: Feed, text: str) -> str:
    """A line whose fields cannot be told apart: as it is, or in a personal feed every text and number hidden."""
    if not _personal(feed.name):
        return text[:2000]
    hidden = _WORDY.sub(lambda found: found.group()[:1] + "***", text)
    return _LONG_DIGITS.sub(lambda found: found.group()[:1] + "*" * (len(found.group()) - 1), hidden)[:2000]
