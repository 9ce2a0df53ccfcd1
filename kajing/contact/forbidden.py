"""Words that may not be said, words that somebody must look at, and words that say "no more".

All three are dated parameter rows with their source (topics 营销用语, 催收用语, 敏感词, 退订), so a word added today is
looked for from today. Words are found however they are spaced, in full-width letters too. The row `plain_terms` (topic
业务术语) names what only sounds like a claim.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from kajing.lib.errors import DomainError
from kajing.reference.selectors import NotInForce, parameter_row, parameters
from kajing.reference.wording import article_of, source_of

PHRASE_TOPICS = ("营销用语", "催收用语")
SENSITIVE_TOPIC = "敏感词"
PLAIN_TERMS = "plain_terms"  # terms of the trade that hold a doubtful word and claim nothing: 最低还款额
OPT_OUT = "opt_out_words"
HARD = "HARD_BLOCK"


@dataclass(frozen=True)
class Hit:
    """A phrase that was found, with the row that knows it."""

    phrase: str
    rule_id: str
    source: str
    article: str
    blocks: bool


class ForbiddenPhrase(DomainError):
    """The text says what the bank must not say."""

    status = 422

    def __init__(self, hit: Hit) -> None:
        super().__init__(hit.phrase)
        self.hit = hit

    def __str__(self) -> str:
        return _("“%(phrase)s” may not be said (%(rule)s, %(source)s). Say it in other words.") % {
            "phrase": self.hit.phrase,
            "rule": self.hit.rule_id,
            "source": " ".join(part for part in (source_of(self.hit.source), article_of(self.hit.article)) if part),
        }


def find_phrases(text: str, on: date) -> list[Hit]:
    """Every forbidden or doubtful phrase in a text, those that block first."""
    hits = [hit for topic in PHRASE_TOPICS for hit in _hits(text, topic, on)]
    return sorted(hits, key=lambda hit: not hit.blocks)


def check_phrases(text: str, on: date) -> list[Hit]:
    """The doubtful phrases, for a warning. Raises ForbiddenPhrase for one that blocks."""
    hits = find_phrases(text, on)
    if hits and hits[0].blocks:
        raise ForbiddenPhrase(hits[0])
    return hits


def find_sensitive(text: str, on: date) -> list[str]:
    """Words of a customer's message that somebody must look at."""
    return [hit.phrase for hit in _hits(text, SENSITIVE_TOPIC, on)]


def is_opt_out(text: str, on: date) -> bool:
    """Whether the first line of a reply is one of the words that mean: send me no more."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    try:
        words = parameter_row(OPT_OUT, on).value.split("|")
    except NotInForce:
        return False
    said = plain(first)
    return bool(said) and said in {plain(word) for word in words}


def _hits(text: str, topic: str, on: date) -> list[Hit]:
    whole = (plain(text), _spaced(text))
    # A term of the trade excuses a doubtful word inside it, never one that blocks: “全网最低还款额” stays forbidden.
    excused = _without_terms(*whole, on)
    return [
        Hit(phrase, row.rule_id, row.source, row.article, row.enforcement == HARD)
        for row in parameters(on, topic=topic)
        if row.valid_from <= on
        for phrase in row.value.split("|")
        if _is_in(phrase, *(whole if row.enforcement == HARD else excused))
    ]


def _without_terms(bare: str, spaced: str, on: date) -> tuple[str, str]:
    """Both forms of a text with a gap where a term of the trade stood."""
    try:
        terms = parameter_row(PLAIN_TERMS, on).value.split("|")
    except NotInForce:
        return bare, spaced
    for term in sorted(terms, key=len, reverse=True):
        bare, spaced = bare.replace(plain(term), "\n"), spaced.replace(_spaced(term), "\n")
    return bare, spaced


def _is_in(phrase: str, bare: str, spaced: str) -> bool:
    """Chinese is looked for however it is spaced; Latin letters only where a word begins (“fraud”, not “defraud”)."""
    if re.fullmatch(r"[\x00-\x7f]+", phrase):
        return re.search(rf"(?<![a-z]){re.escape(_spaced(phrase))}", spaced) is not None
    return plain(phrase) in bare


def plain(text: str) -> str:
    """Letters and digits only, in one form: 快 速-發 stays as 快速發, ＴＤ as td."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(char for char in folded if char.isalnum() or char == "%")


def _spaced(text: str) -> str:
    return re.sub(r"\s+", " ", unicodedata.normalize("NFKC", text).casefold())
