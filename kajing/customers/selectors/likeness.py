"""How much two customers look like one person: rules with points, each a dated policy row (BP735 to BP748)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from django.conf import settings
from rapidfuzz.distance import Indel

from kajing.customers import personal
from kajing.customers.models import ContactPoint, Customer, DuplicatePair
from kajing.lib.crypto import CannotDecrypt
from kajing.reference.selectors import NotInForce, parameter

# What ships; the rows in force decide.
POINTS: dict[str, float] = {
    "same_id_number": 100, "other_id_number": -60, "same_phone": 50, "same_email": 40, "same_name": 30,
    "same_pinyin": 20, "similar_name": 15, "similar_name_from": 0.65, "same_birth_date": 20, "same_employer": 15,
    "other_gender": -20, "sure_from": 100, "likely_from": 70, "possible_from": 50,
}  # fmt: skip
Rules = Mapping[str, float]


def rules_on(on: date) -> Rules:
    """The points in force on a day, by rule."""
    return {name: _number(name, shipped, on) for name, shipped in POINTS.items()}


def _number(name: str, shipped: float, on: date) -> float:
    try:
        value = parameter(f"duplicate_{name}", on)
    except NotInForce:
        return shipped
    return float(value) if isinstance(value, (int, float, Decimal)) else shipped


@dataclass
class Likeness:
    """What is compared of one customer, known or not yet on file."""

    pk: str = ""
    name: str = ""
    initials: str = ""
    birth_date: date | None = None
    gender: str = ""
    id_number: str = ""  # blind index
    employer: str = ""  # blind index of the spelling without spaces
    phones: set[str] = field(default_factory=set)
    emails: set[str] = field(default_factory=set)


def likenesses(customer_ids: Iterable[str]) -> dict[str, Likeness]:
    """Everything the rules compare, for some customers, in two queries."""
    ids = list(customer_ids)
    columns = ("pk", "name", "initials", "birth_date", "gender", "id_number_idx", "employer_enc")
    found = {}
    for pk, name, initials, born, gender, number, employer in Customer.objects.filter(pk__in=ids).values_list(*columns):
        found[pk] = Likeness(pk, name, initials, born, gender, number, _employer(employer))
    points = ContactPoint.objects.filter(customer__in=ids, valid=True)
    for pk, kind, value in points.values_list("customer_id", "kind", "value_idx"):
        (found[pk].emails if kind == ContactPoint.Kind.EMAIL else found[pk].phones).add(value)
    return found


def _employer(value: bytes | None) -> str:
    try:
        return employer_index(personal.unseal("employer", value))
    except CannotDecrypt:
        return ""


def employer_index(text: str) -> str:
    """An employer's blind index, whatever the spaces and capitals; empty for nothing."""
    plain = "".join(text.split()).lower()
    return settings.KAJING_KEYS.blind(personal.COLUMNS["employer"], plain) if plain else ""


def weigh(one: Likeness, other: Likeness, rules: Rules) -> tuple[int, list[str]]:
    """The points of a pair and the rules that gave them, strongest first."""
    spoken = [name for name in _rules_that_speak(one, other, rules) if rules[name]]
    spoken.sort(key=lambda name: -abs(rules[name]))
    return round(sum(rules[name] for name in spoken)), spoken


def _rules_that_speak(one: Likeness, other: Likeness, rules: Rules) -> Iterable[str]:
    if one.id_number and other.id_number:
        yield "same_id_number" if one.id_number == other.id_number else "other_id_number"
    if one.phones & other.phones:
        yield "same_phone"
    if one.emails & other.emails:
        yield "same_email"
    if one.birth_date and one.birth_date == other.birth_date:
        yield "same_birth_date"
    if one.employer and one.employer == other.employer:
        yield "same_employer"
    if {one.gender, other.gender} == {"M", "F"}:
        yield "other_gender"
    likeness = name_likeness(one, other, rules["similar_name_from"])
    if likeness:
        yield likeness


def name_likeness(one: Likeness, other: Likeness, least: float) -> str:
    """The rule two names meet: same, same pinyin, similar; empty for none."""
    if not one.name or not other.name:
        return ""
    if one.name == other.name:
        return "same_name"
    if one.initials == other.initials and pinyin(one.name) == pinyin(other.name):
        return "same_pinyin"
    near = _within(one.initials, other.initials) or _within(other.initials, one.initials)
    return "similar_name" if near and Indel.normalized_similarity(one.name, other.name) >= least else ""


def _within(short: str, long: str) -> bool:
    """Whether the letters come in this order in the longer one: wm in wxm. 王明 may be 王小明, 王强 may not."""
    letters = iter(long)
    return bool(short) and all(letter in letters for letter in short)


@cache
def _syllable(char: str) -> str:
    from pypinyin import lazy_pinyin  # a large dictionary

    return "".join(lazy_pinyin(char)).lower()


def pinyin(name: str) -> str:
    """A name by sound, without tones."""
    return " ".join(_syllable(char) for char in name if not char.isspace())


def strength_of(points: float, rules: Rules) -> str:
    """How sure; empty below what is worth a look."""
    for strength in DuplicatePair.Strength:
        if points >= rules[f"{strength.lower()}_from"]:
            return strength.value
    return ""


def reason_words(reasons: Iterable[Any]) -> list[str]:
    """The rules in words, in the reader's language."""
    from kajing.customers.words import DUPLICATE_REASONS

    return [str(DUPLICATE_REASONS.get(name, name)) for name in reasons]
