"""What the gate is told: the question, the customer, who asks."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from kajing.lib.periods import SHANGHAI


@dataclass(frozen=True, slots=True)
class Question:
    """One wish to contact; names of `choices.Channel` and `choices.Purpose`."""

    channel: str
    purpose: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Word:
    """One entry of the consent ledger."""

    purpose: str
    channel: str
    given: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Hold:
    """A mark that stops contact. An empty purpose stops what the rule of its kind stops; `until` is its last day."""

    kind: str
    purpose: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Touch:
    """One contact to the customer that happened, or is planned or on its way: by whom does not matter."""

    at: datetime
    purpose: str
    channel: str
    unanswered: bool = False

    @property
    def day(self) -> date:
        """The Shanghai day it falls on."""
        return self.at.astimezone(SHANGHAI).date()


@dataclass(frozen=True, slots=True)
class Pass:
    """A leader's reasoned override: one contact, these blocks, until `expires_at`."""

    pk: int
    channel: str
    purpose: str
    codes: frozenset[str]
    granted_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of one customer."""

    customer_id: str
    bucket: str = ""  # the worst of M0 … M6+; empty before the first night
    consents: tuple[Word, ...] = ()
    holds: tuple[Hold, ...] = ()
    touches: tuple[Touch, ...] = ()
    passes: tuple[Pass, ...] = ()


@dataclass(frozen=True, slots=True)
class Asker:
    """Who wants to make the contact. `licences` are (code, first day, last day or None).

    `any_recorded` is whether the bank has licences of anybody: without, it is not this person who lacks training.
    """

    person_no: str
    collects: bool = False  # belongs to the collection unit
    licences: tuple[tuple[str, date, date | None], ...] = ()
    any_recorded: bool = True

    def holds(self, code: str, on: date) -> bool:
        """Whether the licence is valid on a day; its last day still counts."""
        return any(code == held and first <= on and (last is None or on <= last) for held, first, last in self.licences)
