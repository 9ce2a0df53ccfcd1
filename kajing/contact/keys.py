"""One key each for how a call ended. The words stand on the buttons; no key is used twice on the sheet."""

from __future__ import annotations

from dataclasses import dataclass

from kajing.contact.choices import Outcome, Purpose


@dataclass(frozen=True, slots=True)
class Key:
    """A choice on the sheet: the key, the value it sends, its words and icon."""

    key: str
    value: str
    label: str
    icon: str


OUTCOME_ICONS = {
    "REACHED": "circle-check", "PROMISED": "cash", "LATER": "clock", "NO_ANSWER": "phone-off", "REFUSED": "hand-stop",
    "NEVER": "ban", "WRONG_NUMBER": "phone-x", "MISSED": "phone-incoming",
}  # fmt: skip
_KEYS = {
    "r": Outcome.REACHED,
    "p": Outcome.PROMISED,
    "l": Outcome.LATER,
    "a": Outcome.NO_ANSWER,
    "f": Outcome.REFUSED,
    "n": Outcome.NEVER,
    "w": Outcome.WRONG_NUMBER,
}
_ONLY = {Outcome.PROMISED: {Purpose.COLLECTION, Purpose.SERVICE}}


def outcome_keys(purpose: str) -> list[Key]:
    """The outcomes that make sense for a purpose."""
    return [
        Key(key, outcome.value, str(outcome.label), OUTCOME_ICONS[outcome.value])
        for key, outcome in _KEYS.items()
        if purpose in _ONLY.get(outcome, {purpose})
    ]
