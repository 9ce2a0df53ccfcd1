"""What comes out of a check: counts and a part that waits to be admitted, or a refusal in words."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from kajing.analytics.ingest.reasons import words
from kajing.lib.errors import DomainError


@dataclass(frozen=True, slots=True)
class Declared:
    """What the manifest says of one file. `amount_sum` in fen; None = not declared."""

    file: str
    rows: int | None = None
    amount_sum: int | None = None
    sha256: str | None = None
    encoding: str | None = None


@dataclass(frozen=True, slots=True)
class Manifest:
    """One feed day: its date and files by feed name. `declared` is False when there was no manifest.json."""

    directory: Path
    business_date: date
    files: dict[str, Declared]
    declared: bool = True
    unknown_files: tuple[str, ...] = ()  # files that are no feed of the contract: reported, not read

    def path(self, feed: str) -> Path:
        """Where the file of a feed is."""
        return self.directory / self.files[feed].file


class _InWords(DomainError):
    """An error with a code and figures, told in zh and en from the table of reasons."""

    def __init__(self, code: str, **params: Any) -> None:
        self.code, self.params = code, params
        super().__init__(words(code, params, "en"))

    def words(self, language: str) -> str:
        """The sentence in a language ("zh…" or anything else = English)."""
        return words(self.code, self.params, language)


class ManifestProblem(_InWords):
    """A feed directory cannot be understood: no date, no manifest where one is asked for, a file that is missing."""


class Refused(_InWords):
    """A file is refused whole; nothing of it is loaded. The words say which figure differs and by how much."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A quarantined row. `soft` rows are in the warehouse and wait there for the row they refer to."""

    line: int  # physical line number of the file, the header being line 1; row number for Parquet
    column: str  # contract column, empty when the whole line is wrong
    code: str
    params: dict[str, Any]
    masked: str  # the raw text with personal data masked
    raw_enc: bytes = b""  # the raw text, encrypted as `quarantine.raw`
    soft: bool = False

    def words(self, language: str) -> str:
        """The reason in a language."""
        return words(self.code, self.params, language)


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that was read to its end. Nothing is in the warehouse until `admit`.

    rows = accepted + duplicate + corrected + quarantined + pending. `accepted` rows are new, `duplicate` rows are known
    with equal values (in this file or in the warehouse), `corrected` rows are known with other values, `quarantined`
    rows have an error of their own, `pending` rows are good but refer to a card, account, customer … that has not come
    yet: they are stored, reported as soft rejects, and count by themselves once it comes.
    """

    feed: str
    business_date: date
    sha256: str
    part: str  # file name of the raw part
    encoding: str
    rows: int
    accepted: int
    duplicate: int
    corrected: int
    quarantined: int
    pending: int
    amount_sum: int | None  # fen, over every row with a readable amount; None: the feed has no control column
    unknown_columns: tuple[str, ...]
    notes: tuple[tuple[str, dict[str, Any]], ...] = ()  # (code, params) worth telling, for `reasons.words`
    held: bool = False  # more bad rows than allowed: a person decides before `admit`
    staged: Path | None = None  # the part under its temporary name; None after discard or when no row was good
    staged_rejects: Path | None = None
    seconds: float = field(default=0.0, compare=False)
