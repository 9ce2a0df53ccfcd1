"""The dated rows the gate decides by."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from kajing.reference.wording import article_of, source_of

# Without these the bank has no rules at all, and nothing is allowed.
NEEDED = (
    "contact_hours_workday", "contact_hours_other_day", "contact_hours_channels", "capped_purposes",
    "contacts_per_day", "contacts_per_7_days", "contacts_per_30_days", "consent_opt_in_purposes",
    "hold_stops_deceased",
)  # fmt: skip
# A rule that is not in force on a day does not bind on it.
OTHERS = (
    "spring_festival", "spring_festival_quiet_days", "refusal_quiet_days", "consent_opt_out_purposes",
    "contact_override_hours", "contact_override_never", "hold_stops_complaint", "hold_stops_hardship",
    "hold_stops_fraud", "hold_stops_refusal", "hold_stops_trial", "licences_marketing", "licences_marketing_phone",
    "licences_enforced_from", "licences_late_collection", "collection_unit_from_bucket", "quiet_hours",
    "max_unanswered_attempts_same_contact_day",
)  # fmt: skip
KEYS = NEEDED + OTHERS


@dataclass(frozen=True, slots=True)
class Rule:
    """One value of one rule with where it comes from; `value` is typed as `reference.selectors.typed` does."""

    key: str
    value: Any
    rule_id: str = ""
    source: str = ""
    article: str = ""
    valid_from: date = date.min
    valid_to: date | None = None

    @property
    def source_words(self) -> str:
        """Where it comes from, in the reader's language."""
        return source_of(self.source)

    @property
    def article_words(self) -> str:
        """The article or section of the source, in the reader's language."""
        return article_of(self.article)

    @property
    def many(self) -> tuple[Any, ...]:
        """The value as a tuple: `a|b` already is one, a single name or span is not."""
        plain = isinstance(self.value, tuple) and not hasattr(self.value, "low")
        return self.value if plain else (self.value,)

    def __contains__(self, name: str) -> bool:
        return name in self.many

    def holds_on(self, day: date) -> bool:
        """Whether it is in force on a day, a newer value aside."""
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)


@dataclass(frozen=True)
class Rulebook:
    """Every dated value of the gate's rules, and the workday calendar."""

    rows: Mapping[str, list[Rule]]  # by key, oldest first
    is_workday: Callable[[date], bool]
    _found: dict[tuple[str, date], Rule | None] = field(default_factory=dict)

    @classmethod
    def of(cls, rules: Iterable[Rule], is_workday: Callable[[date], bool]) -> Rulebook:
        """A book from single rules."""
        rows: dict[str, list[Rule]] = {}
        for rule in sorted(rules, key=lambda one: one.valid_from):
            rows.setdefault(rule.key, []).append(rule)
        return cls(rows, is_workday)

    def on(self, key: str, day: date) -> Rule | None:
        """The value in force on a day: the newest that has begun and not ended."""
        if (key, day) not in self._found:
            begun = [row for row in self.rows.get(key, ()) if row.holds_on(day)]
            self._found[key, day] = begun[-1] if begun else None
        return self._found[key, day]

    def missing(self, day: date) -> list[str]:
        """Needed rules that have no value on a day."""
        return [key for key in NEEDED if self.on(key, day) is None]
