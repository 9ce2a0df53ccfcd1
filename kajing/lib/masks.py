"""The masks of domain reference §2.8, nowhere else defined. They run on the server, before anything is serialised."""

from __future__ import annotations

import re

_DISTRICT = re.compile(r"^(.*?(?:区|县|旗|市(?!.*(?:区|县))))")


def card_number(last4: str) -> str:
    """6225880000001234 → **** **** **** 1234; the system holds only the last four."""
    return f"**** **** **** {last4[-4:]}"


def id_number(value: str) -> str:
    """First and last character: 110101199001011234 → 1****************4."""
    return value[:1] + "*" * max(len(value) - 2, 0) + value[-1:] if len(value) > 1 else "*" * len(value)


def id_number_reviewed(value: str) -> str:
    """With pii.view, a reason and an audit row: first six and last four."""
    return value[:6] + "*" * (len(value) - 10) + value[-4:] if len(value) > 10 else id_number(value)


def phone(value: str) -> str:
    """13800001234 → 138****1234."""
    return value[:3] + "*" * max(len(value) - 7, 0) + value[-4:] if len(value) >= 8 else "*" * len(value)


def name(value: str) -> str:
    """王小明 → 王**; for people who do not manage the customer."""
    return value[:1] + "*" * max(len(value) - 1, 0)


def address(value: str) -> str:
    """北京市海淀区中关村大街1号 → 北京市海淀区****; up to the district."""
    found = _DISTRICT.match(value)
    return (found.group(1) if found else value[:2]) + "****" if value else ""


def email(value: str) -> str:
    """alice@x.com → a***@x.com."""
    local, at, host = value.partition("@")
    return f"{local[:1]}***@{host}" if at else "***"


def income_band(yuan_per_year: int | None) -> str:
    """10–20万: a band, for people who neither own nor review the customer."""
    if yuan_per_year is None:
        return ""
    edges = [5, 10, 20, 30, 50, 100]
    wan = yuan_per_year / 10_000
    for low, high in zip([0, *edges], edges, strict=False):
        if wan < high:
            return f"{low}–{high}万"
    return "100万+"


def luhn_valid(digits: str) -> bool:
    """Whether a digit string passes the Luhn check, as every real card number does."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


_CARD_LIKE = re.compile(r"(?<!\d)\d(?:[ -]?\d){12,18}(?!\d)")


def scrub_card_numbers(text: str) -> str:
    """Replace Luhn-valid 13–19 digit runs typed into a note by their mask (platform S8)."""

    def masked(found: re.Match[str]) -> str:
        digits = re.sub(r"\D", "", found.group())
        return card_number(digits) if luhn_valid(digits) else found.group()

    return _CARD_LIKE.sub(masked, text)
